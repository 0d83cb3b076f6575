// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Marks for the plugin that counts, and what it counted. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "tools/bench/counter.h"

static int fd = -1;
static uint64_t marks;

int counter_open(const char *path)
{
	struct counter_file file;
	int err;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	counter_start();
	err = counter_stop(&file);
	if (err) {
		close(fd);
		fd = -1;
	}
	return err;
}

bool counter_is_open(void)
{
	return fd >= 0;
}

void counter_start(void)
{
	syscall(COUNTER_SYSCALL, COUNTER_START);
}

int counter_stop(struct counter_file *out)
{
	syscall(COUNTER_SYSCALL, COUNTER_STOP);
	if (pread(fd, out, sizeof(*out), 0) != sizeof(*out) ||
	    out->marks == marks)
		return -ENODATA;
	marks = out->marks;
	return 0;
}

uint32_t counter_trace(uint64_t *out, uint32_t max)
{
	ssize_t got = pread(fd, out, (size_t)max * sizeof(*out),
			    sizeof(struct counter_file));

	return got < 0 ? 0 : (uint32_t)((size_t)got / sizeof(*out));
}
