// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Objects that clang made, through libweir: what is in them, what becomes of
 * it, and what is said of those that are not right. Reads build/objects/ of
 * the folder it is started in.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>
#include <linux/bpf.h>

#include "selftests/harness.h"
#include "runtime/map/ringbuf.h"
#include "tools/lib/libweir.h"
#include "tools/lib/map.h"

#define FOLDER "build/objects/"

static char error[256]; /* of the last open or load */
static enum weir_backend backend;

static struct weir_object *open_object(const char *name)
{
	struct weir_object_opts opts = { .sz = sizeof(opts) };
	struct weir_object *obj;
	char path[128];

	snprintf(path, sizeof(path), FOLDER "%s.o", name);
	obj = weir_object__open_file(path, &opts);
	snprintf(error, sizeof(error), "%s", opts.error);
	if (!obj)
		ksft_print_msg("%s: %s\n", path, error);
	return obj;
}

static int load_object(struct weir_object *obj)
{
	struct weir_load_opts opts = { .sz = sizeof(opts), .backend = backend };
	int err = weir_object__load(obj, &opts);

	snprintf(error, sizeof(error), "%s", opts.reject_detail);
	if (err)
		ksft_print_msg("load: %s: %s\n",
			       opts.reject_program ? opts.reject_program : "",
			       error);
	return err;
}

static int64_t run(struct weir_object *obj, const char *name)
{
	struct weir_program *prog =
		weir_object__find_program_by_name(obj, name);
	static const uint8_t packet[20] = { 1, 2, 3 };
	struct weir_run_opts opts = {
		.sz = sizeof(opts),
		.data = packet,
		.data_size = sizeof(packet),
	};

	if (!prog || weir_program__run(prog, &opts))
		return -1;
	return (int64_t)opts.verdict;
}

/*
 * Programs
 */

static const struct {
	const char *name;
	const char *section;
	enum weir_kind kind;
	int64_t verdict;
} programs[] = {
	{ "verdicts", "xdp", WEIR_KIND_XDP, 136 },
	{ "frags", "xdp.frags", WEIR_KIND_XDP, 42 },
	{ "by_tc", "tc", WEIR_KIND_TC, 7 },
	{ "by_tcx", "tcx/ingress", WEIR_KIND_TC, 11 },
	{ "by_classifier", "classifier", WEIR_KIND_TC, 12 },
	{ "by_action", "action", WEIR_KIND_TC, 13 },
	{ "by_socket", "socket", WEIR_KIND_SOCKET, 20 },
	{ "by_socket1", "socket1", WEIR_KIND_SOCKET, 15 },
	{ "by_old_name", "xdp_old", WEIR_KIND_XDP, 16 },
	{ "by_mem", "mem", WEIR_KIND_MEM, 37 },
	{ "optional", "xdp", WEIR_KIND_XDP, -1 },
	{ "custom", "custom/name", WEIR_KIND_UNSPEC, 19 },
	{ "not_ours", "kprobe/do_exit", WEIR_KIND_UNSPEC, -1 },
};

#define NR_PROGRAMS (sizeof(programs) / sizeof(programs[0]))

static void test_programs(void)
{
	struct weir_object *obj = open_object("calls");
	struct weir_program *prog = NULL;
	struct weir_line line;
	size_t nr = 0;

	if (!ksft_test_result(obj, "calls: opens\n"))
		return;
	while ((prog = weir_object__next_program(obj, prog)) != NULL) {
		bool good =
			nr < NR_PROGRAMS &&
			!strcmp(weir_program__name(prog), programs[nr].name) &&
			!strcmp(weir_program__section(prog),
				programs[nr].section) &&
			weir_program__kind(prog) == programs[nr].kind;

		ksft_test_result(
			good, "calls: program %zu, its section and kind\n", nr);
		nr++;
	}
	ksft_test_result(nr == NR_PROGRAMS, "calls: all programs\n");
	prog = weir_object__find_program_by_name(obj, "optional");
	ksft_test_result(prog && !weir_program__autoload(prog),
			 "calls: SEC(\"?...\") is not loaded by itself\n");
	ksft_test_result(load_object(obj) == -EINVAL &&
				 strstr(error, "custom/name"),
			 "calls: a section of no kind is named\n");
	prog = weir_object__find_program_by_name(obj, "custom");
	weir_program__set_kind(prog, WEIR_KIND_SOCKET);
	prog = weir_object__find_program_by_name(obj, "not_ours");
	weir_program__set_autoload(prog, false);
	ksft_test_result(!load_object(obj), "calls: loads\n");
	for (size_t i = 0; i < NR_PROGRAMS; i++)
		ksft_test_result(run(obj, programs[i].name) ==
					 programs[i].verdict,
				 "calls: %s returns %d\n", programs[i].name,
				 (int)programs[i].verdict);
	prog = weir_object__find_program_by_name(obj, "by_tcx");
	ksft_test_result(!weir_program__line(prog, 0, &line) &&
				 strstr(line.file, "calls.c") &&
				 !strcmp(line.text, "return 11;"),
			 "calls: an instruction's line\n");
	ksft_test_result(weir_program__line(prog, 1000, &line) == -ENOENT,
			 "calls: no line behind the end\n");
	ksft_test_result(weir_object__load(obj, NULL) == -EINVAL,
			 "calls: loads once\n");
	weir_program__free(prog); /* does nothing */
	weir_object__close(obj);
}

