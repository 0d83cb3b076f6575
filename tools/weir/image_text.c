// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Machine code as text, word by word. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <capstone/capstone.h>

#include <linux/types.h>
#include "base/helper.h"
#include "jit/arch.h"
#include "tools/weir/image_text.h"

static s64 sign_extend(u32 value, int bits)
{
	return (s64)((u64)value << (64 - bits)) >> (64 - bits);
}

/* What a word refers to, relative to itself; 0 if nothing. */
struct reference {
	s64 distance;
	bool load;
	bool wide;
};

/*
 * AArch64, by the encoding classes of the architecture manual (C4.1):
 * unconditional and conditional branches, compare and test and branch, literal
 * loads, ADR.
 */
static bool a64_reference(u32 w, struct reference *ref)
{
	*ref = (struct reference){ 0 };
	if ((w & 0x7c000000) == 0x14000000)
		ref->distance = sign_extend(w & 0x3ffffff, 26) * 4;
	else if ((w & 0xff000010) == 0x54000000 ||
		 (w & 0x7e000000) == 0x34000000)
		ref->distance = sign_extend(w >> 5 & 0x7ffff, 19) * 4;
	else if ((w & 0x7e000000) == 0x36000000)
		ref->distance = sign_extend(w >> 5 & 0x3fff, 14) * 4;
	else if ((w & 0xbf000000) == 0x18000000 ||
		 (w & 0xff000000) == 0x98000000) {
		ref->distance = sign_extend(w >> 5 & 0x7ffff, 19) * 4;
		ref->load = true;
		ref->wide = w >> 30 == 1;
	} else if ((w & 0x9f000000) == 0x10000000)
		ref->distance = sign_extend(
			(w >> 5 & 0x7ffff) << 2 | (w >> 29 & 3), 21);
	else
		return false;
	return true;
}

/* ARM: B and BL, and LDR and LDRD of a pc-relative literal; pc is 8 ahead. */
static bool arm_reference(u32 w, struct reference *ref)
{
	s64 off;

	*ref = (struct reference){ 0 };
	if (w >> 28 == 0xf)
		return false;
	if ((w & 0x0e000000) == 0x0a000000) {
		ref->distance = sign_extend(w & 0xffffff, 24) * 4 + 8;
		return true;
	}
	if ((w & 0x0f7f0000) == 0x051f0000) {
		off = w & 0xfff;
	} else if ((w & 0x0f7f00f0) == 0x014f00d0) {
		off = (w >> 4 & 0xf0) | (w & 0xf);
		ref->wide = true;
	} else {
		return false;
	}
	ref->load = true;
	ref->distance = (w & 0x00800000 ? off : -off) + 8;
	return true;
}

/*
 * Literals first, so that none of them is taken for a branch: whatever a load
 * refers to is data, and so is the pool.
 */
static void find_data(struct image_text *t)
{
	const struct weir_image *image = t->image;
	struct reference ref;

	for (u32 i = image->pool_off / 4; i < image->nr_words; i++)
		t->flags[i] |= WORD_DATA;
	for (u32 i = 0; i < image->nr_words; i++) {
		s64 at;

		if (t->flags[i] & WORD_DATA ||
		    !(t->is_arm ? arm_reference
				: a64_reference)(image->words[i], &ref) ||
		    !ref.load)
			continue;
		at = (s64)i + ref.distance / 4;
		if (at < 0 || at >= image->nr_words)
			continue;
		t->flags[at] |= WORD_DATA;
		if (ref.wide && at + 1 < image->nr_words) {
			t->flags[at] |= WORD_WIDE;
			t->flags[at + 1] |= WORD_DATA;
		}
	}
}

