/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The host seam: every power that Weir needs from what it runs in, kernel or
 * process. Words (types, bits, lists) come from <linux/...>; powers come from
 * here, and from nowhere else. Implemented by module/host_kernel.c and
 * tools/lib/host_user.c.
 */
#ifndef WEIR_BASE_HOST_H
#define WEIR_BASE_HOST_H

#include <linux/types.h>
#ifdef __KERNEL__
#include "base/host_kernel.h"
#endif

/**
 * weir_host_alloc() - zeroed memory
 * @bytes: size, may be 0
 *
 * May sleep. Return: the memory, aligned for any type, or NULL.
 */
void *weir_host_alloc(size_t bytes);

/**
 * weir_host_alloc_dirty() - memory that holds anything
 *
 * As weir_host_alloc(), for what is large and written before it is read.
 */
void *weir_host_alloc_dirty(size_t bytes);

/**
 * weir_host_alloc_now() - zeroed memory for those who cannot wait
 *
 * As weir_host_alloc(), for sizes of some pages at most. Any context.
 */
void *weir_host_alloc_now(size_t bytes);

/**
 * weir_host_free() - give memory back; NULL is allowed
 *
 * May sleep; any context for what weir_host_alloc_now() gave.
 */
void weir_host_free(const void *p);

/**
 * struct weir_host_pages - memory that can be mapped to users
 * @addr:	where it lies, on a page's start; zeroed
 * @bytes:	from there, what is there twice counted once
 * @reserved:	the host's own
 */
struct weir_host_pages {
	void *addr;
	size_t bytes;
	void *reserved;
};

/**
 * weir_host_pages_alloc() - make some
 * @bytes:	any; rounded up to whole pages
 * @twice:	so many bytes at the end, whole pages, are there twice, one
 *		behind the other: what runs over the end comes out at the front
 *
 * May sleep. Return: 0 or -ENOMEM.
 */
int weir_host_pages_alloc(struct weir_host_pages *pages, size_t bytes,
			  size_t twice);

/** weir_host_pages_free() - also of zeroed ones. May sleep. */
void weir_host_pages_free(struct weir_host_pages *pages);

/**
 * struct weir_host_arena - the memory that holds executable code
 * @rx:		where it is executed; never writable at this address
 * @bytes:	its size, a multiple of the page size; 0 if there is none
 */
struct weir_host_arena {
	u8 *rx;
	size_t bytes;
};

/**
 * weir_host_arena() - the one code arena of this host
 * @out: where it lies
 *
 * May sleep; the first call may reserve it. Return: 0, -ENOMEM, or -EOPNOTSUPP
 * where no code can be executed.
 */
int weir_host_arena(struct weir_host_arena *out);

/**
 * weir_host_code_open() - a writable view of part of the arena
 * @off:	byte offset, any
 * @bytes:	length
 *
 * The view is a second mapping of the same pages; the executable one is not
 * touched. Close it with weir_host_code_close(). May sleep.
 * Return: pointer to the byte at @off, or NULL if out of memory.
 */
void *weir_host_code_open(size_t off, size_t bytes);

/**
 * weir_host_code_close() - drop the writable view and make the code visible
 * @rw:		what weir_host_code_open() gave
 * @off:	the same
 * @bytes:	the same
 *
 * Cleans and invalidates the caches for both addresses and synchronises the
 * context of every CPU: code executed after this returns is what was written.
 * May sleep.
 */
void weir_host_code_close(void *rw, size_t off, size_t bytes);

/**
 * weir_host_code_can_patch() - may a word be rewritten that CPUs execute?
 *
 * Not if this host cannot synchronise the context of all of them: then only
 * code at addresses nobody has run yet can be written. Any context, once there is
 * an arena.
 */
bool weir_host_code_can_patch(void);

/**
 * weir_host_code_store() - change data that lies among code, in one store
 * @off:	byte offset in the arena, a multiple of @bytes
 * @value:	what goes there
 * @bytes:	4 or 8
 *
 * For what is only ever loaded, by aligned loads: these give the old or the new
 * value. Through a mapping for writing, as weir_host_code_open(), but no cache
 * is cleaned and nobody is waited for: to the data side all addresses of a byte
 * are one. May sleep. Return: 0 or -ENOMEM.
 */
