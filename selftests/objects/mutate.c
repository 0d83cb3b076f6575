// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * mutate [--seed N] [--runs N] [--seconds N] [--save FILE] [OBJECT...]: objects
 * with some bytes changed. Each is opened, its programs are linked and
 * verified, and with a line of words or without, all must be given back. What
 * comes out is not looked at: a sanitizer is.
 *
 * Run N of a seed is always the same file; it is in FILE while it is tried.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>
#include <sys/mman.h>

#include "selftests/harness.h"
#include "base/log.h"
#include "base/prog.h"
#include "tools/lib/object.h"
#include "verifier/facts.h"

#define MAX_FILE (1u << 18)
#define FEW_ENTRIES 16

struct options {
	uint64_t seed;
	unsigned long runs;
	unsigned long seconds;
	const char *save;
};

static uint64_t state;

static uint64_t draw(void)
{
	/* xorshift64*: Vigna, "An experimental exploration", 2016 */
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dULL;
}

static uint64_t below(uint64_t n)
{
	return n ? draw() % n : 0;
}

/* Where things are decided: headers, or anywhere. */
static size_t place(const uint8_t *file, size_t bytes)
{
	Elf64_Ehdr ehdr;
	Elf64_Shdr hdr;
	size_t at;

	memcpy(&ehdr, file, sizeof(ehdr));
	if (ehdr.e_shoff >= bytes || !ehdr.e_shnum)
		return below(bytes);
	at = ehdr.e_shoff + below(ehdr.e_shnum) * sizeof(hdr);
	if (at + sizeof(hdr) > bytes)
		return below(bytes);
	memcpy(&hdr, file + at, sizeof(hdr));
	switch (below(8)) {
	case 0:
		return below(sizeof(ehdr));
	case 1:
	case 2:
		return at + below(sizeof(hdr));
	case 3:
		return below(bytes);
	default: /* in some section, small ones as often as large ones */
		at = hdr.sh_offset + below(hdr.sh_size);
		return at < bytes ? at : below(bytes);
	}
}

static void mutate(uint8_t *file, size_t bytes)
{
	static const uint32_t odd[] = { 0,	    1,		0x7f,
					0xff,	    0x7fffffff, 0x80000000,
					0xffffffff, 0x1000000 };

	for (uint64_t n = 1 + below(4); n; n--) {
		size_t at = place(file, bytes);
		uint32_t word = odd[below(sizeof(odd) / sizeof(odd[0]))];

		switch (below(3)) {
		case 0:
			file[at] ^= 1u << below(8);
			break;
		case 1:
			file[at] = (uint8_t)draw();
			break;
		default:
			at &= ~(size_t)3;
			if (at + sizeof(word) <= bytes)
				memcpy(file + at, &word, sizeof(word));
		}
	}
}

/* Maps of a few elements, so that a run takes no memory to speak of. */
static void shrink_maps(struct weir_object *obj)
{
	struct weir_map_info info = { .size = sizeof(info) };
	struct weir_map_handle *map = NULL;

	while ((map = weir_object__next_map(obj, map)) != NULL)
		if (!weir_map__info(map, &info) &&
		    info.max_entries > FEW_ENTRIES)
			weir_map__set_max_entries(map, FEW_ENTRIES);
}

static void verify(struct weir_program *program, struct weir_words *words)
{
	struct weir_rejection rej = { 0 };
	struct weir_facts *facts = NULL;
	struct weir_prog *prog = NULL;

	if (!object_program_prog(program, &rej, words, &prog))
		weir_verify(prog, false, NULL, &rej, &facts);
	if (facts)
		weir_facts_free(facts);
	weir_prog_free(prog);
}

/* Return: does what is said of it fit into a line? */
static bool try_one(const uint8_t *file, size_t bytes)
{
	struct weir_object_opts opts = { .sz = sizeof(opts) };
	struct weir_object *obj = weir_object__open_mem(file, bytes, &opts);
	struct weir_program *prog = NULL;
	bool good = obj || (opts.error[0] && !strchr(opts.error, '\n'));

	if (!obj)
		return good;
	shrink_maps(obj);
	while ((prog = weir_object__next_program(obj, prog)) != NULL) {
		struct weir_words words = { "" };

		verify(prog, &words);
		good = good && !strchr(words.text, '\n');
	}
	weir_object__close(obj);
	return good;
}

static size_t read_file(const char *path, uint8_t *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, out, MAX_FILE);

	if (got < (ssize_t)sizeof(Elf64_Ehdr))
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	close(fd);
	return (size_t)got;
}

/* A file that has what is tried, also after we died of it. */
static uint8_t *saved(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	uint8_t *at;

	if (fd < 0 || ftruncate(fd, MAX_FILE))
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	at = mmap(NULL, MAX_FILE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return at == MAP_FAILED ? NULL : at;
}

static void try_object(const struct options *o, const char *path)
{
	static uint8_t file[MAX_FILE];
	size_t bytes = read_file(path, file);
	const char *name = strrchr(path, '/');
	uint8_t *copy = malloc(bytes), *save = NULL;
	time_t end = time(NULL) + (time_t)o->seconds;
	unsigned long run = 0;
	bool good = copy;

	name = name ? name + 1 : path;
	if (o->save)
		save = saved(o->save);
	for (; good && run < o->runs && time(NULL) < end; run++) {
		state = (o->seed + run) * 0x9e3779b97f4a7c15ULL + 1;
		memcpy(copy, file, bytes);
		if (run)
			mutate(copy, bytes);
		if (save)
			memcpy(save, copy, bytes);
		good = try_one(copy, bytes);
	}
	if (!ksft_test_result(good && run > 10, "mutated %s\n", name))
		ksft_print_msg("seed %llu, run %lu\n",
			       (unsigned long long)o->seed, run);
	if (save)
		munmap(save, MAX_FILE);
	free(copy);
}

static unsigned long number(const char *text)
{
	return text ? strtoul(text, NULL, 0) : 0;
}

int main(int argc, char **argv)
{
	struct options o = { .seed = 1, .runs = 2000, .seconds = 5 };
	glob_t found = { 0 };
	int i = 1;

	for (; i + 1 < argc && !strncmp(argv[i], "--", 2); i += 2) {
		if (!strcmp(argv[i], "--seed"))
			o.seed = number(argv[i + 1]);
		else if (!strcmp(argv[i], "--runs"))
			o.runs = number(argv[i + 1]);
		else if (!strcmp(argv[i], "--seconds"))
			o.seconds = number(argv[i + 1]);
		else if (!strcmp(argv[i], "--save"))
			o.save = argv[i + 1];
	}
	ksft_print_header();
	for (; i < argc; i++)
		try_object(&o, argv[i]);
	if (!ksft_nr() && glob("build/objects/*.o", 0, NULL, &found))
		ksft_exit_fail_msg("no objects in build/objects\n");
	for (size_t n = 0; n < found.gl_pathc; n++)
		try_object(&o, found.gl_pathv[n]);
	globfree(&found);
	return ksft_finished();
}
