// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Constants that jumps compare with. */
#include <linux/string.h>
#include <linux/types.h>
#include "base/insn.h"
#include "base/prog.h"
#include "verifier/cfg.h"
#include "verifier/thresholds.h"
#include "verifier/value.h"

static void insert(struct weir_thresholds *t, s64 c)
{
	u32 lo = 0, hi = t->nr;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (t->at[mid] < c)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (t->nr == WEIR_MAX_THRESHOLDS || (lo < t->nr && t->at[lo] == c))
		return;
	memmove(&t->at[lo + 1], &t->at[lo], (t->nr - lo) * sizeof(*t->at));
	t->at[lo] = c;
	t->nr++;
}

void weir_thresholds_collect(const struct weir_prog *prog,
			     const struct weir_cfg *cfg, u32 pos, u32 end,
			     struct weir_thresholds *out)
{
	s64 k;

	out->nr = 0;
	insert(out, 0);
	insert(out, WEIR_PTR_SLACK / 2);
	for (; pos < end && out->nr < WEIR_MAX_THRESHOLDS; pos++) {
		u32 pc = cfg->block[cfg->order[pos]].last;
		const struct bpf_insn *insn = &prog->insns[pc];

		if (!weir_insn_is_cond(insn) || BPF_SRC(insn->code) == BPF_X)
			continue;
		for (k = -1; k <= 1; k++)
			insert(out, (s64)insn->imm + k);
	}
}
