// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One line of words about what is wrong. */
#include <stdarg.h>
#include <stdio.h>

#include "tools/lib/words.h"

int weir_say(struct weir_words *words, int err, const char *fmt, ...)
{
	va_list ap;

	if (words->text[0])
		return err;
	va_start(ap, fmt);
	vsnprintf(words->text, sizeof(words->text), fmt, ap);
	va_end(ap);
	/* Names come from files that anybody may have written. */
	for (char *c = words->text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	return err;
}
