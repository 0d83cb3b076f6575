// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * soak [SECONDS]: eight readers and two writers over every type of map in the
 * kernel, each for its part of so many seconds (60): by ioctl, by programs in
 * test runs, and by programs in the path of packets on the loopback device. For
 * kernels that watch their locks and memory: what they say is the result. Here,
 * keys that nobody removes must be found all the time.
 */
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include "selftests/kernel/debug/device.h"

#define READERS 8
#define WRITERS 2
#define STAYING 16u /* keys that are never removed */
#define ROOM 64u

static struct {
	const struct map_kind *kind;
	int map, inner, target; /* target: what a program array leads to */
	int read_prog, write_prog;
	bool stop;
	uint64_t reads, writes, runs;
	const char *wrong;
	int wrong_err;
} soak;

static void wrong(const char *what, int err)
{
	if (!__atomic_exchange_n(&soak.wrong, what, __ATOMIC_SEQ_CST))
		soak.wrong_err = err;
	__atomic_store_n(&soak.stop, true, __ATOMIC_SEQ_CST);
}

static bool stopped(void)
{
	return __atomic_load_n(&soak.stop, __ATOMIC_RELAXED);
}

static uint32_t rnd(uint64_t *seed, uint32_t below)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(*seed >> 33) % below;
}

/*
 * Programs
 */

static struct bpf_insn code[128];
static uint32_t nr_code;

static void emit(const struct bpf_insn *insns, size_t nr)
{
	memcpy(code + nr_code, insns, nr * sizeof(*insns));
	nr_code += (uint32_t)nr;
}

#define EMIT(...)                                      \
	emit((const struct bpf_insn[]){ __VA_ARGS__ }, \
	     NR(((const struct bpf_insn[]){ __VA_ARGS__ })))

/*
 * r6 = context; r7 = number of an element; its key lies at r10 - 8, and a value
 * at r10 - 56.
 */
static void emit_start(void)
{
	nr_code = 0;
	EMIT(MOV_X(BPF_REG_6, BPF_REG_1), CALL(BPF_FUNC_get_prandom_u32),
	     MOV_X(BPF_REG_7, BPF_REG_0),
	     ALU_K(BPF_AND, BPF_REG_7, (int)ROOM - 1));
	for (int off = -56; off < 0; off += 8)
		EMIT(STORE(BPF_DW, BPF_REG_10, off, BPF_REG_7));
	if (soak.kind->type == BPF_MAP_TYPE_LPM_TRIE)
		EMIT(MOV_X(BPF_REG_1, BPF_REG_7), ALU_K(BPF_AND, BPF_REG_1, 3),
		     ALU_K(BPF_LSH, BPF_REG_1, 3), ALU_K(BPF_ADD, BPF_REG_1, 8),
		     STORE(BPF_W, BPF_REG_10, -8, BPF_REG_1),
		     STORE(BPF_W, BPF_REG_10, -4, BPF_REG_7));
}

static void emit_key_call(int helper)
{
	EMIT(MOV_X(BPF_REG_2, BPF_REG_10), ALU_K(BPF_ADD, BPF_REG_2, -8),
	     MAP(BPF_REG_1, soak.map), CALL(helper));
}

static int finish(void)
{
	EMIT(MOV_K(BPF_REG_0, 0xffff), EXIT());
	return load_program(code, nr_code);
}

static void emit_value_call(int helper, int flags)
{
	EMIT(MOV_X(BPF_REG_2, BPF_REG_10), ALU_K(BPF_ADD, BPF_REG_2, -56),
	     MOV_K(BPF_REG_3, flags), MAP(BPF_REG_1, soak.map), CALL(helper));
}