static void find_targets(struct image_text *t)
{
	const struct weir_image *image = t->image;
	struct reference ref;

	for (u32 i = 0; i < image->nr_words; i++) {
		s64 at;

		t->target[i] = WEIR_NO_OFFSET;
		if (t->flags[i] & WORD_DATA ||
		    !(t->is_arm ? arm_reference
				: a64_reference)(image->words[i], &ref))
			continue;
		/* A call yet to be bound leads nowhere: to itself. */
		if (t->reloc[i] && !ref.distance)
			continue;
		at = (s64)i * 4 + ref.distance;
		if (at < 0 || at >= (s64)image->nr_words * 4 || at & 3)
			continue;
		t->target[i] = (u32)at;
		t->flags[at / 4] |= WORD_LABEL;
	}
}

int image_text_open(struct image_text *t, const struct weir_image *image)
{
	size_t nr = image->nr_words;
	csh handle;

	memset(t, 0, sizeof(*t));
	t->image = image;
	t->is_arm = !strcmp(weir_arch_name(image->arch), "arm");
	if (cs_open(t->is_arm ? CS_ARCH_ARM : CS_ARCH_ARM64, CS_MODE_ARM,
		    &handle))
		return -EOPNOTSUPP;
	t->handle = handle;
	t->insn = cs_malloc(handle);
	t->flags = calloc(nr + 1, sizeof(*t->flags));
	t->target = calloc(nr + 1, sizeof(*t->target));
	t->reloc = calloc(nr + 1, sizeof(*t->reloc));
	if (!t->insn || !t->flags || !t->target || !t->reloc) {
		image_text_close(t);
		return -ENOMEM;
	}
	for (u32 i = 0; i < image->nr_relocs; i++)
		if (image->reloc[i].off_bytes / 4 < nr)
			t->reloc[image->reloc[i].off_bytes / 4] = i + 1;
	find_data(t);
	find_targets(t);
	return 0;
}

void image_text_close(struct image_text *t)
{
	csh handle = t->handle;

	free(t->flags);
	free(t->target);
	free(t->reloc);
	if (t->insn)
		cs_free(t->insn, 1);
	cs_close(&handle);
}

/* Capstone 4 prints aliases of conditional selects that do not exist. */
static bool is_bad_alias(const char *mnemonic, const char *operands)
{
	size_t len = strlen(operands);

	return mnemonic[0] == 'c' && len > 2 &&
	       !strcmp(operands + len - 2, "nv");
}

/* Hints that capstone 4 prints as numbers, by their assembler names. */
static const char *hint_name(u32 word)
{
	switch (word) {
	case 0xd503233f:
		return "paciasp";
	case 0xd50323bf:
		return "autiasp";
	case 0xd503245f:
		return "bti c";
	case 0xd503249f:
		return "bti j";
	case 0xd50324df:
		return "bti jc";
	default:
		return NULL;
	}
}

static const char *const a64_names[2][32] = {
	{ "w0",	 "w1",	"w2",  "w3",  "w4",  "w5",  "w6",  "w7",
	  "w8",	 "w9",	"w10", "w11", "w12", "w13", "w14", "w15",
	  "w16", "w17", "w18", "w19", "w20", "w21", "w22", "w23",
	  "w24", "w25", "w26", "w27", "w28", "w29", "w30", "wzr" },
	{ "x0",	 "x1",	"x2",  "x3",  "x4",  "x5",  "x6",  "x7",
	  "x8",	 "x9",	"x10", "x11", "x12", "x13", "x14", "x15",
	  "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23",
	  "x24", "x25", "x26", "x27", "x28", "x29", "x30", "xzr" },
};

/*
 * The atomics of Armv8.1, which capstone 4 does not know.
 *
 *	size 111000 A R 1 Rs... o3 opc 00 Rn... Rt...	ldadd and kin, swp
 *	size 0010001 L 1 Rs... o0 11111 Rn... Rt...	cas
 *
 * Only the 32- and 64-bit ones: there are no others in eBPF.
 */
