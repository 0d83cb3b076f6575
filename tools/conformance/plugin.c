// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Weir as a plugin of the public conformance runner (Alan-Jowett/
 * bpf_conformance), which starts it once per test:
 *
 *	weir-conformance-plugin [MEMORY] [OPTION]... < PROGRAM
 *
 * PROGRAM and MEMORY are hex bytes, blanks between them allowed. The program
 * is of kind mem: R1 is the memory, R2 its size. What R0 holds in the end is
 * printed in hex, and the status is 0. A program that is refused, or that a
 * guard ends, prints why and exits with 1.
 *
 *	--program HEX	the program, instead of standard input
 *	--interp	the interpreter; --jit: machine code or an error
 *	--debug		accepted
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/bpf.h>
#include "tools/lib/libweir.h"

#define MAX_TEXT ((size_t)32 << 20)

static int fail(const char *what, const char *why)
{
	printf("%s: %s\n", what, why);
	return 1;
}

/*
 * Bytes of words of hex digits: a word is a byte of one or two digits, or a
 * run of bytes. False if it is not that.
 */
static bool decode(const char *text, uint8_t *out, size_t *nr)
{
	static const char blanks[] = " \t\r\n";

	*nr = 0;
	for (;;) {
		size_t digits;

		text += strspn(text, blanks);
		digits = strspn(text, "0123456789abcdefABCDEF");
		if (!digits)
			return !*text;
		while (digits) {
			char pair[3] = { text[0], digits > 1 ? text[1] : 0 };
			size_t used = strlen(pair);

			out[(*nr)++] = (uint8_t)strtoul(pair, NULL, 16);
			text += used;
			digits -= used;
		}
		if (*text && !strchr(blanks, *text))
			return false;
	}
}

/* Standard input as text, to free(). */
static char *read_stdin(void)
{
	size_t room = 1 << 16, len = 0, got;
	char *buf = malloc(room);

	while (buf && (got = fread(buf + len, 1, room - len - 1, stdin))) {
		len += got;
		if (len + 1 == room) {
			char *more = room < MAX_TEXT ? realloc(buf, room *= 2)
						     : NULL;

			if (!more)
				free(buf);
			buf = more;
		}
	}
	if (buf)
		buf[len] = 0;
	return buf;
}

static int execute(const uint8_t *bytes, size_t nr, const uint8_t *memory,
		   size_t memory_bytes, enum weir_engine engine)
{
	struct weir_load_opts opts = {
		.sz = sizeof(opts),
		.kind = WEIR_KIND_MEM,
		.engine = engine,
		.name = "conformance",
	};
	struct weir_run_opts run = {
		.sz = sizeof(run),
		.data = memory,
		.data_size = (uint32_t)memory_bytes,
	};
	struct weir_program *prog;
	int err;

	prog = weir_program__load((const struct bpf_insn *)bytes,
				  nr / sizeof(struct bpf_insn), &opts);
	if (!prog)
		return fail("rejected",
			    opts.reject_nr ? weir_reject__name(opts.reject_nr)
					   : opts.reject_detail);
	err = weir_program__run(prog, &run);
	weir_program__free(prog);
	if (err)
		return fail("run", strerror(-err));
	if (run.exit.kind == WEIR_EXIT_GUARD)
		return fail("run", "ended by a guard");
	printf("%" PRIx64 "\n", run.verdict);
	return 0;
}

static int usage(void)
{
	printf("usage: weir-conformance-plugin [MEMORY] [--program HEX] "
	       "[--interp | --jit] [--debug]\n");
	return 1;
}

int main(int argc, char **argv)
{
	enum weir_engine engine = WEIR_ENGINE_DEFAULT;
	const char *memory_text = "", *program_text = NULL;
	char *input = NULL;
	uint8_t *memory = NULL, *program = NULL;
	size_t memory_bytes, program_bytes;
	int status;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--program") && i + 1 < argc)
			program_text = argv[++i];
		else if (!strcmp(argv[i], "--interp"))
			engine = WEIR_ENGINE_INTERP;
		else if (!strcmp(argv[i], "--jit"))
			engine = WEIR_ENGINE_JIT;
		else if (!strncmp(argv[i], "--", 2) &&
			 strcmp(argv[i], "--debug"))
			return usage();
		else if (*argv[i] && strncmp(argv[i], "--", 2))
			memory_text = argv[i];
	}
	if (!program_text)
		program_text = input = read_stdin();
	if (!program_text)
		return fail("program", strerror(ENOMEM));
	/* A byte may be one digit and a blank, so as many bytes as digits. */
	memory = malloc(strlen(memory_text) + 1);
	program = malloc(strlen(program_text) + 1);
	if (!memory || !program)
		status = fail("memory", strerror(ENOMEM));
	else if (!decode(memory_text, memory, &memory_bytes))
		status = fail("memory", "not hex bytes");
	else if (!decode(program_text, program, &program_bytes) ||
		 program_bytes % sizeof(struct bpf_insn))
		status = fail("program", "not hex instructions");
	else
		status = execute(program, program_bytes, memory, memory_bytes,
				 engine);
	free(memory);
	free(program);
	free(input);
	return status;
}
