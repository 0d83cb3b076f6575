// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ioctl_fuzz [SECONDS [SEED]]: structures as a user would hand them in, with
 * some fields changed, from many threads that share their descriptors: one
 * closes, maps, polls or unpins what others are using. What an ioctl answers is
 * of no interest, but that the kernel says nothing meanwhile, that nothing is
 * left in the end, and that the module still works. (10 seconds, a seed by the
 * clock; it is printed.)
 */
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include "selftests/kernel/guest.h"

#define NR_THREADS 8
#define NR_SHARED 32
#define NR_OF_KIND (NR_SHARED / 4)
#define NR_NAMES 6
#define NR_CMDS 32
#define MAP_BYTES (48 << 20) /* what maps may take of the machine */

/* Of what kind a descriptor mostly is, and where it mostly lies. */
enum kind {
	DEV,
	PROG,
	MAP,
	LINK
};

static int shared[NR_SHARED]; /* descriptors, of anybody; -1: none */
static uint32_t last_id;
static int netns = -1;
static uint32_t loopback;
static unsigned long done[NR_CMDS], took[NR_CMDS];
static volatile bool stop;

/*
 * One thread
 */

/**
 * struct fuzzer - one thread
 * @seed:	its own
 * @room:	user memory for what structures point to; a page after it is
 *		missing
 * @value:	the structure under way, with room for longer ones
 */
struct fuzzer {
	pthread_t thread;
	uint64_t seed;
	unsigned char *room;
	union {
		uint32_t words[1024];
		struct weir_load load;
		struct weir_prog_info prog_info;
		struct weir_test_run run;
		struct weir_map_create create;
		struct weir_map_info map_info;
		struct weir_map_elem elem;
		struct weir_map_batch batch;
		struct weir_attach attach;
		struct weir_link_update update;
		struct weir_link_info link_info;
		struct weir_pin pin;
		struct weir_next next;
		struct weir_limits limits;
		struct weir_evict evict;
		struct weir_param param;
		struct weir_assume assume;
		struct weir_guards guards;
		struct weir_bridge bridge;
	} value;
};

#define ROOM (64 << 10)

static uint32_t rnd(struct fuzzer *f, uint32_t below)
{
	f->seed = f->seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(f->seed >> 33) % below;
}

/* Seldom one of another kind. */
static uint32_t place(struct fuzzer *f, enum kind kind)
{
	return rnd(f, 16) ? kind * NR_OF_KIND + rnd(f, NR_OF_KIND)
			  : rnd(f, NR_SHARED);
}

static int some_fd(struct fuzzer *f, enum kind kind)
{
	return __atomic_load_n(&shared[place(f, kind)], __ATOMIC_RELAXED);
}

/* Somebody's goes for it. */
static void share(struct fuzzer *f, enum kind kind, int fd)
{
	fd = __atomic_exchange_n(&shared[place(f, kind)], fd, __ATOMIC_RELAXED);
	if (fd >= 0)
		close(fd);
}

static uint64_t some_ptr(struct fuzzer *f)
{
	switch (rnd(f, 12)) {
	case 0:
		return 0;
	case 1:
		return 0xffff800000000000ULL + rnd(f, 4096);
	case 2:
		return ptr(f->room) + ROOM - rnd(f, 64);
	case 3:
		return rnd(f, 4096);
	default:
		return ptr(f->room) + rnd(f, ROOM / 2) / 8 * 8;
	}
}

static uint32_t some_word(struct fuzzer *f)
{
	static const uint32_t words[] = {
		0,	    1,		2,	    3,		4,
		7,	    8,		16,	    64,		255,
		256,	    4095,	4096,	    4097,	65535,
		65536,	    0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe,
		0xffff0000, 1000000,
	};

	switch (rnd(f, 4)) {
	case 0:
		return (uint32_t)some_fd(f, rnd(f, 4));
	case 1:
		return rnd(f, 1u << 31) << rnd(f, 2);
	default:
		return words[rnd(f, NR(words))];
	}
}

/*
 * Structures as a user would hand them in
 */

static const struct bpf_insn plain[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 2 },
	{ .code = BPF_JMP | BPF_EXIT },
};

