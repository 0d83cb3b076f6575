// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ELF objects through libelf. Sections first, then symbols, then relocations:
 * each is checked against what was read before it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <gelf.h>
#include <libelf.h>

#include <linux/types.h>
#include <linux/kernel.h>
#include "tools/lib/elf_file.h"
#include "uapi/weir.h"

#ifndef EM_BPF
#define EM_BPF 247
#endif

#define MAX_SECTIONS 65536
#define INSN_BYTES 8

static int check_ident(const u8 *bytes, size_t size, struct weir_words *words)
{
	if (size < SELFMAG || memcmp(bytes, ELFMAG, SELFMAG))
		return weir_say(words, -ENOEXEC, "not an ELF file");
	if (size < EI_NIDENT)
		return weir_say(words, -ENOEXEC, "truncated: %zu bytes", size);
	if (bytes[EI_CLASS] != ELFCLASS64)
		return weir_say(words, -ENOEXEC,
				"a 32-bit object; BPF objects are 64-bit");
	if (bytes[EI_DATA] != ELFDATA2LSB)
		return weir_say(
			words, -ENOEXEC,
			"a big-endian object; compile with -target bpfel");
	if (size < sizeof(Elf64_Ehdr))
		return weir_say(words, -ENOEXEC, "truncated: %zu bytes", size);
	return 0;
}

static int check_header(const struct elf_file *file, struct weir_words *words)
{
	Elf64_Ehdr ehdr;

	memcpy(&ehdr, file->bytes, sizeof(ehdr));
	if (ehdr.e_machine != EM_BPF && ehdr.e_machine != EM_NONE)
		return weir_say(words, -ENOEXEC,
				"an object for machine %u, not for BPF (%u); "
				"compile with -target bpf",
				ehdr.e_machine, EM_BPF);
	if (ehdr.e_type != ET_REL)
		return weir_say(words, -ENOEXEC,
				"ELF type %u, not a relocatable object",
				ehdr.e_type);
	if (!ehdr.e_shoff || ehdr.e_shentsize != sizeof(Elf64_Shdr))
		return weir_say(words, -ENOEXEC, "no section headers");
	if (ehdr.e_shoff % sizeof(u64))
		return weir_say(words, -ENOEXEC,
				"section headers at %llu, not aligned",
				(unsigned long long)ehdr.e_shoff);
	if (ehdr.e_shoff > file->size)
		return weir_say(
			words, -ENOEXEC,
			"truncated: section headers at %llu of %zu bytes",
			(unsigned long long)ehdr.e_shoff, file->size);
	return 0;
}

/*
 * Sections
 */

static int check_section(const struct elf_file *file, u32 i,
			 struct weir_words *words)
{
	const struct elf_section *sec = &file->section[i];
	const Elf64_Shdr *hdr = &sec->hdr;

	if (hdr->sh_flags & SHF_COMPRESSED)
		return weir_say(words, -ENOEXEC, "section %s is compressed",
				sec->name);
	if (hdr->sh_type == SHT_NOBITS) {
		if (hdr->sh_size > WEIR_MAX_VALUE)
			return weir_say(words, -E2BIG,
					"section %s has %llu bytes, up to %u",
					sec->name,
					(unsigned long long)hdr->sh_size,
					WEIR_MAX_VALUE);
		return 0;
	}
	if (hdr->sh_offset > file->size ||
	    hdr->sh_size > file->size - hdr->sh_offset)
		return weir_say(
			words, -ENOEXEC,
			"truncated: section %s ends at %llu of %zu bytes",
			sec->name,
			(unsigned long long)hdr->sh_offset + hdr->sh_size,
			file->size);
	if ((hdr->sh_type == SHT_SYMTAB || hdr->sh_type == SHT_REL) &&
	    hdr->sh_offset % sizeof(u64))
		return weir_say(words, -ENOEXEC, "section %s is not aligned",
				sec->name);
	if (elf_section_is_code(sec) && hdr->sh_size % INSN_BYTES)
		return weir_say(words, -ENOEXEC,
				"section %s: %llu bytes are not a whole number "
				"of instructions",
				sec->name, (unsigned long long)hdr->sh_size);
	return 0;
}

static int read_section(struct elf_file *file, u32 i, size_t names,
			struct weir_words *words)
{
	struct elf_section *sec = &file->section[i];
	Elf_Scn *scn = elf_getscn(file->elf, i);
	Elf64_Shdr *hdr = scn ? elf64_getshdr(scn) : NULL;
	int err;

	sec->name = "";
	if (!hdr)
		return weir_say(words, -ENOEXEC, "section %u: %s", i,
				elf_errmsg(-1));
	sec->hdr = *hdr;
	if (hdr->sh_type == SHT_NULL)
		return 0;
	sec->name = elf_strptr(file->elf, names, hdr->sh_name);
	if (!sec->name) {
		sec->name = "";
		return weir_say(words, -ENOEXEC, "section %u has no name", i);
	}
	err = check_section(file, i, words);
	if (!err && hdr->sh_type != SHT_NOBITS && hdr->sh_size)
		sec->data = file->bytes + hdr->sh_offset;
	return err;
}

