/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libweir: programs in the path of real packets. For programs in the kernel
 * (WEIR_BACKEND_DEVICE). A link is a program at a hook; it lasts as long as its
 * handle, or as long as it has a name. Functions return 0 (or a pointer), or a
 * negative errno (NULL with errno set): ENXIO if there is no /dev/weir; what the
 * others mean is in Documentation/module.rst.
 */
#ifndef WEIR_LINK_H
#define WEIR_LINK_H

#include "tools/lib/libweir.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_LINK_ERROR 256

struct weir_link;

/**
 * struct weir_attach_opts - where and how; zero means the default
 * @sz:		sizeof(struct weir_attach_opts)
 * @hook:	where
 * @flags:	WEIR_ATTACH_*
 * @ifindex:	device; ingress and egress need one
 * @netns_fd:	network namespace if @set_netns, else the caller's
 * @set_netns:	see there
 * @priority:	as netfilter's; lower is earlier
 * @name:	shown by tools, up to 15 characters
 * @ring_fds:	capture: ring buffers, one for each CPU
 * @nr_rings:	their number
 * @snaplen:	capture: bytes kept of a packet; 0: all
 * @error:	out: where the kernel has words for what is wrong, they
 */
struct weir_attach_opts {
	size_t sz;
	enum weir_hook hook;
	uint32_t flags;
	uint32_t ifindex;
	int netns_fd;
	bool set_netns;
	int32_t priority;
	const char *name;
	const int *ring_fds;
	uint32_t nr_rings;
	uint32_t snaplen;
	char error[WEIR_LINK_ERROR];
};

/**
 * weir_program__attach() - put a program into the path of packets
 * @prog:	a program in the kernel
 * @opts:	where
 *
 * Return: the link; NULL with errno: EINVAL (program in this process, options
 * that do not fit together or the program), ENODEV, EPERM, EOPNOTSUPP (the
 * kernel has no such hook, or the program a verdict that no hook can do), E2BIG,
 * ENOMEM.
 */
struct weir_link *weir_program__attach(const struct weir_program *prog,
				       struct weir_attach_opts *opts);

/** weir_link__open() - the link of a pinned name; NULL: ENOENT, EINVAL. */
struct weir_link *weir_link__open(const char *name);

/** weir_link__open_id() - a link by its id; NULL: ENOENT, EPERM. */
struct weir_link *weir_link__open_id(uint32_t id);

/**
 * weir_link__update_program() - another program from the next packet on
 * @prog:	the new one, in the kernel, of the old one's kind
 * @old:	only if this one is in place (else -EBUSY); NULL: whichever is
 *
 * Each packet sees the old or the new program. When this returns, none sees the
 * old one any more. -EOPNOTSUPP: the new one has a verdict that no hook can do.
 */
int weir_link__update_program(struct weir_link *link,
			      const struct weir_program *prog,
			      const struct weir_program *old);

/** weir_link__detach() - for good; the handle stays until it is freed. */
int weir_link__detach(struct weir_link *link);

/** weir_link__info() - where it is, and its counters. */
int weir_link__info(const struct weir_link *link, struct weir_link_info *info);

/** weir_link__pin() - keep it under a name: -EEXIST, -EINVAL. */
int weir_link__pin(const struct weir_link *link, const char *name);

/** weir_link__fd() - its descriptor */
int weir_link__fd(const struct weir_link *link);

/** weir_link__free() - NULL is allowed; without a name, it detaches. */
void weir_link__free(struct weir_link *link);

/** weir_pin__add() - keep whatever @fd stands for under a name. */
int weir_pin__add(int fd, const char *name);

/** weir_pin__remove() - forget a name: -ENOENT. */
int weir_pin__remove(const char *name);

/**
 * weir_pin__open() - a descriptor of what a name stands for, or -errno
 * @object:	out: enum weir_object_type; may be NULL
 */
int weir_pin__open(const char *name, uint32_t *object);

/**
 * weir_pin__next() - the name after this one
 * @name:	in: a name, "" at first; out: the next. WEIR_PIN_LEN bytes
 * @object:	out: enum weir_object_type
 * @id:		out: its id
 *
 * Return: 0, -ENOENT after the last.
 */
int weir_pin__next(char *name, uint32_t *object, uint32_t *id);

/**
 * weir_id__next() - what there is in the kernel, by id
 * @id:		0 at first
 *
 * Return: 0 with the next id, -ENOENT after the last, -EPERM.
 */
int weir_id__next(enum weir_object_type object, uint32_t *id);

/** weir_id__open() - a descriptor by id, or -errno */
int weir_id__open(enum weir_object_type object, uint32_t id);

/**
 * weir_program__from_fd() - a handle that takes over a program's descriptor
 *
 * Return: NULL with errno (then the descriptor is still the caller's); give it
 * back with weir_program__free().
 */
struct weir_program *weir_program__from_fd(int fd);

/**
 * weir_map__from_fd() - a handle that takes over a map's descriptor
 *
 * Return: NULL with errno (then the descriptor is still the caller's); close
 * it with weir_map__close().
 */
struct weir_map_handle *weir_map__from_fd(int fd);

/** weir_map__open_id() - the map in the kernel with this id, or NULL. */
struct weir_map_handle *weir_map__open_id(uint32_t id);

/**
 * weir_object__carry_maps() - go on with the maps of a program in the kernel
 * @obj:	not loaded yet
 * @prog_id:	the program whose place the object's will take
 *
 * Maps of one name and type are the same map from then on. Global data is not
 * carried over: a new version may lay it out anew. Return: how many maps;
 * -EINVAL if one of them is defined otherwise there; -ENOENT, -EPERM.
 */
int weir_object__carry_maps(struct weir_object *obj, uint32_t prog_id);

/** weir_limits__get() - what is used of the kernel, and allowed: -EPERM. */
int weir_limits__get(struct weir_limits *limits);

/** weir_resource__name() - "programs", "map_bytes" ...; "?" for others. */
const char *weir_resource__name(uint32_t resource);

/**
 * weir_evict() - detach all links of all namespaces, forget all names
 * @nr_links:	out: how many were attached; may be NULL
 * @nr_names:	out: how many there were; may be NULL
 *
 * What processes hold by descriptors stays. Return: 0, -EPERM.
 */
int weir_evict(uint32_t *nr_links, uint32_t *nr_names);

/** weir_hook__name() - "ingress", "prerouting" ...; "?" for others. */
const char *weir_hook__name(uint32_t hook);

/** weir_hook__by_name() - WEIR_NR_HOOKS if there is no such hook. */
enum weir_hook weir_hook__by_name(const char *name);

#ifdef __cplusplus
}
#endif

#endif
