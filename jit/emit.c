// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Emission: what all back ends share. */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "base/host.h"
#include "jit/emit.h"
#include "jit/grow.h"

static u32 *word_map(struct weir_asmbuf *buf, u32 nr)
{
	u32 *map = weir_host_alloc((size_t)nr * sizeof(u32));

	if (map)
		memset(map, 0xff, (size_t)nr * sizeof(u32));
	else
		weir_asmbuf_fail(buf, -ENOMEM);
	return map;
}

void weir_emit_init(struct weir_emit *e, const struct weir_arch *arch,
		    const struct weir_ir *ir, u32 features,
		    enum weir_reach reach)
{
	memset(e, 0, sizeof(*e));
	e->arch = arch;
	e->ir = ir;
	e->features = features;
	e->reach = reach;
	weir_asmbuf_init(&e->buf);
	e->stub = word_map(&e->buf, ir->nr_guards);
	e->first_branch = word_map(&e->buf, ir->nr_guards);
	e->pc_word = word_map(&e->buf, ir->nr_slots);
}

void weir_emit_exit(struct weir_emit *e)
{
	weir_asmbuf_exit(&e->buf);
	weir_host_free(e->pending);
	weir_host_free(e->callback);
	weir_host_free(e->call);
	weir_host_free(e->veneer);
	weir_host_free(e->stub);
	weir_host_free(e->first_branch);
	weir_host_free(e->pc_word);
	weir_host_free(e->backend);
}

void weir_emit_guard(struct weir_emit *e, u32 guard, u32 branch,
		     enum weir_fixup_kind kind)
{
	u32 at = weir_asmbuf_word(&e->buf, e->arch->trap);
	struct weir_pending *pending;

	if (e->buf.err)
		return;
	pending = weir_grow(e->pending, &e->cap_pending, e->nr_pending + 1,
			    sizeof(*pending));
	if (!pending) {
		weir_asmbuf_fail(&e->buf, -ENOMEM);
		return;
	}
	e->pending = pending;
	pending[e->nr_pending++] = (struct weir_pending){
		.word = at,
		.guard = guard,
		.branch = branch,
		.kind = (u8)kind,
	};
	if (e->first_branch[guard] == WEIR_NO_WORD)
		e->first_branch[guard] = at;
}

void weir_emit_callback(struct weir_emit *e, u32 pc)
{
	struct weir_image_callback *callback;

	if (e->buf.err)
		return;
	callback = weir_grow(e->callback, &e->cap_callbacks,
			     e->nr_callbacks + 1, sizeof(*callback));
	if (!callback) {
		weir_asmbuf_fail(&e->buf, -ENOMEM);
		return;
	}
	e->callback = callback;
	callback[e->nr_callbacks++] = (struct weir_image_callback){
		.pc = pc,
		.off_bytes = e->buf.nr_words * 4,
	};
}

/* The helpers are few: a list will do. */
static struct weir_label veneer_label(struct weir_emit *e, u32 helper)
{
	struct weir_label none = { 0 };
	struct weir_veneer *veneer;
	u32 i;

	for (i = 0; i < e->nr_veneers; i++)
		if (e->veneer[i].helper == helper)
			return e->veneer[i].label;
	veneer = weir_grow(e->veneer, &e->cap_veneers, e->nr_veneers + 1,
			   sizeof(*veneer));
	if (!veneer) {
		weir_asmbuf_fail(&e->buf, -ENOMEM);
		return none;
	}
	e->veneer = veneer;
	veneer[e->nr_veneers].helper = helper;
	veneer[e->nr_veneers].label = weir_asmbuf_label(&e->buf);
	return veneer[e->nr_veneers++].label;
}

void weir_emit_call(struct weir_emit *e, u32 helper, u32 branch,
		    enum weir_fixup_kind kind)
{
	struct weir_label label = veneer_label(e, helper);
	struct weir_call_site *call;

	if (e->buf.err)
		return;
	call = weir_grow(e->call, &e->cap_calls, e->nr_calls + 1,
			 sizeof(*call));
	if (!call) {
		weir_asmbuf_fail(&e->buf, -ENOMEM);
		return;
	}
	e->call = call;
	call[e->nr_calls++] = (struct weir_call_site){
		.word = weir_asmbuf_branch(&e->buf, branch, label, kind),
		.helper = helper,
	};
}

void weir_emit_veneers(struct weir_emit *e)
{
	u32 i;

	for (i = 0; i < e->nr_veneers; i++) {
		weir_asmbuf_bind(&e->buf, e->veneer[i].label);
		e->arch->veneer(e, e->veneer[i].helper);
	}
}

/* Literals in the middle of the code, with a jump round them. */
static void island_if_due(struct weir_emit *e)
{
	const u32 most_words_of_an_op = 64;
	enum weir_fixup_kind kind;
	struct weir_label over;
	u32 jump;

	if (!weir_asmbuf_pool_due(&e->buf, e->arch->pool_reach_bytes,
				  most_words_of_an_op))
		return;
	jump = e->arch->jump(&kind);
	over = weir_asmbuf_label(&e->buf);
	weir_asmbuf_branch(&e->buf, jump, over, kind);
	weir_asmbuf_pool(&e->buf, e->arch->nop);
	weir_asmbuf_bind(&e->buf, over);
}

static void note_pc(struct weir_emit *e, u32 pc)
{
	if (!e->buf.err && e->pc_word[pc] == WEIR_NO_WORD)
		e->pc_word[pc] = e->buf.nr_words;
}

static bool too_long(const struct weir_emit *e)
{
	return (u64)e->buf.nr_words * 4 > e->arch->reach_bytes[e->reach];
}

static void emit_block(struct weir_emit *e, u32 b)
{
	u32 end = e->ir->block[b + 1].first;
	u32 i;

	e->block_first = e->ir->block[b].first;
	e->block_end = end;
	weir_asmbuf_bind(&e->buf, weir_emit_block(e, b));
	for (i = e->ir->block[b].first; i < end && !too_long(e);) {
		if (b)
			note_pc(e, e->ir->insn[i].pc);
		e->ends_body = i + 1 == e->ir->nr_insns;
		i += e->arch->op(e, i);
		island_if_due(e);
	}
}

void weir_emit_body(struct weir_emit *e)
{
	u32 b;

	for (b = 0; b < e->ir->nr_blocks; b++) {
		struct weir_label label = weir_asmbuf_label(&e->buf);

		if (!b)
			e->first_block = label.nr;
	}
	e->epilogue = weir_asmbuf_label(&e->buf);
	e->sub_epilogue = weir_asmbuf_label(&e->buf);
	e->bridge_word = WEIR_NO_WORD;
	e->leave = weir_asmbuf_label(&e->buf);
	e->quit = weir_asmbuf_label(&e->buf);

	e->arch->plan(e);
	e->revoke_word = WEIR_NO_WORD;
	if (e->revocable) {
		e->arch->landing(e);
		e->revoke_word = weir_asmbuf_word(&e->buf, e->arch->nop);
	}
	e->arch->entry(e);
	for (b = 0; b < e->ir->nr_blocks && !too_long(e); b++) {
		if (b == 1)
			e->body_word = e->buf.nr_words;
		emit_block(e, b);
		if (!(b & 0xfff))
			weir_host_resched();
	}
	if (too_long(e) && e->reach + 1 < WEIR_NR_REACHES)
		return;
	e->arch->epilogue(e);
}
