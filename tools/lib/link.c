// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Links, names and ids in the kernel: the ioctls of /dev/weir. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <sys/ioctl.h>

#include "base/account.h"
#include "tools/lib/link.h"

#define DEVICE "/dev/weir"

struct weir_link {
	int fd;
};

static const char *const hooks[WEIR_NR_HOOKS] = {
	[WEIR_HOOK_PREROUTING] = "prerouting",
	[WEIR_HOOK_INPUT] = "input",
	[WEIR_HOOK_FORWARD] = "forward",
	[WEIR_HOOK_OUTPUT] = "output",
	[WEIR_HOOK_POSTROUTING] = "postrouting",
	[WEIR_HOOK_INGRESS] = "ingress",
	[WEIR_HOOK_EGRESS] = "egress",
};

const char *weir_hook__name(uint32_t hook)
{
	return hook < WEIR_NR_HOOKS ? hooks[hook] : "?";
}

enum weir_hook weir_hook__by_name(const char *name)
{
	enum weir_hook hook;

	for (hook = 0; hook < WEIR_NR_HOOKS; hook++)
		if (!strcasecmp(name, hooks[hook]))
			break;
	return hook;
}

/*
 * One ioctl on the device: what it returned, or -errno. -ENOENT is about what
 * was asked for; that there is no device is -ENXIO.
 */
static int ask_device(unsigned long cmd, void *arg)
{
	int dev = open(DEVICE, O_RDWR | O_CLOEXEC);
	int ret;

	if (dev < 0)
		return errno == ENOENT ? -ENXIO : -errno;
	ret = ioctl(dev, cmd, arg);
	if (ret < 0)
		ret = -errno;
	close(dev);
	return ret;
}

static struct weir_link *link_of_fd(int fd)
{
	struct weir_link *link;

	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	link = malloc(sizeof(*link));
	if (!link) {
		close(fd);
		errno = ENOMEM;
		return NULL;
	}
	link->fd = fd;
	return link;
}

struct weir_link *weir_program__attach(const struct weir_program *prog,
				       struct weir_attach_opts *opts)
{
	struct weir_attach attach = { .size = sizeof(attach) };
	int fd;

	if (opts->sz < sizeof(*opts) || weir_program__fd(prog) < 0) {
		errno = EINVAL;
		return NULL;
	}
	attach.prog_fd = weir_program__fd(prog);
	attach.hook = opts->hook;
	attach.flags = opts->flags;
	attach.ifindex = opts->ifindex;
	attach.netns_fd = opts->set_netns ? opts->netns_fd : -1;
	attach.priority = opts->priority;
	attach.nr_rings = opts->nr_rings;
	attach.ring_fds = (uintptr_t)opts->ring_fds;
	attach.snaplen = opts->snaplen;
	attach.log = (uintptr_t)opts->error;
	attach.log_size = sizeof(opts->error);
	opts->error[0] = 0;
	if (opts->name)
		strncpy(attach.name, opts->name, sizeof(attach.name) - 1);
	fd = ask_device(WEIR_IOC_ATTACH, &attach);
	opts->error[strcspn(opts->error, "\n")] = 0;
	return link_of_fd(fd);
}

struct weir_link *weir_link__open(const char *name)
{
	uint32_t object;
	int fd = weir_pin__open(name, &object);

	if (fd >= 0 && object != WEIR_OBJECT_LINK) {
		close(fd);
		fd = -EINVAL;
	}
	return link_of_fd(fd);
}

struct weir_link *weir_link__open_id(uint32_t id)
{
	return link_of_fd(weir_id__open(WEIR_OBJECT_LINK, id));
}

int weir_link__update_program(struct weir_link *link,
			      const struct weir_program *prog,
			      const struct weir_program *old)
{
	struct weir_link_update update = {
		.size = sizeof(update),
		.prog_fd = weir_program__fd(prog),
		.old_prog_fd = old ? weir_program__fd(old) : -1,
	};

	if (update.prog_fd < 0 || (old && update.old_prog_fd < 0))
		return -EINVAL;
	return ioctl(link->fd, WEIR_IOC_LINK_UPDATE, &update) ? -errno : 0;
}

