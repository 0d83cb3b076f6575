// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Stubs, trampoline, and the branches that lead there. */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include "jit/emit.h"
#include "jit/exit.h"

void weir_exit_stubs(struct weir_emit *e)
{
	u32 i;

	e->stubs_word = e->buf.nr_words;
	if (!e->nr_pending && !e->quits)
		return;
	for (i = 0; i < e->ir->nr_guards && !e->buf.err; i++) {
		if (e->first_branch[i] == WEIR_NO_WORD)
			continue;
		e->stub[i] = e->buf.nr_words;
		e->arch->stub(e, e->first_guard + i);
	}
	if (e->nr_pending) {
		e->bridge_word = e->buf.nr_words;
		e->arch->handled(e);
	}
	weir_asmbuf_bind(&e->buf, e->leave);
	e->arch->trampoline(e);
}

void weir_exit_resolve(struct weir_emit *e)
{
	u32 i;

	for (i = 0; i < e->nr_pending && !e->buf.err; i++) {
		const struct weir_pending *pending = &e->pending[i];
		u32 *word = &e->buf.words[pending->word];
		u32 stub = e->stub[pending->guard];
		u32 branch = pending->branch;

		if (*word != e->arch->trap || stub == WEIR_NO_WORD ||
		    !weir_fixup_put(pending->kind, &branch,
				    ((s64)stub - pending->word) * 4))
			weir_asmbuf_fail(&e->buf, -EFAULT);
		else
			*word = branch;
	}
}

bool weir_exit_sealed(const struct weir_emit *e)
{
	u32 span = 0;
	u32 i;

	for (i = 0; i < e->buf.nr_words; i++) {
		if (span < e->buf.nr_spans && i >= e->buf.span[span].from) {
			i = e->buf.span[span++].end - 1;
			continue;
		}
		if (e->buf.words[i] == e->arch->trap)
			return false;
	}
	return true;
}
