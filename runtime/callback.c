// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Calls of the program's functions by helpers. */
#include <linux/kernel.h>
#include "base/run.h"
#include "runtime/callback.h"

u64 weir_callback(struct weir_run *run, u64 pc, u64 a1, u64 a2, u64 a3, u64 a4)
{
	if (!run->fuel) {
		run->exit.kind = WEIR_EXIT_FUEL;
		return 0;
	}
	run->fuel--;
	return run->call(run, pc, a1, a2, a3, a4);
}

bool weir_callback_ended(const struct weir_run *run)
{
	return run->exit.kind != WEIR_EXIT_RETURN;
}
