/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kernel words for userspace: one load or store, its order, one exchange. RCU
 * itself is a power, in base/host.h.
 */
#ifndef WEIR_SHIM_RCUPDATE_H
#define WEIR_SHIM_RCUPDATE_H

#include <linux/types.h>

#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, val) __atomic_store_n(&(x), (val), __ATOMIC_RELAXED)
#define smp_load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define smp_store_release(p, val) __atomic_store_n((p), (val), __ATOMIC_RELEASE)
#define smp_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)

/* What the pointer leads to is read after the pointer. */
#define rcu_dereference_raw(p) __atomic_load_n(&(p), __ATOMIC_CONSUME)

/* What was there; @new is there now if that was @old. A full barrier. */
#define cmpxchg(ptr, old, new)                                          \
	({                                                              \
		__typeof__(*(ptr)) _old = (old);                        \
		__atomic_compare_exchange_n((ptr), &_old, (new), false, \
					    __ATOMIC_SEQ_CST,           \
					    __ATOMIC_RELAXED);          \
		_old;                                                   \
	})
#define xchg(ptr, val) __atomic_exchange_n((ptr), (val), __ATOMIC_SEQ_CST)

#endif