static bool a64_atomic(u32 w, char buf[WORD_TEXT])
{
	static const char *const ops[] = { "ldadd", "ldclr", "ldeor", "ldset" };
	const char *const *reg = a64_names[w >> 30 & 1];
	u32 rn = w >> 5 & 31;
	const char *base = rn == 31 ? "sp" : a64_names[1][rn];
	bool acquire, release;
	const char *op;

	if (!(w >> 31))
		return false;
	if ((w & 0x3f200c00) == 0x38200000 && (w >> 12 & 15) <= 8) {
		u32 opc = w >> 12 & 15;

		if (opc > 3 && opc != 8)
			return false;
		op = opc == 8 ? "swp" : ops[opc];
		acquire = w >> 23 & 1;
		release = w >> 22 & 1;
	} else if ((w & 0x3fa07c00) == 0x08a07c00) {
		op = "cas";
		acquire = w >> 22 & 1;
		release = w >> 15 & 1;
	} else {
		return false;
	}
	snprintf(buf, WORD_TEXT, "%s%s%s %s, %s, [%s]", op, acquire ? "a" : "",
		 release ? "l" : "", reg[w >> 16 & 31], reg[w & 31], base);
	return true;
}

/* Replace the last operand, the target, by its label. */
static void put_label(char *buf, const char *label)
{
	char *comma = strrchr(buf, ',');
	char *blank = strchr(buf, ' ');
	char *bracket = strchr(buf, '[');
	char *at = bracket ? bracket - 1 : comma ? comma + 1 : blank;

	if (!at)
		return;
	snprintf(at, WORD_TEXT - (size_t)(at - buf), " %s", label);
}

bool image_text_word(struct image_text *t, u32 i, const char *label,
		     char buf[WORD_TEXT])
{
	u32 word = t->image->words[i];
	uint8_t bytes[4] = { (u8)word, (u8)(word >> 8), (u8)(word >> 16),
			     (u8)(word >> 24) };
	const uint8_t *code = bytes;
	size_t size = sizeof(bytes);
	uint64_t address = (u64)i * 4;
	cs_insn *insn = t->insn;

	*buf = 0;
	if (!t->is_arm && !(t->flags[i] & WORD_DATA) && hint_name(word)) {
		snprintf(buf, WORD_TEXT, "%s", hint_name(word));
		return true;
	}
	if (!t->is_arm && !(t->flags[i] & WORD_DATA) && a64_atomic(word, buf))
		return true;
	if (t->flags[i] & WORD_DATA || (t->reloc[i] && !label) ||
	    !cs_disasm_iter(t->handle, &code, &size, &address, insn) ||
	    is_bad_alias(insn->mnemonic, insn->op_str))
		return false;
	/* A reference without a label would move with the address. */
	if (t->target[i] != WEIR_NO_OFFSET && !label)
		return false;
	snprintf(buf, WORD_TEXT, "%.31s%s%.95s", insn->mnemonic,
		 *insn->op_str ? " " : "", insn->op_str);
	if (label)
		put_label(buf, label);
	return true;
}

bool image_text_reference(const struct image_text *t, u32 i,
			  char buf[WORD_TEXT])
{
	const struct weir_reloc *reloc;
	const char *name;

	*buf = 0;
	if (!t->reloc[i])
		return false;
	reloc = &t->image->reloc[t->reloc[i] - 1];
	if (reloc->kind == WEIR_RELOC_MAP || reloc->kind == WEIR_RELOC_VALUES) {
		snprintf(buf, WORD_TEXT, "%s %u",
			 reloc->kind == WEIR_RELOC_MAP ? "map"
						       : "values of map",
			 reloc->target);
		return true;
	}
	if (reloc->kind == WEIR_RELOC_PARAM) {
		snprintf(buf, WORD_TEXT, "parameter %u", reloc->target);
		return true;
	}
	name = weir_helper_name(reloc->target);
	snprintf(buf, WORD_TEXT, "helper %s", name ? name : "?");
	return true;
}
