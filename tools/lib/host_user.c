// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The host seam for a process: memory from malloc, code in a memfd that is
 * mapped twice, features from the auxiliary vector.
 *
 * The arena is one sparse memfd. Its executable mapping is made once and stays
 * read+execute; a writable mapping of the pages in question exists only
 * between weir_host_code_open() and weir_host_code_close(), at another
 * address. No address is ever writable and executable.
 */
#include <linux/types.h>
#include <linux/kernel.h>
#include <linux/errno.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/auxv.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <linux/membarrier.h>

/* Readers inlined; but liburcu aligns less than it says, which UBSan sees. */
#ifndef __SANITIZE_ADDRESS__
#define _LGPL_SOURCE
#endif
#include <urcu-bp.h>
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

#include "base/host.h"

#if defined(__aarch64__)
#define ARENA_BYTES ((size_t)64 << 20)
#elif defined(__arm__)
#define ARENA_BYTES ((size_t)16 << 20) /* well inside a branch's 32 MiB */
#else
#define ARENA_BYTES ((size_t)0) /* this host cannot execute ARM code */
#endif

/* Newer systems' headers have these. */
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif
#ifndef HWCAP2_BTI
#define HWCAP2_BTI (1UL << 17)
#endif

static pthread_mutex_t locks[WEIR_NR_LOCKS] = {
	[0 ... WEIR_NR_LOCKS - 1] = PTHREAD_MUTEX_INITIALIZER,
};

static struct {
	pthread_once_t once;
	int fd;
	int err;
	u8 *rx;
	size_t bytes;
	bool sync_core; /* membarrier can synchronise every CPU's context */
	bool stale; /* cache maintenance does not reach the other mapping */
} arena = { .once = PTHREAD_ONCE_INIT, .fd = -1 };

void *weir_host_alloc(size_t bytes)
{
	return calloc(1, bytes ? bytes : 1);
}

void *weir_host_alloc_dirty(size_t bytes)
{
	return malloc(bytes ? bytes : 1);
}

void *weir_host_alloc_now(size_t bytes)
{
	return weir_host_alloc(bytes);
}

void weir_host_free(const void *p)
{
	free((void *)p);
}

size_t weir_host_page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/*
 * The last @twice bytes of the file once more, behind them. A child process
 * shares these pages with its parent, as it does with any shared mapping.
 */
