// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One depth-first walk gives both: the reverse postorder, and the strongly
 * connected components, by Tarjan's numbers. A component is complete when the
 * walk leaves its first block, and then everything that it leads to is; so
 * components are found from the last to the first. Nothing recurses: the walk
 * keeps its path in an array.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/types.h>
#include "base/host.h"
#include "base/log.h"
#include "base/prog.h"
#include "verifier/cfg.h"
#include "verifier/order.h"

/**
 * struct walk - the depth-first walk, one entry per block
 * @path:	from the function's entry to where the walk is
 * @step:	0 not seen, then which of its ways out come next, 3 none
 * @nr:		1 + how many blocks were seen before it; 0 when its component
 *		is complete
 * @low:	least number that a cycle through it, or what it leads to, has
 * @open:	blocks whose component is not complete
 * @part:	its component, counted from the last
 * @post:	blocks in reverse postorder, from @nr_post on
 * @seen:	blocks seen
 * @nr_open:	entries at @open
 * @nr_parts:	components that are complete
 * @nr_post:	see there
 */
struct walk {
	u32 *path;
	u8 *step;
	u32 *nr;
	u32 *low;
	u32 *open;
	u32 *part;
	u32 *post;
	u32 seen;
	u32 nr_open;
	u32 nr_parts;
	u32 nr_post;
};

static void see(struct walk *w, u32 b)
{
	w->step[b] = 1;
	w->nr[b] = ++w->seen;
	w->low[b] = w->nr[b];
	w->open[w->nr_open++] = b;
}

/* All that @b leads to was seen: is it the first of a component? */
static void leave(struct walk *w, u32 b)
{
	u32 last;

	w->post[--w->nr_post] = b;
	if (w->low[b] != w->nr[b])
		return;
	do {
		last = w->open[--w->nr_open];
		w->part[last] = w->nr_parts;
		w->nr[last] = 0;
	} while (last != b);
	w->nr_parts++;
}

static void walk_func(const struct weir_cfg *cfg, u32 f, struct walk *w)
{
	u32 depth = 0, b, to;

	w->path[0] = cfg->func[f].entry;
	see(w, w->path[0]);
	for (;;) {
		b = w->path[depth];
		if (w->step[b] == 3) {
			leave(w, b);
			if (!depth--)
				return;
			to = w->path[depth];
			w->low[to] = min(w->low[to], w->low[b]);
			continue;
		}
		/* the jump first, so that fall-through comes earlier */
		to = w->step[b]++ == 1 ? cfg->block[b].taken
				       : cfg->block[b].fall;
		if (to == WEIR_NO_BLOCK)
			continue;
		if (!w->step[to]) {
			see(w, to);
			w->path[++depth] = to;
		} else if (w->nr[to]) {
			w->low[b] = min(w->low[b], w->nr[to]);
		}
	}
}

/*
 * The order: components from the first to the last, and within them reverse
 * postorder. @first has room for one more entry than there are components.
 */
static void place(struct weir_cfg *cfg, const struct walk *w, u32 from, u32 nr,
		  u32 *first)
{
	u32 i, p;

	for (p = 0; p <= w->nr_parts; p++)
		first[p] = 0;
	for (i = 0; i < nr; i++)
		first[w->nr_parts - 1 - w->part[w->post[from + i]] + 1]++;
	for (p = 1; p <= w->nr_parts; p++)
		first[p] += first[p - 1];
	for (i = 0; i < nr; i++) {
		u32 b = w->post[from + i];
		u32 at = from + first[w->nr_parts - 1 - w->part[b]]++;

		cfg->order[at] = b;
		cfg->block[b].order = at;
	}
}

static bool is_backward(const struct weir_cfg *cfg, u32 order, u32 to)
{
	return to != WEIR_NO_BLOCK && cfg->block[to].order <= order;
}

/*
 * Regions: components that have an edge, and so a cycle. Where an edge goes
 * backward there is one, and both its ends are in it.
 *
 * Sound: edges between components go forward, for they were found from the
 * last to the first, and stand one after the other.
 */
static void mark_regions(struct weir_cfg *cfg, const struct walk *w, u32 from,
			 u32 nr, u32 before)
{
	u32 i, k;

	for (i = from; i < from + nr; i++) {
		const struct weir_block *b = &cfg->block[cfg->order[i]];
		u32 to[2] = { b->taken, b->fall };

		for (k = 0; k < 2; k++)
			if (is_backward(cfg, i, to[k]))
				cfg->block[to[k]].is_head = true;
	}
	for (i = from; i < from + nr; i++) {
		u32 part = w->part[cfg->order[i]];
		bool is_region = false;

		for (k = i; k < from + nr && w->part[cfg->order[k]] == part;
		     k++)
			is_region |= cfg->block[cfg->order[k]].is_head;
		for (; is_region && i < k; i++)
			cfg->block[cfg->order[i]].region = before + part + 1;
		i = k - 1;
	}
}

static int check_reached(const struct weir_prog *prog,
			 const struct weir_cfg *cfg, struct weir_rejection *rej)
{
	u32 b;

	for (b = 0; b < cfg->nr_blocks; b++)
		if (cfg->block[b].order == WEIR_NO_BLOCK)
			return weir_reject(
				rej, WEIR_REJECT_UNREACHABLE,
				weir_prog_origin(prog, cfg->block[b].start),
				"remove it, or jump to it");
	return 0;
}

/* Function by function; those nobody calls, too: calls are looked at after. */
static void order_funcs(struct weir_cfg *cfg, struct walk *w)
{
	u32 f, from, nr, end = cfg->nr_blocks, regions = 0;

	for (f = cfg->nr_funcs; f-- > 0; end = from) {
		w->seen = 0;
		w->nr_parts = 0;
		w->nr_post = end;
		walk_func(cfg, f, w);
		from = w->nr_post;
		nr = end - from;
		cfg->func[f].first = from;
		cfg->func[f].nr = nr;
		/* the path is of no use any more */
		place(cfg, w, from, nr, w->path);
		mark_regions(cfg, w, from, nr, regions);
		regions += w->nr_parts;
	}
}

int weir_order_blocks(const struct weir_prog *prog, struct weir_cfg *cfg,
		      struct weir_rejection *rej)
{
	u32 nr = cfg->nr_blocks;
	struct walk w = {
		.path = weir_host_alloc((nr + 1) * sizeof(u32)),
		.step = weir_host_alloc(nr),
		.nr = weir_host_alloc(nr * sizeof(u32)),
		.low = weir_host_alloc(nr * sizeof(u32)),
		.open = weir_host_alloc(nr * sizeof(u32)),
		.part = weir_host_alloc(nr * sizeof(u32)),
		.post = weir_host_alloc(nr * sizeof(u32)),
	};
	int err = -ENOMEM;

	if (w.path && w.step && w.nr && w.low && w.open && w.part && w.post) {
		order_funcs(cfg, &w);
		err = check_reached(prog, cfg, rej);
	}
	weir_host_free(w.path);
	weir_host_free(w.step);
	weir_host_free(w.nr);
	weir_host_free(w.low);
	weir_host_free(w.open);
	weir_host_free(w.part);
	weir_host_free(w.post);
	return err;
}