/* A lookup, an update and a guarded load; the map is number 0 of the list. */
static const struct bpf_insn with_map[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 6, .src_reg = 1 },
	{ .code = BPF_ST | BPF_MEM | BPF_W, .dst_reg = 10, .off = -4 },
	{ .code = BPF_LD | BPF_IMM | BPF_DW,
	  .dst_reg = 1,
	  .src_reg = BPF_PSEUDO_MAP_IDX },
	{ 0 },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 2, .src_reg = 10 },
	{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 2, .imm = -4 },
	{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_map_lookup_elem },
	{ .code = BPF_JMP | BPF_JEQ | BPF_K, .off = 2 },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 1, .imm = 1 },
	{ .code = BPF_STX | BPF_ATOMIC | BPF_DW,
	  .dst_reg = 0,
	  .src_reg = 1,
	  .imm = BPF_ADD },
	{ .code = BPF_LD | BPF_ABS | BPF_B, .imm = 60 },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 2 },
	{ .code = BPF_JMP | BPF_EXIT },
};

static const struct sock_filter classic[] = {
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x0800, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, 96),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

static void fill_load(struct fuzzer *f)
{
	int32_t fd = some_fd(f, MAP);

	memcpy(f->room, &fd, sizeof(fd));
	f->value.load = (struct weir_load){
		.size = sizeof(struct weir_load),
		.kind = 1 + rnd(f, WEIR_NR_KINDS - 1),
		.flags = rnd(f, 4) ? 0 : WEIR_LOAD_INTERP,
		.nr_insns = NR(plain),
		.insns = ptr(plain),
		.log = rnd(f, 2) ? ptr(f->room + 4096) : 0,
		.name = "fuzz",
	};
	f->value.load.log_size = f->value.load.log ? 4096 : 0;
	if (rnd(f, 3) == 0) {
		f->value.load.kind = WEIR_KIND_UNSPEC;
		f->value.load.flags |= WEIR_LOAD_CLASSIC;
		f->value.load.insns = ptr(classic);
		f->value.load.nr_insns = NR(classic);
	} else if (rnd(f, 2)) {
		f->value.load.kind = WEIR_KIND_SOCKET;
		f->value.load.insns = ptr(with_map);
		f->value.load.nr_insns = NR(with_map);
		f->value.load.map_fds = ptr(f->room);
		f->value.load.nr_maps = 1;
	}
}

static void fill_prog_info(struct fuzzer *f)
{
	f->value.prog_info = (struct weir_prog_info){
		.size = sizeof(struct weir_prog_info),
		.insns = some_ptr(f),
		.nr_insns = rnd(f, 32),
		.guards = some_ptr(f),
		.nr_guards = rnd(f, 32),
		.image = some_ptr(f),
		.image_bytes = rnd(f, 4096),
		.map_ids = some_ptr(f),
		.nr_maps = rnd(f, 4),
	};
}

static void fill_run(struct fuzzer *f)
{
	f->value.run = (struct weir_test_run){
		.size = sizeof(struct weir_test_run),
		.repeat = rnd(f, 100),
		.data = ptr(f->room),
		.data_size = rnd(f, 2000),
		.data_out = some_ptr(f),
		.data_out_size = rnd(f, 2000),
	};
}

