/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Types that came with a file, checked before anybody follows them: libbpf
 * takes references and names in .BTF for what they say.
 */
#ifndef WEIR_LIB_BTF_CHECK_H
#define WEIR_LIB_BTF_CHECK_H

#include <stddef.h>
#include <linux/types.h>

struct weir_words;

/**
 * btf_check() - is .BTF well formed?
 * @data:	@bytes of it, not aligned
 *
 * Then every name is a string in it, every reference a type in it, and no
 * chain of names and qualifiers is a circle. Return: 0; -ENOEXEC with @words;
 * -ENOMEM.
 */
int btf_check(const u8 *data, size_t bytes, struct weir_words *words);

#endif
