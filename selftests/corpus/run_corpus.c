// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Programs in C, as people write them: does Weir take them, and do its engines
 * do what they say?
 *
 *	run_corpus [--engine interp|jit|device|linux] [--only PART] CORPUS
 *		DIR|OBJECT...
 *
 * Objects are NAME.LEVEL.CPU.o (see tools/build.mk). CORPUS is this directory,
 * with packets.txt, lines "name: hex", elements.txt, which says what maps hold
 * before, and refused.txt, which says what is skipped. Each object must be
 * accepted. It then runs on every packet, interpreted and by the engine, and
 * both must leave the same verdict, the same packet, and the same in maps: one
 * test per object. The engine `device` is Weir in the kernel, `linux` the running
 * kernel's bpf().
 *
 * One more test per program says that its verdicts differ between packets, or
 * that it leaves something in a map, so that agreeing means something.
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
#define MAX_REFUSALS 64
#define ROOM 2048
/* A socket filter's test run in Linux starts behind the Ethernet header. */
#define ETHER 14
/* Linux's test runs want this much. */
#define LEAST_LINUX 15
#define ALL_VERDICTS 3

/* What one packet came to. */
struct outcome {
	uint32_t verdict;
	bool guarded;
	uint32_t size;
	uint8_t bytes[ROOM];
};