static void fill_create(struct fuzzer *f)
{
	static const uint32_t types[] = {
		BPF_MAP_TYPE_HASH,	   BPF_MAP_TYPE_ARRAY,
		BPF_MAP_TYPE_PROG_ARRAY,   BPF_MAP_TYPE_PERCPU_HASH,
		BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_LRU_HASH,
		BPF_MAP_TYPE_LPM_TRIE,	   BPF_MAP_TYPE_ARRAY_OF_MAPS,
		BPF_MAP_TYPE_HASH_OF_MAPS, BPF_MAP_TYPE_QUEUE,
		BPF_MAP_TYPE_STACK,	   BPF_MAP_TYPE_BLOOM_FILTER,
		BPF_MAP_TYPE_RINGBUF,
	};
	uint32_t type = types[rnd(f, NR(types))];
	bool keyless = type == BPF_MAP_TYPE_QUEUE ||
		       type == BPF_MAP_TYPE_STACK ||
		       type == BPF_MAP_TYPE_BLOOM_FILTER ||
		       type == BPF_MAP_TYPE_RINGBUF;
	bool of_objects = type == BPF_MAP_TYPE_PROG_ARRAY ||
			  type == BPF_MAP_TYPE_ARRAY_OF_MAPS ||
			  type == BPF_MAP_TYPE_HASH_OF_MAPS;

	f->value.create = (struct weir_map_create){
		.size = sizeof(struct weir_map_create),
		.type = type,
		.key_size = keyless			    ? 0
			    : type == BPF_MAP_TYPE_LPM_TRIE ? 8
							    : 4,
		.value_size = type == BPF_MAP_TYPE_RINGBUF ? 0
			      : of_objects		   ? 4
							   : 8,
		.max_entries = type == BPF_MAP_TYPE_RINGBUF ? 4096
							    : 1 + rnd(f, 64),
		.lock_off = WEIR_NO_FIELD,
		.timer_off = WEIR_NO_FIELD,
		.inner_fd = -1,
		.name = "fuzz",
		.log = ptr(f->room + 8192),
		.log_size = 200,
	};
	if (type == BPF_MAP_TYPE_LPM_TRIE)
		f->value.create.flags = BPF_F_NO_PREALLOC;
	if (type == BPF_MAP_TYPE_HASH && rnd(f, 2))
		f->value.create.flags = BPF_F_NO_PREALLOC;
	if (type == BPF_MAP_TYPE_ARRAY && rnd(f, 2))
		f->value.create.flags = BPF_F_MMAPABLE;
	if (type == BPF_MAP_TYPE_ARRAY_OF_MAPS ||
	    type == BPF_MAP_TYPE_HASH_OF_MAPS)
		f->value.create.inner_fd = some_fd(f, MAP);
}

static void fill_map_info(struct fuzzer *f)
{
	f->value.map_info.size = sizeof(struct weir_map_info);
}

static void fill_elem(struct fuzzer *f)
{
	uint32_t fd = (uint32_t)some_fd(f, rnd(f, 2) ? PROG : MAP),
		 key[2] = { 32, rnd(f, 64) };

	if (rnd(f, 2))
		key[0] = key[1];
	memcpy(f->room, &fd, sizeof(fd));
	memcpy(f->room + 64, key, sizeof(key));
	f->value.elem = (struct weir_map_elem){
		.size = sizeof(struct weir_map_elem),
		/* a frozen map is of little use: seldom */
		.op = 1 + rnd(f, rnd(f, 20) ? 5 : 6),
		.key = rnd(f, 8) ? ptr(f->room + 64) : 0,
		.value = ptr(f->room),
		.flags = rnd(f, 6) ? 0 : rnd(f, 8),
	};
}

static void fill_batch(struct fuzzer *f)
{
	f->value.batch = (struct weir_map_batch){
		.size = sizeof(struct weir_map_batch),
		.op = 1 + rnd(f, 5),
		.keys = ptr(f->room),
		.values = ptr(f->room + 16384),
		.start = rnd(f, 3) ? 0 : ptr(f->room + 64),
		.count = rnd(f, 100),
	};
}

static void fill_attach(struct fuzzer *f)
{
	uint32_t hook = rnd(f, WEIR_NR_HOOKS);
	int32_t ring = some_fd(f, MAP);

	memcpy(f->room + 128, &ring, sizeof(ring));
	f->value.attach = (struct weir_attach){
		.size = sizeof(struct weir_attach),
		.prog_fd = some_fd(f, PROG),
		.hook = hook,
		.ifindex = hook >= WEIR_HOOK_INGRESS ? loopback : 0,
		.netns_fd = rnd(f, 4) ? -1 : netns,
		.priority = (int32_t)rnd(f, 3),
		.name = "fuzz",
		.log = ptr(f->room + 8192),
		.log_size = 200,
	};
	if (!rnd(f, 3)) {
		f->value.attach.flags = WEIR_ATTACH_CAPTURE;
		f->value.attach.nr_rings = 1;
		f->value.attach.ring_fds = ptr(f->room + 128);
	}
}

static void fill_update(struct fuzzer *f)
{
	f->value.update = (struct weir_link_update){
		.size = sizeof(struct weir_link_update),
		.prog_fd = rnd(f, 6) ? some_fd(f, PROG) : -1,
		.old_prog_fd = rnd(f, 4) ? -1 : some_fd(f, PROG),
	};
}

