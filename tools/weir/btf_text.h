/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Bytes as a JSON value, by the type that .BTF gives them. */
#ifndef WEIR_TOOL_BTF_TEXT_H
#define WEIR_TOOL_BTF_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct btf;

/** btf_text_size() - bytes that a value of the type has; 0 if unknown. */
size_t btf_text_size(const struct btf *btf, uint32_t type);

/**
 * btf_text_print() - numbers, strings, arrays and objects, as bpftool's
 * @bytes:	@nr of them; a type that does not fit prints as far as it does
 *
 * Numbers of over 64 bits, and what has no type, are hex digits in a string.
 */
void btf_text_print(FILE *out, const struct btf *btf, uint32_t type,
		    const uint8_t *bytes, size_t nr);

#endif