int weir_link__detach(struct weir_link *link)
{
	struct weir_link_update update = {
		.size = sizeof(update),
		.prog_fd = -1,
		.old_prog_fd = -1,
	};

	return ioctl(link->fd, WEIR_IOC_LINK_UPDATE, &update) ? -errno : 0;
}

int weir_link__info(const struct weir_link *link, struct weir_link_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	return ioctl(link->fd, WEIR_IOC_LINK_INFO, info) ? -errno : 0;
}

int weir_link__pin(const struct weir_link *link, const char *name)
{
	return weir_pin__add(link->fd, name);
}

int weir_link__fd(const struct weir_link *link)
{
	return link->fd;
}

void weir_link__free(struct weir_link *link)
{
	if (!link)
		return;
	close(link->fd);
	free(link);
}

/* -EINVAL for names that would be cut. */
static int set_name(struct weir_pin *pin, const char *name)
{
	if (strlen(name) >= sizeof(pin->name))
		return -EINVAL;
	strcpy(pin->name, name);
	return 0;
}

int weir_pin__add(int fd, const char *name)
{
	struct weir_pin pin = {
		.size = sizeof(pin),
		.op = WEIR_PIN_ADD,
		.fd = fd,
	};
	int err = set_name(&pin, name);

	return err ? err : ask_device(WEIR_IOC_PIN, &pin);
}

int weir_pin__remove(const char *name)
{
	struct weir_pin pin = { .size = sizeof(pin), .op = WEIR_PIN_REMOVE };
	int err = set_name(&pin, name);

	return err ? err : ask_device(WEIR_IOC_PIN, &pin);
}

int weir_pin__open(const char *name, uint32_t *object)
{
	struct weir_pin pin = { .size = sizeof(pin), .op = WEIR_PIN_OPEN };
	int err = set_name(&pin, name);

	if (!err)
		err = ask_device(WEIR_IOC_PIN, &pin);
	if (err >= 0 && object)
		*object = pin.object;
	return err;
}

int weir_pin__next(char *name, uint32_t *object, uint32_t *id)
{
	struct weir_pin pin = { .size = sizeof(pin), .op = WEIR_PIN_NEXT };
	int err = set_name(&pin, name);

	if (!err)
		err = ask_device(WEIR_IOC_PIN, &pin);
	if (err)
		return err;
	strcpy(name, pin.name);
	*object = pin.object;
	*id = pin.id;
	return 0;
}

int weir_id__next(enum weir_object_type object, uint32_t *id)
{
	struct weir_next next = {
		.size = sizeof(next),
		.object = object,
		.id = *id,
	};
	int err = ask_device(WEIR_IOC_NEXT, &next);

	if (!err)
		*id = next.id;
	return err;
}

int weir_id__open(enum weir_object_type object, uint32_t id)
{
	struct weir_next next = {
		.size = sizeof(next),
		.object = object,
		.id = id,
	};

	return ask_device(WEIR_IOC_OPEN, &next);
}

int weir_limits__get(struct weir_limits *limits)
{
	memset(limits, 0, sizeof(*limits));
	limits->size = sizeof(*limits);
	return ask_device(WEIR_IOC_LIMITS, limits);
}

const char *weir_resource__name(uint32_t resource)
{
	return resource < WEIR_NR_RESOURCES ? weir_resource_name(resource)
					    : "?";
}

int weir_evict(uint32_t *nr_links, uint32_t *nr_names)
{
	struct weir_evict evict = { .size = sizeof(evict) };
	int err = ask_device(WEIR_IOC_EVICT, &evict);

	if (nr_links)
		*nr_links = evict.nr_links;
	if (nr_names)
		*nr_names = evict.nr_names;
	return err;
}
