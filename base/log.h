/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Text for the person who loads a program, and the one reason for which the
 * program was refused. The text goes into a buffer the caller owns; what does
 * not fit is dropped but counted, so that the caller can come back with more
 * room.
 */
#ifndef WEIR_BASE_LOG_H
#define WEIR_BASE_LOG_H

#include <linux/types.h>
#include "uapi/weir.h"

/**
 * struct weir_log - a bounded text
 * @buf:	room for the text, 0-terminated whenever @size > 0; or NULL
 * @size:	bytes at @buf
 * @len:	bytes the whole text would need without its end
 */
struct weir_log {
	char *buf;
	size_t size;
	size_t len;
};

/* Room for the names of all helpers; so it does not belong on a kernel stack. */
#define WEIR_REJECT_DETAIL 1536

/**
 * struct weir_rejection - why a program was refused
 * @nr:		WEIR_REJECT_NONE if it was not
 * @pc:		the instruction, in the form the user handed in
 * @detail:	what was seen there and what would fix it; one line, no end
 */
struct weir_rejection {
	enum weir_reject nr;
	u32 pc;
	char detail[WEIR_REJECT_DETAIL];
};

/** weir_log_init() - an empty text in @size bytes at @buf, which may be NULL. */
void weir_log_init(struct weir_log *log, char *buf, size_t size);

/** weir_log_printf() - append text; @log may be NULL. */
void weir_log_printf(struct weir_log *log, const char *fmt, ...) __printf(2, 3);

/**
 * weir_reject() - note the reason for a refusal, once
 * @rej:	where; an earlier reason is kept
 * @nr:		the row of reject.def
 * @pc:		the instruction
 * @fmt:	detail
 *
 * Return: the row's errno, negative.
 */
int weir_reject(struct weir_rejection *rej, enum weir_reject nr, u32 pc,
		const char *fmt, ...) __printf(4, 5);

/** weir_reject_name() - stable lower-case name of a row, "none" for 0. */
const char *weir_reject_name(enum weir_reject nr);

/** weir_reject_text() - what a row means, in words. */
const char *weir_reject_text(enum weir_reject nr);

/** weir_reject_errno() - a row's errno, negative. */
int weir_reject_errno(enum weir_reject nr);

#endif
