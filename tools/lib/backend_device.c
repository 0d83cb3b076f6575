// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The back end that runs programs in the kernel: the ioctls of /dev/weir. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>

#include <linux/types.h>
#include "base/log.h"
#include "tools/lib/backend_device.h"
#include "tools/lib/link.h"
#include "tools/lib/map.h"
#include "tools/lib/words.h"

#define DEVICE "/dev/weir"
#define OWN_LOG_BYTES 4096

static u64 to_user_ptr(const void *p)
{
	return (u64)(uintptr_t)p;
}

/*
 * The device is open once while programs are: opening it and closing it would
 * be more than half of what loading a small one costs.
 */
static struct {
	pthread_mutex_t lock;
	unsigned long users;
	int fd;
} device = { .lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1 };

static int open_device(struct weir_words *words)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	int err = errno;

	if (fd >= 0)
		return fd;
	if (err == ENOENT || err == ENXIO || err == ENODEV)
		return weir_say(words, -err,
				DEVICE ": %s (is the module loaded?)",
				strerror(err));
	if (err == EACCES || err == EPERM)
		return weir_say(words, -err,
				DEVICE ": %s (needs CAP_NET_ADMIN)",
				strerror(err));
	return weir_say(words, -err, DEVICE ": %s", strerror(err));
}

int device_get(struct weir_words *words)
{
	int fd;

	pthread_mutex_lock(&device.lock);
	if (!device.users)
		device.fd = open_device(words);
	fd = device.fd;
	if (fd >= 0)
		device.users++;
	pthread_mutex_unlock(&device.lock);
	return fd;
}

void device_put(void)
{
	pthread_mutex_lock(&device.lock);
	if (!--device.users)
		close(device.fd);
	pthread_mutex_unlock(&device.lock);
}

/*
 * The last line that says anything: the kernel ends with the reason. Of
 * "refused at 3: what the row says (row): what was seen" the end is enough,
 * since number and row come by themselves.
 */
static void say_last_line(struct weir_load_opts *opts, char *log)
{
	static const char refused[] = "refused at ";
	size_t len = strlen(log);
	const char *line, *seen;

	while (len && log[len - 1] == '\n')
		log[--len] = 0;
	line = strrchr(log, '\n');
	line = line ? line + 1 : log;
	seen = strstr(line, "): ");
	if (seen && !strncmp(line, refused, sizeof(refused) - 1) && seen[3])
		line = seen + 3;
	if (*line)
		weir_opts_say(opts, "%s", line);
}

static void say_why(struct weir_load_opts *opts, const struct weir_load *load,
		    int err)
{
	const char *log = (const char *)(uintptr_t)load->log;
	size_t len = strnlen(log, load->log_size);
	char end[OWN_LOG_BYTES];

	opts->reject_nr = load->reject;
	opts->reject_pc = load->reject_pc;
	if (len >= sizeof(end))
		log += len - (sizeof(end) - 1);
	snprintf(end, sizeof(end), "%.*s", (int)(sizeof(end) - 1), log);
	say_last_line(opts, end);
	if (!opts->reject_detail[0] && load->reject)
		weir_opts_say(opts, "%s", weir_reject_text(load->reject));
	else if (!load->reject)
		weir_opts_say(opts, DEVICE ": load: %s", strerror(-err));
}

/* What the kernel made of it: machine code, or not. */
static int note_engine(struct weir_program *prog, u32 image_bytes,
		       struct weir_load_opts *opts)
{
	static struct utsname uts;

	prog->engine = image_bytes ? WEIR_ENGINE_JIT : WEIR_ENGINE_INTERP;
	if (prog->engine == WEIR_ENGINE_INTERP) {
		if (opts->engine != WEIR_ENGINE_JIT)
			return 0;
		weir_opts_say(opts, "the kernel did not compile the program");
		return -EOPNOTSUPP;
	}
	uname(&uts);
	prog->arch = !strncmp(uts.machine, "aarch64", 7) ? "arm64"
		     : !strncmp(uts.machine, "arm", 3)	 ? "arm"
							 : "";
	return 0;
}

static int device_load(struct weir_program *prog, const void *insns,
		       uint32_t nr_insns, uint32_t flags,
		       struct weir_load_opts *opts)
{
	struct weir_words words = { "" };
	s32 map_fds[WEIR_MAX_MAPS];
	char own_log[OWN_LOG_BYTES];
	struct weir_line_of *lines;
	struct weir_load load = {
		.size = sizeof(load),
		.kind = opts->kind,
		.flags = flags,
		.nr_insns = nr_insns,
		.insns = to_user_ptr(insns),
		.fail_verdict = opts->fail_verdict,
		.map_fds = to_user_ptr(map_fds),
		.nr_maps = opts->nr_maps,
		.params = to_user_ptr(opts->params),
		.nr_params = opts->nr_params,
		.params_bytes = opts->params_bytes,
		.assume = opts->assume,
		.quiet_ms = opts->quiet_ms,
		.threshold = opts->threshold,
	};
	int dev, err = 0;