static void emit_output(void)
{
	if (soak.kind->type == BPF_MAP_TYPE_RINGBUF)
		EMIT(MOV_X(BPF_REG_2, BPF_REG_10),
		     ALU_K(BPF_ADD, BPF_REG_2, -56), MOV_K(BPF_REG_3, 48),
		     MOV_K(BPF_REG_4, 0), MAP(BPF_REG_1, soak.map),
		     CALL(BPF_FUNC_ringbuf_output));
	else
		EMIT(MOV_X(BPF_REG_1, BPF_REG_6), MOV_X(BPF_REG_4, BPF_REG_10),
		     ALU_K(BPF_ADD, BPF_REG_4, -56), MOV_K(BPF_REG_5, 48),
		     INSN(BPF_ALU | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, -1),
		     MAP(BPF_REG_2, soak.map),
		     CALL(BPF_FUNC_perf_event_output));
}

static int make_reader(void)
{
	uint32_t type = soak.kind->type;

	emit_start();
	if (type == BPF_MAP_TYPE_RINGBUF) {
		EMIT(MOV_K(BPF_REG_2, 0), MAP(BPF_REG_1, soak.map),
		     CALL(BPF_FUNC_ringbuf_query));
	} else if (type == BPF_MAP_TYPE_PERF_EVENT_ARRAY) {
		emit_output();
	} else if (is_list(type)) {
		emit_value_call(BPF_FUNC_map_peek_elem, 0);
	} else if (type == BPF_MAP_TYPE_PROG_ARRAY) {
		EMIT(MOV_X(BPF_REG_1, BPF_REG_6), MAP(BPF_REG_2, soak.map),
		     MOV_X(BPF_REG_3, BPF_REG_7), CALL(BPF_FUNC_tail_call));
	} else {
		emit_key_call(BPF_FUNC_map_lookup_elem);
		if (of_maps(type))
			EMIT(JMP_K(BPF_JEQ, BPF_REG_0, 0, 7),
			     INSN(BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, -16,
				  0),
			     MOV_X(BPF_REG_1, BPF_REG_0),
			     MOV_X(BPF_REG_2, BPF_REG_10),
			     ALU_K(BPF_ADD, BPF_REG_2, -16),
			     CALL(BPF_FUNC_map_lookup_elem),
			     JMP_K(BPF_JEQ, BPF_REG_0, 0, 1),
			     LOAD(BPF_DW, BPF_REG_0, BPF_REG_0, 0));
		else
			EMIT(JMP_K(BPF_JEQ, BPF_REG_0, 0, 3),
			     LOAD(BPF_DW, BPF_REG_1, BPF_REG_0, 8),
			     ALU_K(BPF_ADD, BPF_REG_1, 1),
			     STORE(BPF_DW, BPF_REG_0, 16, BPF_REG_1));
	}
	return finish();
}

/* Updates most of the time; removes some of what may be removed. */
static int make_writer(void)
{
	uint32_t type = soak.kind->type;

	emit_start();
	if (is_ring(type)) {
		emit_output();
	} else if (is_list(type)) {
		emit_value_call(BPF_FUNC_map_push_elem,
				type == BPF_MAP_TYPE_BLOOM_FILTER ? BPF_ANY
								  : BPF_EXIST);
		if (type != BPF_MAP_TYPE_BLOOM_FILTER) {
			EMIT(JMP_K(BPF_JLT, BPF_REG_7, 40, 6));
			emit_value_call(BPF_FUNC_map_pop_elem, 0);
		}
	} else if (of_objects(type)) {
		return make_reader(); /* programs cannot change them */
	} else {
		EMIT(MOV_X(BPF_REG_3, BPF_REG_10),
		     ALU_K(BPF_ADD, BPF_REG_3, -56), MOV_K(BPF_REG_4, 0));
		emit_key_call(BPF_FUNC_map_update_elem);
		if (!is_array(type)) {
			EMIT(JMP_K(BPF_JLT, BPF_REG_7, 40, 5));
			emit_key_call(BPF_FUNC_map_delete_elem);
		}
	}
	return finish();
}

