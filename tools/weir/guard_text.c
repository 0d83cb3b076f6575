// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Records of guards, as text. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/weir/guard_text.h"
#include "tools/weir/tool.h"

const char *guard_state_name(uint32_t state)
{
	static const char *const names[] = {
		[WEIR_GUARD_IDLE] = "idle",
		[WEIR_GUARD_BUSY] = "busy",
		[WEIR_GUARD_PATCHED] = "patched",
	};

	return state <= WEIR_GUARD_PATCHED ? names[state] : "?";
}

int guard_table_read(struct weir_program *prog, struct guard_table *out)
{
	struct weir_prog_info info = { .size = sizeof(info) };
	int err = weir_program__info(prog, &info);
	int nr;

	memset(out, 0, sizeof(*out));
	if (err)
		return err;
	out->record = calloc(info.nr_guards ? info.nr_guards : 1,
			     sizeof(*out->record));
	if (!out->record)
		return -ENOMEM;
	nr = weir_program__guards(prog, 0, out->record, info.nr_guards);
	if (nr < 0) {
		guard_table_free(out);
		return nr;
	}
	out->nr = (uint32_t)nr;
	return 0;
}

void guard_table_free(struct guard_table *t)
{
	free(t->record);
	memset(t, 0, sizeof(*t));
}

static void print_handler(const struct weir_guard_record *r)
{
	if (!r->handler_id) {
		printf(" -\n");
		return;
	}
	printf(" id %u%s, %llu runs\n", r->handler_id,
	       r->flags & WEIR_BRIDGE_VERDICT ? ", its verdict counts" : "",
	       (unsigned long long)r->handled);
}

void guard_table_print(const struct guard_table *t,
		       const struct guard_table *old, double seconds)
{
	printf("GUARD  KIND          PC   LINE   VERDICT %12s  STATE    "
	       "HANDLER\n",
	       old ? "EXITS/S" : "EXITS");
	for (uint32_t i = 0; i < t->nr; i++) {
		const struct weir_guard_record *r = &t->record[i];
		double exits = (double)r->count;

		if (old && i < old->nr)
			exits = (double)(r->count - old->record[i].count) /
				seconds;
		printf("%5u  %-9s %6u ", r->number, weir_guard__name(r->kind),
		       r->pc);
		printf(r->line ? "%6u" : "     -", r->line);
		printf("  %8lld %12.0f  %-8s", (long long)r->fail_verdict,
		       exits, guard_state_name(r->state));
		print_handler(r);
	}
}

void guard_table_json(const struct guard_table *t)
{
	printf("{\"guards\": [");
	for (uint32_t i = 0; i < t->nr; i++) {
		const struct weir_guard_record *r = &t->record[i];

		printf("%s\n  {\"number\": %u, \"kind\": \"%s\", \"pc\": %u, "
		       "\"line\": ",
		       i ? "," : "", r->number, weir_guard__name(r->kind),
		       r->pc);
		printf(r->line ? "%u" : "null", r->line);
		printf(", \"fail_verdict\": %llu, \"count\": %llu, "
		       "\"state\": \"%s\", \"handler\": ",
		       (unsigned long long)r->fail_verdict,
		       (unsigned long long)r->count,
		       guard_state_name(r->state));
		if (r->handler_id)
			printf("{\"id\": %u, \"verdict\": %s, \"runs\": %llu}",
			       r->handler_id,
			       r->flags & WEIR_BRIDGE_VERDICT ? "true"
							      : "false",
			       (unsigned long long)r->handled);
		else
			printf("null");
		printf(", \"map_bytes\": %u}", r->map_bytes);
	}
	printf("]}\n");
}
