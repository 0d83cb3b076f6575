// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One eBPF instruction as people write it, jumps with the slot they lead to. */
#include <stdio.h>

#include <linux/types.h>
#include "base/disasm.h"
#include "base/insn.h"
#include "base/prog.h"
#include "tools/weir/insn_text.h"

const char *insn_text(const struct weir_prog *prog, u32 pc, char buf[INSN_TEXT])
{
	const struct bpf_insn *insn = &prog->insns[pc];
	s64 to = weir_insn_is_subprog_call(insn) ? (s64)pc + 1 + insn->imm
						 : weir_insn_target(insn, pc);
	char target[24];

	snprintf(target, sizeof(target), "%lld", (long long)to);
	weir_disasm(buf, INSN_TEXT, insn, target);
	return buf;
}

u32 insn_slots(const struct weir_prog *prog, u32 pc)
{
	return weir_insn_is_wide(&prog->insns[pc]) ? 2 : 1;
}