/* An object that some engine has loaded. */
struct engine {
	const char *name;
	enum weir_kind kind;
	struct weir_object *obj;
	struct weir_program *prog;
	struct bpf_object *linux_obj;
	int linux_fd;
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

struct refusal {
	char name[64];
	char why[128];
};

static const char *engine = "interp";
static const char *only = ""; /* a part of the names */
static struct refusal refusals[MAX_REFUSALS];
static size_t nr_refusals;
static struct packet packets[MAX_PACKETS];
static size_t nr_packets;
static struct object objects[MAX_OBJECTS];
static size_t nr_objects;
static size_t nr_runs, nr_guarded;

#include "selftests/corpus/maps.c"

/* Why an object is known not to be taken, or NULL. */
static const char *refused(const struct object *o)
{
	for (size_t i = 0; i < nr_refusals; i++)
		if (!strncmp(refusals[i].name, o->name,
			     strlen(refusals[i].name)))
			return refusals[i].why;
	return NULL;
}

/* An object with its one program, loaded, its maps filled. */
static bool load(const struct object *o, struct engine *e)
{
	struct weir_object_opts open = { .sz = sizeof(open) };
	struct weir_load_opts opts = {
		.sz = sizeof(opts),
		.backend = strcmp(e->name, "device") ? WEIR_BACKEND_PROCESS
						     : WEIR_BACKEND_DEVICE,
		.engine = strcmp(e->name, "interp") ? WEIR_ENGINE_JIT
						    : WEIR_ENGINE_INTERP,
	};

	e->obj = weir_object__open_file(o->path, &open);
	if (!e->obj) {
		ksft_print_msg("%s: not opened: %s\n", o->name, open.error);
		return false;
	}
	if (weir_object__load(e->obj, &opts)) {
		ksft_print_msg("%s: not loaded: %s at %u: %s\n", o->name,
			       weir_reject__name(opts.reject_nr),
			       opts.reject_pc, opts.reject_detail);
		return false;
	}
	e->prog = weir_object__next_program(e->obj, NULL);
	e->kind = weir_program__kind(e->prog);
	return fill_maps(o, e);
}

static void unload(struct engine *e)
{
	weir_object__close(e->obj);
	bpf_object__close(e->linux_obj);
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
	int err_x, err_y = run(b, p, &y);

	/* Linux wants whole headers in a packet for tc; that is no verdict. */
	if (!b->prog && err_y == -EINVAL)
		return false;
	err_x = run(a, p, &x);
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

/* Two engines, all packets, and what that left in maps. */
static bool agree(const struct object *o, const struct engine *a,
		  const struct engine *b, uint32_t *verdicts)
{
	bool written = false;
	uint32_t wrong = 0;

	for (size_t i = 0; i < nr_packets && wrong < 3; i++) {
		if (packets[i].size > ROOM - ETHER)
			continue;
		if (!b->prog && packets[i].size < LEAST_LINUX)
			continue;
		wrong += differ(a, b, &packets[i], verdicts);
	}
	wrong += maps_differ(o, a, b, &written);
	if (written)
		*verdicts = ALL_VERDICTS;
	return !wrong;
}

/* The same object in Linux. Return: an errno. */
static int linux_load(const struct object *o, struct engine *e)
{
	struct bpf_program *prog;
	int err;

	e->linux_obj = bpf_object__open_file(o->path, NULL);
	if (!e->linux_obj)
		return errno;
	prog = bpf_object__next_program(e->linux_obj, NULL);
	err = prog ? bpf_object__load(e->linux_obj) : -ENOENT;
	if (err)
		return -err;
	e->linux_fd = bpf_program__fd(prog);
	return fill_maps(o, e) ? 0 : EINVAL;
}

/* Linux knows less than we do of what is safe. */
static void against_linux(const struct object *o, struct engine *a,
			  struct engine *b, uint32_t *verdicts)
{
	int err;
	char why[128];

	b->kind = a->kind;
	err = linux_load(o, b);
	if (!err) {
		ksft_test_result(agree(o, a, b, verdicts), "%s", o->name);
		return;
	}
	snprintf(why, sizeof(why), "Linux does not load it: %s", strerror(err));
	*verdicts = ALL_VERDICTS;
	ksft_test_result_skip(why, "%s", o->name);
}

/* The interpreter and the engine. */
static void one_object(const struct object *o, uint32_t *verdicts)
{
	struct engine a = { .name = "interp" }, b = { .name = engine };
	const char *why = refused(o);
	bool ok = load(o, &a);

	if (why && ok)
		ksft_print_msg("%s is taken: no more in refused.txt\n",
			       o->name);
	if (why && !ok) {
		*verdicts = ALL_VERDICTS;
		ksft_test_result_skip(why, "%s", o->name);
	} else if (why || !ok)
		ksft_test_result(false, "%s", o->name);
	else if (!strcmp(engine, "linux"))
		against_linux(o, &a, &b, verdicts);
	else
		ksft_test_result(load(o, &b) && agree(o, &a, &b, verdicts),
				 "%s", o->name);
	unload(&a);
	unload(&b);
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
			 "%.*s: not all packets are the same to it", (int)len,
			 objects[first].name);
	return i;
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

static void read_refusals(const char *path)
{
	FILE *f = fopen(path, "r");
	char line[256];

	if (!f)
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	while (fgets(line, sizeof(line), f) && nr_refusals < MAX_REFUSALS)
		if (*line != '#' &&
		    sscanf(line, "%63s %127[^\n]", refusals[nr_refusals].name,
			   refusals[nr_refusals].why) == 2)
			nr_refusals++;
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

	return len > 2 && !strcmp(entry->d_name + len - 2, ".o") &&
	       strstr(entry->d_name, only);
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
		{ "only", required_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	char path[1024];
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'e')
			engine = optarg;
		else if (c == 'o')
			only = optarg;
		else
			return 2;
	}
	if (argc - optind < 2) {
		fprintf(stderr,
			"usage: run_corpus [--engine "
			"interp|jit|device|linux] [--only PART] CORPUS DIR|OBJECT...\n");
		return 2;
	}
	libbpf_set_print(NULL);
	ksft_print_header();
	snprintf(path, sizeof(path), "%s/packets.txt", argv[optind]);
	read_packets(path);
	snprintf(path, sizeof(path), "%s/elements.txt", argv[optind]);
	read_elements(path);
	snprintf(path, sizeof(path), "%s/refused.txt", argv[optind]);
	read_refusals(path);
	for (int i = optind + 1; i < argc; i++)
		add_objects(argv[i]);
	for (size_t i = 0; i < nr_objects;)
		i = one_program(i);
	ksft_print_msg("%zu runs, %zu of them ended by a guard\n", nr_runs,
		       nr_guarded);
	ksft_print_msg("%zu objects, %zu packets\n", nr_objects, nr_packets);
	return ksft_finished();
}
