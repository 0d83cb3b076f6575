// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Finds programs in the kernel. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>

#include "tools/lib/libweir.h"
#include "tools/lib/link.h"
#include "tools/weir/prog_find.h"
#include "tools/weir/tool.h"

/* The program that a link runs now. */
static int of_link(int link)
{
	struct weir_link_info info = { .size = sizeof(info) };
	int err = ioctl(link, WEIR_IOC_LINK_INFO, &info);

	close(link);
	return err ? -1 : weir_id__open(WEIR_OBJECT_PROG, info.prog_id);
}

static int by_pin(const char *word)
{
	uint32_t type;
	int fd = weir_pin__open(word, &type);

	if (fd >= 0 && type == WEIR_OBJECT_LINK)
		return of_link(fd);
	if (fd >= 0 && type != WEIR_OBJECT_PROG) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static bool is_named(int fd, const char *word)
{
	struct weir_prog_info info = { .size = sizeof(info) };

	return !ioctl(fd, WEIR_IOC_PROG_INFO, &info) &&
	       !strncmp(info.name, word, sizeof(info.name) - 1);
}

/* Its own name, if only one has it. */
static int by_name(const char *word, bool *several)
{
	int fd, found = -1;
	uint32_t id = 0;

	*several = false;
	while (!weir_id__next(WEIR_OBJECT_PROG, &id)) {
		fd = weir_id__open(WEIR_OBJECT_PROG, id);
		if (fd < 0)
			continue;
		if (!is_named(fd, word)) {
			close(fd);
		} else if (found >= 0) {
			close(fd);
			*several = true;
		} else {
			found = fd;
		}
	}
	if (!*several)
		return found;
	close(found);
	return -1;
}

int prog_find(const struct tool_command *cmd, const char *word)
{
	bool several = false;
	uint64_t id;
	int fd;

	if (access("/dev/weir", F_OK)) {
		tool_fail("%s: /dev/weir: %s (is the module loaded?)",
			  cmd->name, strerror(errno));
		return -1;
	}
	if (tool_number(word, UINT32_MAX, &id))
		fd = weir_id__open(WEIR_OBJECT_PROG, (uint32_t)id);
	else
		fd = by_pin(word);
	if (fd < 0)
		fd = by_name(word, &several);
	if (several)
		tool_fail("%s: %s: several programs are called so; say the id",
			  cmd->name, word);
	else if (fd < 0)
		tool_fail("%s: %s: no such program in the kernel", cmd->name,
			  word);
	return fd < 0 ? -1 : fd;
}
