/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An ELF object for BPF, read and checked: every name is a string, every
 * section lies in the file, every symbol and relocation names a section that
 * is there, every relocation lies in the section it changes. Whoever holds one
 * need not ask again; libbpf gets to see a file only after this.
 */
#ifndef WEIR_LIB_ELF_FILE_H
#define WEIR_LIB_ELF_FILE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include "tools/lib/words.h"

/* As <linux/bpf.h>'s readers know them; older elf.h lack them. */
#define ELF_R_BPF_64_64 1 /* LD_IMM64: both halves of the constant */
#define ELF_R_BPF_64_ABS64 2 /* 8 bytes of data */
#define ELF_R_BPF_64_ABS32 3 /* 4 bytes of data */
#define ELF_R_BPF_64_NODYLD32 4 /* 4 bytes of BTF */
#define ELF_R_BPF_64_32 10 /* the distance of a call */

/**
 * struct elf_section - one section
 * @name:	0-terminated
 * @hdr:	its header
 * @data:	@hdr.sh_size bytes, not aligned; NULL for NOBITS and if empty
 * @reloc:	its relocations: the first in elf_file.reloc
 * @nr_relocs:	their number; they are in the order of their offsets
 */
struct elf_section {
	const char *name;
	Elf64_Shdr hdr;
	const u8 *data;
	u32 reloc;
	u32 nr_relocs;
};

/** struct elf_reloc - change @type at @off of section @sec towards @sym */
struct elf_reloc {
	u32 sec;
	u32 type;
	u32 sym;
	u64 off;
};

/** struct elf_symbol - a symbol; @sec is 0 if it is not defined here */
struct elf_symbol {
	const char *name;
	u64 value;
	u64 size;
	u32 sec;
	u8 type;
	u8 bind;
};

/**
 * struct elf_file - a checked object
 * @section:	@nr_sections; [0] is empty
 * @symbol:	@nr_symbols
 * @reloc:	@nr_relocs, by section and offset
 */
struct elf_file {
	void *elf;
	u8 *bytes;
	size_t size;
	struct elf_section *section;
	u32 nr_sections;
	struct elf_symbol *symbol;
	u32 nr_symbols;
	struct elf_reloc *reloc;
	u32 nr_relocs;
};

/**
 * elf_file_open() - read and check
 * @bytes:	the file; copied
 * @out:	close with elf_file_close(), also after a failure
 *
 * Return: 0; -ENOEXEC if it is no such object, with @words; -ENOMEM.
 */
int elf_file_open(struct elf_file *out, const void *bytes, size_t size,
		  struct weir_words *words);
void elf_file_close(struct elf_file *file);

/** elf_file_section() - index of the section of this name, or 0. */
u32 elf_file_section(const struct elf_file *file, const char *name);

/** elf_section_is_code() - does it hold instructions? */
bool elf_section_is_code(const struct elf_section *sec);

/** elf_file_reloc() - the relocation at an offset of a section, or NULL. */
const struct elf_reloc *elf_file_reloc(const struct elf_file *file, u32 sec,
				       u64 off);

#endif
