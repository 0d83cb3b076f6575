// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * llvm-mca over paths through a program. Each distinct path is one region of one
 * input; each region is run back to back, so that what is found is the steady
 * state: caches hit, branches are predicted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/types.h>
#include "jit/arch.h"
#include "jit/image.h"
#include "tools/bench/counter.h"
#include "tools/bench/mca.h"
#include "tools/bench/rows.h"
#include "tools/lib/libweir.h"
#include "tools/weir/image_text.h"

#define MAX_PATHS 512
#define MAX_PATH (64u << 10) /* instructions; a longer one is cut */
#define ITERATIONS 20

/* Instructions by their words' index, in the order of running. */
struct path {
	uint32_t *word;
	uint32_t nr;
	uint32_t packets;
};

struct mca {
	struct weir_image image;
	struct path path[MAX_PATHS];
	int nr_paths;
	uint64_t *trace;
};

struct mca *mca_new(struct weir_program *prog)
{
	struct weir_prog_info info = { .size = sizeof(info) };
	struct mca *mca = calloc(1, sizeof(*mca));

	if (!mca)
		return NULL;
	if (weir_program__info(prog, &info) || !info.image_bytes)
		goto fail;
	mca->image.arch = weir_arch_by_name(weir_program__arch(prog));
	mca->image.nr_words = info.image_bytes / 4;
	mca->image.words = calloc(1, info.image_bytes);
	mca->trace = calloc(MAX_PATH, sizeof(*mca->trace));
	info = (struct weir_prog_info){
		.size = sizeof(info),
		.image_bytes = mca->image.nr_words * 4,
		.image = (uintptr_t)mca->image.words,
	};
	if (!mca->image.words || !mca->trace || weir_program__info(prog, &info))
		goto fail;
	mca->image.pool_off = info.pool_off;
	return mca;
fail:
	mca_free(mca);
	return NULL;
}

void mca_add_packet(struct mca *mca)
{
	uint32_t nr = counter_trace(mca->trace, MAX_PATH), kept = 0;
	struct path path = { .packets = 1 };

	path.word = nr ? calloc(nr, sizeof(*path.word)) : NULL;
	if (!path.word)
		return;
	/* The entry is the first word, and what runs first. */
	for (uint32_t i = 0; i < nr; i++) {
		uint64_t at = (mca->trace[i] - mca->trace[0]) / 4;

		if (at < mca->image.nr_words)
			path.word[kept++] = (uint32_t)at;
	}
	path.nr = kept;
	for (int i = 0; i < mca->nr_paths; i++) {
		struct path *p = &mca->path[i];

		if (p->nr != kept ||
		    memcmp(p->word, path.word, kept * sizeof(*p->word)))
			continue;
		p->packets++;
		free(path.word);
		return;
	}
	if (mca->nr_paths < MAX_PATHS)
		mca->path[mca->nr_paths++] = path;
	else
		free(path.word);
}

/*
 * llvm-mca has no model of ARM's loads and stores of many registers, so each
 * register's is one by itself.
 *
 * Return: false if it is no such instruction.
 */
static bool write_many(FILE *f, char *line)
{
	bool is_load = !strncmp(line, "pop", 3) || !strncmp(line, "ldm", 3);
	char *list = strchr(line, '{'), *save;

	if (!list ||
	    (!is_load && strncmp(line, "push", 4) && strncmp(line, "stm", 3)))
		return false;
	for (char *reg = strtok_r(list + 1, ", }", &save); reg;
	     reg = strtok_r(NULL, ", }", &save))
		/* A return is the branch that it also is. */
		if (is_load && !strcmp(reg, "pc"))
			fprintf(f, "\tldr lr, [sp], #4\n\tbx lr\n");
		else
			fprintf(f, "\t%s %s, [sp]%s\n", is_load ? "ldr" : "str",
				reg, is_load ? ", #4" : "");
	return true;
}

/*
 * A call is taken for the branch that it also is: what was called ran somewhere
 * else, or follows. llvm-mca would have it cost a hundred cycles.
 */
