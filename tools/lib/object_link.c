// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Linking: what libbpf does while it loads into the running kernel, without
 * one. The program's function comes first; every function that it or what
 * came with it calls or takes the address of is put behind, once:
 *
 *	xdp section          .text                    linked
 *	[ prog | other ]     [ f | g | h ]      -->   [ prog | g | f ]
 *
 * Then each reference is settled: calls and function addresses become
 * distances, maps become indexes, global variables an offset in their map.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>
#include <linux/bpf.h>
#include "tools/lib/object.h"

#define OP_LD_IMM64 (BPF_LD | BPF_IMM | BPF_DW)
#define OP_CALL (BPF_JMP | BPF_CALL)

enum {
	PSEUDO_FUNC = 4,
	PSEUDO_MAP_IDX = 5,
	PSEUDO_MAP_IDX_VALUE = 6,
	PSEUDO_CALL = 1,
};

/**
 * struct link - a link under way
 * @at:		per function of the object: 1 + where it lies in @code, or 0
 * @room:	slots there is memory for
 * @map_index:	per map of the object: 1 + its index in @code, or 0
 */
struct link {
	struct weir_object *obj;
	struct object_code *code;
	u32 *at;
	u32 *map_index;
	u32 room;
	struct weir_words *words;
};

/* Words with the line, or the place in the file, that they are about. */
static int say_at(const struct link *l, u32 pc, int err, const char *what,
		  const char *name)
{
	u32 sec = l->code->sec[pc], insn = l->code->insn[pc];
	const struct object_line *line = object_line_at(l->obj, sec, insn);
	struct weir_line where;

	if (line && !weir_object_line(l->obj, line, &where) && where.line)
		return weir_say(l->words, err, "%s:%u: %s%s", where.file,
				where.line, what, name);
	return weir_say(l->words, err, "section %s, instruction %u: %s%s",
			l->obj->elf.section[sec].name, insn, what, name);
}

static bool make_room(struct link *l, u32 nr)
{
	struct object_code *code = l->code;
	u32 room = l->room ? l->room : 64;
	void *insns, *sec, *insn;

	while (room < code->nr + nr)
		room *= 2;
	if (room == l->room)
		return true;
	insns = realloc(code->insns, room * sizeof(*code->insns));
	if (insns)
		code->insns = insns;
	sec = realloc(code->sec, room * sizeof(*code->sec));
	if (sec)
		code->sec = sec;
	insn = realloc(code->insn, room * sizeof(*code->insn));
	if (insn)
		code->insn = insn;
	if (!insns || !sec || !insn)
		return false;
	l->room = room;
	return true;
}

/* Put a function behind what is there, unless it is there. */
static int append(struct link *l, u32 func)
{
	const struct object_func *f = &l->obj->func[func];
	const u8 *data = l->obj->elf.section[f->sec].data;
	struct object_code *code = l->code;

	if (l->at[func])
		return 0;
	if (f->nr > WEIR_MAX_INSNS - code->nr)
		return weir_say(l->words, -E2BIG,
				"over %u instructions with the functions that "
				"it calls",
				WEIR_MAX_INSNS);
	if (!make_room(l, f->nr))
		return -ENOMEM;
	l->at[func] = code->nr + 1;
	memcpy(&code->insns[code->nr],
	       data + (size_t)f->start * sizeof(*code->insns),
	       f->nr * sizeof(*code->insns));
	for (u32 i = 0; i < f->nr; i++) {
		code->sec[code->nr + i] = f->sec;
		code->insn[code->nr + i] = f->start + i;
	}
	code->nr += f->nr;
	return 0;
}

/* The function that starts there. Return: its index, or -1. */
static s64 func_at(const struct weir_object *obj, u32 sec, s64 insn)
{
	u32 low = 0, high = obj->nr_funcs;

	while (low < high) {
		u32 mid = low + (high - low) / 2;
		const struct object_func *f = &obj->func[mid];

		if (f->sec < sec || (f->sec == sec && f->start < insn))
			low = mid + 1;
		else
			high = mid;
	}
	if (low < obj->nr_funcs && obj->func[low].sec == sec &&
	    obj->func[low].start == insn)
		return low;
	return -1;
}