static void run(int prog, uint32_t repeat)
{
	static const unsigned char packet[64];
	struct weir_test_run test = {
		.size = sizeof(test),
		.repeat = repeat,
		.data = ptr(packet),
		.data_size = sizeof(packet),
	};
	int err = do_ioctl(prog, WEIR_IOC_TEST_RUN, &test);

	if (err)
		wrong("a test run failed", err);
	__atomic_add_fetch(&soak.runs, repeat, __ATOMIC_RELAXED);
}

/*
 * Users
 */

static _Thread_local uint64_t values[MAX_VALUES * WORDS];
static _Thread_local uint64_t batch_keys[16];
static _Thread_local uint64_t batch_values[16 * MAX_VALUES * WORDS];

static void read_batch(void)
{
	struct weir_map_batch batch = {
		.size = sizeof(batch),
		.op = WEIR_MAP_LOOKUP,
		.keys = ptr(batch_keys),
		.values = ptr(batch_values),
		.count = 16,
	};
	int err = do_ioctl(soak.map, WEIR_IOC_MAP_BATCH, &batch);

	if (err && err != -ENOENT)
		wrong("a batch failed", err);
}

static void walk(void)
{
	uint64_t key, next;
	int err = do_elem(soak.map, WEIR_MAP_NEXT_KEY, NULL, &next, 0);

	for (uint32_t i = 0; !err && i < ROOM; i++) {
		key = next;
		err = do_elem(soak.map, WEIR_MAP_NEXT_KEY, &key, &next, 0);
	}
	if (err && err != -ENOENT)
		wrong("a walk failed", err);
}

static void look(uint32_t nr)
{
	uint32_t type = soak.kind->type, key[2];
	bool stays = nr < STAYING && !is_lru(type);
	int err;

	make_key(type, nr, key);
	for (uint32_t i = 0; i < WORDS; i++)
		values[i] = nr;
	err = do_elem(soak.map, WEIR_MAP_LOOKUP, soak.kind->key ? key : NULL,
		      values, 0);
	if (type == BPF_MAP_TYPE_QUEUE || type == BPF_MAP_TYPE_STACK)
		stays = false;
	if (err && (err != -ENOENT || stays))
		wrong("a lookup failed", err);
}

static void user_reads(uint64_t *seed)
{
	uint32_t type = soak.kind->type;

	if (is_ring(type))
		run(soak.read_prog, 10);
	else if (is_list(type) || rnd(seed, 8))
		look(rnd(seed, ROOM));
	else if (of_objects(type) || rnd(seed, 2))
		walk();
	else
		read_batch();
}

/* What lookups of maps of objects lead to is new each time. */
static int new_object(void)
{
	static const struct bpf_insn ret_42[] = { MOV_K(BPF_REG_0, 42),
						  EXIT() };

	return of_maps(soak.kind->type) ? create_inner()
					: load_program(ret_42, NR(ret_42));
}

static void put(uint32_t nr)
{
	uint32_t type = soak.kind->type, key[2], object = 0;
	int err;

	make_key(type, nr, key);
	for (uint32_t i = 0; i < NR(values); i++)
		values[i] = nr;
	if (of_objects(type))
		object = (uint32_t)new_object();
	err = do_elem(soak.map, WEIR_MAP_UPDATE, soak.kind->key ? key : NULL,
		      of_objects(type) ? (void *)&object : values,
		      type == BPF_MAP_TYPE_QUEUE || type == BPF_MAP_TYPE_STACK
			      ? BPF_EXIST
			      : BPF_ANY);
	if (of_objects(type))
		close((int)object);
	if (err)
		wrong("an update failed", err);
}