static int read_sections(struct elf_file *file, struct weir_words *words)
{
	size_t nr, names;
	int err = 0;

	if (elf_getshdrnum(file->elf, &nr) ||
	    elf_getshdrstrndx(file->elf, &names))
		return weir_say(words, -ENOEXEC, "section headers: %s",
				elf_errmsg(-1));
	if (nr < 2 || nr > MAX_SECTIONS || names >= nr)
		return weir_say(words, -ENOEXEC,
				"section headers: %zu sections, names in %zu",
				nr, names);
	file->section = calloc(nr, sizeof(*file->section));
	if (!file->section)
		return -ENOMEM;
	file->nr_sections = (u32)nr;
	file->section[0].name = "";
	for (u32 i = 1; !err && i < nr; i++)
		err = read_section(file, i, names, words);
	return err;
}

/*
 * Symbols
 */

static int read_symbol(struct elf_file *file, u32 i, const Elf64_Sym *sym,
		       u32 names, struct weir_words *words)
{
	struct elf_symbol *out = &file->symbol[i];
	const struct elf_section *sec;

	out->name = elf_strptr(file->elf, names, sym->st_name);
	if (!out->name)
		return weir_say(words, -ENOEXEC, "symbol %u has no name", i);
	out->value = sym->st_value;
	out->size = sym->st_size;
	out->type = ELF64_ST_TYPE(sym->st_info);
	out->bind = ELF64_ST_BIND(sym->st_info);
	if (sym->st_shndx >= SHN_LORESERVE || sym->st_shndx == SHN_UNDEF)
		return 0;
	if (sym->st_shndx >= file->nr_sections)
		return weir_say(words, -ENOEXEC,
				"symbol %s lies in section %u of %u", out->name,
				sym->st_shndx, file->nr_sections);
	out->sec = sym->st_shndx;
	sec = &file->section[out->sec];
	if (out->value > sec->hdr.sh_size ||
	    out->size > sec->hdr.sh_size - out->value)
		return weir_say(words, -ENOEXEC,
				"symbol %s ends behind its section %s",
				out->name, sec->name);
	if (!out->name[0] && out->type == STT_SECTION)
		out->name = sec->name;
	return 0;
}

static int read_symbols(struct elf_file *file, u32 at, struct weir_words *words)
{
	const Elf64_Shdr *hdr = &file->section[at].hdr;
	u32 nr = (u32)(hdr->sh_size / sizeof(Elf64_Sym));
	int err = 0;

	if (file->symbol)
		return weir_say(words, -ENOEXEC, "two symbol tables");
	if (hdr->sh_size % sizeof(Elf64_Sym) ||
	    hdr->sh_entsize != sizeof(Elf64_Sym) ||
	    hdr->sh_link >= file->nr_sections ||
	    file->section[hdr->sh_link].hdr.sh_type != SHT_STRTAB)
		return weir_say(words, -ENOEXEC, "bad symbol table");
	file->symbol = calloc((size_t)nr + 1, sizeof(*file->symbol));
	if (!file->symbol)
		return -ENOMEM;
	file->nr_symbols = nr;
	for (u32 i = 0; !err && i < nr; i++) {
		Elf64_Sym sym;

		memcpy(&sym, file->section[at].data + i * sizeof(sym),
		       sizeof(sym));
		err = read_symbol(file, i, &sym, hdr->sh_link, words);
	}
	return err;
}

/*
 * Relocations
 */

static u32 reloc_bytes(u32 type)
{
	switch (type) {
	case ELF_R_BPF_64_64:
		return 2 * INSN_BYTES;
	case ELF_R_BPF_64_32:
	case ELF_R_BPF_64_ABS64:
		return INSN_BYTES;
	default:
		return 4;
	}
}

static int read_reloc(struct elf_file *file, u32 target, const Elf64_Rel *rel,
		      struct weir_words *words)
{
	const struct elf_section *sec = &file->section[target];
	u32 sym = ELF64_R_SYM(rel->r_info), type = ELF64_R_TYPE(rel->r_info);
	u32 bytes = reloc_bytes(type);

	if (sym >= file->nr_symbols)
		return weir_say(words, -ENOEXEC,
				"section %s: relocation to symbol %u of %u",
				sec->name, sym, file->nr_symbols);
	if (bytes > sec->hdr.sh_size ||
	    rel->r_offset > sec->hdr.sh_size - bytes)
		return weir_say(
			words, -ENOEXEC,
			"section %s: relocation at %llu, behind its end",
			sec->name, (unsigned long long)rel->r_offset);
	if (elf_section_is_code(sec) && rel->r_offset % INSN_BYTES)
		return weir_say(words, -ENOEXEC,
				"section %s: relocation at %llu, within an "
				"instruction",
				sec->name, (unsigned long long)rel->r_offset);
	file->reloc[file->nr_relocs++] = (struct elf_reloc){
		.sec = target,
		.type = type,
		.sym = sym,
		.off = rel->r_offset,
	};
	return 0;
}

