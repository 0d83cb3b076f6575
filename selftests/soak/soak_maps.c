// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * soak_maps [--seconds N] [TYPE...]: eight readers and two writers over every
 * type of map, each for its part of N seconds (2), best under ThreadSanitizer.
 *
 * Readers check what maps promise (runtime/map/hash.h and its neighbours): keys
 * that stay are found all the time; what users read is of one update and of
 * the key they asked for; words are whole; what an element refers to is alive
 * inside the read side.
 */
#include <pthread.h>
#include <time.h>
#include <unistd.h>
#include <linux/rcupdate.h>
#include "base/log.h"
#include "base/run.h"
#include "runtime/loaded.h"
#include "runtime/map/ringbuf.h"
#include "selftests/unit/map_test.h"

/*
 * liburcu is not built with the sanitizer; what it calls says nothing. The
 * sanitizer is another library, which must see this.
 */
#ifdef __SANITIZE_THREAD__
const char *__tsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *
__tsan_default_suppressions(void)
{
	return "called_from_lib:liburcu-bp.so\n";
}
#endif

#define READERS 8
#define WRITERS 2
#define STAYING 16u /* keys that are never removed */
#define COMING 48u /* keys that come and go */
#define ROOM (STAYING + COMING)
#define WORDS 6u /* of a value */

/* One type's round. */
static struct {
	struct weir_map *map;
	struct weir_map *pattern;
	bool stop;
	u64 reads, writes;
	const char *wrong; /* the first thing that was */
} soak;

static void wrong(const char *what)
{
	const char *none = NULL;

	__atomic_compare_exchange_n(&soak.wrong, &none, what, false,
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	WRITE_ONCE(soak.stop, true);
}

static bool stopped(void)
{
	return READ_ONCE(soak.stop);
}

static u32 rnd(u64 *seed, u32 below)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (u32)(*seed >> 33) % below;
}

/* A value says in each word whose it is, and which update made it. */
static void make_value(u64 *value, u32 key, u32 stamp)
{
	for (u32 i = 0; i < WORDS; i++)
		value[i] = (u64)key << 32 | stamp;
}

static bool is_type(u32 type)
{
	return soak.map->def.type == type;
}

static bool is_percpu(void)
{
	return weir_map_type(soak.map->def.type)->traits & WEIR_MAP_TYPE_PERCPU;
}

static bool is_lru(void)
{
	return is_type(BPF_MAP_TYPE_LRU_HASH) ||
	       is_type(BPF_MAP_TYPE_LRU_PERCPU_HASH);
}

static bool is_array(void)
{
	return is_type(BPF_MAP_TYPE_ARRAY) ||
	       is_type(BPF_MAP_TYPE_PERCPU_ARRAY);
}

/* The key of element @nr: tries get prefixes inside each other. */
struct key {
	u32 word[2];
};

static struct key key_of(u32 nr)
{
	struct key key = { { nr, 0 } };

	if (is_type(BPF_MAP_TYPE_LPM_TRIE)) {
		key.word[0] = 8 + nr % 4 * 8;
		key.word[1] = nr / 4 | (nr & 3) << 8 | (nr & 2) << 16;
	}
	return key;
}

/*
 * Maps with keys and values
 */

/* A program: the value in its place. */
static void look(u32 nr)
{
	struct key key = key_of(nr);
	u64 *value, word;

	weir_host_rcu_lock();
	value = soak.map->ops->lookup(soak.map, &key);
	if (!value && nr < STAYING && !is_lru())
		wrong("a key that stays was not found");
	for (u32 i = 0; value && i < WORDS; i++) {
		word = READ_ONCE(value[i]);
		/* It may be another's by now, but it is somebody's. */
		if (sizeof(long) == 8 && word >> 32 >= ROOM)
			wrong("a word of a value is broken");
		if (!soak.map->ops->grown || is_lru())
			continue;
		if (sizeof(long) == 8 &&
		    (soak.map->def.flags & BPF_F_NO_PREALLOC) && !is_percpu() &&
		    !is_type(BPF_MAP_TYPE_LPM_TRIE) && word >> 32 != nr)
			wrong("an element became another's too early");
	}
	weir_host_rcu_unlock();
}

/* A user: a copy, which must be of one piece where nobody writes in place. */
static void copy(u32 nr)
{
	static __thread u64 value[WORDS * 256];
	struct key key = key_of(nr);
	bool trie = is_type(BPF_MAP_TYPE_LPM_TRIE);
	int err = weir_map_user_lookup(soak.map, &key, value, 0);

	if (err && (err != -ENOENT || (nr < STAYING && !is_lru())))
		wrong("a user did not find a key that stays");
	if (err || is_percpu() || is_array())
		return;
	for (u32 i = 1; i < WORDS; i++)
		if (value[i] != value[0])
			wrong("a user's copy is of two updates");
	if (!trie && value[0] >> 32 != nr)
		wrong("a user's copy is of another key");
}

