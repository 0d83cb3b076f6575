// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One eBPF instruction as people write it, jumps with the slot they lead to. */
#include <stdio.h>

#include <linux/types.h>
#include "base/disasm.h"
#include "base/insn.h"
#include "base/map.h"
#include "base/prog.h"
#include "tools/weir/insn_text.h"

/* Where an instruction leads, or by which name a map is known; or NULL. */
static const char *target_of(const struct weir_prog *prog, u32 pc, char buf[24])
{
	const struct bpf_insn *insn = &prog->insns[pc];
	bool by_imm = weir_insn_is_subprog_call(insn) ||
		      (weir_insn_is_wide(insn) && insn->src_reg == 4);
	s64 to = by_imm ? (s64)pc + 1 + insn->imm : weir_insn_target(insn, pc);

	if (weir_insn_is_wide(insn) && insn->src_reg >= 5) {
		if ((u32)insn->imm >= prog->nr_maps)
			return NULL;
		snprintf(buf, 24, "%s", prog->maps[insn->imm]->def.name);
		return buf[0] ? buf : NULL;
	}
	snprintf(buf, 24, "%lld", (long long)to);
	return buf;
}

const char *insn_text(const struct weir_prog *prog, u32 pc, char buf[INSN_TEXT])
{
	char target[24];

	weir_disasm(buf, INSN_TEXT, &prog->insns[pc],
		    target_of(prog, pc, target));
	return buf;
}

u32 insn_slots(const struct weir_prog *prog, u32 pc)
{
	return weir_insn_is_wide(&prog->insns[pc]) ? 2 : 1;
}
