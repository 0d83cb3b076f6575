// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* weir dump: a program at each stage: eBPF, IR, machine code. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>
#include "base/host.h"
#include "jit/arch.h"
#include "jit/compile.h"
#include "tools/lib/libweir.h"
#include "tools/weir/image_text.h"
#include "tools/weir/insn_text.h"
#include "tools/weir/listing.h"
#include "tools/weir/source.h"
#include "tools/weir/tool.h"
#include "tools/weir/verified.h"

#define IR_TEXT_FIRST ((size_t)64 << 10)

struct dump {
	struct source_args args;
	struct weir_compile_opts opts;
	bool gas;
	bool json;
};

static void print_ebpf(const struct verified *v, const struct source *src)
{
	const struct weir_prog *prog = v->prog;
	struct weir_line line = { 0 };
	char text[INSN_TEXT];

	printf("program %s%s%s, kind %s, %u eBPF instructions", src->name,
	       src->prog ? " " : "",
	       src->prog ? weir_program__name(src->prog) : "",
	       weir_kind__name(prog->kind), prog->nr_insns);
	if (prog->nr_classic)
		printf(" of %u classic", prog->nr_classic);
	putchar('\n');
	for (u32 pc = 0; pc < prog->nr_insns; pc += insn_slots(prog, pc)) {
		const struct weir_insn_facts *f = &v->facts->insn[pc];

		verified_print_line(stdout, v, src, pc, &line);
		printf(f->nr_guards ? "%6u: %-40s" : "%6u: %s", pc,
		       insn_text(prog, pc, text));
		for (u32 i = 0; i < f->nr_guards; i++)
			printf(" guard #%u", f->guard + i);
		putchar('\n');
	}
}

/* The IR as text, to free(); NULL if out of memory. */
static char *ir_text(const struct weir_ir *ir)
{
	size_t room = IR_TEXT_FIRST;
	struct weir_log log;
	char *text;

	for (;;) {
		text = malloc(room);
		if (!text)
			return NULL;
		weir_log_init(&log, text, room);
		weir_ir_print(ir, &log);
		if (log.len < room)
			return text;
		room = log.len + 1;
		free(text);
	}
}

static void json_guards(const struct verified *v,
			const struct weir_image *image)
{
	printf("\"guards\": [");
	for (u32 i = 0; i < v->facts->nr_guards; i++)
		printf("%s\n    {\"guard\": %u, \"pc\": %u, \"kind\": \"%s\", "
		       "\"branch_off\": %u, \"stub_off\": %u}",
		       i ? "," : "", i, v->facts->guard[i].pc,
		       weir_guard__name(v->facts->guard[i].kind),
		       image->guard[i].branch_off, image->guard[i].stub_off);
	printf("]");
}

static void print_json(const struct verified *v, const struct source *src,
		       const char *ir, const struct weir_image *image)
{
	const struct weir_prog *prog = v->prog;
	struct weir_line line;
	char text[INSN_TEXT];

	printf("{\"kind\": \"%s\", \"program\": ", weir_kind__name(prog->kind));
	json_string(stdout, src->name);
	printf(",\n  \"ebpf\": [");
	for (u32 pc = 0; pc < prog->nr_insns; pc += insn_slots(prog, pc)) {
		printf("%s\n    {\"pc\": %u, \"text\": ", pc ? "," : "", pc);
		json_string(stdout, insn_text(prog, pc, text));
		if (verified_line(v, src, pc, &line)) {
			printf(", \"source\": ");
			verified_json_line(stdout, &line);
		}
		putchar('}');
	}
	printf("],\n  \"insns\": ");
	json_hex(stdout, prog->insns, prog->nr_insns * sizeof(*prog->insns));
	printf(",\n  \"ir\": ");
	json_string(stdout, ir);
	printf(",\n  \"image\": {\"arch\": \"%s\", \"bytes\": %u, "
	       "\"body_off\": %u, \"stubs_off\": %u, \"pool_off\": %u, "
	       "\"frame_bytes\": %u, \"code\": ",
	       weir_arch_name(image->arch), image->nr_words * 4,
	       image->body_off, image->stubs_off, image->pool_off,
	       image->frame_bytes);
	json_hex(stdout, image->words, (size_t)image->nr_words * 4);
	printf("},\n  ");
	json_guards(v, image);
	printf("}\n");
}

static int print_all(const struct dump *d, const struct verified *v,
		     const struct source *src, const char *ir,
		     const struct weir_image *image)
{
	struct image_text text;
	int err;

	if (d->json) {
		print_json(v, src, ir, image);
		return TOOL_OK;
	}
	err = image_text_open(&text, image);
	if (err)
		return tool_fail("dump: the disassembler for %s: %s",
				 weir_arch_name(image->arch), strerror(-err));
	if (d->gas) {
		listing_gas(stdout, &text, v, src->name);
	} else {
		print_ebpf(v, src);
		printf("\nir\n%s\n", ir);
		listing_print(stdout, &text, v);
	}
	image_text_close(&text);
	return TOOL_OK;
}

