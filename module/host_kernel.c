// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The host seam for the kernel: memory from kvmalloc, code in a section of the
 * module itself, features from the kernel's own capability bits.
 *
 * No exported function gives a module executable pages, but the module loader
 * does: the arena is an executable section without contents, which it places
 * beside the module's text and maps read+execute. Code is written through a
 * second mapping of the same pages, read+write, which lasts from
 * weir_host_code_open() to weir_host_code_close(). No address is ever writable
 * and executable.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/highmem.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/stringify.h>
#include <linux/timekeeping.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
#include <asm/cacheflush.h>
#ifdef CONFIG_ARM64
#include <asm/cpufeature.h>
#else
#include <asm/hwcap.h>
#endif

#include "base/host.h"
#include "module/wait.h"

/* In KiB; a build option (make WEIR_ARENA_KB=...), whole pages. */
#ifndef WEIR_ARENA_KB
#define WEIR_ARENA_KB 2048
#endif
#define ARENA_BYTES (WEIR_ARENA_KB * 1024)
static_assert(WEIR_ARENA_KB > 0 && IS_ALIGNED(ARENA_BYTES, PAGE_SIZE));

/*
 * Whole pages of its own, so that no other code shares one with it. The loader
 * zeroes it; a zero word is a trap on AArch64, and codemem fills it with traps
 * on both architectures before the first publication.
 */
/* clang-format off */
asm(".pushsection .jit_arena, \"ax\", %nobits\n"
    "	.p2align " __stringify(PAGE_SHIFT) "\n"
    "	.type weir_arena_start, %object\n"
    "weir_arena_start:\n"
    "	.skip " __stringify(WEIR_ARENA_KB) " * 1024\n"
    "	.size weir_arena_start, . - weir_arena_start\n"
    ".popsection\n");
/* clang-format on */
extern u8 weir_arena_start[];

static DEFINE_MUTEX(code_lock);
static DEFINE_MUTEX(maps_lock);
static DEFINE_MUTEX(live_lock);
static DEFINE_MUTEX(bridges_lock);

static struct mutex *const locks[] = {
	[WEIR_LOCK_CODE] = &code_lock,
	[WEIR_LOCK_MAPS] = &maps_lock,
	[WEIR_LOCK_LIVE] = &live_lock,
	[WEIR_LOCK_BRIDGES] = &bridges_lock,
};
static_assert(ARRAY_SIZE(locks) == WEIR_NR_LOCKS);

/*
 * What a program costs is charged to whoever loads it. Failure is an ordinary
 * outcome for sizes that users choose: no warning, and nobody is killed for it.
 */
void *weir_host_alloc(size_t bytes)
{
	return kvzalloc(bytes, GFP_KERNEL_ACCOUNT | __GFP_NOWARN |
				       __GFP_RETRY_MAYFAIL);
}

void *weir_host_alloc_dirty(size_t bytes)
{
	return kvmalloc(bytes, GFP_KERNEL_ACCOUNT | __GFP_NOWARN |
				       __GFP_RETRY_MAYFAIL);
}

/* Atomic contexts: what is there now, or nothing. */
void *weir_host_alloc_now(size_t bytes)
{
	return kzalloc(bytes, GFP_NOWAIT | __GFP_NOWARN | __GFP_ACCOUNT);
}

void weir_host_free(const void *p)
{
	kvfree(p);
}

static void free_pages_of(struct page **pages, size_t nr)
{
	while (nr--)
		__free_page(pages[nr]);
	kvfree(pages);
}

/* The pages, those of the end once more, in one array. NULL: no memory. */
static struct page **alloc_pages_of(size_t nr, size_t nr_twice)
{
	gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_RETRY_MAYFAIL;
	struct page **pages;
	size_t i;

	pages = kvmalloc_array(nr + nr_twice, sizeof(*pages), gfp);
	if (!pages)
		return NULL;
	for (i = 0; i < nr; i++) {
		pages[i] = alloc_page(gfp | __GFP_ZERO);
		if (!pages[i]) {
			free_pages_of(pages, i);
			return NULL;
		}
	}
	for (i = 0; i < nr_twice; i++)
		pages[nr + i] = pages[nr - nr_twice + i];
	return pages;
}

/* VM_USERMAP: users may map it too, with remap_vmalloc_range(). */
int weir_host_pages_alloc(struct weir_host_pages *out, size_t bytes,
			  size_t twice)
{
	size_t nr = PAGE_ALIGN(bytes) >> PAGE_SHIFT;
	size_t nr_twice = twice >> PAGE_SHIFT;
	struct page **pages = alloc_pages_of(nr, nr_twice);

	if (!pages)
		return -ENOMEM;
	out->addr =
		vmap(pages, nr + nr_twice, VM_MAP | VM_USERMAP, PAGE_KERNEL);
	if (!out->addr) {
		free_pages_of(pages, nr);
		return -ENOMEM;
	}
	out->bytes = nr << PAGE_SHIFT;
	out->reserved = pages;
	return 0;
}