static bool visit(struct weir_map *map, const void *key, void *value, void *arg)
{
	u32 *nr = arg;

	(void)map;
	(void)key;
	return READ_ONCE(*(u64 *)value) != 1 && ++*nr < 10 * ROOM;
}

static void walk(void)
{
	struct key key, next;
	u32 nr = 0;
	int err = weir_map_user_next_key(soak.map, NULL, &next);

	for (; !err && nr < ROOM; nr++) {
		key = next;
		err = weir_map_user_next_key(soak.map, &key, &next);
	}
	nr = 0;
	weir_host_rcu_lock();
	if (soak.map->ops->visit)
		soak.map->ops->visit(soak.map, visit, &nr);
	weir_host_rcu_unlock();
}

static void read_elems(u64 *seed)
{
	u32 nr = rnd(seed, ROOM);

	switch (rnd(seed, 16)) {
	case 0:
		walk();
		break;
	case 1:
	case 2:
	case 3:
		copy(nr);
		break;
	default:
		look(nr);
	}
}

static void set_all_cpus(struct key *key, u32 nr, u32 stamp)
{
	static __thread u64 value[WORDS * 256];

	for (u32 cpu = 0; cpu < weir_host_nr_cpus(); cpu++)
		make_value(value + cpu * WORDS, nr, stamp);
	weir_map_user_update(soak.map, key, value, 0);
}

static void write_elems(u64 *seed)
{
	u32 nr = rnd(seed, ROOM), stamp = rnd(seed, 1u << 31);
	struct key key = key_of(nr);
	static __thread u64 value[WORDS * 256];
	int err = 0;

	make_value(value, nr, stamp);
	switch (rnd(seed, 6)) {
	case 0:
	case 1:
		if (nr >= STAYING || is_lru())
			err = weir_map_user_delete(soak.map, &key);
		break;
	case 2:
		if (nr >= STAYING && soak.map->ops->take)
			err = weir_map_user_take(soak.map, &key, value, 0);
		break;
	case 3:
		set_all_cpus(&key, nr, stamp);
		break;
	default:
		weir_host_rcu_lock();
		err = soak.map->ops->update(soak.map, &key, value, 0);
		weir_host_rcu_unlock();
		if (err)
			wrong("an update failed");
	}
	if (err && err != -ENOENT && !(err == -EINVAL && is_array()))
		wrong("a change failed");
}

/*
 * Queues, stacks, bloom filters
 */

static void read_list(u64 *seed)
{
	u64 value[WORDS];
	int err;

	weir_host_rcu_lock();
	if (is_type(BPF_MAP_TYPE_BLOOM_FILTER)) {
		make_value(value, rnd(seed, STAYING), 0);
		if (soak.map->ops->peek(soak.map, value))
			wrong("a value is not in the filter any more");
	} else {
		err = rnd(seed, 8) ? soak.map->ops->peek(soak.map, value)
				   : soak.map->ops->pop(soak.map, value);
		for (u32 i = 1; !err && i < WORDS; i++)
			if (value[i] != value[0])
				wrong("a value of two pushes");
	}
	weir_host_rcu_unlock();
}

static void write_list(u64 *seed)
{
	bool bloom = is_type(BPF_MAP_TYPE_BLOOM_FILTER);
	u64 value[WORDS];

	make_value(value, rnd(seed, ROOM), bloom ? 0 : rnd(seed, 1u << 31));
	if (weir_map_user_update(soak.map, NULL, value,
				 bloom ? BPF_ANY : BPF_EXIST))
		wrong("a push failed");
}

/*
 * Maps of maps, program arrays
 */

static void *new_program(void)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 42 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	const struct weir_loaded_attr attr = {
		.kind = WEIR_KIND_MEM,
		.flags = WEIR_LOAD_INTERP,
		.insns = insns,
		.nr_insns = 2,
	};
	struct weir_rejection rej = { 0 };
	struct weir_loaded *loaded;

	if (weir_loaded_create(&attr, NULL, &rej, &loaded))
		ksft_exit_fail_msg("no program\n");
	return loaded;
}

static void *new_inner(void)
{
	struct weir_map *inner = new_map(BPF_MAP_TYPE_ARRAY, 4, 8, 1, 0);

	set(inner, 0, 42);
	return inner;
}

