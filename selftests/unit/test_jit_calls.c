// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Machine code that is called, calls back, and does not come back: how deep the
 * stack is, which registers come back as they were, what publication puts into
 * the pool. Needs a host that executes code; on others only what can be seen in
 * the image.
 */
#include <string.h>
#include <linux/types.h>
#include <linux/kernel.h>
#include <uapi/linux/bpf.h>
#include "base/helper.h"
#include "base/host.h"
#include "base/insn.h"
#include "base/map.h"
#include "base/prog.h"
#include "base/run.h"
#include "jit/arch.h"
#include "jit/codemem.h"
#include "jit/compile.h"
#include "runtime/loaded.h"
#include "runtime/map/map.h"
#include "verifier/facts.h"
#include "selftests/harness.h"

#define MOV(dst, src)                                                \
	{                                                            \
		.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = dst, \
		.src_reg = src                                       \
	}
#define MOV_IMM(dst, i)                                                       \
	{                                                                     \
		.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = dst, .imm = i \
	}
#define ADD(dst, src)                                                \
	{                                                            \
		.code = BPF_ALU64 | BPF_ADD | BPF_X, .dst_reg = dst, \
		.src_reg = src                                       \
	}
#define CALL(id)                                      \
	{                                             \
		.code = BPF_JMP | BPF_CALL, .imm = id \
	}
#define EXIT                               \
	{                                  \
		.code = BPF_JMP | BPF_EXIT \
	}
#define WIDE(dst, src, i, j)                 \
	{ .code = BPF_LD | BPF_IMM | BPF_DW, \
	  .dst_reg = dst,                    \
	  .src_reg = src,                    \
	  .imm = i },                        \
	{                                    \
		.imm = j                     \
	}
