/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the parts of the fuzzer share. */
#ifndef SELFTESTS_FUZZ_FUZZ_H
#define SELFTESTS_FUZZ_FUZZ_H

#include <linux/types.h>
#include "base/run.h"
#include "selftests/fuzz/gen.h"
#include "uapi/weir.h"

#define MAX_PACKET 256
#define MAX_OUT 2048 /* of what a packet may become */

/** struct packet - what one run sees */
struct packet {
	u32 size;
	u32 fuel;
	u8 bytes[MAX_PACKET];
};

#define MAX_CONTENTS 8192

/** struct contents - of all the maps that a program uses */
struct contents {
	u32 bytes;
	u8 at[MAX_CONTENTS];
};

/** struct result - what one run left behind */
struct result {
	u64 verdict;
	struct weir_exit_record exit;
	struct weir_run run;
	u32 size;
	u8 bytes[MAX_OUT];
	struct contents maps;
	u32 clobbered; /* callee-saved registers that were not kept */
};

/** struct config - how code is made */
struct config {
	u32 features;
	u32 passes;
};

/** enum outcome - of comparing the engines on one program and packet */
enum outcome {
	SAME,
	DIFFERENT,
	REFUSED, /* by Weir */
	REFUSED_BY_LINUX,
	NO_OPINION, /* the run depends on where its stack lies */
};

#endif
