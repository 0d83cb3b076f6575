// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Programs in C, as people write them: does Weir take them, and do its engines
 * do what they say?
 *
 *	run_corpus [--engine interp|jit|linux] PACKETS DIR|OBJECT...
 *
 * Objects are NAME.LEVEL.CPU.o (see tools/build.mk); PACKETS has lines "name:
 * hex". Each object must be accepted. It then runs on every packet, interpreted
 * and by the engine, and both must leave the same verdict and the same packet:
 * one test per object. The engine `linux` is the running kernel's bpf().
 *
 * One more test per program says that its verdicts differ between packets, so
 * that agreeing means something.
 */
#define _FILE_OFFSET_BITS 64 /* directories of 64-bit hosts under qemu */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "tools/lib/libweir.h"
#include "selftests/harness.h"

#define MAX_OBJECTS 2048
#define MAX_PACKETS 512
#define ROOM 2048
/* A socket filter's test run in Linux starts behind the Ethernet header. */
#define ETHER 14
/* Linux's test runs want this much. */
#define LEAST_LINUX 15

/* What one packet came to. */
struct outcome {
	uint32_t verdict;
	bool guarded;
	uint32_t size;
	uint8_t bytes[ROOM];
};

struct engine {
	const char *name;
	struct weir_program *prog; /* or */
	int linux_fd;
	enum weir_kind kind;
};

struct packet {
	char name[64];
	uint32_t size;
	uint8_t *bytes;
};

struct object {
	char path[1024];
	const char *name; /* NAME.LEVEL.CPU */
};

static const char *engine = "interp";
static struct packet packets[MAX_PACKETS];
static size_t nr_packets;
static struct object objects[MAX_OBJECTS];
static size_t nr_objects;
static size_t nr_runs, nr_guarded;

/* An object with its one program, loaded; NULL with errno. */
static struct weir_object *load(const struct object *o, const char *how,
				struct engine *e)
{
	struct weir_object_opts open = { .sz = sizeof(open) };
	struct weir_load_opts opts = {
		.sz = sizeof(opts),
		.engine = strcmp(how, "jit") ? WEIR_ENGINE_INTERP
					     : WEIR_ENGINE_JIT,
	};
	struct weir_object *obj = weir_object__open_file(o->path, &open);

	if (!obj) {
		ksft_print_msg("%s: not opened: %s\n", o->name, open.error);
		return NULL;
	}
	if (!weir_object__load(obj, &opts)) {
		e->prog = weir_object__next_program(obj, NULL);
		e->kind = weir_program__kind(e->prog);
		return obj;
	}
	ksft_print_msg("%s: not loaded: %s at %u: %s\n", o->name,
		       weir_reject__name(opts.reject_nr), opts.reject_pc,
		       opts.reject_detail);
	weir_object__close(obj);
	return NULL;
}

static int run_weir(const struct engine *e, const struct packet *p,
		    struct outcome *out)
{
	struct weir_run_opts run = {
		.sz = sizeof(run),
		.data = p->bytes,
		.data_size = p->size,
		.data_out = out->bytes,
		.data_out_size = sizeof(out->bytes),
	};
	int err = weir_program__run(e->prog, &run);

	out->verdict = (uint32_t)run.verdict;
	out->guarded = run.exit.kind == WEIR_EXIT_GUARD;
	out->size = run.data_out_size;
	return err;
}

static int run_linux(const struct engine *e, const struct packet *p,
		     struct outcome *out)
{
	static uint8_t in[ETHER + ROOM];
	uint32_t before = e->kind == WEIR_KIND_SOCKET ? ETHER : 0;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in,
		    .data_size_in = before + p->size, .data_out = out->bytes,
		    .data_size_out = sizeof(out->bytes), .repeat = 1);

	memset(in, 0, ETHER);
	memcpy(in + before, p->bytes, p->size);
	/* The field `protocol` comes from the header in front. */
	if (before)
		memcpy(in + 12, p->bytes + 12, 2);
	if (bpf_prog_test_run_opts(e->linux_fd, &opts))
		return -errno;
	out->verdict = opts.retval;
	out->guarded = false;
	out->size = opts.data_size_out - before;
	memmove(out->bytes, out->bytes + before, out->size);
	return 0;
}

