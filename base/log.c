// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Bounded text for people, and the reason of a refusal. */
#include <linux/kernel.h>
#include <linux/errno.h>
#include <linux/bug.h>
#include "base/log.h"

#define NAME_LEN 24

/* Character i of the string constant s in lower case, as a constant. */
#define AT(s, i) (s)[(i) < sizeof(s) ? (i) : 0]
#define IS_UPPER(s, i) (AT(s, i) >= 'A' && AT(s, i) <= 'Z')
#define LOW(s, i) \
	(char)((i) < sizeof(s) ? AT(s, i) | (IS_UPPER(s, i) ? 0x20 : 0) : 0)
#define LOW4(s, i) LOW(s, i), LOW(s, i + 1), LOW(s, i + 2), LOW(s, i + 3)
#define LOW8(s, i) LOW4(s, i), LOW4(s, i + 4)

static const struct {
	char name[NAME_LEN];
	const char *text;
	int err;
} rows[] = {
	[WEIR_REJECT_NONE] = { "none", "accepted", 0 },
#define _(nr, id, errnum, words)                                       \
	[nr] = {                                                       \
		.name = { LOW8(#id, 0), LOW8(#id, 8), LOW8(#id, 16) }, \
		.text = words,                                         \
		.err = -errnum,                                        \
	},
#include "uapi/reject.def"
#undef _
};

#define _(nr, id, errnum, words) _Static_assert(sizeof(#id) <= NAME_LEN, #id);
#include "uapi/reject.def"
#undef _

void weir_log_init(struct weir_log *log, char *buf, size_t size)
{
	log->buf = buf;
	log->size = buf ? size : 0;
	log->len = 0;
	if (log->size)
		buf[0] = 0;
}

void weir_log_printf(struct weir_log *log, const char *fmt, ...)
{
	size_t at;
	va_list args;
	int n;

	if (!log)
		return;
	at = min(log->len, log->size);
	va_start(args, fmt);
	n = vsnprintf(log->buf ? log->buf + at : NULL, log->size - at, fmt,
		      args);
	va_end(args);
	if (n > 0)
		log->len += (size_t)n;
}

int weir_reject(struct weir_rejection *rej, enum weir_reject nr, u32 pc,
		const char *fmt, ...)
{
	va_list args;

	if (!rej || rej->nr != WEIR_REJECT_NONE)
		return weir_reject_errno(rej ? rej->nr : nr);
	rej->nr = nr;
	rej->pc = pc;
	va_start(args, fmt);
	vsnprintf(rej->detail, sizeof(rej->detail), fmt, args);
	va_end(args);
	return weir_reject_errno(nr);
}

static bool is_row(enum weir_reject nr)
{
	return (u32)nr < ARRAY_SIZE(rows) && rows[nr].text;
}

const char *weir_reject_name(enum weir_reject nr)
{
	return is_row(nr) ? rows[nr].name : "unknown";
}

const char *weir_reject_text(enum weir_reject nr)
{
	return is_row(nr) ? rows[nr].text : "unknown rejection";
}

int weir_reject_errno(enum weir_reject nr)
{
	return is_row(nr) ? rows[nr].err : -EINVAL;
}