/*
 * Global variables
 */

static uint64_t value_of(struct weir_object *obj, const char *map)
{
	struct weir_map_handle *m = weir_object__find_map_by_name(obj, map);
	uint32_t key = 0;
	uint8_t value[64] = { 0 };
	uint64_t out;

	if (!m || weir_map__lookup_elem(m, &key, sizeof(key), value,
					weir_map__value_bytes(m), 0))
		return UINT64_MAX;
	memcpy(&out, value, sizeof(out));
	return out;
}

static void test_data(void)
{
	struct weir_object *obj = open_object("data");
	struct weir_map_handle *map;
	uint32_t key = 0, *limit;
	uint8_t whole[64] = { 0 };
	size_t size = 0, other;

	if (!ksft_test_result(obj, "data: opens\n"))
		return;
	map = weir_object__find_map_by_name(obj, ".rodata");
	limit = map ? weir_map__initial_value(map, &size) : NULL;
	ksft_test_result(limit && *limit == 3, "data: constants before load\n");
	if (limit)
		*limit = 2;
	ksft_test_result(weir_object__variable(obj, "limit", &other) == limit &&
				 other == sizeof(*limit) &&
				 weir_object__variable(obj, "count", &other) &&
				 !weir_object__variable(obj, "flows", &other) &&
				 errno == ENOENT,
			 "data: variables by name\n");
	ksft_test_result(weir_map__set_initial_value(map, whole, 1) == -EINVAL,
			 "data: not another size\n");
	ksft_test_result(weir_map__set_max_entries(map, 2) == -EINVAL &&
				 weir_map__set_value_size(map, 2) == -EINVAL,
			 "data: variables are one value\n");
	if (!ksft_test_result(!load_object(obj), "data: loads\n"))
		goto out;
	ksft_test_result(run(obj, "count_up") == 4,
			 "data: a changed constant is seen\n");
	run(obj, "count_up");
	ksft_test_result(value_of(obj, ".bss") == 4, "data: .bss counts\n");
	ksft_test_result(value_of(obj, ".data") == 9, "data: .data counts\n");
	ksft_test_result((uint32_t)value_of(obj, ".data.mine") == 17,
			 "data: sections of their own\n");
	ksft_test_result(!weir_map__initial_value(map, &other) &&
				 errno == EBUSY,
			 "data: no initial value after load\n");
	ksft_test_result(weir_map__update_elem(map, &key, sizeof(key), whole,
					       size, 0) == -EPERM,
			 "data: constants are frozen\n");
out:
	weir_object__close(obj);
}

/*
 * Definitions
 */

static bool is_map(struct weir_object *obj, const char *name, uint32_t type,
		   uint32_t key, uint32_t value, uint32_t max, uint32_t flags)
{
	struct weir_map_handle *map = weir_object__find_map_by_name(obj, name);
	struct weir_map_info info = { .size = sizeof(info) };

	return map && !weir_map__info(map, &info) && info.type == type &&
	       info.key_size == key && info.value_size == value &&
	       info.max_entries == max && info.flags == flags;
}

static void test_definitions(void)
{
	struct weir_object *obj = open_object("maps");
	struct weir_map_handle *map = NULL;
	int nr = 0;

	if (!ksft_test_result(obj, "maps: opens\n"))
		return;
	while ((map = weir_object__next_map(obj, map)) != NULL)
		nr++;
	ksft_test_result(nr == 4, "maps: four maps\n");
	ksft_test_result(is_map(obj, "flows", BPF_MAP_TYPE_HASH, 8, 40, 16,
				BPF_F_NO_PREALLOC),
			 "maps: flows\n");
	ksft_test_result(is_map(obj, "counts", BPF_MAP_TYPE_ARRAY, 4, 8, 4, 0),
			 "maps: counts\n");
	ksft_test_result(is_map(obj, "mapped", BPF_MAP_TYPE_ARRAY, 4, 12, 3,
				BPF_F_MMAPABLE),
			 "maps: mapped, sizes as numbers\n");
	ksft_test_result(!weir_object__find_map_by_name(obj, "none") &&
				 errno == ENOENT,
			 "maps: no map of another name\n");
	map = weir_object__find_map_by_name(obj, "flows");
	ksft_test_result(!weir_map__set_max_entries(map, 1) &&
				 is_map(obj, "flows", BPF_MAP_TYPE_HASH, 8, 40,
					1, BPF_F_NO_PREALLOC),
			 "maps: another limit\n");
	if (!ksft_test_result(!load_object(obj), "maps: loads\n"))
		goto out;
	ksft_test_result(weir_map__set_max_entries(map, 9) == -EBUSY,
			 "maps: no other limit after load\n");
	ksft_test_result(run(obj, "count") == 2 && run(obj, "count") == 2,
			 "maps: a program counts\n");
	ksft_test_result(run(obj, "learn") == 2 && run(obj, "learn") == 1,
			 "maps: a program inserts once\n");
out:
	weir_object__close(obj);
}

