/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The production file with its statics, under names of a test's own: the
 * library it links has the real ones. Every function that codemem.h declares
 * has a line here.
 */
#define weir_code_bytes test_code_bytes
#define weir_code_publish test_publish
#define weir_code_free test_free
#define weir_code_set_param test_set_param
#define weir_code_callback test_callback
#define weir_codemem_stats(out) test_stats(out)
#define weir_codemem_exit test_exit
#include "jit/codemem.c"
