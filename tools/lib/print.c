// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What programs print, and who gets it. */
#include <stdio.h>
#include <linux/types.h>
#include "base/host.h"
#include "tools/lib/libweir.h"

/* As the kernel limits such lines: so many in so long. */
#define BURST 10
#define INTERVAL_NS 5000000000ULL

static weir_print_fn user_print;

/* May somebody print now? Threads that race may get one more. */
static bool within_limit(void)
{
	static u64 begin, nr;
	u64 now = weir_host_now_ns();
	u64 since = __atomic_load_n(&begin, __ATOMIC_RELAXED);

	if (!since || now - since > INTERVAL_NS) {
		__atomic_store_n(&begin, now, __ATOMIC_RELAXED);
		__atomic_store_n(&nr, 0, __ATOMIC_RELAXED);
	}
	return __atomic_fetch_add(&nr, 1, __ATOMIC_RELAXED) < BURST;
}

void weir_host_print(const char *line)
{
	weir_print_fn print = __atomic_load_n(&user_print, __ATOMIC_ACQUIRE);

	if (print)
		print(line);
	else if (within_limit())
		fprintf(stderr, "program says: %s\n", line);
}

weir_print_fn weir_set_print(weir_print_fn print)
{
	return __atomic_exchange_n(&user_print, print, __ATOMIC_ACQ_REL);
}
