// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a program's verdict does to a packet at a hook. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include "module/verdict.h"

static enum weir_decision decide_xdp(u32 verdict)
{
	switch (verdict) {
	case XDP_PASS:
		return WEIR_DECIDE_NEXT;
	case XDP_DROP:
	case XDP_ABORTED:
		return WEIR_DECIDE_DROP;
	default: /* XDP_TX, XDP_REDIRECT, and numbers without a meaning */
		return WEIR_DECIDE_REFUSE;
	}
}

/* As Linux's own chains of tc programs have it. */
static enum weir_decision decide_tc(u32 verdict)
{
	switch ((s32)verdict) {
	case TC_ACT_UNSPEC:
	case TC_ACT_PIPE:
		return WEIR_DECIDE_NEXT;
	case TC_ACT_SHOT:
	case TC_ACT_STOLEN:
	case TC_ACT_QUEUED:
	case TC_ACT_TRAP:
		return WEIR_DECIDE_DROP;
	case TC_ACT_REDIRECT:
	case TC_ACT_REPEAT:
		return WEIR_DECIDE_REFUSE;
	default: /* TC_ACT_OK, TC_ACT_RECLASSIFY, and what Linux takes as these */
		return WEIR_DECIDE_PASS;
	}
}

enum weir_decision weir_verdict_decide(enum weir_kind kind, u32 flags,
				       u32 verdict)
{
	bool drops = flags & WEIR_ATTACH_MATCH_DROPS;

	switch (kind) {
	case WEIR_KIND_XDP:
		return decide_xdp(verdict);
	case WEIR_KIND_TC:
		return decide_tc(verdict);
	default:
		if (flags & WEIR_ATTACH_CAPTURE)
			return WEIR_DECIDE_NEXT;
		return !verdict == drops ? WEIR_DECIDE_NEXT : WEIR_DECIDE_DROP;
	}
}
