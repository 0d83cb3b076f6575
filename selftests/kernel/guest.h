/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Words for programs that test /dev/weir from the outside, as root in a test
 * kernel. They talk to the kernel directly, so that what is tested is the
 * interface and not libweir.
 */
#ifndef SELFTESTS_KERNEL_GUEST_H
#define SELFTESTS_KERNEL_GUEST_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "uapi/weir.h"
#include "selftests/harness.h"

#define DEVICE "/dev/weir"
#define MODULE "/lib/weir.ko"
#define PARAMETERS "/sys/module/weir/parameters/"
#define NR(a) (sizeof(a) / sizeof((a)[0]))

static inline uint64_t ptr(const void *p)
{
	return (uintptr_t)p;
}

/* The result of an ioctl as 0 or more, or -errno. */
static inline int do_ioctl(int fd, unsigned long cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

static inline long parameter(const char *name)
{
	char path[128];
	long value = -1;
	FILE *file;

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%ld", &value) != 1)
		value = -1;
	if (file)
		fclose(file);
	return value;
}

/* Descriptors that are open: the next one would get this number. */
static inline int next_fd(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static inline long unload(void)
{
	return syscall(SYS_delete_module, "weir", O_NONBLOCK) ? -errno : 0;
}

/* One line per expectation; shows what came instead. */
static inline bool expect(long got, long want, const char *name)
{
	if (got != want)
		ksft_print_msg("%s: got %ld, expected %ld\n", name, got, want);
	return ksft_test_result(got == want, "%s\n", name);
}

#define CLASSIC(insns_, flags_)                        \
	((struct weir_load){                           \
		.size = sizeof(struct weir_load),      \
		.flags = WEIR_LOAD_CLASSIC | (flags_), \
		.nr_insns = NR(insns_),                \
		.insns = ptr(insns_),                  \
		.name = "test",                        \
	})

#define EXTENDED(insns_, kind_)                   \
	((struct weir_load){                      \
		.size = sizeof(struct weir_load), \
		.kind = (kind_),                  \
		.nr_insns = NR(insns_),           \
		.insns = ptr(insns_),             \
		.name = "test",                   \
	})

/* Kilobytes the kernel uses for objects and mappings. */
static inline long kernel_memory(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	long sum = 0, value;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Slab: %ld", &value) == 1 ||
		    sscanf(line, "VmallocUsed: %ld", &value) == 1 ||
		    sscanf(line, "Percpu: %ld", &value) == 1)
			sum += value;
	if (file)
		fclose(file);
	return sum;
}

#endif
