// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The list of passes, and the image made of what they leave. */
#include <linux/bits.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include "base/host.h"
#include "base/prog.h"
#include "jit/compile.h"
#include "jit/emit.h"
#include "jit/exit.h"
#include "jit/ir.h"
#include "jit/lower.h"
#include "jit/passes.h"
#include "verifier/facts.h"

static bool wants(const struct weir_compile_opts *opts, enum weir_pass pass)
{
	return opts->passes & (1u << pass);
}

int weir_compile_ir(const struct weir_prog *prog,
		    const struct weir_facts *facts,
		    const struct weir_compile_opts *opts, struct weir_ir **out)
{
	const bool drop = wants(opts, WEIR_PASS_DEADCODE);
	struct weir_ir *ir;
	int err;

	err = weir_lower(prog, facts, wants(opts, WEIR_PASS_CONST), &ir);
	if (err)
		return err;
	if (wants(opts, WEIR_PASS_JUMPS))
		weir_ir_jumps(ir);
	if (wants(opts, WEIR_PASS_COPIES))
		weir_ir_copies(ir);
	weir_ir_live(ir, drop);
	/* Constants in place of maps leave what only their lookups read. */
	if (opts->revocable && drop && weir_ir_frame(ir))
		weir_ir_live(ir, drop);
	if (wants(opts, WEIR_PASS_BYTES) && weir_ir_bytes(ir))
		weir_ir_live(ir, drop);
	if (wants(opts, WEIR_PASS_FUSE)) {
		weir_ir_fuse(ir);
		weir_ir_live(ir, drop);
	}
	if (wants(opts, WEIR_PASS_SHIFTS) && weir_ir_shifts(ir, opts->arch))
		weir_ir_live(ir, drop);
	if (wants(opts, WEIR_PASS_SWAPS))
		weir_ir_swaps(ir);
	if (wants(opts, WEIR_PASS_CONDS))
		weir_ir_conds(ir);
	weir_ir_exits(ir);
	if (wants(opts, WEIR_PASS_NAMES) && opts->arch->is_small)
		err = weir_ir_names(ir);
	if (err)
		weir_ir_free(ir);
	else
		*out = ir;
	return err;
}

/* --- From the emission to the image ----------------------------------------- */

static u32 word_off(u32 word)
{
	return word == WEIR_NO_WORD ? WEIR_NO_OFFSET : word * 4;
}

static struct weir_place place_of(const struct weir_ir_exit *exit, u32 reg)
{
	struct weir_place place = { .kind = WEIR_PLACE_RUN };

	switch (exit->from[reg]) {
	case IR_RUN:
		place.from = WEIR_PLACE_OF_RUN;
		return place;
	case IR_PKT:
		place.from = WEIR_PLACE_OF_DATA;
		return place;
	case IR_LEN:
		place.from = WEIR_PLACE_OF_LEN;
		return place;
	}
	if (exit->from[reg] >= IR_R10) {
		place.kind = WEIR_PLACE_HOLE;
		return place;
	}
	place.kind = exit->low_only & IR_BIT(reg) ? WEIR_PLACE_LOW
						  : WEIR_PLACE_REG;
	place.from = exit->from[reg];
	return place;
}

/* In no register any more, but known, and some instruction would read it. */
static void add_known(const struct weir_ir *ir, const struct weir_ir_exit *exit,
		      u32 live, struct weir_place *place)
{
	u32 i;

	for (i = exit->known; i < exit->known + exit->nr_known; i++) {
		const struct weir_ir_known *k = &ir->known[i];

		if (place[k->reg].kind == WEIR_PLACE_HOLE &&
		    (live & IR_BIT(k->reg)))
			place[k->reg] = (struct weir_place){
				.kind = WEIR_PLACE_CONST,
				.value = k->value,
			};
	}
}

static int fill_places(const struct weir_emit *e,
		       const struct weir_facts *facts, struct weir_image *image)
{
	struct weir_place place[WEIR_NR_REGS];
	u32 i, r;

	for (r = 0; r < WEIR_NR_REGS; r++)
		image->places.home[r] = e->arch->home(e, r);
	for (i = 0; i < image->nr_guards; i++) {
		const struct weir_ir_exit *exit = &e->ir->exit[i];
		u32 pc = facts->guard[i].pc;

		for (r = 0; r < WEIR_NR_REGS; r++)
			place[r] = place_of(exit, r);
		add_known(e->ir, exit, facts->insn[pc].live, place);
		if (!weir_places_add(&image->places, i, place))
			return -ENOMEM;
	}
	return 0;
}

static void fill_guards(const struct weir_emit *e,
			const struct weir_facts *facts,
			struct weir_image *image)
{
	u32 i;

	for (i = 0; i < image->nr_guards; i++) {
		struct weir_image_guard *guard = &image->guard[i];

		guard->branch_off = word_off(e->first_branch[i]);
		guard->stub_off = word_off(e->stub[i]);
		guard->pc = facts->guard[i].pc;
	}
}

static void fill_relocs(const struct weir_emit *e, struct weir_image *image)
{
	struct weir_reloc *reloc = image->reloc;
	u32 i;

	for (i = 0; i < e->nr_calls; i++)
		*reloc++ = (struct weir_reloc){
			.off_bytes = e->call[i].word * 4,
			.kind = WEIR_RELOC_HELPER,
			.bytes = 4,
			.target = e->call[i].helper,
		};
	for (i = 0; i < e->buf.nr_literals; i++) {
		const struct weir_literal *lit = &e->buf.literal[i];
		struct weir_label label = { .nr = lit->label };

		if (!lit->reloc)
			continue;
		*reloc++ = (struct weir_reloc){
			.off_bytes = weir_asmbuf_where(&e->buf, label) * 4,
			.kind = weir_emit_ref_kind(lit->reloc),
			.bytes = lit->bytes,
			.target = weir_emit_ref_target(lit->reloc),
		};
	}
	WARN_ON_ONCE((u32)(reloc - image->reloc) != image->nr_relocs);
}

