// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What there is to measure, made into filters. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/bpf.h>
#include <linux/filter.h>
#include "tools/bench/suite.h"
#include "tools/lib/libweir.h"
#include "tools/lib/text.h"
#include "tools/weir/capture.h"
#include "tools/weir/tool.h"

#define MICRO_PACKET 64

/* The packet is there, and so are numbers that nobody knows. */
#define MICRO_START                      \
	"r0 = 0\n"                       \
	"r2 = *(u32 *)(r1 + data)\n"     \
	"r5 = *(u32 *)(r1 + data_end)\n" \
	"r6 = r2\n"                      \
	"r6 += 64\n"                     \
	"if r6 > r5 goto out\n"          \
	"r6 = *(u64 *)(r2 + 6)\n"        \
	"r7 = *(u64 *)(r2 + 22)\n"       \
	"r8 = *(u32 *)(r2 + 26)\n"       \
	"r9 = *(u32 *)(r2 + 30)\n"
#define MICRO_END "out: exit\n"
#define X8(text) text text text text text text text text

static const struct suite_item micro[] = {
#define _(word, body) { SUITE_MICRO, MICRO_START body MICRO_END, #word },
#include "tools/bench/micro.def"
#undef _
};

#define NR_MICRO (sizeof(micro) / sizeof(micro[0]))

static int add(struct suite *suite, const struct suite_item *item)
{
	struct suite_item *more =
		realloc(suite->item, (suite->nr + 1) * sizeof(*suite->item));

	if (!more)
		return tool_fail("bench: out of memory");
	suite->item = more;
	suite->item[suite->nr++] = *item;
	return TOOL_OK;
}

int suite_add(struct suite *suite, enum suite_form form, const char *text)
{
	const struct suite_item item = { .form = form, .text = text };

	return add(suite, &item);
}

int suite_add_micro(struct suite *suite)
{
	int status = TOOL_OK;

	for (size_t i = 0; i < NR_MICRO && !status; i++)
		status = add(suite, &micro[i]);
	return status;
}

/* IPv4, TCP, and something in every byte behind. */
void suite_micro_packet(struct bench_packet *out)
{
	static const uint8_t head[] = {
		0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00,
		0x00, 0x02, 0x08, 0x00, 0x45, 0x00, 0x00, 0x32, 0x12, 0x34,
		0x40, 0x00, 0x40, 0x06, 0x5a, 0x5a, 0x0a, 0x09, 0x00, 0x02,
		0x0a, 0x09, 0x00, 0x01, 0x9c, 0x40, 0x00, 0x50,
	};

	*out = (struct bench_packet){ .bytes = malloc(MICRO_PACKET),
				      .size = MICRO_PACKET };
	for (unsigned int i = 0; out->bytes && i < MICRO_PACKET; i++)
		out->bytes[i] = (uint8_t)(i * 37 + 11);
	if (out->bytes)
		memcpy(out->bytes, head, sizeof(head));
}

/* "build/tcp_port.insns" is called tcp_port, "x/acl.O2.v3.o" acl. */
static char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = strdup(slash ? slash + 1 : path);

	if (name && *name)
		name[1 + strcspn(name + 1, ".")] = '\0';
	return name;
}

/* The eBPF that Weir makes of the classic program, for the other engines. */
static int translate(struct bench_filter *filter)
{
	struct weir_load_opts opts = { .sz = sizeof(opts),
				       .engine = WEIR_ENGINE_INTERP };
	struct weir_prog_info info = { .size = sizeof(info) };
	struct weir_program *prog = weir_program__load_classic(
		filter->classic, filter->nr_classic, &opts);
	int err;

	if (!prog)
		return tool_fail("bench: '%s': rejected: %s: %s", filter->name,
				 weir_reject__name(opts.reject_nr),
				 opts.reject_detail);
	err = weir_program__info(prog, &info);
	if (!err) {
		filter->nr_insns = info.nr_insns;
		filter->insns = calloc(info.nr_insns, sizeof(*filter->insns));
		info = (struct weir_prog_info){
			.size = sizeof(info),
			.nr_insns = (uint32_t)filter->nr_insns,
			.insns = (uintptr_t)filter->insns,
		};
		err = filter->insns ? weir_program__info(prog, &info) : -ENOMEM;
	}
	weir_program__free(prog);
	return err ? tool_fail("bench: %s", strerror(-err)) : TOOL_OK;
}

static int from_expression(struct capture *cap, const char *expr,
			   struct bench_filter *out)
{
	char err[CAPTURE_ERROR];

	out->suite = "filters";
	out->name = strdup(expr);
	out->kind = WEIR_KIND_SOCKET;
	if (!out->name)
		return tool_fail("bench: out of memory");
	if (capture_compile(cap, expr, &out->classic, &out->nr_classic, err))
		return tool_fail("bench: '%s': %s", expr, err);
	return translate(out);
}

static int from_insns(const struct suite *suite, const char *path,
		      struct bench_filter *out)
{
	struct source_args args = *suite->args;
	struct source src = { 0 };
	int status;

	args.insns = path;
	status = source_insns(&cmd_bench, &args, &src);
	if (status)
		return status;
	out->kind = src.kind;
	out->insns = src.insns;
	out->nr_insns = src.nr;
	src.insns = NULL;
	source_free(&src);
	out->name = base_name(path);
	return out->name ? TOOL_OK : tool_fail("bench: out of memory");
}

static int from_object(const struct suite *suite, const char *path,
		       struct bench_filter *out)
{
	struct weir_object_opts opts = { .sz = sizeof(opts) };
	struct weir_object *obj = weir_object__open_file(path, &opts);
	struct weir_program *prog;

	if (!obj)
		return tool_fail("bench: %s: %s", path, opts.error);
	prog = weir_object__next_program(obj, NULL);
	out->kind = prog ? weir_program__kind(prog) : WEIR_KIND_UNSPEC;
	weir_object__close(obj);
	if (!out->kind)
		return tool_fail("bench: %s: no program of a kind that is "
				 "known",
				 path);
	out->object = path;
	out->elements = suite->elements;
	out->name = base_name(path);
	return out->name ? TOOL_OK : tool_fail("bench: out of memory");
}

static int from_micro(const struct suite_item *item, struct bench_filter *out)
{
	struct weir_text_error err = { 0 };
	size_t bytes = strlen(item->text);
	u32 nr = 0;

	out->suite = "micro";
	out->kind = WEIR_KIND_XDP;
	out->name = strdup(item->name);
	if (!out->name)
		return tool_fail("bench: out of memory");
	/* What follows the body's own end is left out. */
	if (strstr(item->text, "out: r0") != NULL)
		bytes -= strlen(MICRO_END);
	if (weir_text_assemble_kind(WEIR_KIND_XDP, item->text, bytes,
				    &out->insns, &nr, &err))
		return tool_fail("bench: micro %s:%u: %s", item->name, err.line,
				 err.what);
	out->nr_insns = nr;
	return TOOL_OK;
}

int suite_filter(const struct suite *suite, const struct suite_item *item,
		 struct capture *cap, struct bench_filter *out)
{
	*out = (struct bench_filter){ .suite = "programs" };
	switch (item->form) {
	case SUITE_EXPRESSION:
		return from_expression(cap, item->text, out);
	case SUITE_INSNS:
		return from_insns(suite, item->text, out);
	case SUITE_OBJECT:
		return from_object(suite, item->text, out);
	default:
		return from_micro(item, out);
	}
}

void suite_filter_free(struct bench_filter *filter)
{
	free((char *)filter->name);
	free(filter->classic);
	free(filter->insns);
}