/* A call or a function's address: the distance to where it is put. */
static int link_func(struct link *l, u32 pc, u32 sec, s64 insn)
{
	s64 func = func_at(l->obj, sec, insn);
	char place[24];
	int err;

	if (func < 0) {
		snprintf(place, sizeof(place), "%lld", (long long)insn);
		return say_at(l, pc, -ENOEXEC,
			      "no function starts at instruction ", place);
	}
	err = append(l, (u32)func);
	if (!err)
		l->code->insns[pc].imm = (s32)(l->at[func] - 1) - (s32)pc - 1;
	return err;
}

static int unresolved(struct link *l, u32 pc, const struct elf_symbol *sym)
{
	const char *section = object_extern(l->obj, sym->name);

	if (section && !strcmp(section, ".kconfig"))
		return say_at(l, pc, -EOPNOTSUPP,
			      "the kernel's configuration cannot be asked: ",
			      sym->name);
	if (section && !strcmp(section, ".ksyms"))
		return say_at(l, pc, -EOPNOTSUPP,
			      "functions and variables of the kernel cannot be "
			      "used: ",
			      sym->name);
	return say_at(l, pc, -ENOENT, "unresolved symbol ", sym->name);
}

static int link_call(struct link *l, u32 pc, const struct elf_symbol *sym)
{
	const struct bpf_insn *insn = &l->code->insns[pc];

	if (!sym) {
		if (insn->src_reg != PSEUDO_CALL)
			return 0; /* a helper, or wrong anyhow */
		return link_func(l, pc, l->code->sec[pc],
				 (s64)l->code->insn[pc] + insn->imm + 1);
	}
	if (!sym->sec)
		return unresolved(l, pc, sym);
	if (insn->src_reg != PSEUDO_CALL ||
	    !elf_section_is_code(&l->obj->elf.section[sym->sec]))
		return say_at(l, pc, -ENOEXEC, "a call that is none, of ",
			      sym->name);
	return link_func(l, pc, sym->sec,
			 (s64)(sym->value / sizeof(*insn)) + insn->imm + 1);
}

/* The program's index of a map of the object. */
static int map_index(struct link *l, u32 pc, struct weir_map_handle *map)
{
	u32 *index = &l->map_index[map - l->obj->map];
	char limit[16];

	if (!*index) {
		if (l->code->nr_maps == WEIR_MAX_MAPS) {
			snprintf(limit, sizeof(limit), "%u", WEIR_MAX_MAPS);
			return say_at(l, pc, -E2BIG,
				      "too many maps in one program, up to ",
				      limit);
		}
		l->code->map[l->code->nr_maps++] = map;
		*index = l->code->nr_maps;
	}
	return (int)*index - 1;
}

/* A live parameter: its place. What may be done there the verifier knows. */
static int link_param(struct link *l, u32 pc, const struct elf_symbol *sym)
{
	struct bpf_insn *insn = &l->code->insns[pc];

	insn->imm = (s32)((u32)sym->value + (u32)insn->imm);
	insn->src_reg = WEIR_PSEUDO_PARAM;
	insn[1].imm = 0;
	l->code->uses_params = true;
	return 0;
}

static int link_map(struct link *l, u32 pc, const struct elf_symbol *sym)
{
	struct weir_map_handle *map = object_map_of(l->obj, sym);
	struct bpf_insn *insn = &l->code->insns[pc];
	int index;

	if (!map)
		return say_at(l, pc, -ENOEXEC,
			      "refers to what is no map, function or global "
			      "variable: ",
			      sym->name);
	if (map->is_data && l->obj->elf.section[map->sec].nr_relocs)
		return say_at(l, pc, -EOPNOTSUPP,
			      "addresses in global variables are not "
			      "supported: section ",
			      l->obj->elf.section[map->sec].name);
	index = map_index(l, pc, map);
	if (index < 0)
		return index;
	if (object_map_is_data(map)) {
		insn[1].imm = (s32)((u32)sym->value + (u32)insn->imm);
		insn->src_reg = PSEUDO_MAP_IDX_VALUE;
	} else {
		insn[1].imm = 0;
		insn->src_reg = PSEUDO_MAP_IDX;
	}
	insn->imm = index;
	return 0;
}