static void user_writes(uint64_t *seed)
{
	uint32_t type = soak.kind->type, nr = rnd(seed, ROOM), key[2];
	int err = 0;

	if (is_ring(type)) {
		run(soak.write_prog, 10);
		return;
	}
	make_key(type, nr, key);
	if (rnd(seed, 3) || type == BPF_MAP_TYPE_BLOOM_FILTER)
		put(nr);
	else if (is_list(type))
		err = do_elem(soak.map, WEIR_MAP_LOOKUP_DELETE, NULL, values,
			      0);
	else if (nr >= STAYING && !is_array(type))
		err = do_elem(soak.map, WEIR_MAP_DELETE, key, NULL, 0);
	if (err && err != -ENOENT)
		wrong("a change failed", err);
}

/* What is in a ring is read as its users do: from the memory of the map. */
static void drain_ring(void)
{
	size_t page = (size_t)getpagesize(), size = soak.kind->entries;
	unsigned char *rw, *ro;
	unsigned long *consumer, *producer;

	rw = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, soak.map, 0);
	ro = mmap(NULL, page + 2 * size, PROT_READ, MAP_SHARED, soak.map,
		  (off_t)page);
	if (rw == MAP_FAILED || ro == MAP_FAILED) {
		wrong("a ring cannot be mapped", -errno);
		return;
	}
	consumer = (unsigned long *)(void *)rw;
	producer = (unsigned long *)(void *)ro;
	while (!stopped()) {
		unsigned long end = __atomic_load_n(producer, __ATOMIC_ACQUIRE);

		__atomic_store_n(consumer, end, __ATOMIC_RELEASE);
		sched_yield();
	}
	munmap(rw, page);
	munmap(ro, page + 2 * size);
}

/*
 * Packets on the loopback device run the programs that are attached there: by
 * way of the network layer, and past it, where fewer locks are held.
 */
static void send_packets(void)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(9999),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct sockaddr_ll direct = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = (int)if_nametoindex("lo"),
		.sll_halen = 6,
	};
	int out = socket(AF_INET, SOCK_DGRAM, 0);
	int past = socket(AF_PACKET, SOCK_DGRAM, 0);
	char bytes[100] = "";
	ssize_t sent = 1;

	if (out < 0 || past < 0)
		wrong("no socket", -errno);
	while (!stopped()) {
		for (int i = 0; i < 20; i++)
			sendto(out, bytes, sizeof(bytes), 0,
			       (struct sockaddr *)&to, sizeof(to));
		sent = sendto(past, bytes, sizeof(bytes), 0,
			      (struct sockaddr *)&direct, sizeof(direct));
		if (sent < 0 && errno != ENOBUFS)
			wrong("a packet could not be sent", -errno);
	}
	close(out);
	close(past);
}

/*
 * Threads
 */

static void *reader(void *arg)
{
	uintptr_t me = (uintptr_t)arg;
	uint64_t seed = me + 1, nr = 0;

	if (me == 0) {
		send_packets();
		return NULL;
	}
	if (me == 1 && soak.kind->type == BPF_MAP_TYPE_RINGBUF) {
		drain_ring();
		return NULL;
	}
	for (; !stopped(); nr++) {
		if (me % 2)
			user_reads(&seed);
		else
			run(soak.read_prog, 50);
	}
	__atomic_add_fetch(&soak.reads, nr, __ATOMIC_RELAXED);
	return NULL;
}

static void *writer(void *arg)
{
	uintptr_t me = (uintptr_t)arg;
	uint64_t seed = me + 100, nr = 0;

	for (; !stopped(); nr++) {
		if (me)
			user_writes(&seed);
		else
			run(soak.write_prog, 20);
	}
	__atomic_add_fetch(&soak.writes, nr, __ATOMIC_RELAXED);
	return NULL;
}

static int attach(int prog, uint32_t hook)
{
	struct weir_attach attr = {
		.size = sizeof(attr),
		.prog_fd = prog,
		.hook = hook,
		.ifindex = hook >= WEIR_HOOK_INGRESS ? if_nametoindex("lo") : 0,
		.netns_fd = -1,
		.name = "soak",
	};
	int fd = do_ioctl(dev, WEIR_IOC_ATTACH, &attr);

	if (fd < 0)
		wrong("a program could not be attached", fd);
	return fd;
}

