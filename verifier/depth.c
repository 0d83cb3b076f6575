// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The deepest chain of calls, callees before callers. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/types.h>
#include "base/host.h"
#include "base/insn.h"
#include "base/log.h"
#include "base/prog.h"
#include "uapi/weir.h"
#include "verifier/cfg.h"
#include "verifier/depth.h"

#define FRAME_UNIT 32

/* Of one function and whatever it calls. */
struct depth {
	u32 frames;
	u32 stack;
};

static int measure(const struct weir_prog *prog, const struct weir_cfg *cfg,
		   u32 f, u32 own, struct depth *depth,
		   struct weir_rejection *rej)
{
	u32 end = f + 1 < cfg->nr_funcs
			  ? cfg->block[cfg->func[f + 1].entry].start
			  : prog->nr_insns;
	u32 pc = cfg->block[cfg->func[f].entry].start;

	own = ALIGN(max(own, 1u), FRAME_UNIT);
	depth[f] = (struct depth){ 1, own };
	for (; pc < end; pc++) {
		const struct bpf_insn *insn = &prog->insns[pc];
		const struct depth *to;

		if (!insn->code || !weir_cfg_refers(insn))
			continue;
		to = &depth[weir_cfg_callee(cfg, prog, pc)];
		depth[f].frames = max(depth[f].frames, to->frames + 1);
		depth[f].stack = max(depth[f].stack, to->stack + own);
		if (depth[f].frames > WEIR_MAX_FRAMES)
			return weir_reject(rej, WEIR_REJECT_CALL_DEPTH,
					   weir_prog_origin(prog, pc),
					   "%u frames from here on, of 8",
					   depth[f].frames);
		if (depth[f].stack > WEIR_MAX_STACK)
			return weir_reject(rej, WEIR_REJECT_STACK_DEPTH,
					   weir_prog_origin(prog, pc),
					   "%u bytes from here on, of 512",
					   depth[f].stack);
	}
	return 0;
}

int weir_depth_check(const struct weir_prog *prog, const struct weir_cfg *cfg,
		     const u32 *stack, u32 *bytes, struct weir_rejection *rej)
{
	struct depth *depth;
	u32 i;
	int err = 0;

	*bytes = stack[0];
	if (cfg->nr_funcs == 1)
		return 0;
	depth = weir_host_alloc(cfg->nr_funcs * sizeof(*depth));
	if (!depth)
		return -ENOMEM;
	for (i = cfg->nr_funcs; !err && i-- > 0;) {
		u32 f = cfg->calls_order[i];

		err = measure(prog, cfg, f, stack[f], depth, rej);
	}
	*bytes = depth[0].stack;
	weir_host_free(depth);
	return err;
}
