/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A detour: a piece of code between a guard's patched stub and the trampoline of
 * its image, which says who handles the exit.
 *
 *	stub	b     detour		was: nop
 *		mov   w16, #guard
 *		b     leave
 *	detour	ldr   x16, handler
 *		b     handled
 *	handled	str   x16, [run, ...]	run->handler
 *	leave	...			the exit record, as ever
 *
 * The registers of the program are as the guard left them until the trampoline
 * has stored them.
 */
#ifndef WEIR_JIT_DETOUR_H
#define WEIR_JIT_DETOUR_H

struct weir_code;

/**
 * weir_detour_publish() - code by which run->handler becomes @handler
 * @code:	whose stubs will lead there
 * @out:	out: weir_code_free() after nobody is in it
 *
 * May sleep. Return: 0, -ENOENT if @code has no guards, and as
 * weir_code_publish().
 */
int weir_detour_publish(const struct weir_code *code, const void *handler,
			struct weir_code **out);

#endif