/* Definitions by structures; with and without types. */
static void test_legacy(const char *name)
{
	struct weir_object *obj = open_object(name);
	struct weir_map_handle *map;
	uint32_t key = 9;
	uint64_t value = 40;

	if (!ksft_test_result(obj, "%s: opens\n", name))
		return;
	ksft_test_result(is_map(obj, "first", BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0),
			 "%s: first map\n", name);
	ksft_test_result(is_map(obj, "second", BPF_MAP_TYPE_HASH, 4, 8, 5,
				BPF_F_NO_PREALLOC),
			 "%s: second map\n", name);
	map = weir_object__find_map_by_name(obj, "second");
	if (!ksft_test_result(!load_object(obj) && run(obj, "find") == 1,
			      "%s: loads and runs\n", name))
		goto out;
	weir_map__update_elem(map, &key, sizeof(key), &value, sizeof(value), 0);
	ksft_test_result(run(obj, "find") == 45,
			 "%s: the second map is the second\n", name);
out:
	weir_object__close(obj);
}

static uint32_t field(struct weir_object *obj, const char *name, bool timer)
{
	struct weir_map_info info = { .size = sizeof(info) };
	struct weir_map_handle *map = weir_object__find_map_by_name(obj, name);

	if (!map || weir_map__info(map, &info))
		return 12345;
	return timer ? info.timer_off : info.lock_off;
}

static void test_fields(void)
{
	struct weir_object *obj = open_object("fields");

	if (!ksft_test_result(obj, "fields: opens\n"))
		return;
	ksft_test_result(field(obj, "with_lock", false) == 4 &&
				 field(obj, "with_lock", true) == WEIR_NO_FIELD,
			 "fields: a lock\n");
	ksft_test_result(field(obj, "with_timer", true) == 16 &&
				 field(obj, "with_timer", false) ==
					 WEIR_NO_FIELD,
			 "fields: a timer\n");
	ksft_test_result(!load_object(obj), "fields: loads\n");
	weir_object__close(obj);
}

static void test_values(void)
{
	struct weir_object *obj = open_object("values");
	struct weir_map_handle *two;
	uint32_t key = 0, value = 33;

	if (!ksft_test_result(obj, "values: opens\n"))
		return;
	if (!weir_map__type_name(BPF_MAP_TYPE_PROG_ARRAY)) {
		ksft_test_result(load_object(obj) == -EINVAL,
				 "values: no such maps\n");
		weir_object__close(obj);
		return;
	}
	if (!ksft_test_result(!load_object(obj), "values: loads\n"))
		goto out;
	ksft_test_result(run(obj, "first") == 22, "values: a tail call\n");
	two = weir_object__find_map_by_name(obj, "two");
	weir_map__update_elem(two, &key, sizeof(key), &value, sizeof(value), 0);
	ksft_test_result(run(obj, "through") == 33, "values: a map in a map\n");
out:
	weir_object__close(obj);
}

static void test_callback(void)
{
	struct weir_object *obj = open_object("callback");

	ksft_test_result(obj && !load_object(obj) && run(obj, "loop") == 45,
			 "callback: a function's address\n");
	weir_object__close(obj);
}

/*
 * Refusals
 */

/* Only this program: does loading it say @words? */
static void refuses(const char *object, const char *name, int want,
		    const char *words)
{
	struct weir_object *obj = open_object(object);
	struct weir_program *prog = NULL;
	int err;

	if (!ksft_test_result(obj, "%s: opens for %s\n", object, name))
		return;
	while ((prog = weir_object__next_program(obj, prog)) != NULL)
		weir_program__set_autoload(
			prog, !strcmp(weir_program__name(prog), name));
	err = load_object(obj);
	ksft_test_result(err == want && (!want || strstr(error, words)),
			 "%s: %s: %s\n", object, name, want ? words : "loads");
	weir_object__close(obj);
}

/* All its programs: does loading it say @words? */
static void refuses_all(const char *object, int want, const char *words)
{
	struct weir_object *obj = open_object(object);

	ksft_test_result(obj && load_object(obj) == want &&
				 strstr(error, words),
			 "%s: %s\n", object, words);
	weir_object__close(obj);
}

