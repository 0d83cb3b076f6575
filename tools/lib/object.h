/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Inside an object: what an ELF file for BPF holds, after libbpf and our own
 * reading of it agree. Programs are linked when somebody wants their
 * instructions, so that one that cannot be linked does not keep the others
 * from being loaded.
 */
#ifndef WEIR_LIB_OBJECT_H
#define WEIR_LIB_OBJECT_H

#include "tools/lib/backend.h"
#include "tools/lib/elf_file.h"
#include "tools/lib/map.h"
#include "tools/lib/words.h"

/* The section of definitions that libbpf 1.0 and later do not read. */
#define OBJECT_LEGACY_MAPS "maps"

struct bpf_insn;
struct bpf_map;
struct bpf_object;
struct bpf_program;
struct btf;

/**
 * struct object_func - a function of the file
 * @name:	of its symbol
 * @sec:	its section
 * @start:	first instruction there
 * @nr:		instruction slots
 */
struct object_func {
	const char *name;
	u32 sec;
	u32 start;
	u32 nr;
};

/**
 * struct object_line - from this instruction on, a line of the source
 * @sec:	section
 * @insn:	instruction slot there
 * @file:	offsets of names in the strings of the BTF
 * @text:	the same
 * @line:	from 1
 * @column:	from 1, 0 if unknown
 */
struct object_line {
	u32 sec;
	u32 insn;
	u32 file;
	u32 text;
	u32 line;
	u32 column;
};

/** struct object_core - a CO-RE relocation: what of a type an insn depends on */
struct object_core {
	u32 sec;
	u32 insn;
	u32 type;
	u32 access;
	u32 kind;
};

/**
 * struct object_code - a linked program
 * @insns:	@nr slots; LD_IMM64 names maps by index in @map
 * @nr:		their number
 * @uses_params: LD_IMM64 names some of the object's live parameters
 * @sec:	for each slot the section it came from
 * @insn:	and the slot there
 * @map:	@nr_maps maps that it names
 */
struct object_code {
	struct bpf_insn *insns;
	u32 nr;
	u32 *sec;
	u32 *insn;
	struct weir_map_handle *map[WEIR_MAX_MAPS];
	u32 nr_maps;
	bool uses_params;
};

/**
 * struct object_program - the part of a program that comes from a file
 * @obj:	its object
 * @name:	function name
 * @section:	as in SEC(), without the '?'
 * @func:	index in weir_object.func
 * @autoload:	is it loaded with the object?
 * @code:	@code.insns is NULL until it is linked
 */
struct object_program {
	struct weir_object *obj;
	const char *name;
	const char *section;
	u32 func;
	bool autoload;
	struct object_code code;
};

/**
 * struct object_params - the live parameters of a file
 * @sec:	the section of their numbers; 0: there are none
 * @data:	what is in it, @bytes of them; may be changed until load
 * @def:	@nr of them, by place; values are those of @data
 */
struct object_params {
	u32 sec;
	u32 bytes;
	u8 *data;
	u32 nr;
	struct weir_param_def *def;
};

/**
 * struct weir_object - an open object
 * @name:	for people
 * @elf:	the file
 * @bpf:	what libbpf makes of it
 * @btf:	of @bpf, or @own_btf; NULL if there is none
 * @own_btf:	libbpf did not get to see it
 * @program:	@nr_programs, in the order of the file
 * @map:	@nr_maps
 * @func:	@nr_funcs functions, by section and start
 * @line:	@nr_lines, by section and instruction
 * @core:	@nr_cores, by section and instruction
 * @params:	live parameters; each program has its own numbers
 * @loaded:	weir_object__load() was successful
 */
struct weir_object {
	char *name;
	struct elf_file elf;
	struct bpf_object *bpf;
	const struct btf *btf;
	struct btf *own_btf;
	struct weir_program *program;
	u32 nr_programs;
	struct weir_map_handle *map;
	u32 nr_maps;
	struct object_func *func;
	u32 nr_funcs;
	struct object_line *line;
	u32 nr_lines;
	struct object_core *core;
	u32 nr_cores;
	struct object_params params;
	bool loaded;
};

/*
 * object_libbpf.c: the one file that calls libbpf to open things.
 */

/**
 * object_libbpf_open() - open by libbpf, with its complaints in @words
 *
 * Sets @obj->bpf and @obj->btf. Return: 0 or a negative errno.
 */