static int read_relocs(struct elf_file *file, u32 at, struct weir_words *words)
{
	const struct elf_section *sec = &file->section[at];
	const Elf64_Shdr *hdr = &sec->hdr;
	int err = 0;

	if (hdr->sh_size % sizeof(Elf64_Rel) ||
	    hdr->sh_entsize != sizeof(Elf64_Rel) || !hdr->sh_info ||
	    hdr->sh_info >= file->nr_sections || hdr->sh_link == 0 ||
	    hdr->sh_link >= file->nr_sections ||
	    file->section[hdr->sh_link].hdr.sh_type != SHT_SYMTAB)
		return weir_say(words, -ENOEXEC, "bad relocation section %s",
				sec->name);
	for (u64 off = 0; !err && off < hdr->sh_size;
	     off += sizeof(Elf64_Rel)) {
		Elf64_Rel rel;

		memcpy(&rel, sec->data + off, sizeof(rel));
		err = read_reloc(file, hdr->sh_info, &rel, words);
	}
	return err;
}

static int by_place(const void *a, const void *b)
{
	const struct elf_reloc *x = a, *y = b;

	if (x->sec != y->sec)
		return x->sec < y->sec ? -1 : 1;
	return x->off < y->off ? -1 : x->off > y->off;
}

static int read_all_relocs(struct elf_file *file, struct weir_words *words)
{
	u64 nr = 0;
	int err = 0;

	for (u32 i = 1; i < file->nr_sections; i++) {
		const Elf64_Shdr *hdr = &file->section[i].hdr;

		if (hdr->sh_type == SHT_RELA)
			return weir_say(words, -ENOEXEC,
					"section %s: relocations with addends "
					"are not BPF's",
					file->section[i].name);
		if (hdr->sh_type == SHT_REL)
			nr += hdr->sh_size / sizeof(Elf64_Rel);
	}
	file->reloc = calloc(nr + 1, sizeof(*file->reloc));
	if (!file->reloc)
		return -ENOMEM;
	for (u32 i = 1; !err && i < file->nr_sections; i++)
		if (file->section[i].hdr.sh_type == SHT_REL)
			err = read_relocs(file, i, words);
	if (err)
		return err;
	qsort(file->reloc, file->nr_relocs, sizeof(*file->reloc), by_place);
	for (u32 i = file->nr_relocs; i-- > 0;) {
		struct elf_section *sec = &file->section[file->reloc[i].sec];

		sec->reloc = i;
		sec->nr_relocs++;
	}
	return 0;
}

int elf_file_open(struct elf_file *out, const void *bytes, size_t size,
		  struct weir_words *words)
{
	u32 symtab = 0;
	int err;

	memset(out, 0, sizeof(*out));
	err = check_ident(bytes, size, words);
	if (err)
		return err;
	elf_version(EV_CURRENT);
	out->bytes = malloc(size);
	if (!out->bytes)
		return -ENOMEM;
	memcpy(out->bytes, bytes, size);
	out->size = size;
	err = check_header(out, words);
	if (err)
		return err;
	out->elf = elf_memory((char *)out->bytes, size);
	if (!out->elf)
		return weir_say(words, -ENOEXEC, "%s", elf_errmsg(-1));
	err = read_sections(out, words);
	for (u32 i = 1; !err && i < out->nr_sections; i++) {
		if (out->section[i].hdr.sh_type != SHT_SYMTAB)
			continue;
		symtab = i;
		err = read_symbols(out, i, words);
	}
	if (!err && !symtab)
		err = weir_say(words, -ENOEXEC, "no symbol table (stripped?)");
	return err ? err : read_all_relocs(out, words);
}

void elf_file_close(struct elf_file *file)
{
	free(file->reloc);
	free(file->symbol);
	free(file->section);
	if (file->elf)
		elf_end(file->elf);
	free(file->bytes);
	memset(file, 0, sizeof(*file));
}

u32 elf_file_section(const struct elf_file *file, const char *name)
{
	for (u32 i = 1; i < file->nr_sections; i++)
		if (!strcmp(file->section[i].name, name))
			return i;
	return 0;
}

bool elf_section_is_code(const struct elf_section *sec)
{
	return sec->hdr.sh_type == SHT_PROGBITS &&
	       (sec->hdr.sh_flags & SHF_EXECINSTR);
}

const struct elf_reloc *elf_file_reloc(const struct elf_file *file, u32 sec,
				       u64 off)
{
	const struct elf_section *s = &file->section[sec];
	u32 low = s->reloc, high = s->reloc + s->nr_relocs;

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (file->reloc[mid].off < off)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < s->reloc + s->nr_relocs && file->reloc[low].off == off)
		return &file->reloc[low];
	return NULL;
}