static int link_imm64(struct link *l, u32 pc, const struct elf_symbol *sym)
{
	struct bpf_insn *insn = &l->code->insns[pc];
	s64 target;

	if (!sym) {
		if (insn->src_reg != PSEUDO_FUNC)
			return 0;
		return link_func(l, pc, l->code->sec[pc],
				 (s64)l->code->insn[pc] + insn->imm + 1);
	}
	if (!sym->sec)
		return unresolved(l, pc, sym);
	if (sym->sec == l->obj->params.sec)
		return link_param(l, pc, sym);
	if (!elf_section_is_code(&l->obj->elf.section[sym->sec]))
		return link_map(l, pc, sym);
	target = ((s64)sym->value + insn->imm) / (s64)sizeof(*insn);
	insn->src_reg = PSEUDO_FUNC;
	insn[1].imm = 0;
	return link_func(l, pc, sym->sec, target);
}

/* One instruction. Return: its slots, or a negative errno. */
static int link_insn(struct link *l, u32 pc)
{
	const struct object_code *code = l->code;
	u8 op = code->insns[pc].code;
	u32 sec = code->sec[pc];
	const struct elf_reloc *reloc;
	const struct elf_symbol *sym = NULL;
	char what[WEIR_WORDS / 2];
	u32 type, slots = 1;
	int err;

	reloc = elf_file_reloc(&l->obj->elf, sec,
			       (u64)code->insn[pc] * sizeof(*code->insns));
	type = reloc ? reloc->type : 0;
	if (reloc)
		sym = &l->obj->elf.symbol[reloc->sym];
	err = object_core_check(l->obj, sec, code->insn[pc], what,
				sizeof(what));
	if (err)
		return say_at(l, pc, err, what, "");
	if (op == OP_LD_IMM64 && (!type || type == ELF_R_BPF_64_64)) {
		slots = 2;
		if (pc + 1 >= code->nr || code->sec[pc + 1] != sec ||
		    code->insn[pc + 1] != code->insn[pc] + 1)
			return say_at(l, pc, -ENOEXEC, "half of an instruction",
				      "");
		err = link_imm64(l, pc, sym);
	} else if (op == OP_CALL && (!type || type == ELF_R_BPF_64_32)) {
		err = link_call(l, pc, sym);
	} else if (reloc) {
		err = say_at(l, pc, -ENOEXEC,
			     "a relocation that does not suit its instruction, "
			     "to ",
			     sym->name);
	}
	return err ? err : (int)slots;
}

int object_link(struct weir_program *prog, struct weir_words *words)
{
	struct object_program *part = prog->part;
	struct weir_object *obj = part->obj;
	struct link l = { .obj = obj, .code = &part->code, .words = words };
	int slots = 0;

	if (part->code.insns)
		return 0;
	l.at = calloc(obj->nr_funcs, sizeof(*l.at));
	l.map_index = calloc(obj->nr_maps + 1, sizeof(*l.map_index));
	if (!l.at || !l.map_index)
		slots = -ENOMEM;
	else
		slots = append(&l, part->func);
	for (u32 pc = 0; slots >= 0 && pc < part->code.nr; pc += (u32)slots)
		slots = link_insn(&l, pc);
	free(l.at);
	free(l.map_index);
	if (slots >= 0)
		return 0;
	object_code_free(&part->code);
	return slots;
}

void object_code_free(struct object_code *code)
{
	free(code->insns);
	free(code->sec);
	free(code->insn);
	memset(code, 0, sizeof(*code));
}