static bool map_twice(u8 *addr, size_t bytes, size_t twice)
{
	int fd = memfd_create("weir-ring", MFD_CLOEXEC);
	bool ok = false;

	if (fd >= 0 && !ftruncate(fd, (off_t)bytes))
		ok = mmap(addr, bytes, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED &&
		     mmap(addr + bytes, twice, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_FIXED, fd,
			  (off_t)(bytes - twice)) != MAP_FAILED;
	if (fd >= 0)
		close(fd);
	return ok;
}

int weir_host_pages_alloc(struct weir_host_pages *pages, size_t bytes,
			  size_t twice)
{
	void *addr;

	bytes = ALIGN(bytes, weir_host_page_bytes());
	addr = mmap(NULL, bytes + twice, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (addr == MAP_FAILED)
		return -ENOMEM;
	if (twice && !map_twice(addr, bytes, twice)) {
		munmap(addr, bytes + twice);
		return -ENOMEM;
	}
	pages->addr = addr;
	pages->bytes = bytes;
	pages->reserved = (void *)twice;
	return 0;
}

void weir_host_pages_free(struct weir_host_pages *pages)
{
	if (pages->addr)
		munmap(pages->addr, pages->bytes + (size_t)pages->reserved);
	pages->addr = NULL;
}

static int membarrier(int cmd)
{
	return (int)syscall(__NR_membarrier, cmd, 0, 0);
}

/* A sparse file of the arena's size; its descriptor or -errno. */
static int arena_file(void)
{
	int fd = memfd_create("weir-code", MFD_CLOEXEC | MFD_EXEC);

	if (fd < 0 && errno == EINVAL) /* a kernel before MFD_EXEC */
		fd = memfd_create("weir-code", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)ARENA_BYTES)) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

/* Copy what is in @from to @to, extent by extent, leaving holes. */
static bool copy_extents(int from, int to)
{
	off_t at = 0, end;

	while ((at = lseek(from, at, SEEK_DATA)) >= 0) {
		end = lseek(from, at, SEEK_HOLE);
		if (end < 0 || lseek(to, at, SEEK_SET) < 0)
			return false;
		while (at < end)
			if (sendfile(to, from, &at, (size_t)(end - at)) <= 0)
				return false;
	}
	return errno == ENXIO; /* no data behind this offset */
}

static void fork_prepare(void)
{
	for (int i = 0; i < WEIR_NR_LOCKS; i++)
		pthread_mutex_lock(&locks[i]);
}

static void fork_parent(void)
{
	for (int i = WEIR_NR_LOCKS - 1; i >= 0; i--)
		pthread_mutex_unlock(&locks[i]);
}

/*
 * A shared mapping survives fork() as the same pages, and parent and child
 * would publish over each other. The child takes a copy, at the same address,
 * so that its programs stay where they are.
 */
static void fork_child(void)
{
	int fd = arena_file();
	void *rx = MAP_FAILED;

	if (fd >= 0 && copy_extents(arena.fd, fd))
		rx = mmap(arena.rx, arena.bytes, PROT_READ | PROT_EXEC,
			  MAP_SHARED | MAP_FIXED, fd, 0);
	if (rx == MAP_FAILED) {
		/* Code may run on, but nothing new may be published. */
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	close(arena.fd);
	arena.fd = fd;
	arena.sync_core = !membarrier(
		MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE);
	fork_parent();
}

/* Round [off, off + bytes) out to pages. */
static void page_span(size_t off, size_t bytes, size_t *start, size_t *len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	*start = off & ~(page - 1);
	*len = ALIGN(off + bytes, page) - *start;
}

/*
 * Does code that was executed, then rewritten through the other mapping, run
 * as rewritten? User-mode emulators before QEMU 8.1 keep their translation of
 * a page until its own mapping changes, whatever cache maintenance says. Tried
 * on the arena's last words, which are left as they were.
 */
static bool alias_is_stale(void)
{
#if defined(__aarch64__)
	static const u32 probe[2][2] = {
		{ 0x52800020, 0xd65f03c0 }, /* mov w0, #1; ret */
		{ 0x52800040, 0xd65f03c0 }, /* mov w0, #2; ret */
	};
#else
	static const u32 probe[2][2] = {
		{ 0xe3a00001, 0xe12fff1e }, /* mov r0, #1; bx lr */
		{ 0xe3a00002, 0xe12fff1e }, /* mov r0, #2; bx lr */
	};
#endif
	size_t off = arena.bytes - sizeof(probe[0]);
	int (*fn)(void) = (int (*)(void))(arena.rx + off);
	void *rw;
	int got = 0;

	for (int i = 0; i < 2; i++) {
		rw = weir_host_code_open(off, sizeof(probe[0]));
		if (!rw)
			return false;
		memcpy(rw, probe[i], sizeof(probe[0]));
		weir_host_code_close(rw, off, sizeof(probe[0]));
		got = fn();
	}
	rw = weir_host_code_open(off, sizeof(probe[0]));
	if (rw) {
		memset(rw, 0, sizeof(probe[0]));
		weir_host_code_close(rw, off, sizeof(probe[0]));
	}
	return got != 2;
}

static void arena_init(void)
{
	void *rx;

	if (!ARENA_BYTES) {
		arena.err = -EOPNOTSUPP;
		return;
	}
	arena.fd = arena_file();
	if (arena.fd < 0) {
		arena.err = -ENOMEM;
		return;
	}
	rx = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_EXEC, MAP_SHARED,
		  arena.fd, 0);
	if (rx == MAP_FAILED) {
		/* -EPERM and -EACCES: this system forbids executable memory */
		arena.err = errno == ENOMEM ? -ENOMEM : -EOPNOTSUPP;
		close(arena.fd);
		arena.fd = -1;
		return;
	}
	arena.sync_core = !membarrier(
		MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE);
	arena.rx = rx;
	arena.bytes = ARENA_BYTES;
	arena.stale = alias_is_stale();
	pthread_atfork(fork_prepare, fork_parent, fork_child);
}

int weir_host_arena(struct weir_host_arena *out)
{
	pthread_once(&arena.once, arena_init);
	out->rx = arena.rx;
	out->bytes = arena.bytes;
	return arena.err;
}

void *weir_host_code_open(size_t off, size_t bytes)
{
	size_t start, len;
	u8 *rw;

	if (WARN_ON_ONCE(off > arena.bytes || bytes > arena.bytes - off))
		return NULL;
	page_span(off, bytes, &start, &len);
	rw = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, arena.fd,
		  (off_t)start);
	return rw == MAP_FAILED ? NULL : rw + (off - start);
}

