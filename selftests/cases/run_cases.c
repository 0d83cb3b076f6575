// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Runs the text cases:
 *
 *	run_cases [--engine interp|jit|device|linux] [--complete]
 *		  [--every-subset] PATH...
 *	run_cases --write DIRECTORY PATH...
 *
 * Every case goes through the pipeline and each run through the engine, as the
 * library offers them. Beside what the case itself expects:
 *
 *	interp	each fact is held against each run (weir_interp_audit), and the
 *		program compiles for every target with every subset of optional
 *		CPU features and passes
 *	jit	each such subset of what this CPU has gives what the
 *		interpreter gives
 *	device	the same through /dev/weir, interpreted and compiled there
 *	linux	what the running Linux makes of the case, where it can
 *
 * --write runs nothing: the programs that are accepted go to files
 * TOPIC-NAME.KIND, classic ones to TOPIC-NAME.classic, as hex; but for those that
 * use maps or parameters.
 *
 * One test point per file; with --complete one for the rejections that no case
 * provokes.
 */
#include <ftw.h>
#include <getopt.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "selftests/cases/case.c"
#include <linux/types.h>
#include <linux/kernel.h>
#include "base/host.h"
#include "base/log.h"
#include "base/param.h"
#include "base/prog.h"
#include "base/run.h"
#include "jit/arch.h"
#include "jit/compile.h"
#include "runtime/interp.h"
#include "runtime/loaded.h"
#include "runtime/packet.h"
#include "verifier/facts.h"
#include "selftests/harness.h"

#define MAX_FILES 4096
/* Programs longer than this take only the corners of the subsets. */
#define LONG_PROGRAM 5000
#define SECONDS_PER_CASE 120

static char *files[MAX_FILES];
static size_t nr_files;
static bool device, jit, on_linux;
static bool every; /* subset of the passes, not only a selection */
static uint32_t share; /* of the selection; of the case's name */

/* What the children that run one case each add to. */
static struct shared {
	bool seen_reject[256];
	size_t nr_runs;
	size_t nr_loads;
	char why_not[200]; /* the case cannot be run, for this reason */
} * shared;

/* How one run ended. */
struct outcome {
	int err;
	uint64_t verdict;
	struct weir_exit_record exit;
	uint8_t out[CASE_MAX_PACKET];
	uint32_t out_size;
};

/* What every complaint starts with. */
struct how {
	const struct case_file *c;
	const char *engine;
	uint32_t no_features;
	uint32_t no_passes;
};

