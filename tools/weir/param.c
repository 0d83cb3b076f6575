// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* weir param: live parameters of a program in the kernel. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>

#include "tools/lib/libweir.h"
#include "tools/lib/link.h"
#include "tools/weir/prog_find.h"
#include "tools/weir/tool.h"

/* A number as people write it, signed or not. */
static void print_number(const struct weir_param_def *def, uint64_t number)
{
	if (def->flags & WEIR_PARAM_SIGNED)
		printf("%lld", (long long)number);
	else
		printf("%llu", (unsigned long long)number);
}

static void print_param(const struct weir_param_def *def, bool json)
{
	printf(json ? "{\"name\": \"%s\", \"bytes\": %u, \"min\": "
		    : "%s: %u bytes, ",
	       def->name, def->size);
	print_number(def, def->min);
	printf(json ? ", \"max\": " : " to ");
	print_number(def, def->max);
	printf(json ? ", \"value\": " : ", now ");
	print_number(def, def->value);
	printf(json ? "}" : "\n");
}

static int list(int fd, const char *word, bool json)
{
	struct weir_param param = { .size = sizeof(param),
				    .op = WEIR_PARAM_GET };

	if (json)
		printf("[");
	while (!ioctl(fd, WEIR_IOC_PARAM, &param)) {
		printf(json && param.index ? ",\n " : "");
		print_param(&param.def, json);
		param.index++;
	}
	if (errno != ENOENT)
		return tool_fail("param: %s: %s", word, strerror(errno));
	if (json)
		printf("]\n");
	else if (!param.index)
		printf("no parameters\n");
	return tool_flush();
}

/* A number with an optional minus, as its 64 bits. */
static bool take_number(const char *text, uint64_t *out)
{
	bool negative = *text == '-';

	if (!tool_number(text + negative, negative ? 1ULL << 63 : UINT64_MAX,
			 out))
		return false;
	if (negative)
		*out = -*out;
	return true;
}

static int out_of_range(const char *word, const struct weir_param_def *def)
{
	if (def->flags & WEIR_PARAM_SIGNED)
		return tool_fail("param: %s: %s may be %lld to %lld; it stays "
				 "%lld",
				 word, def->name, (long long)def->min,
				 (long long)def->max, (long long)def->value);
	return tool_fail("param: %s: %s may be %llu to %llu; it stays %llu",
			 word, def->name, (unsigned long long)def->min,
			 (unsigned long long)def->max,
			 (unsigned long long)def->value);
}

/* The parameter of that name, @len letters. Return: 0 or an errno. */
static int find(int fd, const char *name, size_t len, struct weir_param *param)
{
	*param = (struct weir_param){ .size = sizeof(*param),
				      .op = WEIR_PARAM_GET };
	while (!ioctl(fd, WEIR_IOC_PARAM, param)) {
		if (strlen(param->def.name) == len &&
		    !memcmp(param->def.name, name, len))
			return 0;
		param->index++;
	}
	return errno;
}

static int set(int fd, const char *word, const char *assignment)
{
	size_t len = strcspn(assignment, "=");
	const char *text = assignment + len + 1;
	struct weir_param param;
	uint64_t number;
	bool is_signed;
	int err;

	if (!assignment[len] || !take_number(text, &number))
		return tool_usage(&cmd_param, "%s: NAME=NUMBER", assignment);
	err = find(fd, assignment, len, &param);
	if (err == ENOENT)
		return tool_fail("param: %s: no parameter %.*s", word, (int)len,
				 assignment);
	is_signed = param.def.flags & WEIR_PARAM_SIGNED;
	/* What has another sign than it says is no number of this sort. */
	if (!err && (is_signed ? (number >> 63) != (*text == '-') && number
			       : *text == '-' && number))
		return out_of_range(word, &param.def);
	param.op = WEIR_PARAM_SET;
	param.def.value = number;
	if (!err && ioctl(fd, WEIR_IOC_PARAM, &param))
		err = errno;
	if (err == ERANGE)
		return out_of_range(word, &param.def);
	if (err)
		return tool_fail("param: %s: %s: %s", word, assignment,
				 strerror(err));
	return TOOL_OK;
}

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static int cmd_param_run(int argc, char **argv)
{
	bool json = false;
	int c, fd, status = TOOL_OK;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == 'h')
			return tool_help(&cmd_param);
		if (c != 'j')
			return tool_bad_option(&cmd_param, argv, c);
		json = true;
	}
	if (optind == argc)
		return tool_usage(&cmd_param, "which program?");
	fd = prog_find(&cmd_param, argv[optind]);
	if (fd < 0)
		return TOOL_FAILED;
	if (optind + 1 == argc)
		status = list(fd, argv[optind], json);
	for (int i = optind + 1; i < argc && !status; i++)
		status = set(fd, argv[optind], argv[i]);
	close(fd);
	return status;
}

const struct tool_command cmd_param = {
	.name = "param",
	.run = cmd_param_run,
	.summary = "list or change live parameters of a program in the kernel",
	.usage = "PROGRAM [NAME=NUMBER]... [--json]",
	.help = "PROGRAM is its id, a name that it or its link was given (load "
		"--pin, attach\n--name), or its own name if only one has it. "
		"Without NAME=NUMBER its parameters\nare listed. A number goes "
		"into the code as it runs: packets see the old or the\nnew "
		"one. What is outside of the range that the program declares "
		"is refused.\n"
		"      --json          [{\"name\", \"bytes\", \"min\", \"max\", "
		"\"value\"}]\n",
};