void weir_host_code_close(void *rw, size_t off, size_t bytes)
{
	size_t start, len;
	char *view = rw;
	char *rx = (char *)arena.rx + off;

	page_span(off, bytes, &start, &len);
	__builtin___clear_cache(view, view + bytes);
	__builtin___clear_cache(rx, rx + bytes);
	munmap(view - (off - start), len);
	/* The same pages again, in one step: other threads run on. */
	if (arena.stale)
		mmap(arena.rx + start, len, PROT_READ | PROT_EXEC,
		     MAP_SHARED | MAP_FIXED, arena.fd, (off_t)start);
	/*
	 * Without it, a thread that already runs code of ours may see an old
	 * word until its next context synchronisation; what was published at
	 * fresh addresses is reached only through a pointer taken afterwards.
	 */
	if (arena.sync_core)
		membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE);
}

bool weir_host_code_can_patch(void)
{
	return arena.sync_core;
}

/* Nobody is there to do it: see weir_host_work_after(). */
int weir_host_work_init(struct weir_host_work *work,
			void (*fn)(struct weir_host_work *work))
{
	work->fn = fn;
	return 0;
}

void weir_host_work_after(struct weir_host_work *work, u32 ms)
{
	(void)work;
	(void)ms;
}

void weir_host_work_exit(struct weir_host_work *work)
{
	(void)work;
}

int weir_host_code_store(size_t off, u64 value, u32 bytes)
{
	size_t start, len;
	u8 *view;

	if (WARN_ON_ONCE(off > arena.bytes || bytes > arena.bytes - off ||
			 off & (bytes - 1)))
		return -EINVAL;
	page_span(off, bytes, &start, &len);
	view = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, arena.fd,
		    (off_t)start);
	if (view == MAP_FAILED)
		return -ENOMEM;
	if (bytes == 4)
		__atomic_store_n((u32 *)(view + (off - start)), (u32)value,
				 __ATOMIC_RELEASE);
	else
		__atomic_store_n((u64 *)(view + (off - start)), value,
				 __ATOMIC_RELEASE);
	munmap(view, len);
	return 0;
}

void weir_host_lock(enum weir_host_lock lock)
{
	pthread_mutex_lock(&locks[lock]);
}

void weir_host_unlock(enum weir_host_lock lock)
{
	pthread_mutex_unlock(&locks[lock]);
}

void weir_host_spin_init(struct weir_host_spin *spin,
			 enum weir_host_spin_class class)
{
	(void)class;
	spin->word = 0;
}

unsigned long weir_host_spin_lock(struct weir_host_spin *spin)
{
	return weir_host_word_lock(&spin->word);
}

