/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the maps of objects hold before they run: lines "PROGRAM MAP KEY VALUE"
 * of a file, in hex digits. The value `self` is the program itself, the key
 * `varies` says that nobody compares this map.
 */
#ifndef WEIR_BENCH_ELEMENTS_H
#define WEIR_BENCH_ELEMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELEMENT_MAX_BYTES 256

/** struct element - one of them */
struct element {
	char program[64];
	char map[64];
	uint32_t key_size, value_size;
	uint8_t key[ELEMENT_MAX_BYTES];
	uint8_t value[ELEMENT_MAX_BYTES];
	bool self;
};

/** struct elements - those of a file */
struct elements {
	struct element *element;
	size_t nr;
};

/** elements_read() - a file's. Return: an exit status, after a line. */
int elements_read(struct elements *out, const char *path);

/** elements_next() - the next of this program, from @at on; NULL at the end. */
const struct element *elements_next(const struct elements *all,
				    const char *program, size_t *at);

#endif
