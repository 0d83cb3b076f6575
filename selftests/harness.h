/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a test program needs: TAP on stdout and the exit codes of kselftest,
 * by the names that the kernel's own tests use.
 *
 *	ksft_print_header();
 *	ksft_test_result(a == b, "sum of %d and %d\n", x, y);
 *	ksft_test_result_skip("no device\n");
 *	return ksft_finished();
 *
 * The plan comes first if ksft_set_plan() was called and last if not. Names
 * must be unique in a program: the runner refuses two of one name.
 */
#ifndef SELFTESTS_HARNESS_H
#define SELFTESTS_HARNESS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KSFT_PASS 0
#define KSFT_FAIL 1
#define KSFT_SKIP 4

static struct {
	unsigned int plan;
	unsigned int passed;
	unsigned int failed;
	unsigned int skipped;
} ksft;

static inline void ksft_print_header(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n");
}

static inline void ksft_set_plan(unsigned int plan)
{
	ksft.plan = plan;
	printf("1..%u\n", plan);
}

/* A name on one line, in which a '#' does not start a directive. */
static inline void ksft_print_name(const char *fmt, va_list ap)
{
	char name[1024];
	size_t len;

	vsnprintf(name, sizeof(name), fmt, ap);
	len = strlen(name);
	while (len && name[len - 1] == '\n')
		name[--len] = 0;
	for (const char *c = name; *c; c++) {
		if (*c == '#')
			putchar('\\');
		putchar(*c == '\n' ? ' ' : *c);
	}
}

/** ksft_print_msg() - a comment: "# text". */
__attribute__((format(printf, 1, 2))) static inline void
ksft_print_msg(const char *fmt, ...)
{
	va_list ap;

	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}

static inline unsigned int ksft_nr(void)
{
	return ksft.passed + ksft.failed + ksft.skipped;
}

/** ksft_test_result() - one test point; returns @ok. */
__attribute__((format(printf, 2, 3))) static inline bool
ksft_test_result(bool ok, const char *fmt, ...)
{
	va_list ap;

	if (ok)
		ksft.passed++;
	else
		ksft.failed++;
	printf("%sok %u - ", ok ? "" : "not ", ksft_nr());
	va_start(ap, fmt);
	ksft_print_name(fmt, ap);
	va_end(ap);
	putchar('\n');
	return ok;
}

/** ksft_test_result_skip() - "name", then why it is skipped. */
__attribute__((format(printf, 2, 3))) static inline void
ksft_test_result_skip(const char *why, const char *fmt, ...)
{
	va_list ap;

	ksft.skipped++;
	printf("ok %u - ", ksft_nr());
	va_start(ap, fmt);
	ksft_print_name(fmt, ap);
	va_end(ap);
	printf(" # SKIP %s\n", why);
}

/** ksft_exit_skip() - the whole program is skipped, and why. */
__attribute__((format(printf, 1, 2), noreturn)) static inline void
ksft_exit_skip(const char *fmt, ...)
{
	va_list ap;

	printf("1..0 # SKIP ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	exit(KSFT_SKIP);
}

/** ksft_exit_fail_msg() - the test itself cannot go on. */
__attribute__((format(printf, 1, 2), noreturn)) static inline void
ksft_exit_fail_msg(const char *fmt, ...)
{
	va_list ap;

	printf("Bail out! ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	exit(KSFT_FAIL);
}

/** ksft_finished() - the plan if it is still owed, the sums, the status. */
static inline int ksft_finished(void)
{
	if (!ksft.plan)
		printf("1..%u\n", ksft_nr());
	printf("# Totals: pass:%u fail:%u skip:%u\n", ksft.passed, ksft.failed,
	       ksft.skipped);
	if (ksft.failed || (ksft.plan && ksft.plan != ksft_nr()))
		return KSFT_FAIL;
	return KSFT_PASS;
}

#endif
