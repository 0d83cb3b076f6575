// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* weir: the command. Finds the subcommand and hands over. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tools/lib/libweir.h"
#include "tools/weir/tool.h"

static const struct tool_command *const commands[] = {
	&cmd_filter, &cmd_check,   &cmd_dump,	&cmd_run,    &cmd_bench,
	&cmd_asm,    &cmd_load,	   &cmd_show,	&cmd_map,    &cmd_attach,
	&cmd_detach, &cmd_capture, &cmd_guards, &cmd_bridge, &cmd_stats,
	&cmd_top,    &cmd_param,
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const char usage[] = "usage: weir COMMAND [ARGUMENT]...\n"
			    "       weir --help | weir COMMAND --help\n";

static int help(void)
{
	printf("%s\nPacket filters at native speed on ARM, every step proven "
	       "or guarded.\n\nCommands:\n",
	       usage);
	for (size_t i = 0; i < NR_COMMANDS; i++)
		printf("  %-8s %s\n", commands[i]->name, commands[i]->summary);
	printf("  %-8s %s\n", "version", "print the version");
	printf("\nExit status: 0 if done, 1 if something went wrong (one line "
	       "says what), 2 for\nwrong usage.\n");
	return tool_flush();
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	/* A reader who goes away shows up as a write error: see tool_flush. */
	signal(SIGPIPE, SIG_IGN);

	if (!*name) {
		fputs(usage, stderr);
		return TOOL_USAGE;
	}
	if (!strcmp(name, "--help") || !strcmp(name, "-h") ||
	    !strcmp(name, "help"))
		return help();
	if (!strcmp(name, "version") || !strcmp(name, "--version") ||
	    !strcmp(name, "-V")) {
		printf("weir %s\n", weir_version());
		return tool_flush();
	}
	for (size_t i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(name, commands[i]->name))
			return commands[i]->run(argc - 1, argv + 1);
	fprintf(stderr, "weir: %s %s: see weir --help\n%s",
		*name == '-' ? "unknown option" : "unknown command", name,
		usage);
	return TOOL_USAGE;
}
