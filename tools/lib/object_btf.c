// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * .BTF and .BTF.ext: which line an instruction was made of, and what of it
 * depends on types. The format is in the kernel's Documentation/bpf/btf.rst.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>

#include <linux/types.h>
#include <linux/kernel.h>
#include "tools/lib/btf_check.h"
#include "tools/lib/object.h"

#define BTF_EXT_MAGIC 0xeb9f
#define INSN_BYTES 8

/* The header of .BTF.ext; offsets count from its end. */
struct btf_ext_header {
	u16 magic;
	u8 version;
	u8 flags;
	u32 hdr_len;
	u32 func_off;
	u32 func_len;
	u32 line_off;
	u32 line_len;
	u32 core_off;
	u32 core_len;
};

/* A part is its record size, and then for each section: */
struct btf_ext_section {
	u32 name;
	u32 nr_records;
};

struct btf_ext_line {
	u32 off; /* bytes */
	u32 file;
	u32 text;
	u32 line_column; /* line << 10 | column */
};

struct btf_ext_core {
	u32 off;
	u32 type;
	u32 access;
	u32 kind;
};

/* Takes one record of a section. */
typedef void (*record_fn)(struct weir_object *obj, u32 sec, const u8 *record);

static void take_line(struct weir_object *obj, u32 sec, const u8 *record)
{
	struct btf_ext_line line;

	memcpy(&line, record, sizeof(line));
	obj->line[obj->nr_lines++] = (struct object_line){
		.sec = sec,
		.insn = line.off / INSN_BYTES,
		.file = line.file,
		.text = line.text,
		.line = line.line_column >> 10,
		.column = line.line_column & 0x3ff,
	};
}

static void take_core(struct weir_object *obj, u32 sec, const u8 *record)
{
	struct btf_ext_core core;

	memcpy(&core, record, sizeof(core));
	obj->core[obj->nr_cores++] = (struct object_core){
		.sec = sec,
		.insn = core.off / INSN_BYTES,
		.type = core.type,
		.access = core.access,
		.kind = core.kind,
	};
}

/*
 * Walk the records of one part, with @take or to count them. Return: their
 * number, or -1 if the part is not well formed.
 */
static long walk_part(struct weir_object *obj, const u8 *at, u32 len,
		      u32 min_record, record_fn take)
{
	u32 record_bytes;
	long nr = 0;

	if (len < sizeof(record_bytes))
		return len ? -1 : 0;
	memcpy(&record_bytes, at, sizeof(record_bytes));
	at += sizeof(record_bytes);
	len -= sizeof(record_bytes);
	if (record_bytes < min_record)
		return -1;
	while (len) {
		struct btf_ext_section head;
		const char *name;
		u32 sec;

		if (len < sizeof(head))
			return -1;
		memcpy(&head, at, sizeof(head));
		at += sizeof(head);
		len -= sizeof(head);
		if (head.nr_records > len / record_bytes)
			return -1;
		name = take ? btf__str_by_offset(obj->btf, head.name) : NULL;
		sec = name ? elf_file_section(&obj->elf, name) : 0;
		for (u32 i = 0; take && sec && i < head.nr_records; i++)
			take(obj, sec, at + (size_t)i * record_bytes);
		nr += head.nr_records;
		at += (size_t)head.nr_records * record_bytes;
		len -= head.nr_records * record_bytes;
	}
	return nr;
}

static int line_by_place(const void *a, const void *b)
{
	const struct object_line *x = a, *y = b;

	if (x->sec != y->sec)
		return x->sec < y->sec ? -1 : 1;
	return x->insn < y->insn ? -1 : x->insn > y->insn;
}

static int core_by_place(const void *a, const void *b)
{
	const struct object_core *x = a, *y = b;

	if (x->sec != y->sec)
		return x->sec < y->sec ? -1 : 1;
	return x->insn < y->insn ? -1 : x->insn > y->insn;
}

/* The parts of .BTF.ext that are read. */
struct parts {
	const u8 *lines;
	u32 lines_len;
	const u8 *cores;
	u32 cores_len;
};

static bool part_fits(u32 off, u32 len, u64 bytes)
{
	return off <= bytes && len <= bytes - off;
}

static int find_parts(const struct elf_file *elf, struct parts *parts,
		      struct weir_words *words)
{
	u32 at = elf_file_section(elf, ".BTF.ext");
	const struct elf_section *sec = &elf->section[at];
	u64 bytes = sec->data ? sec->hdr.sh_size : 0;
	struct btf_ext_header hdr = { 0 };

