/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packet loads relative to a header: LD_ABS and LD_IND whose offset is SKF_LL_OFF
 * (from the link header, where the packet starts) or SKF_NET_OFF (from the
 * network header) and more. What comes later knows plain offsets only.
 */
#ifndef WEIR_BASE_HEADER_LOAD_H
#define WEIR_BASE_HEADER_LOAD_H

#include <linux/types.h>

struct weir_prog;
struct weir_rejection;

/**
 * weir_header_load_expand() - make header-relative loads plain ones
 * @prog:	of good form; its slots may be replaced by more of them, and then
 *		@prog->origin says where each comes from
 * @rej:	out: why not
 *
 * May sleep. Return: 0, the errno of a rejection (a jump no longer reaches, the
 * program has become too long), or -ENOMEM.
 */
int weir_header_load_expand(struct weir_prog *prog, struct weir_rejection *rej);

#endif