static u32 count_relocs(const struct weir_emit *e)
{
	u32 nr = e->nr_calls;
	u32 i;

	for (i = 0; i < e->buf.nr_literals; i++)
		nr += e->buf.literal[i].reloc != 0;
	return nr;
}

static void fill_maps(const struct weir_ir *ir, struct weir_image *image)
{
	u32 i;

	image->nr_maps = ir->nr_maps;
	image->params = ir->params;
	for (i = 0; i < ir->nr_maps; i++)
		image->maps[i] = ir->maps[i];
}

/* Take over what the emission made; it keeps nothing of it. */
static int make_image(struct weir_emit *e, const struct weir_facts *facts,
		      struct weir_image **out)
{
	struct weir_image *image = weir_host_alloc(sizeof(*image));
	u32 i;

	if (!image)
		return -ENOMEM;
	image->arch = e->arch;
	image->nr_words = e->buf.nr_words;
	image->body_off = e->body_word * 4;
	image->stubs_off = e->stubs_word * 4;
	image->pool_off = e->pool_word * 4;
	image->nr_guards = e->ir->nr_guards;
	image->first_guard = e->first_guard;
	image->revoke_off = word_off(e->revoke_word);
	image->nr_insns = e->ir->nr_slots;
	image->nr_relocs = count_relocs(e);
	image->bridge_off = word_off(e->bridge_word);
	image->bridge_reg = e->bridge_reg;
	image->frame_bytes = (e->frame.bytes + e->frame.above) *
			     (e->ir->has_subprogs ? WEIR_MAX_FRAMES : 1);
	image->guard = weir_host_alloc((size_t)image->nr_guards *
				       sizeof(*image->guard));
	image->reloc = weir_host_alloc((size_t)image->nr_relocs *
				       sizeof(*image->reloc));
	image->maps =
		weir_host_alloc((size_t)e->ir->nr_maps * sizeof(*image->maps));
	image->places.start = weir_host_alloc(
		(size_t)DIV_ROUND_UP(image->nr_guards, WEIR_GUARDS_PER_START) *
		sizeof(u32));
	if (!image->guard || !image->reloc || !image->maps ||
	    !image->places.start || fill_places(e, facts, image)) {
		weir_image_free(image);
		return -ENOMEM;
	}
	fill_guards(e, facts, image);
	fill_relocs(e, image);
	fill_maps(e->ir, image);
	for (i = 0; i < image->nr_insns; i++)
		e->pc_word[i] = word_off(e->pc_word[i]);
	image->nr_callbacks = e->nr_callbacks;
	image->callback = e->callback;
	e->callback = NULL;
	image->pc_off = e->pc_word;
	e->pc_word = NULL;
	image->words = e->buf.words;
	e->buf.words = NULL;
	*out = image;
	return 0;
}

static bool too_long(const struct weir_emit *e)
{
	return (u64)e->buf.nr_words * 4 > e->arch->reach_bytes[e->reach];
}

/* Entry, body, epilogue, stubs, exit, veneers, pool; then all is placed. */
static int emit(struct weir_emit *e)
{
	weir_emit_body(e);
	if (too_long(e))
		return -E2BIG;
	weir_exit_stubs(e);
	weir_emit_veneers(e);
	e->pool_word = e->buf.nr_words;
	weir_asmbuf_pool(&e->buf, e->arch->nop);
	if (too_long(e))
		return -E2BIG;
	weir_exit_resolve(e);
	if (weir_asmbuf_settle(&e->buf))
		return e->buf.err;
	return weir_exit_sealed(e) ? 0 : -EFAULT;
}

static int emit_image(const struct weir_ir *ir, const struct weir_facts *facts,
		      const struct weir_compile_opts *opts,
		      enum weir_reach reach, struct weir_image **out)
{
	struct weir_emit *e = weir_host_alloc(sizeof(*e));
	int err;

	if (!e)
		return -ENOMEM;
	weir_emit_init(e, opts->arch, ir, opts->features, reach);
	e->first_guard = opts->first_guard;
	e->revocable = opts->revocable;
	err = emit(e);
	if (!err)
		err = make_image(e, facts, out);
	weir_emit_exit(e);
	weir_host_free(e);
	return err;
}

/*
 * The shortest that may be enough, to not emit what is too long anyway. Few
 * operations take less than a word, so it is rarely too far, and never wrong.
 */
static u32 first_reach(const struct weir_arch *arch, const struct weir_ir *ir)
{
	u32 reach = WEIR_REACH_SHORT;

	while (reach + 1 < WEIR_NR_REACHES &&
	       (u64)ir->nr_insns * 4 > arch->reach_bytes[reach])
		reach++;
	return reach;
}

int weir_compile(const struct weir_prog *prog, const struct weir_facts *facts,
		 const struct weir_compile_opts *opts, struct weir_image **out)
{
	struct weir_ir *ir;
	u32 reach;
	int err;

	err = weir_compile_ir(prog, facts, opts, &ir);
	if (err)
		goto out;
	reach = first_reach(opts->arch, ir);
	do {
		err = emit_image(ir, facts, opts, reach, out);
	} while (err == -E2BIG && ++reach < WEIR_NR_REACHES);
	weir_ir_free(ir);
out:
	WARN_ON_ONCE(err == -EFAULT);
	return err;
}
