// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What domain.py proves things of: the verifier's domain as it ships, with its
 * inner functions in reach.
 */
#include <linux/bits.h>
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/types.h>
#include "base/insn.h"
#include "verifier/scalar.h"

#define static
#include "verifier/tnum.c"
#include "verifier/range.c"
#include "verifier/scalar.c"
#include "verifier/compare.c"