int weir_host_code_store(size_t off, u64 value, u32 bytes);

/* The host's locks, by what they protect. Sleeping locks; not recursive. */
enum weir_host_lock {
	WEIR_LOCK_CODE, /* jit/codemem: the arena's free map */
	WEIR_LOCK_MAPS, /* runtime/map: frozen maps, and who writes */
	WEIR_LOCK_LIVE, /* runtime/loaded: parameters, and the code they are in */
	WEIR_LOCK_BRIDGES, /* runtime/bridge: who handles, and is handled */
	WEIR_NR_LOCKS
};

/** weir_host_lock() - take one, pair with weir_host_unlock(). May sleep. */
void weir_host_lock(enum weir_host_lock lock);
void weir_host_unlock(enum weir_host_lock lock);

/**
 * struct weir_host_spin - a lock that is held for a few instructions
 *
 * The holder cannot be interrupted by one who wants it too: the kernel masks
 * interrupts. In a process a holder may lose its CPU; those who wait give theirs
 * away. Signal handlers must not take one.
 */
#ifndef __KERNEL__
struct weir_host_spin {
	u32 word;
};
#endif

/* In the order in which one may be taken inside another. */
enum weir_host_spin_class {
	WEIR_SPIN_MAP, /* a bucket, a trie, a queue, a ring */
	WEIR_SPIN_FREELIST,
};

/** weir_host_spin_init() - an open lock. Any context. */
void weir_host_spin_init(struct weir_host_spin *spin,
			 enum weir_host_spin_class class);

/**
 * weir_host_word_lock() - the same, where the lock is a word: 0 is open
 *
 * What a struct bpf_spin_lock in a map value is.
 */
unsigned long weir_host_word_lock(u32 *word);
void weir_host_word_unlock(u32 *word, unsigned long state);

/**
 * struct weir_host_wait - where somebody waits for something to happen
 * @fd:		process: an eventfd that is readable since the last wakeup until
 *		it is read; -1 in the kernel
 * @queue:	kernel: its own, see module/wait.h
 */
struct weir_host_wait {
	int fd;
	void *queue;
};

/** weir_host_wait_init() - nobody waits. May sleep. Return: 0 or -ENOMEM. */
int weir_host_wait_init(struct weir_host_wait *wait);

/** weir_host_wait_exit() - no wakeup is under way, or will be. May sleep. */
void weir_host_wait_exit(struct weir_host_wait *wait);

/** weir_host_wake() - wake all who wait. Any context. */
void weir_host_wake(struct weir_host_wait *wait);

/** weir_host_relax() - somebody else must do something first. Any context. */
void weir_host_relax(void);

/* Optional features of the CPU that emitted code will run on. */
#define WEIR_CPU_LSE (1u << 0) /* AArch64: LSE atomics */
#define WEIR_CPU_BTI (1u << 1) /* AArch64: branch target identification */
#define WEIR_CPU_PAC (1u << 2) /* AArch64: return addresses are signed */
#define WEIR_CPU_IDIV (1u << 3) /* ARM: UDIV and SDIV in ARM state */
#define WEIR_CPU_ALL 0xfu

/** weir_host_cpu_features() - WEIR_CPU_* of this host. Any context. */
u32 weir_host_cpu_features(void);

/** weir_host_now_ns() - monotonic time in nanoseconds. Any context. */
u64 weir_host_now_ns(void);

/** weir_host_boot_ns() - the same with the time that the machine slept. */
u64 weir_host_boot_ns(void);

/** weir_host_tai_ns() - International Atomic Time, since 1970. Any context. */
u64 weir_host_tai_ns(void);

/** weir_host_jiffies() - a coarse clock's ticks, as Linux's. Any context. */
u64 weir_host_jiffies(void);

/** weir_host_numa_node() - where this CPU's memory is. Any context. */
u32 weir_host_numa_node(void);