void weir_host_spin_unlock(struct weir_host_spin *spin, unsigned long state)
{
	weir_host_word_unlock(&spin->word, state);
}

/* Tries before the CPU is given away: the holder may be waiting for one. */
#define SPINS 100

unsigned long weir_host_word_lock(u32 *word)
{
	unsigned int spins = 0;

	while (__atomic_exchange_n(word, 1, __ATOMIC_ACQUIRE))
		while (__atomic_load_n(word, __ATOMIC_RELAXED))
			if (++spins % SPINS == 0)
				sched_yield();
	return 0;
}

void weir_host_word_unlock(u32 *word, unsigned long state)
{
	(void)state;
	__atomic_store_n(word, 0, __ATOMIC_RELEASE);
}

int weir_host_wait_init(struct weir_host_wait *wait)
{
	wait->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return wait->fd < 0 ? -ENOMEM : 0;
}

void weir_host_wait_exit(struct weir_host_wait *wait)
{
	close(wait->fd);
}

/* It can only fail if it has been woken 2^64 times. */
void weir_host_wake(struct weir_host_wait *wait)
{
	eventfd_write(wait->fd, 1);
}

void weir_host_relax(void)
{
	sched_yield();
}

u32 weir_host_cpu_features(void)
{
	u32 features = 0;
#if defined(__aarch64__)
	unsigned long cap = getauxval(AT_HWCAP);
	unsigned long cap2 = getauxval(AT_HWCAP2);

	if (cap & HWCAP_ATOMICS)
		features |= WEIR_CPU_LSE;
	if (cap & HWCAP_PACA)
		features |= WEIR_CPU_PAC;
	if (cap2 & HWCAP2_BTI)
		features |= WEIR_CPU_BTI;
#elif defined(__arm__)
	if (getauxval(AT_HWCAP) & HWCAP_ARM_IDIVA)
		features |= WEIR_CPU_IDIV;
#endif
	return features;
}

u32 weir_host_nr_cpus(void)
{
	static u32 nr; /* every thread would store the same number */
	u32 n = __atomic_load_n(&nr, __ATOMIC_RELAXED);
	long conf;

	if (!n) {
		conf = sysconf(_SC_NPROCESSORS_CONF);
		n = conf > 0 ? (u32)conf : 1;
		__atomic_store_n(&nr, n, __ATOMIC_RELAXED);
	}
	return n;
}

u32 weir_host_cpu(void)
{
	int cpu = sched_getcpu();

	return cpu < 0 ? 0 : (u32)cpu % weir_host_nr_cpus();
}

static u64 clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (u64)ts.tv_sec * 1000000000ULL + (u64)ts.tv_nsec;
}

u64 weir_host_now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

u64 weir_host_boot_ns(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

u64 weir_host_tai_ns(void)
{
	return clock_ns(CLOCK_TAI);
}

/* As a kernel with HZ=250 counts, from its start. */
u64 weir_host_jiffies(void)
{
	return clock_ns(CLOCK_MONOTONIC) / 4000000;
}

u32 weir_host_numa_node(void)
{
	unsigned int cpu, node = 0;

	return syscall(__NR_getcpu, &cpu, &node, NULL) ? 0 : node;
}

u32 weir_host_random(void)
{
	static u64 weyl;
	u64 mix;
	u32 bits;

	if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) == sizeof(bits))
		return bits;
	/* Early boot: what helpers hand out need not be a secret. */
	mix = __atomic_add_fetch(&weyl, 0x9e3779b97f4a7c15ULL,
				 __ATOMIC_RELAXED);
	return (u32)((weir_host_now_ns() ^ mix) * 0xbf58476d1ce4e5b9ULL >> 32);
}

void weir_host_resched(void)
{
	sched_yield();
}

void weir_host_count(u64 *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

/* scnprintf(): what was written, without the end, never more than fits. */
int weir_shim_scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (!size)
		return 0;
	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	if (n < 0)
		return 0;
	return (size_t)n < size ? n : (int)size - 1;
}