static void fill_link_info(struct fuzzer *f)
{
	f->value.link_info.size = sizeof(struct weir_link_info);
}

static void fill_pin(struct fuzzer *f)
{
	f->value.pin.size = sizeof(struct weir_pin);
	f->value.pin.op = 1 + rnd(f, 4);
	f->value.pin.fd =
		f->value.pin.op == WEIR_PIN_ADD ? some_fd(f, rnd(f, 4)) : 0;
	f->value.pin.name[0] = (char)('a' + rnd(f, NR_NAMES));
}

static void fill_next(struct fuzzer *f)
{
	f->value.next = (struct weir_next){
		.size = sizeof(struct weir_next),
		.object = 1 + rnd(f, 3),
		.id = last_id > 20 ? last_id - 20 + rnd(f, 24) : rnd(f, 20),
	};
}

static void fill_limits(struct fuzzer *f)
{
	f->value.limits.size = sizeof(struct weir_limits);
}

/* Seldom, or there would never be a link. */
static void fill_evict(struct fuzzer *f)
{
	f->value.evict.size = sizeof(struct weir_evict);
	f->value.evict.flags = rnd(f, 50) ? 1 : 0;
}

static void fill_param(struct fuzzer *f)
{
	f->value.param.size = sizeof(struct weir_param);
	f->value.param.op = rnd(f, 4);
	f->value.param.index = rnd(f, 3);
}

static void fill_assume(struct fuzzer *f)
{
	f->value.assume.size = sizeof(struct weir_assume);
	f->value.assume.op = rnd(f, 5);
}

static void fill_guards(struct fuzzer *f)
{
	f->value.guards = (struct weir_guards){
		.size = sizeof(struct weir_guards),
		.first = rnd(f, 3),
		.nr = rnd(f, 8),
		.record_bytes = sizeof(struct weir_guard_record),
		.records = some_ptr(f),
	};
}

static void fill_bridge(struct fuzzer *f)
{
	f->value.bridge = (struct weir_bridge){
		.size = sizeof(struct weir_bridge),
		.op = 1 + rnd(f, 2),
		.guard = rnd(f, 3),
		.handler_fd = some_fd(f, PROG),
	};
}

#define NOTHING (-1)
#define NAMED (-2) /* by what comes back in the structure */

static const struct command {
	unsigned long cmd;
	uint32_t size;
	uint32_t weight;
	enum kind on;
	int gives; /* enum kind, or one of these */
	void (*fill)(struct fuzzer *f);
} commands[] = {
#define ROW(name, type, weight, on, gives, fill)                              \
	{                                                                     \
		WEIR_IOC_##name, sizeof(struct type), weight, on, gives, fill \
	}
	ROW(LOAD, weir_load, 6, DEV, PROG, fill_load),
	ROW(PROG_INFO, weir_prog_info, 2, PROG, NOTHING, fill_prog_info),
	ROW(TEST_RUN, weir_test_run, 4, PROG, NOTHING, fill_run),
	ROW(MAP_CREATE, weir_map_create, 6, DEV, MAP, fill_create),
	ROW(MAP_INFO, weir_map_info, 1, MAP, NOTHING, fill_map_info),
	ROW(MAP_ELEM, weir_map_elem, 12, MAP, NOTHING, fill_elem),
	ROW(MAP_BATCH, weir_map_batch, 4, MAP, NOTHING, fill_batch),
	ROW(ATTACH, weir_attach, 4, DEV, LINK, fill_attach),
	ROW(LINK_UPDATE, weir_link_update, 4, LINK, NOTHING, fill_update),
	ROW(LINK_INFO, weir_link_info, 2, LINK, NOTHING, fill_link_info),
	ROW(PIN, weir_pin, 4, DEV, NAMED, fill_pin),
	ROW(NEXT, weir_next, 1, DEV, NOTHING, fill_next),
	ROW(OPEN, weir_next, 3, DEV, NAMED, fill_next),
	ROW(LIMITS, weir_limits, 1, DEV, NOTHING, fill_limits),
	ROW(EVICT, weir_evict, 1, DEV, NOTHING, fill_evict),
	ROW(PARAM, weir_param, 2, PROG, NOTHING, fill_param),
	ROW(ASSUME, weir_assume, 2, PROG, NOTHING, fill_assume),
	ROW(GUARDS, weir_guards, 2, PROG, NOTHING, fill_guards),
	ROW(BRIDGE, weir_bridge, 3, PROG, NOTHING, fill_bridge),
#undef ROW
};