void weir_host_pages_free(struct weir_host_pages *pages)
{
	if (!pages->addr)
		return;
	vunmap(pages->addr);
	free_pages_of(pages->reserved, pages->bytes >> PAGE_SHIFT);
	pages->addr = NULL;
}

int weir_host_arena(struct weir_host_arena *out)
{
	out->rx = weir_arena_start;
	out->bytes = ARENA_BYTES;
	return 0;
}

void *weir_host_code_open(size_t off, size_t bytes)
{
	unsigned long first = (unsigned long)weir_arena_start + off;
	unsigned long start = first & PAGE_MASK;
	unsigned int nr_pages, i;
	struct page **pages;
	u8 *rw;

	if (WARN_ON_ONCE(off > ARENA_BYTES || bytes > ARENA_BYTES - off))
		return NULL;
	nr_pages = (PAGE_ALIGN(first + bytes) - start) >> PAGE_SHIFT;
	pages = kvmalloc_array(nr_pages, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return NULL;
	for (i = 0; i < nr_pages; i++)
		pages[i] = vmalloc_to_page((void *)(start + i * PAGE_SIZE));
	rw = vmap(pages, nr_pages, VM_MAP, PAGE_KERNEL);
	kvfree(pages);
	return rw ? rw + (first - start) : NULL;
}

/* What was written at @rw is what instruction fetches at @rx see. */
static void sync_caches(void *rw, void *rx, size_t bytes)
{
#ifdef CONFIG_ARM64
	caches_clean_inval_pou((unsigned long)rw, (unsigned long)rw + bytes);
	caches_clean_inval_pou((unsigned long)rx, (unsigned long)rx + bytes);
#else
	flush_kernel_vmap_range(rw, (int)bytes);
	flush_icache_range((unsigned long)rw, (unsigned long)rw + bytes);
	flush_icache_range((unsigned long)rx, (unsigned long)rx + bytes);
#endif
}

void weir_host_code_close(void *rw, size_t off, size_t bytes)
{
	sync_caches(rw, weir_arena_start + off, bytes);
	vunmap((void *)((unsigned long)rw & PAGE_MASK));
	/* An interrupt's return is a context synchronisation event. */
	kick_all_cpus_sync();
}

bool weir_host_code_can_patch(void)
{
	return true;
}

/* What is to be done later. */
struct later {
	struct delayed_work work;
	struct weir_host_work *host;
};

static void do_later(struct work_struct *work)
{
	struct later *later =
		container_of(to_delayed_work(work), struct later, work);

	later->host->fn(later->host);
}

int weir_host_work_init(struct weir_host_work *work,
			void (*fn)(struct weir_host_work *work))
{
	struct later *later = kzalloc(sizeof(*later), GFP_KERNEL);

	if (!later)
		return -ENOMEM;
	INIT_DELAYED_WORK(&later->work, do_later);
	later->host = work;
	work->fn = fn;
	work->reserved = later;
	return 0;
}

void weir_host_work_after(struct weir_host_work *work, u32 ms)
{
	struct later *later = work->reserved;

	mod_delayed_work(system_unbound_wq, &later->work, msecs_to_jiffies(ms));
}

void weir_host_work_exit(struct weir_host_work *work)
{
	struct later *later = work->reserved;

	if (!later)
		return;
	cancel_delayed_work_sync(&later->work);
	kfree(later);
	work->reserved = NULL;
}

int weir_host_code_store(size_t off, u64 value, u32 bytes)
{
	unsigned long at = (unsigned long)weir_arena_start + off;
	struct page *page;
	u8 *rw;

	if (WARN_ON_ONCE(off > ARENA_BYTES || bytes > ARENA_BYTES - off ||
			 off & (bytes - 1)))
		return -EINVAL;
	page = vmalloc_to_page((void *)at);
	rw = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	if (!rw)
		return -ENOMEM;
	/* One store: on ARM the second is a pair that LPAE or STREXD makes one. */
	if (bytes == 4)
		WRITE_ONCE(*(u32 *)(rw + offset_in_page(at)), (u32)value);
	else
		atomic64_set((atomic64_t *)(rw + offset_in_page(at)),
			     (s64)value);
	vunmap(rw);
	return 0;
}

void weir_host_lock(enum weir_host_lock lock)
{
	mutex_lock(locks[lock]);
}

void weir_host_unlock(enum weir_host_lock lock)
{
	mutex_unlock(locks[lock]);
}

/* One lockdep class each: raw_spin_lock_init() makes one per place. */
void weir_host_spin_init(struct weir_host_spin *spin,
			 enum weir_host_spin_class class)
{
	if (class == WEIR_SPIN_FREELIST)
		raw_spin_lock_init(&spin->raw);
	else
		raw_spin_lock_init(&spin->raw);
}

unsigned long weir_host_word_lock(u32 *word)
{
	unsigned long flags;

	local_irq_save(flags);
	while (cmpxchg_acquire(word, 0, 1))
		cpu_relax();
	return flags;
}

void weir_host_word_unlock(u32 *word, unsigned long state)
{
	smp_store_release(word, 0);
	local_irq_restore(state);
}

struct waiters {
	wait_queue_head_t queue;
	struct irq_work work;
};

/* Waking takes locks that a program's context may hold: later, by itself. */
static void wake_all(struct irq_work *work)
{
	wake_up_all(&container_of(work, struct waiters, work)->queue);
}

int weir_host_wait_init(struct weir_host_wait *wait)
{
	struct waiters *w = kmalloc(sizeof(*w), GFP_KERNEL_ACCOUNT);

	if (!w)
		return -ENOMEM;
	init_waitqueue_head(&w->queue);
	init_irq_work(&w->work, wake_all);
	wait->queue = w;
	wait->fd = -1;
	return 0;
}

void weir_host_wait_exit(struct weir_host_wait *wait)
{
	struct waiters *w = wait->queue;

	irq_work_sync(&w->work);
	kfree(w);
}

void weir_host_wake(struct weir_host_wait *wait)
{
	irq_work_queue(&((struct waiters *)wait->queue)->work);
}

wait_queue_head_t *weir_host_wait_queue(struct weir_host_wait *wait)
{
	return &((struct waiters *)wait->queue)->queue;
}

void weir_host_relax(void)
{
	cpu_relax();
}

/*
 * Only what the kernel itself relies on: return addresses are signed where the
 * kernel has set up its own key, and landing pads are wanted where its text is
 * mapped as guarded.
 */
u32 weir_host_cpu_features(void)
{
	u32 features = 0;

#ifdef CONFIG_ARM64
	if (IS_ENABLED(CONFIG_ARM64_LSE_ATOMICS) &&
	    cpus_have_cap(ARM64_HAS_LSE_ATOMICS))
		features |= WEIR_CPU_LSE;
	if (IS_ENABLED(CONFIG_ARM64_BTI_KERNEL) && cpus_have_cap(ARM64_BTI))
		features |= WEIR_CPU_BTI;
	if (IS_ENABLED(CONFIG_ARM64_PTR_AUTH_KERNEL) &&
	    cpus_have_cap(ARM64_HAS_ADDRESS_AUTH))
		features |= WEIR_CPU_PAC;
#else
	if (elf_hwcap & HWCAP_IDIVA)
		features |= WEIR_CPU_IDIV;
#endif
	return features;
}

u64 weir_host_now_ns(void)
{
	return ktime_get_ns();
}

u64 weir_host_boot_ns(void)
{
	return ktime_get_boottime_ns();
}

u64 weir_host_tai_ns(void)
{
	return ktime_get_clocktai_ns();
}

u64 weir_host_jiffies(void)
{
	return get_jiffies_64();
}

u32 weir_host_numa_node(void)
{
	return (u32)numa_node_id();
}

void weir_host_print(const char *line)
{
	pr_info_ratelimited("weir: program says: %s\n", line);
}

u32 weir_host_random(void)
{
	return get_random_u32();
}

void weir_host_resched(void)
{
	cond_resched();
}

u32 weir_host_cmpxchg32(u32 *at, u32 from, u32 to)
{
	return cmpxchg(at, from, to);
}

u64 weir_host_cmpxchg64(u64 *at, u64 from, u64 to)
{
	return (u64)atomic64_cmpxchg((atomic64_t *)at, (s64)from, (s64)to);
}

u32 weir_host_new_id(void)
{
	static atomic_t last;

	return atomic_inc_return(&last);
}

void weir_host_ref_get(u64 *refs)
{
	atomic64_inc((atomic64_t *)refs);
}

bool weir_host_ref_try(u64 *refs)
{
	return atomic64_inc_not_zero((atomic64_t *)refs);
}

bool weir_host_ref_put(u64 *refs)
{
	return atomic64_dec_and_test((atomic64_t *)refs);
}

void weir_host_rcu_wait(void)
{
	synchronize_rcu();
}

static void do_deferred(struct rcu_head *head)
{
	struct weir_host_defer *defer =
		container_of((void *)head, struct weir_host_defer, reserved);

	defer->work(defer);
}

void weir_host_rcu_defer(struct weir_host_defer *defer,
			 void (*work)(struct weir_host_defer *defer))
{
	static_assert(sizeof(defer->reserved) == sizeof(struct rcu_head));
	defer->work = work;
	call_rcu((struct rcu_head *)(void *)defer->reserved, do_deferred);
}

void weir_host_rcu_drain(void)
{
	rcu_barrier();
}