/* A few entries less, and it is good. */
static void test_too_many(void)
{
	struct weir_object *obj = open_object("too_many");
	struct weir_map_handle *map =
		obj ? weir_object__find_map_by_name(obj, "counts") : NULL;

	ksft_test_result(map && !weir_map__set_max_entries(map, 10) &&
				 !load_object(obj) && run(obj, "count") == 1,
			 "too_many: loads with less\n");
	weir_object__close(obj);
}

static void test_refusals(void)
{
	struct weir_object *obj;

	refuses("core", "field", 0, "");
	refuses("core", "question", -EOPNOTSUPP, "CO-RE 'field exists'");
	refuses("unresolved", "config", -EOPNOTSUPP, "CONFIG_HZ");
	refuses("unresolved", "variable", -EOPNOTSUPP, "jiffies");
	refuses("unresolved", "fine", 0, "");
	refuses("pointers", "follow", -EOPNOTSUPP, "addresses in global");
	refuses_all("other_kind", -EINVAL, "listed, is of kind tc");
	refuses_all("too_many", -E2BIG, "more than a map may");
	test_too_many();
	obj = open_object("missing");
	ksft_test_result(!obj && errno == ENOENT &&
				 !strcmp(error, "unresolved symbol nobody"),
			 "missing: named\n");
	weir_object__close(obj);
	obj = open_object("nonexistent");
	ksft_test_result(!obj && errno == ENOENT &&
				 !strcmp(error, "No such file or directory"),
			 "a file that is not there\n");
	weir_object__close(obj);
}

/*
 * Files that are not right
 */

static uint8_t file[1 << 18];
static size_t file_bytes;

static void read_object(const char *name)
{
	char path[128];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), FOLDER "%s.o", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? -1 : read(fd, file, sizeof(file));
	if (got <= 0 || got == sizeof(file))
		ksft_exit_fail_msg("%s: cannot be read\n", path);
	file_bytes = (size_t)got;
	close(fd);
}

/* Return: errno of opening what is in @file; 0 if it opens. */
static int open_file(size_t bytes)
{
	struct weir_object_opts opts = { .sz = sizeof(opts) };
	uint8_t *copy = malloc(bytes ? bytes : 1);
	struct weir_object *obj;
	int err;

	memcpy(copy, file, bytes); /* of this size: ASan sees what is behind */
	obj = weir_object__open_mem(copy, bytes, &opts);
	err = obj ? 0 : errno;
	snprintf(error, sizeof(error), "%s", opts.error);
	weir_object__close(obj);
	free(copy);
	return err;
}

static void is_refused(size_t off, const void *bytes, size_t nr,
		       const char *words)
{
	int err;

	read_object("maps");
	memcpy(file + off, bytes, nr);
	err = open_file(file_bytes);
	if (!ksft_test_result(err == ENOEXEC && strstr(error, words),
			      "refused: %s\n", words))
		ksft_print_msg("%s: %s\n", strerror(err), error);
}

#define REFUSED(field, value, words)                             \
	is_refused(offsetof(Elf64_Ehdr, field),                  \
		   &(typeof(((Elf64_Ehdr *)0)->field)){ value }, \
		   sizeof(((Elf64_Ehdr *)0)->field), words)

static void test_headers(void)
{
	static const uint8_t class32 = ELFCLASS32, big = ELFDATA2MSB, no = 0;
	bool truncated = true;

	is_refused(0, &no, 1, "not an ELF file");
	is_refused(EI_CLASS, &class32, 1, "32-bit");
	is_refused(EI_DATA, &big, 1, "big-endian");
	REFUSED(e_machine, EM_X86_64, "for machine 62");
	REFUSED(e_type, ET_EXEC, "not a relocatable object");
	REFUSED(e_shoff, 1 << 30, "truncated");
	REFUSED(e_shoff, 0, "no section headers");
	REFUSED(e_shstrndx, 2, "has no name");
	read_object("maps");
	for (size_t bytes = 0; bytes < file_bytes; bytes++)
		if (!open_file(bytes) || !error[0] || strchr(error, '\n')) {
			ksft_print_msg("%zu bytes: %s\n", bytes, error);
			truncated = false;
		}
	ksft_test_result(truncated,
			 "refused, in one line: cut off at every byte\n");
}

static Elf64_Shdr *section(const char *name)
{
	Elf64_Ehdr *ehdr = (void *)file;
	Elf64_Shdr *hdr = (void *)(file + ehdr->e_shoff);
	const char *names = (char *)file + hdr[ehdr->e_shstrndx].sh_offset;

	for (int i = 1; i < ehdr->e_shnum; i++)
		if (!strcmp(names + hdr[i].sh_name, name))
			return &hdr[i];
	ksft_exit_fail_msg("no section %s\n", name);
}

static void refused_now(const char *what)
{
	int err = open_file(file_bytes);

	if (!ksft_test_result(err == ENOEXEC && error[0], "refused: %s\n",
			      what))
		ksft_print_msg("%s: %s\n", strerror(err), error);
}

