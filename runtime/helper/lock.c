// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The lock in a map's value. One at a time, and given back on every way out: a
 * run that a guard ends while it holds one gives it back through run->lock.
 */
#include "base/host.h"
#include "base/run.h"
#include "runtime/helpers.h"

WEIR_HELPER(spin_lock)
{
	run->lock_state = weir_host_word_lock(weir_helper_pointer(a));
	run->lock = a;
	return 0;
}

WEIR_HELPER(spin_unlock)
{
	run->lock = 0;
	weir_host_word_unlock(weir_helper_pointer(a), run->lock_state);
	return 0;
}