/**
 * weir_host_print() - one line that a program prints
 *
 * Rate limited: what is too much is lost. Any context.
 */
void weir_host_print(const char *line);

/** weir_host_random() - 32 random bits. Any context. */
u32 weir_host_random(void);

/** weir_host_resched() - a long loop may give the CPU away. May sleep. */
void weir_host_resched(void);

/**
 * weir_host_cmpxchg32() - compare and exchange as one step, fully ordered
 * @at:		4-aligned
 * Return: what was there; @to is there now if that is @from. Any context.
 */
u32 weir_host_cmpxchg32(u32 *at, u32 from, u32 to);
u64 weir_host_cmpxchg64(u64 *at, u64 from, u64 to);

/** weir_host_new_id() - a number over 0 that was not given out before. */
u32 weir_host_new_id(void);

/**
 * weir_host_ref_get() - one more reference; there is one at least
 * @refs:	counter, 8-aligned; starts as 1
 *
 * Any context.
 */
void weir_host_ref_get(u64 *refs);

/** weir_host_ref_try() - one more, unless there is none. Any context. */
bool weir_host_ref_try(u64 *refs);

/** weir_host_ref_put() - one less. Return: was it the last? Any context. */
bool weir_host_ref_put(u64 *refs);

/** weir_host_rcu_wait() - until every reader of now is done. May sleep. */
void weir_host_rcu_wait(void);

/**
 * struct weir_host_defer - work that waits for readers; the host's own
 *
 * Lies in the object that the work is about.
 */
struct weir_host_defer {
	void *reserved[2];
	void (*work)(struct weir_host_defer *defer);
};

/**
 * weir_host_rcu_defer() - call @work when every reader of now is done
 * @work: any context; must not sleep
 *
 * Any context.
 */
void weir_host_rcu_defer(struct weir_host_defer *defer,
			 void (*work)(struct weir_host_defer *defer));

/**
 * struct weir_host_work - something to be done later, by somebody else
 * @fn:		may sleep; may ask for the next time itself
 * @reserved:	the host's own
 */
struct weir_host_work {
	void (*fn)(struct weir_host_work *work);
	void *reserved;
};

/**
 * weir_host_work_init() - nothing is to be done yet
 *
 * May sleep. Return: 0 or -ENOMEM.
 */
int weir_host_work_init(struct weir_host_work *work,
			void (*fn)(struct weir_host_work *work));

/**
 * weir_host_work_after() - call @fn once, in so many milliseconds
 *
 * If it was to be called earlier or later, not then. A process has nobody who
 * would do it: there nothing happens, and its user must ask. Any context.
 */
void weir_host_work_after(struct weir_host_work *work, u32 ms);

/** weir_host_work_exit() - it is not called any more, nor under way. May sleep;
 * zeroed work is allowed.
 */
void weir_host_work_exit(struct weir_host_work *work);

/** weir_host_rcu_drain() - until all work deferred so far is done. May sleep. */
void weir_host_rcu_drain(void);

/*
 * What is too small for a call in a kernel: there it is base/host_kernel.h's.
 */
#ifndef __KERNEL__

/** weir_host_page_bytes() - size of a page, a power of two. Any context. */
size_t weir_host_page_bytes(void);

/**
 * weir_host_spin_lock() - take it
 * Return: what weir_host_spin_unlock() wants back. Any context.
 */
unsigned long weir_host_spin_lock(struct weir_host_spin *spin);
void weir_host_spin_unlock(struct weir_host_spin *spin, unsigned long state);

/** weir_host_cpu() - number of this CPU, below weir_host_nr_cpus(). */
u32 weir_host_cpu(void);
u32 weir_host_nr_cpus(void);

/**
 * weir_host_count() - add one to a counter that several CPUs may count
 * @counter: 8-aligned
 *
 * Any context.
 */
void weir_host_count(u64 *counter);

/*
 * Read-copy update: what a reader found between lock and unlock stays until it
 * unlocks. Read sides nest, and do not sleep.
 */
void weir_host_rcu_lock(void);
void weir_host_rcu_unlock(void);

#endif

#endif