static int run(const struct engine *e, const struct packet *p,
	       struct outcome *out)
{
	return e->prog ? run_weir(e, p, out) : run_linux(e, p, out);
}

static bool differ(const struct engine *a, const struct engine *b,
		   const struct packet *p, uint32_t *verdicts)
{
	static struct outcome x, y;
	int err_x = run(a, p, &x), err_y = run(b, p, &y);

	/* Linux wants whole headers in a packet for tc; that is no verdict. */
	if (!b->prog && err_y == -EINVAL)
		return false;
	nr_runs++;
	nr_guarded += x.guarded;
	*verdicts |= 1u << (x.verdict & 31);
	if (!err_x && !err_y && x.verdict == y.verdict &&
	    x.guarded == (b->prog ? y.guarded : x.guarded) &&
	    x.size == y.size && !memcmp(x.bytes, y.bytes, x.size))
		return false;
	ksft_print_msg("packet '%s': %s: %s verdict %u%s, %u bytes; %s: %s "
		       "verdict %u%s, %u bytes%s\n",
		       p->name, a->name, strerror(-err_x), x.verdict,
		       x.guarded ? " (guard)" : "", x.size, b->name,
		       strerror(-err_y), y.verdict, y.guarded ? " (guard)" : "",
		       y.size,
		       x.size == y.size && memcmp(x.bytes, y.bytes, x.size)
			       ? ", of other content"
			       : "");
	return true;
}

/* Two engines, all packets. Return: packets on which they differ. */
static uint32_t compare(const struct engine *a, const struct engine *b,
			uint32_t *verdicts)
{
	uint32_t wrong = 0;

	for (size_t i = 0; i < nr_packets && wrong < 3; i++) {
		if (packets[i].size > ROOM - ETHER)
			continue;
		if (!b->prog && packets[i].size < LEAST_LINUX)
			continue;
		wrong += differ(a, b, &packets[i], verdicts);
	}
	return wrong;
}

/* The same object in Linux; NULL with errno. */
static struct bpf_object *linux_load(const struct object *o, struct engine *e)
{
	struct bpf_object *obj = bpf_object__open_file(o->path, NULL);
	struct bpf_program *prog;
	int err;

	if (!obj)
		return NULL;
	prog = bpf_object__next_program(obj, NULL);
	err = prog ? bpf_object__load(obj) : -ENOENT;
	if (err) {
		bpf_object__close(obj);
		errno = -err;
		return NULL;
	}
	e->linux_fd = bpf_program__fd(prog);
	return obj;
}

/* Linux knows less than we do of what is safe. */
static void against_linux(const struct object *o, struct engine *a,
			  uint32_t *verdicts)
{
	struct engine b = { .name = "linux", .kind = a->kind };
	struct bpf_object *obj = linux_load(o, &b);
	char why[128];

	if (obj) {
		ksft_test_result(!compare(a, &b, verdicts), "%s", o->name);
	} else {
		snprintf(why, sizeof(why), "Linux does not load it: %s",
			 strerror(errno));
		compare(a, a, verdicts);
		ksft_test_result_skip(why, "%s", o->name);
	}
	bpf_object__close(obj);
}

/* The interpreter and the engine, on all packets. */
static void one_object(const struct object *o, uint32_t *verdicts)
{
	struct engine a = { .name = "interp" }, b = { .name = engine };
	struct weir_object *ours = load(o, "interp", &a), *other;

	if (!ours) {
		ksft_test_result(false, "%s", o->name);
	} else if (!strcmp(engine, "linux")) {
		against_linux(o, &a, verdicts);
	} else {
		other = load(o, engine, &b);
		ksft_test_result(other && !compare(&a, &b, verdicts), "%s",
				 o->name);
		weir_object__close(other);
	}
	weir_object__close(ours);
}

