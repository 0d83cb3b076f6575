// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Programs in the kernel, by id or name. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/lib/link.h"
#include "tools/weir/live.h"
#include "tools/weir/tool.h"

/* The only program that was loaded with this name, or -errno. */
static int open_loaded(const char *name)
{
	struct weir_prog_info info;
	struct weir_program *prog;
	uint32_t id = 0;
	int found = -ENOENT;
	int err, fd;

	while (!(err = weir_id__next(WEIR_OBJECT_PROG, &id))) {
		fd = weir_id__open(WEIR_OBJECT_PROG, id);
		prog = fd < 0 ? NULL : weir_program__from_fd(fd);
		if (!prog)
			continue; /* gone meanwhile */
		info = (struct weir_prog_info){ .size = sizeof(info) };
		if (!weir_program__info(prog, &info) &&
		    !strcmp(info.name, name)) {
			if (found >= 0)
				close(found);
			found = found == -ENOENT ? dup(fd) : -ENOTUNIQ;
		}
		weir_program__free(prog);
		if (found == -ENOTUNIQ)
			return found;
	}
	return err == -ENOENT ? found : err;
}

/* A descriptor, or -errno. */
static int open_word(const char *word)
{
	uint32_t object;
	uint64_t id;
	int fd;

	if (tool_number(word, UINT32_MAX, &id))
		return weir_id__open(WEIR_OBJECT_PROG, (uint32_t)id);
	fd = weir_pin__open(word, &object);
	if (fd >= 0 && object != WEIR_OBJECT_PROG) {
		close(fd);
		return -EINVAL;
	}
	return fd == -ENOENT || fd == -EINVAL ? open_loaded(word) : fd;
}

static int fail(const struct tool_command *cmd, const char *word, int err)
{
	switch (err) {
	case -ENOENT:
		return tool_fail("%s: no program %s in the kernel", cmd->name,
				 word);
	case -ENOTUNIQ:
		return tool_fail("%s: several programs are named %s: give an "
				 "id (weir show)",
				 cmd->name, word);
	case -EINVAL:
		return tool_fail("%s: %s is not a program's name", cmd->name,
				 word);
	case -ENXIO:
		return tool_fail("%s: /dev/weir is not there (is the module "
				 "loaded?)",
				 cmd->name);
	case -EPERM:
	case -EACCES:
		return tool_fail("%s: /dev/weir: needs CAP_NET_ADMIN",
				 cmd->name);
	default:
		return tool_fail("%s: %s: %s", cmd->name, word, strerror(-err));
	}
}

struct weir_program *live_open(const struct tool_command *cmd, const char *word,
			       int *status)
{
	struct weir_program *prog = NULL;
	int fd = open_word(word);

	if (fd >= 0) {
		prog = weir_program__from_fd(fd);
		if (!prog) {
			close(fd);
			fd = -errno;
		}
	}
	*status = prog ? TOOL_OK : fail(cmd, word, fd);
	return prog;
}

bool live_is(const char *word)
{
	int fd = open_word(word);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || fd == -ENOTUNIQ;
}

void live_name(struct weir_program *prog, char *out, size_t room)
{
	struct weir_prog_info info = { .size = sizeof(info) };

	if (weir_program__info(prog, &info))
		snprintf(out, room, "?");
	else
		snprintf(out, room, "%s (id %u)",
			 *info.name ? info.name : "program", info.id);
}
