/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The block of a program's live parameters: an array that nobody else sees. */
#ifndef WEIR_RUNTIME_MAP_PARAMS_H
#define WEIR_RUNTIME_MAP_PARAMS_H

#include <linux/types.h>
#include "uapi/weir.h"

struct weir_map;

/**
 * weir_params_create() - a block with its parameters at their numbers
 * @def:	@nr of them, which weir_param_check() found to be good; copied
 * @bytes:	of the block
 * @out:	out: the only reference, weir_map_put()
 *
 * May sleep. Return: 0 or -ENOMEM.
 */
int weir_params_create(const struct weir_param_def *def, u32 nr, u32 bytes,
		       struct weir_map **out);

#endif