	memset(parts, 0, sizeof(*parts));
	if (!at)
		return 0;
	if (bytes >= offsetof(struct btf_ext_header, core_off))
		memcpy(&hdr, sec->data, min_t(size_t, bytes, sizeof(hdr)));
	if (hdr.magic != BTF_EXT_MAGIC || hdr.hdr_len > bytes ||
	    hdr.hdr_len < offsetof(struct btf_ext_header, core_off))
		return weir_say(words, -ENOEXEC, ".BTF.ext: bad header");
	if (hdr.hdr_len < sizeof(hdr))
		hdr.core_off = hdr.core_len = 0;
	bytes -= hdr.hdr_len;
	if (!part_fits(hdr.line_off, hdr.line_len, bytes) ||
	    !part_fits(hdr.core_off, hdr.core_len, bytes))
		return weir_say(words, -ENOEXEC,
				".BTF.ext: truncated: %llu bytes",
				(unsigned long long)sec->hdr.sh_size);
	parts->lines = sec->data + hdr.hdr_len + hdr.line_off;
	parts->lines_len = hdr.line_len;
	parts->cores = sec->data + hdr.hdr_len + hdr.core_off;
	parts->cores_len = hdr.core_len;
	return 0;
}

static int count_records(struct weir_object *obj, const struct parts *parts,
			 long *nr_lines, long *nr_cores,
			 struct weir_words *words)
{
	*nr_lines = walk_part(obj, parts->lines, parts->lines_len,
			      sizeof(struct btf_ext_line), NULL);
	*nr_cores = walk_part(obj, parts->cores, parts->cores_len,
			      sizeof(struct btf_ext_core), NULL);
	if (*nr_lines < 0 || *nr_cores < 0)
		return weir_say(words, -ENOEXEC, ".BTF.ext: bad %s",
				*nr_lines < 0 ? "line info" : "CO-RE info");
	return 0;
}

int object_btf_check(struct weir_object *obj, struct weir_words *words)
{
	u32 at = elf_file_section(&obj->elf, ".BTF");
	const struct elf_section *sec = &obj->elf.section[at];
	long nr_lines, nr_cores;
	struct parts parts;
	int err = 0;

	if (at)
		err = btf_check(sec->data, sec->data ? sec->hdr.sh_size : 0,
				words);
	if (!err)
		err = find_parts(&obj->elf, &parts, words);
	if (!err)
		err = count_records(obj, &parts, &nr_lines, &nr_cores, words);
	return err;
}

int object_btf_ext(struct weir_object *obj, struct weir_words *words)
{
	long nr_lines, nr_cores;
	struct parts parts;
	int err;

	if (!obj->btf)
		return 0;
	err = find_parts(&obj->elf, &parts, words);
	if (!err)
		err = count_records(obj, &parts, &nr_lines, &nr_cores, words);
	if (err)
		return err;
	obj->line = calloc((size_t)nr_lines + 1, sizeof(*obj->line));
	obj->core = calloc((size_t)nr_cores + 1, sizeof(*obj->core));
	if (!obj->line || !obj->core)
		return -ENOMEM;
	walk_part(obj, parts.lines, parts.lines_len,
		  sizeof(struct btf_ext_line), take_line);
	walk_part(obj, parts.cores, parts.cores_len,
		  sizeof(struct btf_ext_core), take_core);
	qsort(obj->line, obj->nr_lines, sizeof(*obj->line), line_by_place);
	qsort(obj->core, obj->nr_cores, sizeof(*obj->core), core_by_place);
	return 0;
}

const struct object_line *object_line_at(const struct weir_object *obj, u32 sec,
					 u32 insn)
{
	u32 low = 0, high = obj->nr_lines;

	/* The last one that is not behind it. */
	while (low < high) {
		u32 mid = low + (high - low) / 2;
		const struct object_line *line = &obj->line[mid];

		if (line->sec < sec || (line->sec == sec && line->insn <= insn))
			low = mid + 1;
		else
			high = mid;
	}
	if (!low || obj->line[low - 1].sec != sec)
		return NULL;
	return &obj->line[low - 1];
}

/*
 * CO-RE, enum bpf_core_relo_kind. What asks about the running kernel is
 * refused; the rest stands as compiled.
 */
static const struct {
	const char *name;
	bool asks_kernel;
} core_kinds[] = {
	{ "field offset", false },     { "field size", false },
	{ "field exists", true },      { "field is signed", false },
	{ "field shift", false },      { "field shift", false },
	{ "local type id", false },    { "kernel's type id", true },
	{ "type exists", true },       { "type size", false },
	{ "enum value exists", true }, { "enum value", false },
	{ "type matches", true },
};

int object_core_check(const struct weir_object *obj, u32 sec, u32 insn,
		      char *what, size_t room)
{
	u32 low = 0, high = obj->nr_cores;
	const struct object_core *core;
	const struct btf_type *type;
	const char *name = NULL;

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		core = &obj->core[mid];
		if (core->sec < sec || (core->sec == sec && core->insn < insn))
			low = mid + 1;
		else
			high = mid;
	}
	core = &obj->core[low];
	if (low == obj->nr_cores || core->sec != sec || core->insn != insn)
		return 0;
	if (core->kind < sizeof(core_kinds) / sizeof(core_kinds[0]) &&
	    !core_kinds[core->kind].asks_kernel)
		return 0;
	type = btf__type_by_id(obj->btf, core->type);
	if (type)
		name = btf__name_by_offset(obj->btf, type->name_off);
	snprintf(what, room,
		 "CO-RE '%s' of %s asks the running kernel's types, which are "
		 "not used",
		 core->kind < sizeof(core_kinds) / sizeof(core_kinds[0])
			 ? core_kinds[core->kind].name
			 : "?",
		 name && *name ? name : "a type");
	return -EOPNOTSUPP;
}

