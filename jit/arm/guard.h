/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Guards. Each leaves the values of the program's registers alone. */
#ifndef WEIR_JIT_ARM_GUARD_H
#define WEIR_JIT_ARM_GUARD_H

struct a32_ctx;

/** a32_guard() - one of them. */
void a32_guard(const struct a32_ctx *cx);

#endif
