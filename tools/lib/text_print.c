// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The printer of programs as text: what it prints, text.c reads back. */
#include <stdio.h>
#include <stdlib.h>
#include <linux/types.h>
#include <linux/kernel.h>
#include "base/disasm.h"
#include "base/insn.h"
#include "tools/lib/text.h"

static bool has_target(const struct bpf_insn *insn)
{
	return weir_insn_is_jump(insn) || weir_insn_is_subprog_call(insn) ||
	       (weir_insn_is_wide(insn) && insn->src_reg == 4);
}

static s64 target_of(const struct bpf_insn *insn, u32 pc)
{
	if (weir_insn_is_jump(insn))
		return weir_insn_target(insn, pc);
	return (s64)pc + 1 + insn->imm;
}

/* One byte per slot and one for the end: does something lead there? */
static char *find_targets(const struct bpf_insn *insns, u32 nr)
{
	char *is_target = calloc(nr + 1, 1);
	u32 pc;

	for (pc = 0; is_target && pc < nr; pc++) {
		s64 target = target_of(&insns[pc], pc);

		if (has_target(&insns[pc]) && target >= 0 && target <= nr)
			is_target[target] = 1;
		pc += weir_insn_is_wide(&insns[pc]);
	}
	return is_target;
}

static void print_insn(FILE *out, const struct bpf_insn *insns, u32 pc,
		       const char *is_target, u32 nr)
{
	s64 target = target_of(&insns[pc], pc);
	char text[WEIR_DISASM_MAX], label[16];
	bool known = has_target(&insns[pc]) && target >= 0 && target <= nr &&
		     is_target[target] == 1;

	if (known)
		snprintf(label, sizeof(label), "L%lld", (long long)target);
	weir_disasm(text, sizeof(text), &insns[pc], known ? label : NULL);
	fprintf(out, "\t%s\n", text);
}

char *weir_text_print(const struct bpf_insn *insns, u32 nr)
{
	char *is_target = find_targets(insns, nr), *text = NULL;
	FILE *out;
	size_t len;
	u32 pc;

	/* A label cannot stand in the middle of an instruction. */
	for (pc = 0; is_target && pc < nr; pc++)
		if (weir_insn_is_wide(&insns[pc]) && pc + 1 <= nr)
			is_target[++pc] = 2;
	out = is_target ? open_memstream(&text, &len) : NULL;
	if (!out) {
		free(is_target);
		return NULL;
	}
	for (pc = 0; pc < nr; pc++) {
		if (is_target[pc] == 1)
			fprintf(out, "L%u:", pc);
		if (weir_insn_is_wide(&insns[pc]) && pc + 1 == nr)
			break; /* half an instruction has no text */
		print_insn(out, insns, pc, is_target, nr);
		pc += weir_insn_is_wide(&insns[pc]);
	}
	if (is_target[nr] == 1)
		fprintf(out, "L%u:\n", nr);
	if (fclose(out)) {
		free(text);
		text = NULL;
	}
	free(is_target);
	return text;
}
