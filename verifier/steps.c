// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The longest run between two burns of fuel. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/types.h>
#include "base/host.h"
#include "base/insn.h"
#include "base/prog.h"
#include "uapi/weir.h"
#include "verifier/cfg.h"
#include "verifier/steps.h"

/* Of function @f, whatever it calls included. */
static u64 measure(const struct weir_prog *prog, const struct weir_cfg *cfg,
		   u32 f, const u64 *steps)
{
	u32 pc = cfg->block[cfg->func[f].entry].start;
	u32 end = f + 1 < cfg->nr_funcs
			  ? cfg->block[cfg->func[f + 1].entry].start
			  : prog->nr_insns;
	u64 sum = end - pc;

	for (; pc < end; pc++) {
		const struct bpf_insn *insn = &prog->insns[pc];

		if (insn->code && weir_insn_is_subprog_call(insn))
			sum += steps[weir_cfg_callee(cfg, prog, pc)];
	}
	/* Saturate: far over the limit, and a sum of a million of these still
	 * fits.
	 */
	return min_t(u64, sum, U32_MAX);
}

/*
 * Sound: without back edges control only moves forward in a function, so each
 * of its instructions runs once for each time it is called, and calls do not
 * recurse. If calls burn fuel too, what runs between two burns is the rest of
 * each function on the stack of calls, all different: at most the program.
 */
int weir_steps_measure(const struct weir_prog *prog, struct weir_cfg *cfg)
{
	u64 *steps;
	u32 i;

	cfg->calls_burn = false;
	cfg->steps = prog->nr_insns;
	if (cfg->nr_funcs == 1)
		return 0;
	steps = weir_host_alloc(cfg->nr_funcs * sizeof(*steps));
	if (!steps)
		return -ENOMEM;
	for (i = cfg->nr_funcs; i-- > 0;) {
		u32 f = cfg->calls_order[i];

		steps[f] = measure(prog, cfg, f, steps);
	}
	if (steps[0] <= WEIR_MAX_INSNS)
		cfg->steps = (u32)steps[0];
	else
		cfg->calls_burn = true;
	weir_host_free(steps);
	return 0;
}

u32 weir_steps_fuel(const struct weir_cfg *cfg)
{
	return max(1u, min_t(u32, WEIR_MAX_RUN_INSNS / cfg->steps,
			     WEIR_DEFAULT_FUEL));
}
