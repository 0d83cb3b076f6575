/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Helpers that call the program back: once per turn of bpf_loop(), per element
 * of a map. A function is known by its pc, which the verifier has checked; no
 * address ever comes from a program.
 *
 *	program --call--> helper --weir_callback()--> run->call --> function
 *
 * run->call is the engine's. It saves what the helper's caller needs, runs the
 * function in a new frame of the same program, and gives back R0.
 *
 * How a run ends inside: the engine writes the exit record as ever, and returns
 * to the helper, which stops and returns too. So does a helper that has no fuel
 * left (run->exit.kind is WEIR_EXIT_FUEL). After every call of a helper with
 * WEIR_HELPER_CALLS the engine looks at run->exit.kind:
 *
 *	WEIR_EXIT_RETURN	go on
 *	WEIR_EXIT_GUARD		leave this frame; the record is complete
 *	WEIR_EXIT_FUEL		the FUEL guard of this call fails, here and now
 *
 * No frame is ever jumped over.
 */
#ifndef WEIR_RUNTIME_CALLBACK_H
#define WEIR_RUNTIME_CALLBACK_H

#include <linux/types.h>

struct weir_run;

/**
 * weir_callback() - one call of a function of the program
 * @pc:		its first instruction, as the program gave it
 *
 * Burns fuel. Return: its R0; without meaning if weir_callback_ended().
 */
u64 weir_callback(struct weir_run *run, u64 pc, u64 a1, u64 a2, u64 a3, u64 a4);

/** weir_callback_ended() - has the run ended inside? Then return at once. */
bool weir_callback_ended(const struct weir_run *run);

#endif