static void test_sections(void)
{
	Elf64_Rel *rel;

	read_object("maps");
	section("xdp")->sh_size = 1ULL << 40;
	refused_now("a section behind the end");
	read_object("maps");
	section("xdp")->sh_size -= 1;
	refused_now("half an instruction");
	read_object("maps");
	section(".symtab")->sh_entsize = 7;
	refused_now("symbols of another size");
	read_object("maps");
	section(".symtab")->sh_type = SHT_PROGBITS;
	refused_now("no symbols");
	read_object("maps");
	section(".relxdp")->sh_info = 1000;
	refused_now("relocations of no section");
	read_object("maps");
	rel = (void *)(file + section(".relxdp")->sh_offset);
	rel->r_offset += 1ULL << 32;
	refused_now("a relocation behind the end");
	read_object("maps");
	rel = (void *)(file + section(".relxdp")->sh_offset);
	rel->r_offset += 1;
	refused_now("a relocation within an instruction");
	read_object("maps");
	rel = (void *)(file + section(".relxdp")->sh_offset);
	rel->r_info |= 1ULL << 50;
	refused_now("a relocation to no symbol");
	read_object("maps");
	section(".relxdp")->sh_type = SHT_RELA;
	refused_now("relocations with addends");
	read_object("maps");
	memset(file + section(".BTF")->sh_offset + 40, 0xff, 8);
	refused_now("types of no kind");
	read_object("maps");
	memset(file + section(".BTF.ext")->sh_offset, 0xff, 32);
	refused_now("lines that are none");
}

/*
 * Handles
 */

static void test_handles(void)
{
	struct weir_map_opts opts = {
		.sz = sizeof(opts),
		.backend = backend,
		.type = BPF_MAP_TYPE_HASH,
		.key_size = 4,
		.value_size = 8,
		.max_entries = 2,
		.name = "standalone",
	};
	struct weir_map_handle *map = weir_map__create(&opts);
	uint32_t key = 1, keys[4], count = 4;
	uint64_t value = 5, values[4];

	if (!ksft_test_result(map, "handle: a map by itself\n"))
		return;
	ksft_test_result(!strcmp(weir_map__name(map), "standalone") &&
				 (weir_map__fd(map) >= 0) ==
					 (backend == WEIR_BACKEND_DEVICE),
			 "handle: its name, and its descriptor\n");
	ksft_test_result(weir_map__lookup_elem(map, &key, 4, &value, 8, 0) ==
				 -ENOENT,
			 "handle: nothing is in it\n");
	ksft_test_result(!weir_map__update_elem(map, &key, 4, &value, 8,
						BPF_NOEXIST) &&
				 weir_map__update_elem(map, &key, 4, &value, 8,
						       BPF_NOEXIST) == -EEXIST,
			 "handle: inserted once\n");
	ksft_test_result(
		weir_map__update_elem(map, &key, 3, &value, 8, 0) == -EINVAL &&
			weir_map__update_elem(map, &key, 4, &value, 7, 0) ==
				-EINVAL &&
			weir_map__lookup_elem(map, &key, 8, &value, 8, 0) ==
				-EINVAL &&
			weir_map__delete_elem(map, NULL, 0, 0) == -EINVAL,
		"handle: sizes are the map's\n");
	key = 2;
	weir_map__update_elem(map, &key, 4, &value, 8, 0);
	key = 3;
	ksft_test_result(weir_map__update_elem(map, &key, 4, &value, 8, 0) ==
				 -E2BIG,
			 "handle: full\n");
	ksft_test_result(weir_map__batch(map, WEIR_MAP_LOOKUP, NULL, keys,
					 values, &count, 0) == -ENOENT &&
				 count == 2 && values[0] == 5,
			 "handle: all at once\n");
	key = 1;
	ksft_test_result(
		!weir_map__lookup_and_delete_elem(map, &key, 4, &value, 8, 0) &&
			weir_map__delete_elem(map, &key, 4, 0) == -ENOENT,
		"handle: taken out\n");
	ksft_test_result(!weir_map__freeze(map) &&
				 weir_map__update_elem(map, &key, 4, &value, 8,
						       0) == -EPERM,
			 "handle: frozen\n");
	weir_map__close(map);
	weir_map__close(NULL);
}

static void not_made_for(struct weir_map_opts opts, const char *words)
{
	struct weir_map_handle *map;

	opts.sz = sizeof(opts);
	opts.backend = backend;
	map = weir_map__create(&opts);
	if (!ksft_test_result(!map && strstr(opts.error, words),
			      "not made, and why: %s\n", words))
		ksft_print_msg("%s\n", opts.error);
	weir_map__close(map);
}

