// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* An image as a listing, and as source for GNU as. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>
#include "jit/arch.h"
#include "tools/lib/libweir.h"
#include "tools/weir/image_text.h"
#include "tools/weir/insn_text.h"
#include "tools/weir/listing.h"
#include "tools/weir/verified.h"

#define NAME_LEN 32

/**
 * struct listing - where we are
 * @text:	the image
 * @v:		the program
 * @gas:	write assembler source, else a listing
 * @by_off:	slots in the order of their code
 * @nr_by_off:	their number
 * @next:	of those, the first that is still to come
 * @stub_at:	per word: 1 + guard whose stub starts there
 * @guard_at:	per word: 1 + guard that branches there first
 */
struct listing {
	struct image_text *text;
	const struct verified *v;
	FILE *out;
	bool gas;
	u32 *by_off;
	u32 nr_by_off;
	u32 next;
	u32 *stub_at;
	u32 *guard_at;
};

static const struct weir_image *sorted_image;

static int by_code(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;
	u32 off_x = sorted_image->pc_off[x], off_y = sorted_image->pc_off[y];

	if (off_x != off_y)
		return off_x < off_y ? -1 : 1;
	return x < y ? -1 : x > y;
}

static bool open_listing(struct listing *l)
{
	const struct weir_image *image = l->text->image;

	l->by_off = calloc(image->nr_insns + 1, sizeof(*l->by_off));
	l->stub_at = calloc(image->nr_words + 1, sizeof(*l->stub_at));
	l->guard_at = calloc(image->nr_words + 1, sizeof(*l->guard_at));
	if (!l->by_off || !l->stub_at || !l->guard_at)
		return false;
	for (u32 pc = 0; pc < image->nr_insns; pc++)
		if (image->pc_off[pc] != WEIR_NO_OFFSET)
			l->by_off[l->nr_by_off++] = pc;
	sorted_image = image;
	qsort(l->by_off, l->nr_by_off, sizeof(*l->by_off), by_code);
	for (u32 i = 0; i < image->nr_guards; i++) {
		const struct weir_image_guard *g = &image->guard[i];

		if (g->stub_off / 4 < image->nr_words)
			l->stub_at[g->stub_off / 4] = i + 1;
		if (g->branch_off / 4 < image->nr_words)
			l->guard_at[g->branch_off / 4] = i + 1;
	}
	return true;
}

static void close_listing(struct listing *l)
{
	free(l->by_off);
	free(l->stub_at);
	free(l->guard_at);
}

/* The name of a byte offset: of a part, of a stub, or made of the number. */
static const char *name_of(const struct listing *l, u32 off, char *buf)
{
	const struct weir_image *image = l->text->image;
	u32 stub = l->stub_at[off / 4];

	if (stub)
		snprintf(buf, NAME_LEN, ".Lstub_%u", stub - 1);
	else if (off == 0)
		snprintf(buf, NAME_LEN, ".Lentry");
	else if (off == image->body_off)
		snprintf(buf, NAME_LEN, ".Lbody");
	else
		snprintf(buf, NAME_LEN, ".L%x", off);
	if (!l->gas) /* people know that a label is a label */
		memmove(buf, buf + 2, strlen(buf + 2) + 1);
	return buf;
}

/* GNU as: // is AArch64's; on ARM it is not a comment behind a statement. */
static const char *gas_comment(const struct image_text *t)
{
	return t->is_arm ? "@" : "//";
}

static void comment(const struct listing *l, const char *indent)
{
	fprintf(l->out, "%s%s ", indent, l->gas ? gas_comment(l->text) : ";");
}

static void print_part(const struct listing *l, u32 off)
{
	const struct weir_image *image = l->text->image;
	const char *name = off == image->body_off    ? "body"
			   : off == image->stubs_off ? "stubs"
			   : off == image->pool_off  ? "pool"
						     : NULL;

	/* Parts that are empty lie at one offset; the last one has it. */
	if (off == image->pool_off)
		name = "pool";
	else if (off == image->stubs_off)
		name = "stubs";
	else if (!off && image->body_off)
		name = "entry";
	if (!name)
		return;
	if (l->gas)
		fprintf(l->out, "\n%s --- %s\n", gas_comment(l->text), name);
	else
		fprintf(l->out, "%s:\n", name);
}

