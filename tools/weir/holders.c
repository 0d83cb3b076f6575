// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Who holds the module, as /proc tells. */
#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/weir/holders.h"

/* What the kernel calls descriptors of the module. */
static bool is_ours(const char *target)
{
	return !strcmp(target, "/dev/weir") ||
	       !strncmp(target, "anon_inode:[weir-", 17);
}

static int open_files(const char *pid)
{
	char path[64], target[PATH_MAX];
	struct dirent *entry;
	int nr = 0;
	ssize_t len;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	dir = opendir(path);
	if (!dir)
		return 0;
	while ((entry = readdir(dir)) != NULL) {
		len = readlinkat(dirfd(dir), entry->d_name, target,
				 sizeof(target) - 1);
		if (len < 0)
			continue;
		target[len] = 0;
		nr += is_ours(target);
	}
	closedir(dir);
	return nr;
}

static int mappings(const char *pid)
{
	char path[64], line[PATH_MAX + 128];
	int nr = 0;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%.20s/maps", pid);
	maps = fopen(path, "r");
	if (!maps)
		return 0;
	while (fgets(line, sizeof(line), maps))
		nr += strstr(line, "anon_inode:[weir-") != NULL;
	fclose(maps);
	return nr;
}

static void print_name(FILE *out, const char *pid)
{
	char path[64], name[32] = "?";
	FILE *comm;

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	comm = fopen(path, "r");
	if (comm) {
		if (fgets(name, sizeof(name), comm))
			name[strcspn(name, "\n")] = 0;
		fclose(comm);
	}
	for (char *c = name; *c; c++)
		fputc(isprint((unsigned char)*c) ? *c : '?', out);
}

int holders_print(FILE *out)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int nr = 0;

	while (proc && (entry = readdir(proc)) != NULL) {
		const char *pid = entry->d_name;
		int files, maps;

		if (!isdigit((unsigned char)*pid) || atoi(pid) == getpid())
			continue;
		files = open_files(pid);
		maps = mappings(pid);
		if (!files && !maps)
			continue;
		nr++;
		fprintf(out, "process %s (", pid);
		print_name(out, pid);
		fprintf(out, ") holds %d descriptors and %d mappings\n", files,
			maps);
	}
	if (proc)
		closedir(proc);
	return nr;
}