static void plain_call(char line[WORD_TEXT])
{
	static const char *const words[][2] = { { "blr ", "br " },
						{ "blx ", "bx " },
						{ "bl ", "b " } };
	char old[WORD_TEXT];

	memcpy(old, line, WORD_TEXT);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i][0]);

		if (strncmp(old, words[i][0], len))
			continue;
		snprintf(line, WORD_TEXT, "%s%s", words[i][1], old + len);
		return;
	}
}

/* All paths as assembler, each a region. A branch leads where it likes. */
static bool write_paths(const struct mca *mca, const char *file)
{
	struct image_text text;
	char line[WORD_TEXT];
	FILE *f = fopen(file, "w");

	if (!f)
		return false;
	if (image_text_open(&text, &mca->image)) {
		fclose(f);
		return false;
	}
	if (text.is_arm)
		fprintf(f, ".arm\n.syntax unified\n");
	for (int p = 0; p < mca->nr_paths; p++) {
		const struct path *path = &mca->path[p];

		fprintf(f, "# LLVM-MCA-BEGIN %d\n", p);
		for (uint32_t i = 0; i < path->nr; i++) {
			uint32_t at = path->word[i];
			bool leads = text.target[at] != WEIR_NO_OFFSET;

			if (!image_text_word(&text, at, leads ? "away" : NULL,
					     line))
				continue;
			plain_call(line);
			if (!text.is_arm || !write_many(f, line))
				fprintf(f, "\t%s\n", line);
		}
		fprintf(f, "# LLVM-MCA-END\n");
	}
	image_text_close(&text);
	return !fclose(f);
}

static bool is_of_arch(const struct mca *mca, const char *cpu)
{
	bool is_arm = !strcmp(weir_arch_name(mca->image.arch), "arm");

	return is_arm == !strcmp(cpu, "cortex-a15");
}

/*
 * Return: cycles of a packet, the mean; ROW_NONE if there is none for each path.
 */
static double ask(const struct mca *mca, const char *file, const char *cpu)
{
	bool is_arm = !strcmp(weir_arch_name(mca->image.arch), "arm");
	char command[512], line[256];
	double sum = 0;
	uint32_t packets = 0;
	int path = 0;
	FILE *f;

	snprintf(command, sizeof(command),
		 "llvm-mca -mtriple=%s -mcpu=%s -iterations=%d "
		 "-all-views=false -summary-view %s 2>/dev/null </dev/null",
		 is_arm ? "armv7a" : "aarch64", cpu, ITERATIONS, file);
	f = popen(command, "r");
	if (!f)
		return ROW_NONE;
	while (fgets(line, sizeof(line), f)) {
		double cycles;

		if (sscanf(line, "Total Cycles: %lf", &cycles) != 1 ||
		    path == mca->nr_paths)
			continue;
		sum += cycles / ITERATIONS * mca->path[path].packets;
		packets += mca->path[path].packets;
		path++;
	}
	return pclose(f) || path != mca->nr_paths || !packets ? ROW_NONE
							      : sum / packets;
}

void mca_run(struct mca *mca, const char *const *cpus, struct row *row)
{
	char file[] = "/tmp/weir-mca-XXXXXX";
	int fd = mkstemp(file);

	if (fd < 0)
		return;
	close(fd);
	if (write_paths(mca, file)) {
		for (; *cpus && row->nr_cpus < ROW_MAX_CPUS; cpus++) {
			double cycles;

			if (!is_of_arch(mca, *cpus))
				continue;
			cycles = ask(mca, file, *cpus);
			if (row_has(cycles))
				row->cycles[row->nr_cpus++] =
					(struct row_cycles){ strdup(*cpus),
							     cycles };
			else if (!row->note)
				row->note = strdup(
					"no cycles: llvm-mca is not there, "
					"or does not know an instruction");
		}
	}
	unlink(file);
}

void mca_free(struct mca *mca)
{
	if (!mca)
		return;
	for (int i = 0; i < mca->nr_paths; i++)
		free(mca->path[i].word);
	free(mca->image.words);
	free(mca->trace);
	free(mca);
}