/* Where an instruction's code starts, the instruction. */
static void print_source(struct listing *l, u32 off)
{
	const struct weir_prog *prog = l->v->prog;
	const struct weir_image *image = l->text->image;
	char text[INSN_TEXT];

	while (l->next < l->nr_by_off &&
	       image->pc_off[l->by_off[l->next]] <= off) {
		u32 pc = l->by_off[l->next++];

		if (pc && weir_insn_is_wide(&prog->insns[pc - 1]))
			continue; /* second half */
		comment(l, l->gas ? "\t" : "  ");
		fprintf(l->out, "%u: %s\n", pc, insn_text(prog, pc, text));
	}
}

static void print_stub(const struct listing *l, u32 i)
{
	u32 guard = l->stub_at[i] - 1;
	const struct weir_guard *g = &l->v->facts->guard[guard];
	char text[INSN_TEXT];

	comment(l, l->gas ? "\t" : "  ");
	fprintf(l->out, "guard #%u, %s, protects %u: %s\n", guard,
		weir_guard__name(g->kind), g->pc,
		insn_text(l->v->prog, g->pc, text));
}

static void print_label(const struct listing *l, u32 i)
{
	char name[NAME_LEN];

	if (l->text->flags[i] & WORD_LABEL || l->stub_at[i])
		fprintf(l->out, "%s%s:\n", l->gas ? "" : "  ",
			name_of(l, i * 4, name));
}

/* What a word is beside its text. */
static void print_note(const struct listing *l, u32 i)
{
	char reference[WORD_TEXT];

	if (l->guard_at[i]) {
		comment(l, "\t");
		fprintf(l->out, "guard #%u", l->guard_at[i] - 1);
	}
	if (image_text_reference(l->text, i, reference)) {
		comment(l, "\t");
		fprintf(l->out, "%s", reference);
	}
}

static void print_data(const struct listing *l, u32 i)
{
	const u32 *words = l->text->image->words;

	if (l->text->flags[i] & WORD_WIDE)
		fprintf(l->out, ".quad 0x%08x%08x", words[i + 1], words[i]);
	else
		fprintf(l->out, ".word 0x%08x", words[i]);
}

/* One word, or both of a wide literal. Return: words printed. */
static u32 print_word(const struct listing *l, u32 i)
{
	struct image_text *t = l->text;
	char text[WORD_TEXT], name[NAME_LEN];
	const char *label = NULL;

	if (t->target[i] != WEIR_NO_OFFSET)
		label = name_of(l, t->target[i], name);
	if (l->gas)
		fputc('\t', l->out);
	else
		fprintf(l->out, "    %5x: %08x  ", i * 4, t->image->words[i]);
	if (t->flags[i] & WORD_DATA)
		print_data(l, i);
	else if (image_text_word(t, i, label, text))
		fprintf(l->out, l->gas || !l->guard_at[i] ? "%s" : "%-32s",
			text);
	else
		fprintf(l->out, ".inst 0x%08x", t->image->words[i]);
	print_note(l, i);
	fputc('\n', l->out);
	return t->flags[i] & WORD_WIDE ? 2 : 1;
}

static void print_words(struct listing *l)
{
	const struct weir_image *image = l->text->image;

	for (u32 i = 0; i < image->nr_words; i += print_word(l, i)) {
		print_part(l, i * 4);
		if (i * 4 >= image->body_off && i * 4 < image->stubs_off)
			print_source(l, i * 4);
		if (l->stub_at[i])
			print_stub(l, i);
		print_label(l, i);
	}
}

void listing_print(FILE *out, struct image_text *t, const struct verified *v)
{
	const struct weir_image *image = t->image;
	struct listing l = { .text = t, .v = v, .out = out };

	fprintf(out,
		"image %s, %u bytes: entry 0, body 0x%x, stubs 0x%x, "
		"pool 0x%x; %u guards, frame %u bytes\n",
		weir_arch_name(image->arch), image->nr_words * 4,
		image->body_off, image->stubs_off, image->pool_off,
		image->nr_guards, image->frame_bytes);
	if (open_listing(&l))
		print_words(&l);
	close_listing(&l);
}

void listing_gas(FILE *out, struct image_text *t, const struct verified *v,
		 const char *name)
{
	struct listing l = { .text = t, .v = v, .out = out, .gas = true };

	fprintf(out, "%s ", gas_comment(t));
	for (; *name; name++) /* one line, whatever the name holds */
		fputc(*name < ' ' ? ' ' : *name, out);
	fprintf(out,
		"\n\t%s\n\t.text\n\t.balign 4\n\t.globl weir_image\n"
		"weir_image:\n",
		t->is_arm ? ".syntax unified\n\t.arch armv7-a\n"
			    "\t.arch_extension idiv\n\t.arm"
			  : ".arch armv8.5-a");
	if (open_listing(&l))
		print_words(&l);
	close_listing(&l);
}