int object_libbpf_open(struct weir_object *obj, struct weir_words *words);
void object_libbpf_close(struct weir_object *obj);

/** object_kind() - the kind that a section's name means; UNSPEC if none. */
enum weir_kind object_kind(const struct bpf_program *prog, const char *section);

/*
 * object_btf.c: what .BTF and .BTF.ext say.
 */

/** object_btf_check() - are .BTF and .BTF.ext, if any, fit to be read? */
int object_btf_check(struct weir_object *obj, struct weir_words *words);

/**
 * object_btf_place() - puts the places of variables into their sections
 *
 * clang leaves that open; libbpf does it, but not for static ones.
 */
void object_btf_place(struct weir_object *obj);

/** object_btf_section() - the type of a section of variables, or 0. */
u32 object_btf_section(const struct weir_object *obj, u32 sec);

/** object_btf_ext() - reads lines and CO-RE relocations. */
int object_btf_ext(struct weir_object *obj, struct weir_words *words);

/** object_line_at() - the line that an instruction was made of, or NULL. */
const struct object_line *object_line_at(const struct weir_object *obj, u32 sec,
					 u32 insn);

/** weir_object_line() - a line in words; -ENOENT if it has none. */
int weir_object_line(const struct weir_object *obj,
		     const struct object_line *line, struct weir_line *out);

/**
 * object_field() - where a structure lies in a value
 * @type:	of the value; 0: nothing is known
 * @name:	of the structure
 * @off:	out, if there is one: bytes
 *
 * As Linux, one that is a member of the value itself, or a global variable.
 * Return: 0, or -EEXIST if there are two.
 */
int object_field(const struct weir_object *obj, u32 type, const char *name,
		 u32 *off);

/** object_values_off() - bytes before `values` in a map's definition, or 0. */
u32 object_values_off(const struct weir_object *obj, const char *map);

/** object_extern() - the section that .BTF puts an extern in, or NULL. */
const char *object_extern(const struct weir_object *obj, const char *name);

/**
 * object_core_check() - may the instruction be run as it was compiled?
 *
 * Fields of types are where the program's own types say: what packet programs
 * read are uapi structures, which do not change. What asks the running kernel
 * (does this field, this type exist?) has no answer here: -EOPNOTSUPP then,
 * and @what says what.
 */
int object_core_check(const struct weir_object *obj, u32 sec, u32 insn,
		      char *what, size_t room);

/*
 * object_link.c: one program out of functions of several sections.
 */

/** object_link() - makes @prog's code; nothing if it is there already. */
int object_link(struct weir_program *prog, struct weir_words *words);
void object_code_free(struct object_code *code);

/**
 * object_program_prog() - @prog linked, with its maps made in this process
 * @rej:	out: why it is no well-formed program
 * @out:	out: free with weir_prog_free()
 *
 * For tools that look at what would be loaded.
 */
struct weir_prog;
struct weir_rejection;
int object_program_prog(struct weir_program *prog, struct weir_rejection *rej,
			struct weir_words *words, struct weir_prog **out);

/*
 * object_param.c: live parameters.
 */

/** object_params_read() - what there is; before the maps. */
int object_params_read(struct weir_object *obj, struct weir_words *words);
void object_params_free(struct weir_object *obj);

/** object_params() - all, with the numbers that they have now. */
const struct weir_param_def *object_params(struct weir_object *obj);

/*
 * object_map.c: the maps of a file.
 */

/** object_maps_read() - definitions of all maps. */
int object_maps_read(struct weir_object *obj, struct weir_words *words);

void object_maps_free(struct weir_object *obj);

/** object_maps_make() - makes all, with their initial values. */
int object_maps_make(struct weir_object *obj, enum weir_backend backend,
		     struct weir_words *words);

/** object_maps_unmake() - definitions again. */
void object_maps_unmake(struct weir_object *obj);

/** object_maps_set_values() - the programs and maps that definitions list. */
int object_maps_set_values(struct weir_object *obj, struct weir_words *words);

/** object_map_of() - the map that a symbol means, or NULL. */
struct weir_map_handle *object_map_of(const struct weir_object *obj,
				      const struct elf_symbol *sym);

/** object_map_is_data() - do symbols there name bytes of its one value? */
bool object_map_is_data(const struct weir_map_handle *map);

#endif
