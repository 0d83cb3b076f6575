/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records of guards, as text. */
#ifndef WEIR_TOOL_GUARD_TEXT_H
#define WEIR_TOOL_GUARD_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include "tools/lib/libweir.h"

/** struct guard_table - all guards of one program at one time */
struct guard_table {
	struct weir_guard_record *record;
	uint32_t nr;
};

/** guard_table_read() - 0 or -errno; guard_table_free() goes with it. */
int guard_table_read(struct weir_program *prog, struct guard_table *out);
void guard_table_free(struct guard_table *t);

/**
 * guard_table_print() - a line for each
 * @old:	the same some time ago: then exits per second; or NULL
 * @seconds:	that time
 */
void guard_table_print(const struct guard_table *t,
		       const struct guard_table *old, double seconds);

/** guard_table_json() - {"guards": [...]} */
void guard_table_json(const struct guard_table *t);

/** guard_state_name() - "idle", "busy", "patched" */
const char *guard_state_name(uint32_t state);

#endif