static int dump(const struct dump *d, const struct source *src)
{
	struct weir_image *image = NULL;
	struct weir_ir *ir = NULL;
	struct verified v;
	char *text = NULL;
	int status, end, err;

	err = verified_load(src, &v);
	if (err) {
		status = verified_fail(&cmd_dump, &v, src, err);
		goto out;
	}
	err = weir_compile_ir(v.prog, v.facts, &d->opts, &ir);
	if (!err)
		err = weir_compile(v.prog, v.facts, &d->opts, &image);
	if (!err) {
		text = ir_text(ir);
		err = text ? 0 : -ENOMEM;
	}
	if (err)
		status = tool_fail("dump: %s: compile: %s", src->name,
				   strerror(-err));
	else
		status = print_all(d, &v, src, text, image);
	end = tool_flush();
	status = status ? status : end;
out:
	free(text);
	if (ir)
		weir_ir_free(ir);
	if (image)
		weir_image_free(image);
	verified_free(&v);
	return status;
}

static const struct {
	const char *name;
	u32 bit;
} features[] = {
	{ "lse", WEIR_CPU_LSE },
	{ "bti", WEIR_CPU_BTI },
	{ "pac", WEIR_CPU_PAC },
	{ "idiv", WEIR_CPU_IDIV },
};

static const char *const passes[WEIR_NR_PASSES] = {
#define _(name, str, text) [WEIR_PASS_##name] = str,
	WEIR_PASSES(_)
#undef _
};

static int no_feature(struct dump *d, const char *name)
{
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		if (strcmp(name, features[i].name) && strcmp(name, "all"))
			continue;
		d->opts.features &= ~features[i].bit;
		if (strcmp(name, "all"))
			return 0;
	}
	if (!strcmp(name, "all"))
		return 0;
	return tool_usage(&cmd_dump,
			  "--no-feature %s: lse, bti, pac, idiv or all", name);
}

static int no_pass(struct dump *d, const char *name)
{
	char known[128] = "";

	if (!strcmp(name, "all")) {
		d->opts.passes = 0;
		return 0;
	}
	for (u32 i = 0; i < WEIR_NR_PASSES; i++) {
		if (!strcmp(name, passes[i])) {
			d->opts.passes &= ~(1u << i);
			return 0;
		}
		snprintf(known + strlen(known), sizeof(known) - strlen(known),
			 "%s, ", passes[i]);
	}
	return tool_usage(&cmd_dump, "--no-pass %s: %sor all", name, known);
}

enum {
	OPT_ARCH = 256,
	OPT_GAS,
	OPT_NO_FEATURE,
	OPT_NO_PASS,
	OPT_JSON,
	OPT_HELP
};

static const struct option options[] = {
	SOURCE_OPTIONS,
	{ "arch", required_argument, NULL, OPT_ARCH },
	{ "gas", no_argument, NULL, OPT_GAS },
	{ "no-feature", required_argument, NULL, OPT_NO_FEATURE },
	{ "no-pass", required_argument, NULL, OPT_NO_PASS },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static int parse(struct dump *d, int argc, char **argv)
{
	const char *arch = NULL;
	int c, status;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		status = source_option(&cmd_dump, &d->args, c, optarg);
		if (status >= 0) {
			if (status)
				return status;
			continue;
		}
		status = 0;
		switch (c) {
		case OPT_ARCH:
			arch = optarg;
			break;
		case OPT_GAS:
			d->gas = true;
			break;
		case OPT_NO_FEATURE:
			status = no_feature(d, optarg);
			break;
		case OPT_NO_PASS:
			status = no_pass(d, optarg);
			break;
		case OPT_JSON:
			d->json = true;
			break;
		case 'h':
		case OPT_HELP:
			tool_help(&cmd_dump);
			return -1;
		default:
			status = tool_bad_option(&cmd_dump, argv, c);
		}
		if (status)
			return status;
	}
	d->opts.arch = arch ? weir_arch_by_name(arch) : weir_arch_native();
	if (!arch && !d->opts.arch)
		d->opts.arch = weir_arch_by_name("arm64");
	if (!d->opts.arch && arch && strcmp(arch, "arm"))
		return tool_usage(&cmd_dump, "--arch %s: arm64 or arm", arch);
	if (!d->opts.arch)
		return tool_fail("dump: --arch %s: this build has no such "
				 "back end",
				 arch ? arch : "arm64");
	return 0;
}

static int cmd_dump_run(int argc, char **argv)
{
	struct dump d = { .opts = { .features = WEIR_CPU_ALL,
				    .passes = WEIR_PASSES_ALL } };
	struct source src;
	int status = parse(&d, argc, argv);

	if (status)
		return status < 0 ? TOOL_OK : status;
	status = source_read(&cmd_dump, &d.args, argv + optind, argc - optind,
			     &src);
	if (status)
		return status;
	status = source_one(&cmd_dump, &src);
	if (!status)
		status = dump(&d, &src);
	source_free(&src);
	return status;
}

const struct tool_command cmd_dump = {
	.name = "dump",
	.run = cmd_dump_run,
	.summary = "show a program as eBPF, IR and machine code",
	.usage = SOURCE_USAGE " [--arch arm64|arm] [--gas] "
			      "[--no-feature NAME] [--no-pass NAME] [--json]",
	.help = SOURCE_HELP
	"\n"
	"      --arch NAME     target; default this host's, or arm64\n"
	"      --gas           only the image, as source for GNU as "
	"that gives the same bytes\n"
	"      --no-feature X  do not use lse, bti, pac, idiv; or all\n"
	"      --no-pass X     leave out a pass, or all; a wrong name "
	"lists them\n"
	"      --json          all of it as one object\n",
};