/* Put a new one at @nr, which holds the only reference then. */
static int put_new(u32 nr)
{
	bool prog = is_type(BPF_MAP_TYPE_PROG_ARRAY);
	void *object = prog ? new_program() : new_inner();
	int err = weir_map_user_update(soak.map, &nr, &object, 0);

	if (prog)
		weir_loaded_put(object);
	else
		weir_map_user_put(object);
	return err;
}

/* What an inner map holds, or a program returns. */
static u64 answer_of(void *object)
{
	struct weir_map *inner = object;
	struct weir_run run = { 0 };
	u32 zero = 0;
	u64 *value;

	if (is_type(BPF_MAP_TYPE_PROG_ARRAY))
		return weir_loaded_run(object, &run);
	value = inner->ops->lookup(inner, &zero);
	return value ? READ_ONCE(*value) : 0;
}

static void read_objects(u64 *seed)
{
	u32 nr = rnd(seed, ROOM), id;
	void *object;

	if (!rnd(seed, 8)) {
		weir_map_user_lookup(soak.map, &nr, &id, 0);
		return;
	}
	weir_host_rcu_lock();
	object = soak.map->ops->lookup(soak.map, &nr);
	if (!object && nr < STAYING)
		wrong("an element that stays was not found");
	if (object && answer_of(object) != 42)
		wrong("an object is not what it was");
	weir_host_rcu_unlock();
}

static void write_objects(u64 *seed)
{
	u32 nr = rnd(seed, ROOM);

	if (nr >= STAYING && !rnd(seed, 3))
		weir_map_user_delete(soak.map, &nr);
	else if (put_new(nr))
		wrong("an object was refused");
}

/*
 * Ring buffers: one of the readers reads, the others ask
 */

static void write_ring(u64 *seed)
{
	u32 words = rnd(seed, 40);
	u64 *record = weir_ringbuf_reserve(soak.map, words * 8);

	if (!record) {
		weir_host_relax();
		return;
	}
	for (u32 i = 0; i < words; i++)
		record[i] = words;
	if (rnd(seed, 8))
		weir_ringbuf_submit(record, 0);
	else
		weir_ringbuf_discard(record, 0);
}

static void read_ring(void)
{
	size_t page = weir_host_page_bytes();
	struct weir_map_mapping m;
	unsigned long *consumer, *producer, pos;
	u32 *header, len, mask;
	u64 *record;

	weir_map_user_mapping(soak.map, &m);
	consumer = m.addr;
	producer = (unsigned long *)(void *)((u8 *)m.addr + page);
	mask = (u32)weir_ringbuf_query(soak.map, BPF_RB_RING_SIZE) - 1;
	pos = *consumer;
	while (pos != smp_load_acquire(producer)) {
		header =
			(u32 *)(void *)((u8 *)m.addr + 2 * page + (pos & mask));
		len = smp_load_acquire(header);
		if (len & BPF_RINGBUF_BUSY_BIT)
			break;
		record = (u64 *)(void *)(header + 2);
		for (u32 i = 0; !(len & BPF_RINGBUF_DISCARD_BIT) && i < len / 8;
		     i++)
			if (record[i] != len / 8)
				wrong("a record is not what was written");
		len &= ~BPF_RINGBUF_DISCARD_BIT;
		pos += ALIGN(len + 8, 8);
		smp_store_release(consumer, pos);
	}
}

/*
 * Threads
 */

enum how {
	ELEMS,
	LIST,
	OBJECTS,
	RING
};

static enum how how_of(u32 type)
{
	switch (type) {
	case BPF_MAP_TYPE_QUEUE:
	case BPF_MAP_TYPE_STACK:
	case BPF_MAP_TYPE_BLOOM_FILTER:
		return LIST;
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
	case BPF_MAP_TYPE_PROG_ARRAY:
		return OBJECTS;
	case BPF_MAP_TYPE_RINGBUF:
	case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
		return RING;
	}
	return ELEMS;
}

static void *reader(void *arg)
{
	uintptr_t me = (uintptr_t)arg;
	u64 seed = me + 1, nr = 0;

	for (; !stopped(); nr++) {
		/* There are more of us than CPUs, and writers have less to do. */
		if (nr % 64 == 0)
			weir_host_relax();
		switch (how_of(soak.map->def.type)) {
		case ELEMS:
			read_elems(&seed);
			break;
		case LIST:
			read_list(&seed);
			break;
		case OBJECTS:
			read_objects(&seed);
			break;
		case RING:
			if (me == 0)
				read_ring();
			else
				weir_ringbuf_query(soak.map, me);
		}
	}
	__atomic_add_fetch(&soak.reads, nr, __ATOMIC_RELAXED);
	return NULL;
}