/* The build leaves v4 out where no compiler knows it. */
static void without_v4(const char *name, int len)
{
	static const char *const levels[] = { "O1", "O2", "Os" };

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		ksft_test_result_skip("no clang here for v4", "%.*s.%s.v4.o",
				      len, name, levels[i]);
}

/* Objects of one program follow each other. */
static size_t one_program(size_t first)
{
	size_t len = strcspn(objects[first].name, "."), i;
	bool has_v4 = false, has_v3 = false;
	uint32_t verdicts = 0;

	for (i = first; i < nr_objects; i++) {
		if (strncmp(objects[i].name, objects[first].name, len + 1))
			break;
		one_object(&objects[i], &verdicts);
		has_v3 |= !!strstr(objects[i].name, ".O1.v3.");
		has_v4 |= !!strstr(objects[i].name, ".O1.v4.");
	}
	if (has_v3 && !has_v4)
		without_v4(objects[first].name, (int)len);
	ksft_test_result(verdicts & (verdicts - 1),
			 "%.*s: verdicts differ between packets", (int)len,
			 objects[first].name);
	return i;
}

static uint32_t unhex(char *hex, uint8_t *out)
{
	uint32_t nr = 0;
	char pair[3] = "";

	for (; hex[0] && hex[1] && hex[0] != '\n'; hex += 2) {
		memcpy(pair, hex, 2);
		out[nr++] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return nr;
}

static void read_packets(const char *path)
{
	FILE *f = fopen(path, "r");
	static char line[16384];

	if (!f)
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	while (fgets(line, sizeof(line), f) && nr_packets < MAX_PACKETS) {
		struct packet *p = &packets[nr_packets];
		char *hex = strchr(line, ':');

		if (*line == '#' || !hex)
			continue;
		*hex = 0;
		snprintf(p->name, sizeof(p->name), "%.60s", line);
		p->bytes = malloc(strlen(hex + 1) / 2 + 1);
		p->size = unhex(hex + 2, p->bytes);
		/* Exactly as long as it is, so that ASan sees a byte too far. */
		p->bytes = realloc(p->bytes, p->size);
		nr_packets++;
	}
	fclose(f);
}

static void add_object(const char *path)
{
	struct object *o = &objects[nr_objects++];
	const char *slash;

	if (nr_objects > MAX_OBJECTS)
		ksft_exit_fail_msg("more than %u objects\n", MAX_OBJECTS);
	snprintf(o->path, sizeof(o->path), "%s", path);
	slash = strrchr(o->path, '/');
	o->name = slash ? slash + 1 : o->path;
	o->path[strlen(o->path)] = 0;
}

static int is_object(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 2 && !strcmp(entry->d_name + len - 2, ".o");
}

static void add_objects(const char *path)
{
	struct dirent **names;
	char full[1024];
	int nr = scandir(path, &names, is_object, alphasort);

	if (nr < 0 && errno == ENOTDIR) {
		add_object(path);
		return;
	}
	if (nr <= 0)
		ksft_exit_fail_msg("%s: no objects\n", path);
	for (int i = 0; i < nr; i++) {
		snprintf(full, sizeof(full), "%s/%s", path, names[i]->d_name);
		add_object(full);
		free(names[i]);
	}
	free(names);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "engine", required_argument, NULL, 'e' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'e')
			return 2;
		engine = optarg;
	}
	if (argc - optind < 2) {
		fprintf(stderr, "usage: run_corpus [--engine interp|jit|linux] "
				"PACKETS DIR|OBJECT...\n");
		return 2;
	}
	libbpf_set_print(NULL);
	ksft_print_header();
	read_packets(argv[optind]);
	for (int i = optind + 1; i < argc; i++)
		add_objects(argv[i]);
	for (size_t i = 0; i < nr_objects;)
		i = one_program(i);
	ksft_print_msg("%zu runs, %zu of them ended by a guard\n", nr_runs,
		       nr_guarded);
	ksft_print_msg("%zu objects, %zu packets\n", nr_objects, nr_packets);
	return ksft_finished();
}