/* In words, which errors do not have. */
static void test_reasons(void)
{
	const struct weir_map_opts usual = { .type = BPF_MAP_TYPE_HASH,
					     .key_size = 4,
					     .value_size = 8,
					     .max_entries = 4 };
	struct weir_map_opts opts = usual;

	opts.key_size = 600;
	not_made_for(opts, "1 to 512 bytes, not 600");
	opts = usual;
	opts.type = BPF_MAP_TYPE_PERCPU_ARRAY;
	opts.value_size = 40000;
	not_made_for(opts, "1 to 32768 bytes, not 40000");
	opts = usual;
	opts.max_entries = 0;
	not_made_for(opts, "no entries");
	opts = usual;
	opts.type = BPF_MAP_TYPE_LPM_TRIE;
	opts.key_size = 8;
	not_made_for(opts, "BPF_F_NO_PREALLOC");
	opts = usual;
	opts.type = BPF_MAP_TYPE_RINGBUF;
	opts.key_size = opts.value_size = 0;
	opts.max_entries = 5000;
	not_made_for(opts, "a power of two");
	opts = usual;
	opts.flags = BPF_F_MMAPABLE;
	not_made_for(opts, "does not take flags 0x400");
	opts = usual;
	opts.max_entries = 1u << 31;
	not_made_for(opts, "more than a map may");
}

static void not_made(struct weir_map_opts *opts, int err, const char *what)
{
	struct weir_map_handle *map;

	opts->sz = sizeof(*opts);
	opts->backend = backend;
	map = weir_map__create(opts);
	ksft_test_result(!map && errno == err && opts->error[0],
			 "not made: %s\n", what);
	weir_map__close(map);
}

static void test_ranges(void)
{
	not_made(&(struct weir_map_opts){ .type = BPF_MAP_TYPE_HASH,
					  .value_size = 4,
					  .max_entries = 1 },
		 EINVAL, "no key");
	not_made(&(struct weir_map_opts){ .type = BPF_MAP_TYPE_HASH,
					  .key_size = 4,
					  .max_entries = 1 },
		 EINVAL, "no value");
	not_made(&(struct weir_map_opts){ .type = BPF_MAP_TYPE_HASH,
					  .key_size = 4,
					  .value_size = 4 },
		 EINVAL, "no entries");
	not_made(&(struct weir_map_opts){ .type = BPF_MAP_TYPE_ARRAY,
					  .key_size = 8,
					  .value_size = 4,
					  .max_entries = 1 },
		 EINVAL, "an array with a long key");
	not_made(&(struct weir_map_opts){ .type = BPF_MAP_TYPE_HASH,
					  .key_size = 4,
					  .value_size = 4,
					  .max_entries = 1,
					  .flags = 1u << 31 },
		 EINVAL, "an unknown flag");
	not_made(&(struct weir_map_opts){ .type = 12345,
					  .key_size = 4,
					  .value_size = 4,
					  .max_entries = 1 },
		 EINVAL, "no such type");
	not_made(&(struct weir_map_opts){ .type = BPF_MAP_TYPE_ARRAY,
					  .key_size = 4,
					  .value_size = 1u << 20,
					  .max_entries = 1u << 31 },
		 E2BIG, "size times count");
	not_made(&(struct weir_map_opts){ .type = BPF_MAP_TYPE_HASH,
					  .key_size = 4096,
					  .value_size = 4,
					  .max_entries = 1 },
		 E2BIG, "a key over the limit");
}

static void test_mmap(void)
{
	struct weir_object *obj = open_object("maps");
	struct weir_map_handle *map =
		obj ? weir_object__find_map_by_name(obj, "mapped") : NULL;
	uint32_t key = 1;
	uint8_t value[12] = { 1, 2, 3 };
	size_t bytes = 0;
	uint8_t *at;

	if (!ksft_test_result(map && !load_object(obj), "mmap: loads\n"))
		return;
	at = weir_map__mmap(map, &bytes);
	ksft_test_result(at && bytes == 48, "mmap: the values as memory\n");
	weir_map__update_elem(map, &key, 4, value, 12, 0);
	ksft_test_result(at && !memcmp(at + 16, value, 12),
			 "mmap: what is put in is seen\n");
	ksft_test_result(weir_map__freeze(map) == -EBUSY,
			 "mmap: not frozen meanwhile\n");
	map = weir_object__find_map_by_name(obj, "counts");
	ksft_test_result(!weir_map__mmap(map, &bytes) && errno == EOPNOTSUPP,
			 "mmap: only of maps that say so\n");
	weir_object__close(obj);
}

static void test_reuse(void)
{
	struct weir_object *a = open_object("maps"), *b = open_object("maps");
	struct weir_map_handle *from, *to;
	uint32_t key = 3;
	uint64_t value = 0;

	if (!ksft_test_result(a && b && !load_object(a), "reuse: loads\n"))
		return;
	from = weir_object__find_map_by_name(a, "counts");
	to = weir_object__find_map_by_name(b, "counts");
	ksft_test_result(
		weir_map__reuse(weir_object__find_map_by_name(b, "flows"),
				from) == -EINVAL,
		"reuse: only of maps that are alike\n");
	ksft_test_result(!weir_map__reuse(to, from) && !load_object(b),
			 "reuse: another object's map\n");
	run(b, "count");
	weir_object__close(b);
	ksft_test_result(!weir_map__lookup_elem(from, &key, 4, &value, 8, 0) &&
				 value == 1,
			 "reuse: one counts, the other sees it\n");
	weir_object__close(a);
}