static void *writer(void *arg)
{
	u64 seed = 1000 + (uintptr_t)arg, nr = 0;

	for (; !stopped(); nr++) {
		switch (how_of(soak.map->def.type)) {
		case ELEMS:
			write_elems(&seed);
			break;
		case LIST:
			write_list(&seed);
			break;
		case OBJECTS:
			write_objects(&seed);
			break;
		case RING:
			write_ring(&seed);
		}
	}
	__atomic_add_fetch(&soak.writes, nr, __ATOMIC_RELAXED);
	return NULL;
}

/* What is there before anybody looks. */
static void fill(void)
{
	u64 value[WORDS];

	for (u32 nr = 0; nr < (is_array() ? ROOM : STAYING); nr++) {
		struct key key = key_of(nr);

		switch (how_of(soak.map->def.type)) {
		case ELEMS:
			set_all_cpus(&key, nr, 0);
			break;
		case LIST:
			make_value(value, nr, 0);
			weir_map_user_update(soak.map, NULL, value, 0);
			break;
		case OBJECTS:
			put_new(nr);
			break;
		case RING:
			break;
		}
	}
}

static int make(u32 type, u32 flags)
{
	const struct weir_map_type *t = weir_map_type(type);
	u32 key = type == BPF_MAP_TYPE_LPM_TRIE ? 8 : t->key_max ? 4 : 0;
	u32 value = t->value_max == 4 ? 4 : t->value_max ? WORDS * 8 : 0;
	bool lru = type == BPF_MAP_TYPE_LRU_HASH ||
		   type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
	struct weir_map_def def;

	def = map_def(type, key, value, lru ? ROOM / 2 : ROOM, flags);
	if (type == BPF_MAP_TYPE_RINGBUF)
		def.max_entries = 8192;
	if (type == BPF_MAP_TYPE_LPM_TRIE)
		def.flags |= BPF_F_NO_PREALLOC;
	soak.stop = false;
	soak.wrong = NULL;
	soak.reads = soak.writes = 0;
	return weir_map_create(
		&def, t->traits & WEIR_MAP_TYPE_OF_MAPS ? soak.pattern : NULL,
		&soak.map);
}

static void round_of(u32 type, u32 flags, u32 ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000L };
	pthread_t thread[READERS + WRITERS];
	const char *name = weir_map_type_name(type);

	if (make(type, flags)) {
		ksft_test_result(false, "%s, flags %#x: made\n", name, flags);
		return;
	}
	fill();
	for (uintptr_t i = 0; i < READERS + WRITERS; i++)
		if (pthread_create(&thread[i], NULL,
				   i < READERS ? reader : writer, (void *)i))
			ksft_exit_fail_msg("no thread\n");
	nanosleep(&time, NULL);
	WRITE_ONCE(soak.stop, true);
	for (u32 i = 0; i < READERS + WRITERS; i++)
		pthread_join(thread[i], NULL);
	if (soak.wrong)
		ksft_print_msg("%s\n", soak.wrong);
	ksft_print_msg("%llu reads, %llu writes\n",
		       (unsigned long long)soak.reads,
		       (unsigned long long)soak.writes);
	weir_map_user_put(soak.map);
	ksft_test_result(!soak.wrong && soak.reads && soak.writes,
			 "%s, flags %#x: %u readers, %u writers\n", name, flags,
			 READERS, WRITERS);
}

static bool is_named(const char *name, int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (!strcmp(argv[i], name))
			return true;
	return !argc;
}

int main(int argc, char **argv)
{
	u32 seconds = 2, nr = 0, ms;

	if (argc > 2 && !strcmp(argv[1], "--seconds")) {
		seconds = (u32)atoi(argv[2]);
		argc -= 2;
		argv += 2;
	}
	ksft_print_header();
	soak.pattern = new_inner();
	for (u32 type = 0; type < 64; type++)
		if (weir_map_type(type))
			nr += 1 + !!(weir_map_type(type)->flags &
				     BPF_F_NO_PREALLOC);
	ms = seconds * 1000 / nr;
	for (u32 type = 0; type < 64; type++) {
		if (!weir_map_type(type) ||
		    !is_named(weir_map_type_name(type), argc - 1, argv + 1))
			continue;
		round_of(type, 0, ms);
		if ((weir_map_type(type)->flags & BPF_F_NO_PREALLOC) &&
		    type != BPF_MAP_TYPE_LPM_TRIE)
			round_of(type, BPF_F_NO_PREALLOC, ms);
	}
	weir_map_user_put(soak.pattern);
	weir_host_rcu_drain();
	return ksft_finished();
}
