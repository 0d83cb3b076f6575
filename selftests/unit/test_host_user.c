// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Executable memory of a process: code runs as written, also where other code
 * ran before; no page is ever writable and executable; a child has its own.
 */
#include <linux/types.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/host.h"
#include "selftests/harness.h"

#define PLACE ((size_t)3 * 65536 + 64)

typedef int (*number_fn)(void);

static struct weir_host_arena arena;

/* A function that returns @n, below 256. */
static void make_code(u32 code[2], u32 n)
{
#if defined(__arm__)
	code[0] = 0xe3a00000 | n; /* mov r0, #n */
	code[1] = 0xe12fff1e; /* bx lr */
#else
	code[0] = 0x52800000 | n << 5; /* mov w0, #n */
	code[1] = 0xd65f03c0; /* ret */
#endif
}

static bool write_number(u32 n)
{
	u32 code[2];
	void *rw = weir_host_code_open(PLACE, sizeof(code));

	if (!rw)
		return false;
	make_code(code, n);
	memcpy(rw, code, sizeof(code));
	weir_host_code_close(rw, PLACE, sizeof(code));
	return true;
}

static int call(void)
{
	return ((number_fn)(uintptr_t)(arena.rx + PLACE))();
}

/* Mappings of the code's file that are both, and that are writable. */
static void count_maps(int *both, int *writable)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512], mode[8];

	*both = *writable = 0;
	while (maps && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%*s %7s", mode) != 1)
			continue;
		*both += mode[1] == 'w' && mode[2] == 'x';
		*writable += mode[1] == 'w' && strstr(line, "weir-code");
	}
	if (maps)
		fclose(maps);
}

static void test_rewrite(void)
{
	bool ok = true;

	for (u32 n = 0; n < 200; n++)
		ok &= write_number(n) && call() == (int)n;
	ksft_test_result(ok, "code written over code runs as written\n");
}

static void test_mappings(void)
{
	int both, writable, both_open, writable_open;
	void *rw = weir_host_code_open(PLACE, 8);

	count_maps(&both_open, &writable_open);
	weir_host_code_close(rw, PLACE, 8);
	count_maps(&both, &writable);
	ksft_test_result(!both && !both_open, "no mapping is writable and "
					      "executable\n");
	ksft_test_result(writable_open == 1 && !writable,
			 "the writable mapping lives from open to close\n");
}

static void test_fork(void)
{
	int status = 0;
	pid_t pid;

	write_number(7);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		bool ok = call() == 7 && write_number(8) && call() == 8;

		_exit(ok ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	ksft_test_result(pid > 0 && !status,
			 "a child runs the parent's code, then its own\n");
	ksft_test_result(call() == 7, "and the parent keeps its own\n");
}

int main(void)
{
	static const char *const names[] = {
		"code written over code runs as written",
		"no mapping is writable and executable",
		"the writable mapping lives from open to close",
		"a child runs the parent's code, then its own",
		"and the parent keeps its own",
	};

	ksft_print_header();
	if (weir_host_arena(&arena)) {
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			ksft_test_result_skip("no ARM code here", "%s\n",
					      names[i]);
		return ksft_finished();
	}
	test_rewrite();
	test_mappings();
	test_fork();
	return ksft_finished();
}