/*
 * Ring buffers
 */

struct seen {
	unsigned int nr;
	unsigned int stop_after;
	uint64_t sum;
	size_t bytes;
};

static int see(void *arg, const void *data, size_t size)
{
	struct seen *seen = arg;
	uint32_t word;

	memcpy(&word, data, sizeof(word));
	seen->nr++;
	seen->sum += word;
	seen->bytes += size;
	return seen->nr == seen->stop_after ? -ECANCELED : 0;
}

/* Three records of 12 bytes, of which the last is taken back. */
static void tell(struct weir_map_handle *map, uint32_t word)
{
	for (int i = 0; i < 3; i++) {
		uint32_t *record = weir_ringbuf_reserve(map->core, 12);

		if (!record)
			return;
		memset(record, 0, 12);
		*record = word + (uint32_t)i;
		if (i == 2)
			weir_ringbuf_discard(record, 0);
		else
			weir_ringbuf_submit(record, 0);
	}
}

static bool copy(struct weir_map_handle *map)
{
	static const uint32_t word = 0x01020304;

	return !weir_ringbuf_output(map->core, &word, sizeof(word), 0);
}

static void test_ring(void)
{
	struct weir_map_opts opts = {
		.sz = sizeof(opts),
		.type = BPF_MAP_TYPE_RINGBUF,
		.max_entries = (uint32_t)sysconf(_SC_PAGESIZE),
		.name = "ring",
	};
	struct weir_map_handle *map = weir_map__create(&opts);
	struct weir_ring_buffer *rb;
	struct seen seen = { 0 };
	unsigned int filled = 0;

	if (!ksft_test_result(map, "ring: is made\n"))
		return;
	rb = weir_ring_buffer__new(map, see, &seen);
	if (!ksft_test_result(rb, "ring: a reader\n"))
		goto out;
	ksft_test_result(weir_ring_buffer__poll(rb, 0) == 0 && !seen.nr,
			 "ring: nothing is there\n");
	tell(map, 10);
	tell(map, 20);
	ksft_test_result(weir_ring_buffer__poll(rb, 1000) == 4 &&
				 seen.sum == 10 + 11 + 20 + 21 &&
				 seen.bytes == 4 * 12,
			 "ring: records, without those taken back\n");
	seen = (struct seen){ 0 };
	copy(map);
	ksft_test_result(weir_ring_buffer__poll(rb, -1) == 1 &&
				 seen.sum == 0x01020304 && seen.bytes == 4,
			 "ring: a copied record, waited for\n");
	seen = (struct seen){ 0 };
	for (int i = 0; i < 1000; i++) {
		tell(map, 0);
		weir_ring_buffer__consume(rb);
	}
	ksft_test_result(seen.nr == 2000 && seen.sum == 1000,
			 "ring: round and round\n");
	while (copy(map))
		filled++;
	ksft_test_result(filled >= opts.max_entries / 16 - 1 &&
				 filled <= opts.max_entries / 16,
			 "ring: full\n");
	seen = (struct seen){ .stop_after = 3 };
	ksft_test_result(weir_ring_buffer__consume(rb) == -ECANCELED &&
				 weir_ring_buffer__consume(rb) ==
					 (int)filled - 3,
			 "ring: a reader that stops, and goes on\n");
	weir_ring_buffer__free(rb);
	weir_ring_buffer__free(NULL);
out:
	weir_map__close(map);
}

/* What programs put there; the size is rounded up to a page. */
static void test_ring_program(void)
{
	struct weir_object *obj = open_object("ring");
	struct weir_ring_buffer *rb = NULL;
	struct weir_map_handle *map;
	struct seen seen = { 0 };

	if (!ksft_test_result(obj && !load_object(obj),
			      "ring program: loads\n"))
		return;
	map = weir_object__find_map_by_name(obj, "events");
	rb = weir_ring_buffer__new(map, see, &seen);
	for (int i = 0; i < 6; i++)
		run(obj, "tell");
	ksft_test_result(rb && weir_ring_buffer__poll(rb, 1000) == 4 &&
				 seen.sum == 0 + 1 + 3 + 4 &&
				 seen.bytes == 4 * 12,
			 "ring program: reserved, submitted, discarded\n");
	seen = (struct seen){ 0 };
	run(obj, "copy");
	ksft_test_result(rb && weir_ring_buffer__poll(rb, 1000) == 1 &&
				 seen.sum == 0x01020304,
			 "ring program: copied\n");
	weir_ring_buffer__free(rb);
	weir_object__close(obj);
}