__attribute__((format(printf, 2, 3))) static bool
complain(const struct how *how, const char *fmt, ...)
{
	va_list ap;

	printf("# %s", how->engine);
	if (how->no_features || how->no_passes)
		printf(" (without features 0x%x, passes 0x%x)",
		       how->no_features, how->no_passes);
	printf(": ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	return false;
}

#include "selftests/cases/world.c"

/* Loading */

static struct weir_load_opts options(const struct how *how,
				     const struct world *w)
{
	const struct case_file *c = how->c;

	shared->nr_loads++;
	return (struct weir_load_opts){
		.sz = sizeof(struct weir_load_opts),
		.kind = c->kind,
		.backend = device ? WEIR_BACKEND_DEVICE : WEIR_BACKEND_PROCESS,
		.engine = !strcmp(how->engine, "interp") ? WEIR_ENGINE_INTERP
							 : WEIR_ENGINE_JIT,
		.strict = c->strict,
		.fail_verdict = c->fail_verdict,
		.no_features = how->no_features,
		.no_passes = how->no_passes,
		.maps = w->map,
		.nr_maps = (uint32_t)c->nr_maps,
	};
}

/* The case's own program; those for its tail calls are loaded before. */
static struct weir_program *load(const struct how *how, struct world *w,
				 struct weir_load_opts *opts)
{
	const struct case_file *c = how->c;

	*opts = options(how, w);
	if (c->classic) {
		opts->maps = NULL;
		opts->nr_maps = 0;
		return weir_program__load_classic(c->classic, c->nr_insns,
						  opts);
	}
	opts->assume = c->assume;
	opts->params = c->params.nr ? c->params.def : NULL;
	opts->nr_params = c->params.nr;
	opts->params_bytes = c->params.bytes;
	return weir_program__load(c->insns, c->nr_insns, opts);
}

static bool load_programs(const struct how *how, struct world *w)
{
	const struct case_file *c = how->c;

	for (size_t i = 0; i < c->nr_programs; i++) {
		const struct case_program *p = &c->programs[i];
		struct weir_load_opts opts = options(how, w);

		opts.kind = p->kind;
		w->program[i] =
			weir_program__load(p->insns, p->nr_insns, &opts);
		if (!w->program[i])
			return complain(how, "program %s: %s at %u: %s",
					p->name,
					weir_reject__name(opts.reject_nr),
					opts.reject_pc, opts.reject_detail);
	}
	return true;
}

static bool check_refused(const struct how *how, struct weir_program *prog,
			  const struct weir_load_opts *opts)
{
	const struct case_file *c = how->c;
	const char *name = weir_reject__name(opts->reject_nr);

	if (prog)
		return complain(how, "accepted, not refused as %s", c->reject);
	if (strcmp(name, c->reject))
		return complain(how, "refused as %s at %u (%s), not as %s",
				name, opts->reject_pc, opts->reject_detail,
				c->reject);
	if (c->reject_pc != CASE_ANY && opts->reject_pc != c->reject_pc)
		return complain(how, "refused at pc %u, not at %u",
				opts->reject_pc, c->reject_pc);
	if (opts->reject_nr < ARRAY_SIZE(shared->seen_reject))
		shared->seen_reject[opts->reject_nr] = true;
	return true;
}

static bool check_guards(const struct how *how, struct weir_program *prog)
{
	struct weir_prog_info info = { .size = sizeof(info) };
	int err = weir_program__info(prog, &info);

	if (err)
		return complain(how, "info: %s", strerror(-err));
	if (how->c->guards != CASE_ANY && info.nr_guards != how->c->guards)
		return complain(how, "%u guards, not %u", info.nr_guards,
				how->c->guards);
	return true;
}

/* Running */

static void run_once(struct weir_program *prog, const struct case_run *run,
		     struct outcome *out)
{
	struct weir_run_opts opts = {
		.sz = sizeof(opts),
		.data = run->packet,
		.data_size = run->size,
		.wire_len = run->wire_len,
		.data_out = out->out,
		.data_out_size = sizeof(out->out),
	};

	out->err = weir_program__run(prog, &opts);
	out->verdict = opts.verdict;
	out->exit = opts.exit;
	out->out_size = opts.data_out_size;
	shared->nr_runs++;
}

static bool check_packet(const struct how *how, const struct case_run *run,
			 const struct outcome *got)
{
	const uint8_t *want = run->out ? run->out : run->packet;
	uint32_t size = run->out ? run->out_size : run->size;

	if (got->out_size != size)
		return complain(how, "line %u: packet has %u bytes, not %u",
				run->line, got->out_size, size);
	for (uint32_t i = 0; i < size; i++)
		if (got->out[i] != want[i])
			return complain(how,
					"line %u: packet[%u] is 0x%02x, "
					"not 0x%02x",
					run->line, i, got->out[i], want[i]);
	return true;
}

static bool check_outcome(const struct how *how, const struct case_run *run,
			  const struct outcome *got)
{
	const struct weir_exit_record *exit = &got->exit;
	bool guard = run->guard != WEIR_NO_GUARD;

	if (got->err)
		return complain(how, "line %u: %s", run->line,
				strerror(-got->err));
	if (guard && exit->kind != WEIR_EXIT_GUARD)
		return complain(how,
				"line %u: returned 0x%llx, no guard ended it",
				run->line, (unsigned long long)got->verdict);
	if (!guard && exit->kind != WEIR_EXIT_RETURN)
		return complain(how, "line %u: guard #%u at pc %u ended it",
				run->line, exit->guard, exit->pc);
	if (got->verdict != run->verdict)
		return complain(how, "line %u: verdict 0x%llx, not 0x%llx",
				run->line, (unsigned long long)got->verdict,
				(unsigned long long)run->verdict);
	if (guard && run->guard != CASE_SOME_GUARD && exit->guard != run->guard)
		return complain(how, "line %u: guard #%u at pc %u, not #%u",
				run->line, exit->guard, exit->pc, run->guard);
	if (guard && run->pc != CASE_ANY && exit->pc != run->pc)
		return complain(how, "line %u: at pc %u, not %u", run->line,
				exit->pc, run->pc);
	for (int i = 0; i < WEIR_NR_REGS; i++)
		if ((run->has_reg & (1u << i)) && exit->regs[i] != run->regs[i])
			return complain(how,
					"line %u: r%d is 0x%llx, not 0x%llx",
					run->line, i,
					(unsigned long long)exit->regs[i],
					(unsigned long long)run->regs[i]);
	return check_packet(how, run, got);
}

static bool set_param(const struct how *how, struct weir_program *prog,
		      const struct case_set *set)
{
	int err = weir_program__set_param(prog, set->name, set->value, NULL);

	if (err == (set->refused ? -ERANGE : 0))
		return true;
	return complain(how, "line %u: set: %s", set->line, strerror(-err));
}

/* What users do before run @i. */
static bool do_before(const struct how *how, struct world *w,
		      struct weir_program *prog, size_t i)
{
	const struct case_file *c = how->c;
	bool ok = true;
	int err;

	for (size_t k = 0; k < c->nr_sets; k++)
		if (c->sets[k].run == i)
			ok &= set_param(how, prog, &c->sets[k]);
	for (size_t k = 0; k < c->nr_updates; k++) {
		if (c->updates[k].run != i)
			continue;
		err = put_value(w, &c->updates[k]);
		if (err)
			ok = complain(how, "line %u: update: %s",
				      c->updates[k].line, strerror(-err));
	}
	/* What is interpreted has nothing to compile. */
	if (c->now >> i & 1 && weir_program__engine(prog) == WEIR_ENGINE_JIT) {
		err = weir_program__assume_now(prog);
		if (err)
			ok = complain(how, "before run %zu: assume now: %s", i,
				      strerror(-err));
	}
	return ok;
}

/* All runs in order, and what they leave. */
static bool check_runs(const struct how *how, struct world *w,
		       struct weir_program *prog)
{
	static struct outcome got;
	bool ok = check_guards(how, prog);

	for (size_t i = 0; i < how->c->nr_runs; i++) {
		ok &= do_before(how, w, prog, i);
		run_once(prog, &how->c->runs[i], &got);
		ok &= check_outcome(how, &how->c->runs[i], &got);
		ok &= check_elems(how, w, i + 1);
	}
	return check_dump(how, w) && ok;
}

/* The case as a whole, in one engine with one choice of options. */
static bool check_one(const struct how *how)
{
	struct weir_load_opts opts;
	struct weir_program *prog = NULL;
	struct world w;
	bool ok = world_make(how, &w) && load_programs(how, &w);

	if (!ok)
		goto out;
	prog = load(how, &w, &opts);
	w.main = prog;
	if (how->c->reject)
		ok = check_refused(how, prog, &opts);
	else if (!prog)
		ok = complain(how, "not loaded: %s; %s at %u: %s",
			      strerror(errno),
			      weir_reject__name(opts.reject_nr), opts.reject_pc,
			      opts.reject_detail);
	else
		ok = put_elems(how, &w, true) && check_runs(how, &w, prog);
out:
	world_free(&w);
	weir_program__free(prog);
	return ok;
}

/* Subsets */

/* The next subset of @all after @now; 0 after the last. */
static uint32_t next_subset(uint32_t now, uint32_t all)
{
	return (now - all) & all;
}

static bool is_corner(uint32_t subset, uint32_t all)
{
	return subset == 0 || subset == all;
}

/*
 * Of the subsets that few passes are in or not in, all are taken; of the rest
 * each case takes its share, so that all of them meet some case.
 */
#define FEW 2
#define SHARES 16

static bool is_selected(uint32_t subset, uint32_t all)
{
	int nr = __builtin_popcount(subset), of = __builtin_popcount(all);

	return every || nr <= FEW || nr >= of - FEW || subset % SHARES == share;
}

/*
 * Calls @one for subsets of the passes to leave out, with all features and with
 * none, and for every subset of the features, with all passes and with none.
 * Passes work on the IR, features on words: they do not meet.
 */
static bool for_subsets(struct how *how, uint32_t features,
			bool (*one)(const struct how *))
{
	bool is_long = how->c->nr_insns > LONG_PROGRAM;

	do {
		do {
			u32 corners =
				is_corner(how->no_features, features) +
				is_corner(how->no_passes, WEIR_PASSES_ALL);

			if (corners < (is_long ? 2 : 1) ||
			    !is_selected(how->no_passes, WEIR_PASSES_ALL))
				continue;
			if (!one(how))
				return false;
		} while ((how->no_passes = next_subset(how->no_passes,
						       WEIR_PASSES_ALL)));
	} while ((how->no_features = next_subset(how->no_features, features)));
	return true;
}

/* Inside: facts and images */

struct inside {
	struct weir_prog *prog;
	struct weir_facts *facts;
	struct world world;
};

static struct inside inside;

static bool compile_for(const struct how *how, const struct weir_arch *arch)
{
	const struct weir_compile_opts opts = {
		.arch = arch,
		.features = WEIR_CPU_ALL & ~how->no_features,
		.passes = WEIR_PASSES_ALL & ~how->no_passes,
	};
	struct weir_image *image;
	int err = weir_compile(inside.prog, inside.facts, &opts, &image);

	if (err)
		return complain(how, "does not compile for %s: %s",
				weir_arch_name(arch), strerror(-err));
	weir_image_free(image);
	return true;
}

static bool compile_all(const struct how *how)
{
	static const char *const names[] = { "arm64", "arm" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct weir_arch *arch = weir_arch_by_name(names[i]);

		if (arch && !compile_for(how, arch))
			return false;
	}
	return true;
}

static bool audit_run(const struct how *how, const struct case_run *run)
{
	bool moves = weir_packet_may_move(inside.prog);
	struct weir_audit audit = { 0 };
	struct weir_packet packet;
	struct weir_run context;
	u32 headroom, room;
	u8 *buffer;

	room = weir_packet_room(inside.prog, moves, run->size, &headroom);
	buffer = malloc(room ? room : 1);
	memcpy(buffer + headroom, run->packet, run->size);
	weir_packet_init(&packet, &context, inside.prog, moves, buffer,
			 run->size, run->wire_len);
	context.fuel = inside.facts->fuel;
	context.tail_calls = WEIR_MAX_TAIL_CALLS;
	weir_host_rcu_lock();
	weir_interp_audit(inside.prog, inside.facts, &context, &audit);
	if (context.exit.kind == WEIR_EXIT_GUARD)
		weir_loaded_release(&context);
	weir_host_rcu_unlock();
	free(buffer);
	if (audit.what)
		return complain(how, "line %u: a fact is wrong at pc %u: %s",
				run->line, audit.pc, audit.what);
	return true;
}

static int load_inside(const struct case_file *c, struct weir_rejection *rej)
{
	struct weir_map *maps[CASE_MAX_MAPS];
	const struct weir_loaded_attr attr = {
		.kind = c->kind,
		.flags = c->classic ? WEIR_LOAD_CLASSIC : 0,
		.insns = c->classic ? (const void *)c->classic : c->insns,
		.nr_insns = (u32)c->nr_insns,
		.maps = maps,
		.nr_maps = (u32)c->nr_maps,
		.params = c->params.def,
		.nr_params = c->params.nr,
		.params_bytes = c->params.bytes,
	};
	int err;

	for (size_t i = 0; i < c->nr_maps; i++)
		maps[i] = inside.world.map[i]->core;
	err = weir_loaded_prog(&attr, rej, &inside.prog);
	return err ? err
		   : weir_verify(inside.prog, c->strict, NULL, rej,
				 &inside.facts);
}

/* Parameters as they are before run @i; no update of a map changes a fact. */
static void set_inside(const struct case_file *c, size_t i)
{
	struct weir_prog *prog = inside.prog;

	for (size_t k = 0; k < c->nr_sets; k++) {
		const struct case_set *set = &c->sets[k];

		for (u32 p = 0; p < c->params.nr; p++)
			if (set->run == i && !set->refused &&
			    !strcmp(c->params.def[p].name, set->name))
				weir_param_store(
					prog->maps[prog->params], p,
					weir_param_bits(&c->params.def[p],
							set->value));
	}
}

/* Tail calls find empty arrays: where they lead is no business of the facts. */
static bool check_inside(const struct case_file *c)
{
	struct how how = { .c = c, .engine = "compile" };
	struct weir_rejection rej = { 0 };
	bool ok = true;
	int err;

	memset(&inside, 0, sizeof(inside));
	if (c->reject)
		return true;
	if (!world_make(&how, &inside.world)) {
		world_free(&inside.world);
		return false;
	}
	err = load_inside(c, &rej);
	if (err)
		return complain(&how, "%s at %u", weir_reject_name(rej.nr),
				rej.pc);
	inside.prog->fail_verdict = c->fail_verdict;
	for (size_t i = 0; i < c->nr_runs; i++) {
		set_inside(c, i);
		ok &= audit_run(&how, &c->runs[i]);
	}
	ok &= for_subsets(&how, WEIR_CPU_ALL, compile_all);
	weir_facts_free(inside.facts);
	weir_prog_free(inside.prog);
	world_free(&inside.world);
	return ok;
}

#include "selftests/cases/linux.c"

static bool check_case(const struct case_file *c)
{
	struct how interp = { .c = c, .engine = "interp" };
	struct how code = { .c = c, .engine = device ? "device" : "jit" };

	stay_on_cpu();
	if (on_linux) {
		const char *why;
		bool ok = check_linux(c, &why);

		if (why)
			snprintf(shared->why_not, sizeof(shared->why_not), "%s",
				 why);
		return ok;
	}
	if (!check_one(&interp))
		return false;
	if (device)
		return check_one(&code);
	if (!jit)
		return check_inside(c);
	return for_subsets(&code, weir_host_cpu_features(), check_one);
}

/* Files */

static int add_file(const char *path, const struct stat *st, int type,
		    struct FTW *where)
{
	size_t len = strlen(path);

	(void)st;
	(void)where;
	if (type != FTW_F || len < 5 || strcmp(path + len - 5, ".case"))
		return 0;
	if (nr_files == MAX_FILES)
		ksft_exit_fail_msg("more than %d cases\n", MAX_FILES);
	files[nr_files++] = strdup(path);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* In a child, so that what crashes or never ends is one case. */
static bool check_file(const char *path)
{
	char err[512];
	struct case_file *c = case_read(path, err, sizeof(err));
	bool ok;

	if (!c) {
		ksft_print_msg("%s\n", err);
		return false;
	}
	ok = check_case(c);
	case_free(c);
	return ok;
}

/* The same on every machine and in every tree. */
static uint32_t share_of(const char *path)
{
	uint32_t hash = 0;

	for (const char *p = strrchr(path, '/'); p && *p; p++)
		hash = hash * 31 + (unsigned char)*p;
	return hash % SHARES;
}

static void run_file(const char *path)
{
	int status = 0;
	pid_t child;

	shared->why_not[0] = 0;
	fflush(stdout);
	child = fork();
	if (child < 0)
		ksft_exit_fail_msg("fork: %s\n", strerror(errno));
	if (!child) {
		alarm(SECONDS_PER_CASE);
		share = share_of(path);
		exit(!check_file(path));
	}
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status))
		ksft_print_msg("died: %s\n", strsignal(WTERMSIG(status)));
	if (shared->why_not[0])
		ksft_test_result_skip(shared->why_not, "%s", path);
	else
		ksft_test_result(WIFEXITED(status) && !WEXITSTATUS(status),
				 "%s", path);
}

