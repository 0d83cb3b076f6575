/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who holds the module: processes with something of Weir's open or mapped. */
#ifndef WEIR_TOOL_HOLDERS_H
#define WEIR_TOOL_HOLDERS_H

#include <stdio.h>

/**
 * holders_print() - a line for each, but for this process
 *
 * Return: how many.
 */
int holders_print(FILE *out);

#endif