/* A bug of ours: say so; under test, stop where it happened. */
bool weir_shim_warn(const char *file, int line, const char *what)
{
	fprintf(stderr, "weir: bug: %s:%d: %s\n", file, line, what);
#ifndef WEIR_TEST
	if (!getenv("WEIR_WARN_ABORT"))
		return true;
#endif
	abort();
}

u32 weir_host_cmpxchg32(u32 *at, u32 from, u32 to)
{
	__atomic_compare_exchange_n(at, &from, to, false, __ATOMIC_SEQ_CST,
				    __ATOMIC_SEQ_CST);
	return from;
}

u64 weir_host_cmpxchg64(u64 *at, u64 from, u64 to)
{
	__atomic_compare_exchange_n(at, &from, to, false, __ATOMIC_SEQ_CST,
				    __ATOMIC_SEQ_CST);
	return from;
}

u32 weir_host_new_id(void)
{
	static u32 last;

	return __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
}

void weir_host_ref_get(u64 *refs)
{
	__atomic_fetch_add(refs, 1, __ATOMIC_RELAXED);
}

bool weir_host_ref_try(u64 *refs)
{
	u64 now = __atomic_load_n(refs, __ATOMIC_RELAXED);

	while (now)
		if (__atomic_compare_exchange_n(refs, &now, now + 1, true,
						__ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return true;
	return false;
}

bool weir_host_ref_put(u64 *refs)
{
	return __atomic_sub_fetch(refs, 1, __ATOMIC_ACQ_REL) == 0;
}

/*
 * ThreadSanitizer does not see what liburcu does, which is not built with it:
 * it is told that what a reader did comes before the end of a grace period.
 */
#ifdef __SANITIZE_THREAD__
static char rcu_order;
#define READER_DONE() __tsan_release(&rcu_order)
#define READERS_DONE() __tsan_acquire(&rcu_order)
#else
#define READER_DONE()
#define READERS_DONE()
#endif

void weir_host_rcu_lock(void)
{
	urcu_bp_read_lock();
}

void weir_host_rcu_unlock(void)
{
	READER_DONE();
	urcu_bp_read_unlock();
}

void weir_host_rcu_wait(void)
{
	urcu_bp_synchronize_rcu();
	READERS_DONE();
}

/*
 * Deferred work runs in liburcu's own thread, which starts with the first piece
 * and blocks all signals. fork() stops it for a moment; a child starts its own,
 * and forgets readers that it has not.
 */
static void defer_before_fork(void)
{
	urcu_bp_call_rcu_before_fork();
	urcu_bp_before_fork();
}

static void defer_after_fork_parent(void)
{
	urcu_bp_after_fork_parent();
	urcu_bp_call_rcu_after_fork_parent();
}

static void defer_after_fork_child(void)
{
	urcu_bp_after_fork_child();
	urcu_bp_call_rcu_after_fork_child();
}

static void defer_init(void)
{
	pthread_atfork(defer_before_fork, defer_after_fork_parent,
		       defer_after_fork_child);
}

static void do_deferred(struct rcu_head *head)
{
	struct weir_host_defer *defer =
		container_of((void *)head, struct weir_host_defer, reserved);

	READERS_DONE();
	defer->work(defer);
}

void weir_host_rcu_defer(struct weir_host_defer *defer,
			 void (*work)(struct weir_host_defer *defer))
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	_Static_assert(sizeof(defer->reserved) == sizeof(struct rcu_head),
		       "the host's place");
	pthread_once(&once, defer_init);
	defer->work = work;
	READER_DONE();
	urcu_bp_call_rcu((struct rcu_head *)(void *)defer->reserved,
			 do_deferred);
}

void weir_host_rcu_drain(void)
{
	urcu_bp_barrier();
	READERS_DONE();
}