/*
 * Rows of reject.def that no case provokes. Those that none can provoke yet
 * are listed here, with why.
 */
static const char *unprovoked(enum weir_reject nr)
{
	switch (nr) {
	case WEIR_REJECT_MISALIGNED:
		return "misaligned atomics take a helper";
	default:
		return NULL;
	}
}

static void check_rejections(void)
{
	bool ok = true;

#define _(nr, name, err, text)                                                \
	if (!shared->seen_reject[nr]) {                                       \
		const char *why = unprovoked(WEIR_REJECT_##name);             \
		ksft_print_msg("no case is refused as %s: %s\n",              \
			       weir_reject__name(nr), why ? why : "add one"); \
		ok &= why != NULL;                                            \
	}
#include "uapi/reject.def"
#undef _
	ksft_test_result(ok, "every rejection has its case");
}

/* Writing programs out, for other tests */

static const char *kind_of(const struct case_file *c)
{
	static const char *const names[WEIR_NR_KINDS] = {
		[WEIR_KIND_SOCKET] = "socket",
		[WEIR_KIND_TC] = "tc",
		[WEIR_KIND_XDP] = "xdp",
		[WEIR_KIND_MEM] = "mem",
	};

	return c->classic ? "classic" : names[c->kind];
}

/* "a/b/TOPIC/NAME.case" becomes "TOPIC-NAME". */
static void flat_name(const char *path, char *out, size_t size)
{
	const char *slash = strrchr(path, '/');
	char *c;

	while (slash && slash > path && slash[-1] != '/')
		slash--;
	snprintf(out, size, "%s", slash ? slash : path);
	c = strrchr(out, '.');
	if (c)
		*c = 0;
	for (c = out; *c; c++)
		if (*c == '/')
			*c = '-';
}

static bool write_file(const char *directory, const char *path)
{
	char err[512], name[256], *to;
	struct case_file *c = case_read(path, err, sizeof(err));
	const uint8_t *bytes;
	FILE *f;

	if (!c) {
		fprintf(stderr, "%s: %s\n", path, err);
		return false;
	}
	flat_name(path, name, sizeof(name));
	if (asprintf(&to, "%s/%s.%s", directory, name, kind_of(c)) < 0)
		abort();
	bytes = c->classic ? (const uint8_t *)c->classic
			   : (const uint8_t *)c->insns;
	/* Instructions alone do not say what maps and parameters there are. */
	f = c->reject || c->nr_maps || c->params.nr ? NULL : fopen(to, "w");
	for (size_t i = 0; f && i < c->nr_insns * 8; i++)
		fprintf(f, "%02x%s", bytes[i], i % 8 == 7 ? "\n" : "");
	if (f)
		fclose(f);
	free(to);
	case_free(c);
	return true;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "engine", required_argument, NULL, 'e' },
		{ "complete", no_argument, NULL, 'c' },
		{ "every-subset", no_argument, NULL, 'a' },
		{ "write", required_argument, NULL, 'w' },
		{ NULL, 0, NULL, 0 },
	};
	const char *directory = NULL;
	bool complete = false;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'c') {
			complete = true;
		} else if (c == 'a') {
			every = true;
		} else if (c == 'w') {
			directory = optarg;
		} else if (c == 'e') {
			jit = !strcmp(optarg, "jit");
			device = !strcmp(optarg, "device");
			on_linux = !strcmp(optarg, "linux");
		} else {
			fprintf(stderr, "usage: run_cases [--engine "
					"interp|jit|device|linux] "
					"[--complete] [--every-subset] "
					"PATH...\n");
			return 2;
		}
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	for (int i = optind; i < argc; i++)
		nftw(argv[i], add_file, 16, FTW_PHYS);
	qsort(files, nr_files, sizeof(files[0]), by_name);
	for (size_t i = 0; directory && i < nr_files; i++)
		if (!write_file(directory, files[i]))
			return 1;
	if (directory)
		return 0;
	if (on_linux && linux_absent())
		ksft_exit_skip("no bpf() here: %s\n", strerror(linux_absent()));
	ksft_print_header();
	for (size_t i = 0; i < nr_files; i++) {
		run_file(files[i]);
		free(files[i]);
	}
	if (complete)
		check_rejections();
	ksft_print_msg("%zu programs loaded, %zu runs\n", shared->nr_loads,
		       shared->nr_runs);
	return ksft_finished();
}
