// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Time, chance and place. */
#include "base/host.h"
#include "base/run.h"
#include "runtime/helpers.h"

WEIR_HELPER(ktime_get_ns)
{
	return weir_host_now_ns();
}

WEIR_HELPER(ktime_get_boot_ns)
{
	return weir_host_boot_ns();
}

WEIR_HELPER(ktime_get_tai_ns)
{
	return weir_host_tai_ns();
}

/* The coarse clock may lag behind; the fine one is a better answer. */
WEIR_HELPER(ktime_get_coarse_ns)
{
	return weir_host_now_ns();
}

WEIR_HELPER(jiffies64)
{
	return weir_host_jiffies();
}

WEIR_HELPER(get_prandom_u32)
{
	return weir_host_random();
}

/* Machine code reads it from there itself. */
WEIR_HELPER(get_smp_processor_id)
{
	return run->cpu;
}

WEIR_HELPER(get_numa_node_id)
{
	return weir_host_numa_node();
}