static const struct command *pick(struct fuzzer *f)
{
	uint32_t sum = 0, at;

	for (size_t i = 0; i < NR(commands); i++)
		sum += commands[i].weight;
	at = rnd(f, sum);
	for (size_t i = 0; i < NR(commands); i++) {
		if (at < commands[i].weight)
			return &commands[i];
		at -= commands[i].weight;
	}
	return commands;
}

/* Some words anew; sometimes the size too. */
static void mutate(struct fuzzer *f, const struct command *c)
{
	uint32_t nr = rnd(f, 3) ? 0 : 1 + rnd(f, 3);

	while (nr--) {
		uint32_t at = 1 + rnd(f, c->size / 4 - 1);
		uint64_t p = some_ptr(f);

		if (at % 2 == 0 && at + 1 < c->size / 4 && rnd(f, 3) == 0)
			memcpy(&f->value.words[at], &p, sizeof(p));
		else
			f->value.words[at] = some_word(f);
	}
	if (rnd(f, 20) == 0)
		f->value.words[0] = some_word(f);
	/* what takes seconds, and is meant to */
	if (c->cmd == WEIR_IOC_TEST_RUN)
		f->value.run.repeat %= 200;
	if (c->cmd == WEIR_IOC_MAP_BATCH)
		f->value.batch.count %= 10000;
}

/* What a new descriptor is, as far as the structure says it. */
static enum kind kind_of(const struct fuzzer *f, const struct command *c)
{
	if (c->gives != NAMED)
		return (enum kind)c->gives;
	return (enum kind)((c->cmd == WEIR_IOC_PIN ? f->value.pin.object
						   : f->value.next.object) %
			   4);
}

static void call(struct fuzzer *f)
{
	const struct command *c = pick(f);
	int got;

	memset(&f->value, 0, sizeof(f->value));
	c->fill(f);
	mutate(f, c);
	got = ioctl(some_fd(f, c->on), c->cmd, &f->value);
	__atomic_add_fetch(&done[_IOC_NR(c->cmd)], 1, __ATOMIC_RELAXED);
	if (got < 0)
		return;
	__atomic_add_fetch(&took[_IOC_NR(c->cmd)], 1, __ATOMIC_RELAXED);
	if (c->cmd == WEIR_IOC_MAP_INFO)
		last_id = f->value.map_info.id;
	if (c->cmd == WEIR_IOC_LINK_INFO)
		last_id = f->value.link_info.id;
	if (c->gives != NOTHING && got > 0)
		share(f, kind_of(f, c), got);
}

/*
 * What else happens to descriptors
 */

static void map_memory(struct fuzzer *f)
{
	size_t bytes = (1 + rnd(f, 3)) * 4096;
	int prot = rnd(f, 2) ? PROT_READ : PROT_READ | PROT_WRITE;
	volatile unsigned char *at =
		mmap(NULL, bytes, prot, rnd(f, 8) ? MAP_SHARED : MAP_PRIVATE,
		     some_fd(f, MAP), (off_t)rnd(f, 3) * 4096);

	if (at == MAP_FAILED)
		return;
	(void)at[0];
	if (prot & PROT_WRITE && rnd(f, 2))
		at[rnd(f, 4096)] = (unsigned char)rnd(f, 256);
	if (rnd(f, 4) == 0)
		mprotect((void *)at, bytes, PROT_READ | PROT_WRITE);
	munmap((void *)at, rnd(f, 2) ? bytes : 4096);
	munmap((void *)at, bytes);
}

static void misuse(struct fuzzer *f)
{
	enum kind kind = (enum kind)rnd(f, 4);
	struct pollfd wait = { .fd = some_fd(f, kind), .events = POLLIN };

	switch (rnd(f, 6)) {
	case 0:
		share(f, kind, -1);
		break;
	case 1:
		share(f, kind, dup(some_fd(f, kind)));
		break;
	case 2:
		poll(&wait, 1, 0);
		break;
	case 3:
	case 4:
		share(f, DEV, open(DEVICE, O_RDWR | O_CLOEXEC));
		break;
	default:
		map_memory(f);
	}
}