static uint64_t packets_of(int link)
{
	struct weir_link_info info = { .size = sizeof(info) };
	int err = do_ioctl(link, WEIR_IOC_LINK_INFO, &info);

	if (err || info.guard_exits || info.dropped)
		wrong("a program in the path was ended by a guard", err);
	return info.packets;
}

static bool prepare(void)
{
	bool ok;

	soak.stop = false;
	soak.wrong = NULL;
	soak.reads = soak.writes = soak.runs = 0;
	soak.map = create_map(soak.kind, soak.inner);
	if (!is_ring(soak.kind->type))
		for (uint32_t nr = 0; nr < STAYING; nr++)
			put(nr);
	soak.read_prog = make_reader();
	soak.write_prog = make_writer();
	ok = soak.map >= 0 && soak.read_prog >= 0 && soak.write_prog >= 0 &&
	     !soak.wrong;
	if (!ok)
		ksft_print_msg("map %d, programs %d %d\n", soak.map,
			       soak.read_prog, soak.write_prog);
	return ok;
}

static void hammer(uint32_t ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000L };
	pthread_t thread[READERS + WRITERS];

	for (uintptr_t i = 0; i < READERS + WRITERS; i++)
		if (pthread_create(&thread[i], NULL,
				   i < READERS ? reader : writer,
				   (void *)(i < READERS ? i : i - READERS)))
			ksft_exit_fail_msg("no thread\n");
	nanosleep(&time, NULL);
	__atomic_store_n(&soak.stop, true, __ATOMIC_SEQ_CST);
	for (uint32_t i = 0; i < READERS + WRITERS; i++)
		pthread_join(thread[i], NULL);
}

static void round_of(uint32_t ms)
{
	static const uint32_t hooks[] = { WEIR_HOOK_EGRESS, WEIR_HOOK_INGRESS,
					  WEIR_HOOK_OUTPUT,
					  WEIR_HOOK_PREROUTING };
	uint64_t packets = 0;
	int link[NR(hooks)];
	bool ok = prepare();

	for (uint32_t i = 0; i < NR(hooks); i++)
		link[i] = attach(i % 2 ? soak.write_prog : soak.read_prog,
				 hooks[i]);
	if (ok)
		hammer(ms);
	for (uint32_t i = 0; i < NR(hooks); i++) {
		packets += packets_of(link[i]);
		close(link[i]);
	}
	close(soak.read_prog);
	close(soak.write_prog);
	close(soak.map);
	if (soak.wrong)
		ksft_print_msg("%s: %s\n", soak.wrong,
			       strerror(-soak.wrong_err));
	ksft_print_msg("%llu reads, %llu writes, %llu test runs, %llu "
		       "packets\n",
		       (unsigned long long)soak.reads,
		       (unsigned long long)soak.writes,
		       (unsigned long long)soak.runs,
		       (unsigned long long)packets);
	ksft_test_result(ok && !soak.wrong && soak.reads && soak.writes &&
				 packets,
			 "%s: %u readers, %u writers\n", soak.kind->name,
			 READERS, WRITERS);
}

int main(int argc, char **argv)
{
	uint32_t seconds = argc > 1 ? (uint32_t)atoi(argv[1]) : 60;

	ksft_print_header();
	dev = open("/dev/weir", O_RDWR | O_CLOEXEC);
	if (dev < 0)
		ksft_exit_fail_msg("no /dev/weir: %s\n", strerror(errno));
	soak.inner = create_inner();
	for (size_t i = 0; i < NR(map_kinds); i++) {
		soak.kind = &map_kinds[i];
		round_of(seconds * 1000 / (uint32_t)NR(map_kinds));
	}
	close(soak.inner);
	return ksft_finished();
}
