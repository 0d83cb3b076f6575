// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where machine code lies in this process, for `perf report`: a file with a line
 * for each piece, "START SIZE NAME" in hex, which perf looks for under
 * /tmp/perf-PID.map. Pieces whose code is gone stay in it: of two that lie in
 * one place perf takes the later one.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/prog.h"
#include "jit/codemem.h"
#include "runtime/loaded.h"
#include "tools/lib/libweir.h"
#include "tools/lib/perf_map.h"

static struct {
	pthread_mutex_t lock;
	pthread_once_t once;
	FILE *out;
} map = { .lock = PTHREAD_MUTEX_INITIALIZER, .once = PTHREAD_ONCE_INIT };

/* /tmp is everybody's: nobody else's file is written to, and no link followed */
static FILE *open_map(const char *path)
{
	int fd = open(path,
		      O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC,
		      0600);
	struct stat st;
	FILE *out;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_uid != geteuid()) {
		close(fd);
		errno = EPERM;
		return NULL;
	}
	out = fdopen(fd, "a");
	if (!out)
		close(fd);
	return out;
}

int weir_perf_map__enable(const char *path)
{
	char usual[64];
	int err = 0;

	if (!path) {
		snprintf(usual, sizeof(usual), "/tmp/perf-%ld.map",
			 (long)getpid());
		path = usual;
	}
	pthread_mutex_lock(&map.lock);
	if (!map.out) {
		map.out = open_map(path);
		err = map.out ? 0 : -errno;
	}
	pthread_mutex_unlock(&map.lock);
	return err;
}

/* For programs that do not know of it: by the environment. */
static void ask_environment(void)
{
	const char *wish = getenv("WEIR_PERF_MAP");

	if (wish && *wish && strcmp(wish, "0"))
		weir_perf_map__enable(strchr(wish, '/') ? wish : NULL);
}

/* What is run in the usual case, and where runs end that a guard stops. */
void perf_map_note(const struct weir_loaded *loaded)
{
	const struct weir_code *code = loaded->code;
	const char *name = loaded->prog->name;
	unsigned long start, end;

	pthread_once(&map.once, ask_environment);
	if (!code)
		return;
	pthread_mutex_lock(&map.lock);
	if (map.out) {
		start = (unsigned long)code->rx;
		end = code->image->nr_words * 4ul;
		fprintf(map.out, "%lx %lx weir:%s#%u\n", start,
			(unsigned long)code->image->stubs_off,
			*name ? name : "prog", loaded->id);
		if (code->image->stubs_off < end)
			fprintf(map.out, "%lx %lx weir:%s#%u exits\n",
				start + code->image->stubs_off,
				end - code->image->stubs_off,
				*name ? name : "prog", loaded->id);
		fflush(map.out);
	}
	pthread_mutex_unlock(&map.lock);
}
