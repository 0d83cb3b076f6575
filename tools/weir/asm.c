// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* weir asm: programs from text to instructions, and back. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>
#include <linux/bpf.h>
#include "tools/lib/libweir.h"
#include "tools/lib/text.h"
#include "tools/weir/source.h"
#include "tools/weir/tool.h"

struct assembly {
	const char *out_path;
	enum weir_kind kind;
	bool binary;
	bool disassemble;
};

static void write_hex(FILE *out, const struct bpf_insn *insns, u32 nr)
{
	for (u32 i = 0; i < nr; i++) {
		const u8 *bytes = (const u8 *)&insns[i];

		for (size_t b = 0; b < sizeof(*insns); b++)
			fprintf(out, "%02x", bytes[b]);
		fputc('\n', out);
	}
}

static int assemble(const struct assembly *a, const char *path, FILE *out)
{
	struct weir_text_params *params = calloc(1, sizeof(*params));
	struct bpf_insn *insns;
	u32 nr;
	int status = params ? source_text(&cmd_asm, a->kind, path, params,
					  &insns, &nr)
			    : tool_fail("asm: out of memory");

	free(params);
	if (status)
		return status;
	if (a->binary)
		fwrite(insns, sizeof(*insns), nr, out);
	else
		write_hex(out, insns, nr);
	free(insns);
	return TOOL_OK;
}

static int disassemble(const char *path, FILE *out)
{
	struct source_args args = { .insns = path };
	struct source src = { 0 };
	char *text;
	int status = source_insns(&cmd_asm, &args, &src);

	if (status)
		return status;
	text = weir_text_print(src.insns, (u32)src.nr);
	if (text)
		fputs(text, out);
	else
		status = tool_fail("asm: out of memory");
	free(text);
	source_free(&src);
	return status;
}

static int run(const struct assembly *a, const char *path)
{
	char *bytes = NULL;
	size_t nr = 0;
	FILE *text = open_memstream(&bytes, &nr);
	FILE *out = stdout;
	int status;

	/* First all of it, so that an error leaves no half file behind. */
	if (!text)
		return tool_fail("asm: out of memory");
	status = a->disassemble ? disassemble(path, text)
				: assemble(a, path, text);
	fclose(text);
	if (!status && a->out_path && strcmp(a->out_path, "-"))
		out = fopen(a->out_path, "we");
	if (!out) {
		status = tool_fail("asm: %s: %s", a->out_path, strerror(errno));
	} else if (!status) {
		fwrite(bytes, 1, nr, out);
		if (out == stdout)
			status = tool_flush();
		else if (fclose(out))
			status = tool_fail("asm: %s: %s", a->out_path,
					   strerror(errno));
	}
	free(bytes);
	return status;
}

enum {
	OPT_BINARY = 256,
	OPT_HEX,
	OPT_KIND,
	OPT_HELP
};

static const struct option options[] = {
	{ "disassemble", no_argument, NULL, 'd' },
	{ "output", required_argument, NULL, 'o' },
	{ "binary", no_argument, NULL, OPT_BINARY },
	{ "hex", no_argument, NULL, OPT_HEX },
	{ "kind", required_argument, NULL, OPT_KIND },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static int cmd_asm_run(int argc, char **argv)
{
	struct assembly a = { .kind = WEIR_KIND_SOCKET };
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":do:h", options, NULL)) != -1) {
		switch (c) {
		case 'd':
			a.disassemble = true;
			break;
		case 'o':
			a.out_path = optarg;
			break;
		case OPT_BINARY:
			a.binary = true;
			break;
		case OPT_HEX:
			a.binary = false;
			break;
		case OPT_KIND:
			a.kind = weir_kind__by_name(optarg);
			if (!a.kind)
				return tool_usage(&cmd_asm,
						  "--kind %s: socket, tc, xdp "
						  "or mem",
						  optarg);
			break;
		case 'h':
		case OPT_HELP:
			return tool_help(&cmd_asm);
		default:
			return tool_bad_option(&cmd_asm, argv, c);
		}
	}
	if (argc - optind > 1)
		return tool_usage(&cmd_asm, "one file, please");
	return run(&a, optind < argc ? argv[optind] : "-");
}

const struct tool_command cmd_asm = {
	.name = "asm",
	.run = cmd_asm_run,
	.summary = "text to instructions, and back",
	.usage = "[FILE] [-d] [--binary] [-o FILE] [--kind KIND]",
	.help = "Reads a program in text form (standard input by default), "
		"C-like or in the\nassembler dialect of uBPF and "
		"bpf_conformance, and writes its instructions.\n\n"
		"  -d, --disassemble   the other way: instructions, binary or "
		"hex, to text\n"
		"      --binary        write bytes; default is hex digits, an "
		"instruction a line\n"
		"  -o, --output FILE   write there; default standard output\n"
		"      --kind KIND     whose context fields have names; default "
		"socket\n",
};