/*
 * Types
 */

static void place_variables(const struct weir_object *obj, u32 sec,
			    const struct btf_type *t)
{
	/* Ours to change: made for this object. */
	struct btf_var_secinfo *var = (void *)btf_var_secinfos(t);

	for (u32 i = 0; i < btf_vlen(t); i++) {
		const struct btf_type *v =
			btf__type_by_id(obj->btf, var[i].type);
		const char *name = btf__name_by_offset(obj->btf, v->name_off);

		/* Those that were optimized away are nowhere. */
		var[i].offset = U32_MAX;
		for (u32 s = 0; name && s < obj->elf.nr_symbols; s++)
			if (obj->elf.symbol[s].sec == sec &&
			    !strcmp(obj->elf.symbol[s].name, name))
				var[i].offset = (u32)obj->elf.symbol[s].value;
	}
}

void object_btf_place(struct weir_object *obj)
{
	u32 nr = obj->btf ? btf__type_cnt(obj->btf) : 0;

	for (u32 id = 1; id < nr; id++) {
		const struct btf_type *t = btf__type_by_id(obj->btf, id);
		const char *name = btf__name_by_offset(obj->btf, t->name_off);
		u32 sec = name ? elf_file_section(&obj->elf, name) : 0;

		if (btf_is_datasec(t) && sec)
			place_variables(obj, sec, t);
	}
}

u32 object_btf_section(const struct weir_object *obj, u32 sec)
{
	s32 id = obj->btf ? btf__find_by_name_kind(obj->btf,
						   obj->elf.section[sec].name,
						   BTF_KIND_DATASEC)
			  : -1;

	return id > 0 ? (u32)id : 0;
}

/* Without names and qualifiers. Bounded: a chain of types may be a circle. */
static const struct btf_type *skip_names(const struct btf *btf, u32 id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	for (u32 left = btf__type_cnt(btf); left && t; left--) {
		if (!btf_is_mod(t) && !btf_is_typedef(t))
			return t;
		t = btf__type_by_id(btf, t->type);
	}
	return NULL;
}

static bool is_struct_named(const struct btf *btf, u32 id, const char *name)
{
	const struct btf_type *t = skip_names(btf, id);
	const char *n;

	if (t && btf_is_var(t))
		t = skip_names(btf, t->type);
	if (!t || !btf_is_struct(t))
		return false;
	n = btf__name_by_offset(btf, t->name_off);
	return n && !strcmp(n, name);
}

static int found(u32 *off, u32 at)
{
	if (*off != WEIR_NO_FIELD)
		return -EEXIST;
	*off = at;
	return 0;
}

int object_field(const struct weir_object *obj, u32 type, const char *name,
		 u32 *off)
{
	const struct btf_type *t = obj->btf && type ? skip_names(obj->btf, type)
						    : NULL;
	int err = 0;

	if (t && btf_is_struct(t)) {
		for (u32 i = 0; !err && i < btf_vlen(t); i++)
			if (is_struct_named(obj->btf, btf_members(t)[i].type,
					    name))
				err = found(off,
					    btf_member_bit_offset(t, i) / 8);
	} else if (t && btf_is_datasec(t)) {
		const struct btf_var_secinfo *var = btf_var_secinfos(t);

		for (u32 i = 0; !err && i < btf_vlen(t); i++)
			if (is_struct_named(obj->btf, var[i].type, name))
				err = found(off, var[i].offset);
	}
	return err;
}

u32 object_values_off(const struct weir_object *obj, const char *map)
{
	s32 id = obj->btf ? btf__find_by_name_kind(obj->btf, map, BTF_KIND_VAR)
			  : -1;
	const struct btf_type *t = id > 0 ? btf__type_by_id(obj->btf, (u32)id)
					  : NULL;

	t = t ? skip_names(obj->btf, t->type) : NULL;
	for (u32 i = 0; t && btf_is_struct(t) && i < btf_vlen(t); i++) {
		const char *name = btf__name_by_offset(
			obj->btf, btf_members(t)[i].name_off);

		if (name && !strcmp(name, "values"))
			return btf_member_bit_offset(t, i) / 8;
	}
	return 0;
}

const char *object_extern(const struct weir_object *obj, const char *name)
{
	u32 nr = obj->btf ? btf__type_cnt(obj->btf) : 0;

	for (u32 id = 1; id < nr; id++) {
		const struct btf_type *sec = btf__type_by_id(obj->btf, id);
		const struct btf_var_secinfo *var;

		if (btf_kind(sec) != BTF_KIND_DATASEC)
			continue;
		var = btf_var_secinfos(sec);
		for (u32 i = 0; i < btf_vlen(sec); i++) {
			const struct btf_type *t =
				btf__type_by_id(obj->btf, var[i].type);
			const char *n =
				btf__name_by_offset(obj->btf, t->name_off);

			if (n && !strcmp(n, name))
				return btf__name_by_offset(obj->btf,
							   sec->name_off);
		}
	}
	return NULL;
}
