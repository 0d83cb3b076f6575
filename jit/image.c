// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Images as data. */
#include <linux/string.h>
#include "base/host.h"
#include "base/run.h"
#include "jit/image.h"

static u64 exit_value(const struct weir_run *run, const u64 *stored, u8 from)
{
	switch (from) {
	case WEIR_FROM_RUN:
		return (u64)(unsigned long)run;
	case WEIR_FROM_DATA:
		return run->data;
	case WEIR_FROM_LEN:
		return run->linear_len;
	default:
		return from < WEIR_NR_REGS ? stored[from] : 0;
	}
}

void weir_image_exit(const struct weir_image *image, struct weir_run *run)
{
	struct weir_exit_record *exit = &run->exit;
	const struct weir_image_guard *guard;
	u64 stored[WEIR_NR_REGS];
	u32 i;

	exit->guard -= image->first_guard;
	if (exit->guard >= image->nr_guards)
		return;
	guard = &image->guard[exit->guard];
	exit->pc = guard->pc;
	memcpy(stored, exit->regs, sizeof(stored));
	for (i = 0; i < WEIR_NR_REGS; i++) {
		exit->regs[i] = exit_value(run, stored, guard->from[i]);
		if (guard->low_only & (1u << i))
			exit->regs[i] = (u32)exit->regs[i];
	}
}

void weir_image_free(struct weir_image *image)
{
	if (!image)
		return;
	weir_host_free(image->words);
	weir_host_free(image->guard);
	weir_host_free(image->pc_off);
	weir_host_free(image->reloc);
	weir_host_free(image->maps);
	weir_host_free(image->callback);
	weir_host_free(image);
}