	for (u32 i = 0; i < opts->nr_maps; i++)
		map_fds[i] = opts->maps[i]->fd;

	if (opts->log && opts->log_size) {
		opts->log[0] = 0;
		load.log = to_user_ptr(opts->log);
		load.log_size = opts->log_size > WEIR_MAX_LOG
					? WEIR_MAX_LOG
					: (u32)opts->log_size;
	}
	if (opts->name)
		strncpy(load.name, opts->name, sizeof(load.name) - 1);

	dev = device_get(&words);
	if (dev < 0) {
		weir_opts_say(opts, "%s", words.text);
		return dev;
	}
	load.nr_lines = weir_program_lines(prog, nr_insns, &lines);
	load.lines = to_user_ptr(lines);
	prog->fd = ioctl(dev, WEIR_IOC_LOAD, &load);
	if (prog->fd < 0 && !load.log) {
		/* once more, to hear the reason */
		own_log[0] = 0;
		load.log = to_user_ptr(own_log);
		load.log_size = sizeof(own_log);
		prog->fd = ioctl(dev, WEIR_IOC_LOAD, &load);
	}
	if (prog->fd < 0) {
		err = -errno;
		say_why(opts, &load, err);
	}
	if (!err) {
		err = note_engine(prog, load.image_bytes, opts);
		if (err)
			close(prog->fd);
	}
	free(lines);
	if (err)
		device_put();
	return err;
}

static int device_run(struct weir_program *prog, struct weir_run_opts *opts)
{
	struct weir_test_run test = {
		.size = sizeof(test),
		.repeat = opts->repeat,
		.data = to_user_ptr(opts->data),
		.data_size = opts->data_size,
		.wire_len = opts->wire_len,
		.data_out = to_user_ptr(opts->data_out),
		.data_out_size = opts->data_out_size,
	};

	if (opts->data_size > WEIR_MAX_PACKET)
		return -EMSGSIZE;
	if (ioctl(prog->fd, WEIR_IOC_TEST_RUN, &test))
		return -errno;
	opts->verdict = test.verdict;
	opts->duration_ns = test.duration_ns;
	opts->data_out_size = test.data_out_size;
	opts->exit = test.exit;
	return 0;
}

static int device_info(struct weir_program *prog, struct weir_prog_info *info)
{
	return ioctl(prog->fd, WEIR_IOC_PROG_INFO, info) ? -errno : 0;
}

static int device_param(struct weir_program *prog, struct weir_param *param)
{
	return ioctl(prog->fd, WEIR_IOC_PARAM, param) ? -errno : 0;
}

static int device_guards(struct weir_program *prog, struct weir_guards *guards)
{
	return ioctl(prog->fd, WEIR_IOC_GUARDS, guards) ? -errno : 0;
}

static int device_bridge(struct weir_program *prog, uint32_t guard,
			 struct weir_program *handler, uint32_t flags)
{
	struct weir_bridge bridge = {
		.size = sizeof(bridge),
		.op = handler ? WEIR_BRIDGE_ATTACH : WEIR_BRIDGE_DETACH,
		.guard = guard,
		.handler_fd = handler ? handler->fd : -1,
		.flags = flags,
	};

	return ioctl(prog->fd, WEIR_IOC_BRIDGE, &bridge) ? -errno : 0;
}

struct weir_program *weir_program__from_fd(int fd)
{
	struct weir_prog_info info = { .size = sizeof(info) };
	struct weir_load_opts opts = { .engine = WEIR_ENGINE_DEFAULT };
	struct weir_program *prog = calloc(1, sizeof(*prog));
	struct weir_words words = { "" };
	int err;

	if (!prog)
		return NULL;
	prog->ops = &weir_backend_device;
	prog->fd = fd;
	prog->arch = "";
	err = ioctl(fd, WEIR_IOC_PROG_INFO, &info) ? -errno : 0;
	if (!err)
		err = note_engine(prog, info.image_bytes, &opts);
	if (!err)
		err = device_get(&words);
	if (err < 0) {
		free(prog);
		errno = -err;
		return NULL;
	}
	prog->kind = info.kind;
	return prog;
}

static int device_assume(struct weir_program *prog, struct weir_assume *op)
{
	return ioctl(prog->fd, WEIR_IOC_ASSUME, op) ? -errno : 0;
}

static void device_free(struct weir_program *prog)
{
	close(prog->fd);
	device_put();
}

const struct weir_backend_ops weir_backend_device = {
	.load = device_load,
	.run = device_run,
	.info = device_info,
	.param = device_param,
	.guards = device_guards,
	.bridge = device_bridge,
	.assume = device_assume,
	.free = device_free,
	.map_create = device_map_create,
	.map_info = device_map_info,
	.map_elem = device_map_elem,
	.map_batch = device_map_batch,
	.map_set_program = device_map_set_program,
	.map_set_map = device_map_set_map,
	.map_share = device_map_share,
	.map_mmap = device_map_mmap,
	.map_munmap = device_map_munmap,
	.map_ring = device_map_ring,
	.map_unring = device_map_unring,
	.map_free = device_map_free,
};