static void test_no_ring(void)
{
	struct weir_map_opts opts = { .sz = sizeof(opts),
				      .backend = backend,
				      .type = BPF_MAP_TYPE_HASH,
				      .key_size = 4,
				      .value_size = 4,
				      .max_entries = 1 };
	struct weir_map_handle *map = weir_map__create(&opts);

	ksft_test_result(map && !weir_ring_buffer__new(map, see, NULL) &&
				 errno == EINVAL,
			 "ring: not of other maps\n");
	weir_map__close(map);
}

/*
 * Live parameters
 */

static void test_params_set(struct weir_object *obj)
{
	struct weir_program *sum =
		weir_object__find_program_by_name(obj, "sum");
	struct weir_param_def def;

	ksft_test_result(!weir_program__param(sum, 1, &def) &&
				 !strcmp(def.name, "bias") && def.size == 4 &&
				 def.flags == WEIR_PARAM_SIGNED &&
				 (int64_t)def.min == -5 && def.max == 5 &&
				 (int64_t)def.value == -2 &&
				 !weir_program__param(sum, 3, &def) &&
				 !strcmp(def.name, "any") && !def.min &&
				 def.max == 255 &&
				 weir_program__param(sum, 4, &def) == -ENOENT,
			 "params: what they are\n");
	ksft_test_result(!weir_program__set_param(sum, "threshold", 1 << 16,
						  &def) &&
				 def.value == 1 << 16 &&
				 run(obj, "sum") == (1 << 16) - 2 + 7 + 3,
			 "params: set\n");
	ksft_test_result(run(obj, "other") == 2000 + 5,
			 "params: each program has its own numbers\n");
	ksft_test_result(
		weir_program__set_param(sum, "threshold", 0, &def) == -ERANGE &&
			def.value == 1 << 16 && def.min == 1 &&
			weir_program__set_param(sum, "bias", (u64)-6, NULL) ==
				-ERANGE &&
			weir_program__set_param(sum, "thres", 1, NULL) ==
				-ENOENT &&
			weir_program__set_param(
				sum, "threshold_that_is_longer_than_any", 1,
				NULL) == -ENOENT &&
			run(obj, "sum") == (1 << 16) - 2 + 7 + 3,
		"params: refused, and as they were\n");
	ksft_test_result(!weir_program__set_param(sum, "bias", 5, NULL) &&
				 !weir_program__set_param(sum, "wide",
							  1ULL << 40, NULL) &&
				 run(obj, "sum") == (1 << 16) + 5 + 3,
			 "params: all sizes\n");
}

static void test_params(void)
{
	struct weir_object *obj = open_object("params");
	struct weir_program *none;
	struct weir_param_def def;
	uint32_t *threshold;
	size_t size = 0;

	if (!ksft_test_result(obj, "params: opens\n"))
		return;
	ksft_test_result(!weir_object__find_map_by_name(obj, ".rodata.params"),
			 "params: they are no map\n");
	threshold = weir_object__variable(obj, "threshold", &size);
	ksft_test_result(threshold && size == 4 && *threshold == 1000,
			 "params: known before load\n");
	if (threshold)
		*threshold = 2000;
	if (!ksft_test_result(!load_object(obj), "params: loads\n"))
		goto out;
	ksft_test_result(run(obj, "sum") == 2000 - 2 + 7 + 3,
			 "params: start as they were left\n");
	ksft_test_result(!weir_object__variable(obj, "threshold", &size) &&
				 errno == EBUSY,
			 "params: no variables afterwards\n");
	none = weir_object__find_program_by_name(obj, "none");
	ksft_test_result(weir_program__param(none, 0, &def) == -ENOENT &&
				 weir_program__set_param(none, "threshold", 1,
							 NULL) == -ENOENT,
			 "params: none where none is used\n");
	test_params_set(obj);
out:
	weir_object__close(obj);
	obj = open_object("params");
	threshold = obj ? weir_object__variable(obj, "threshold", &size) : NULL;
	if (threshold)
		*threshold = 0;
	ksft_test_result(threshold && load_object(obj) == -EINVAL &&
				 strstr(error, "threshold"),
			 "params: refused out of range at load\n");
	weir_object__close(obj);
}

/* What is the same wherever programs run. */
static void test_loaded(void)
{
	test_programs();
	test_data();
	test_definitions();
	test_legacy("legacy");
	test_legacy("no_types");
	test_fields();
	test_values();
	test_callback();
	test_handles();
	test_ranges();
	test_reasons();
	test_reuse();
	test_mmap();
	test_ring_program();
	test_no_ring();
	test_params();
}

int main(int argc, char **argv)
{
	ksft_print_header();
	if (argc == 2 && !strcmp(argv[1], "--device")) {
		backend = WEIR_BACKEND_DEVICE;
		test_loaded();
		return ksft_finished();
	}
	test_loaded();
	test_refusals();
	test_headers();
	test_sections();
	test_ring();
	return ksft_finished();
}
