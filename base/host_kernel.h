/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The part of the host seam that is a few instructions in a kernel, and stands
 * where packets are handled: inline. What it means, base/host.h says; it is not
 * included elsewhere.
 */
#ifndef WEIR_BASE_HOST_KERNEL_H
#define WEIR_BASE_HOST_KERNEL_H

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/rcupdate.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <asm/page.h>

struct weir_host_spin {
	raw_spinlock_t raw;
};

static inline unsigned long weir_host_spin_lock(struct weir_host_spin *spin)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&spin->raw, flags);
	return flags;
}

static inline void weir_host_spin_unlock(struct weir_host_spin *spin,
					 unsigned long state)
{
	raw_spin_unlock_irqrestore(&spin->raw, state);
}

static inline size_t weir_host_page_bytes(void)
{
	return PAGE_SIZE;
}

static inline u32 weir_host_cpu(void)
{
	return raw_smp_processor_id();
}

static inline u32 weir_host_nr_cpus(void)
{
	return nr_cpu_ids;
}

static inline void weir_host_count(u64 *counter)
{
	atomic64_inc((atomic64_t *)counter);
}

static inline void weir_host_rcu_lock(void)
{
	rcu_read_lock();
}

static inline void weir_host_rcu_unlock(void)
{
	rcu_read_unlock();
}

#endif