static void *fuzz(void *arg)
{
	struct fuzzer *f = arg;

	while (!stop) {
		if (rnd(f, 6))
			call(f);
		else
			misuse(f);
	}
	return NULL;
}

/* Packets on the loopback device, for the links. */
static void *traffic(void *arg)
{
	(void)arg;
	while (!stop) {
		int status = system("ping -c 20 -A -q -W 1 127.0.0.1 "
				    ">/dev/null 2>&1");

		if (status < 0)
			break;
	}
	return NULL;
}

static void set_limit(const char *name, unsigned long to)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	file = fopen(path, "w");
	if (!file)
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	fprintf(file, "%lu\n", to);
	fclose(file);
}

static void prepare(struct fuzzer *f, uint64_t seed)
{
	f->seed = seed;
	f->room = mmap(NULL, ROOM + 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (f->room == MAP_FAILED)
		ksft_exit_fail_msg("no memory\n");
	mprotect(f->room + ROOM, 4096, PROT_NONE);
}

static void clean_up(void)
{
	struct weir_evict evict = { .size = sizeof(evict) };
	int dev = open(DEVICE, O_RDWR | O_CLOEXEC);

	for (size_t i = 0; i < NR_SHARED; i++)
		if (shared[i] >= 0)
			close(shared[i]);
	expect(do_ioctl(dev, WEIR_IOC_EVICT, &evict), 0, "all out");
	close(dev);
	/* what a grace period holds back */
	for (int i = 0; i < 50 && (parameter("programs") || parameter("maps"));
	     i++)
		usleep(100000);
}

static void report(void)
{
	for (int nr = 0; nr < NR_CMDS; nr++)
		if (done[nr])
			ksft_print_msg("ioctl %d: %lu, of which %lu did it\n",
				       nr, done[nr], took[nr]);
}

int main(int argc, char **argv)
{
	static struct fuzzer fuzzers[NR_THREADS];
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0)
				 : (uint64_t)time(NULL);
	unsigned int seconds = argc > 1 ? (unsigned int)atoi(argv[1]) : 10;
	pthread_t pinger;
	bool all = true;

	ksft_print_header();
	ksft_print_msg("seed %llu, %u s\n", (unsigned long long)seed, seconds);
	if (access(DEVICE, F_OK))
		ksft_exit_skip("%s: %s\n", DEVICE, strerror(errno));
	set_limit("max_map_bytes", MAP_BYTES);
	loopback = if_nametoindex("lo");
	netns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	memset(shared, -1, sizeof(shared));
	for (int i = 0; i < NR_OF_KIND; i++)
		shared[i] = open(DEVICE, O_RDWR | O_CLOEXEC);
	for (int i = 0; i < NR_THREADS; i++)
		prepare(&fuzzers[i], seed * NR_THREADS + (uint64_t)i);

	pthread_create(&pinger, NULL, traffic, NULL);
	for (int i = 0; i < NR_THREADS; i++)
		pthread_create(&fuzzers[i].thread, NULL, fuzz, &fuzzers[i]);
	sleep(seconds);
	stop = true;
	for (int i = 0; i < NR_THREADS; i++)
		pthread_join(fuzzers[i].thread, NULL);
	pthread_join(pinger, NULL);
	report();
	clean_up();

	for (size_t i = 0; i < NR(commands); i++) {
		uint32_t nr = _IOC_NR(commands[i].cmd);

		/* some are seldom right, and those by id hardly ever */
		if (done[nr] < 5 || (nr < _IOC_NR(WEIR_IOC_OPEN) && !took[nr]))
			all = false;
	}
	ksft_test_result(all, "each ioctl was called, and did something\n");
	expect(parameter("programs"), 0, "no program is left");
	expect(parameter("maps"), 0, "no map is left");
	expect(parameter("map_bytes"), 0, "no memory of a map is left");
	expect(parameter("code_used"), 0, "no code is left");
	close(netns);
	expect(unload(), 0, "the module goes");
	netns = open(MODULE, O_RDONLY | O_CLOEXEC);
	expect(syscall(SYS_finit_module, netns, "", 0) ? -errno : 0, 0,
	       "and comes again");
	return ksft_finished();
}
