// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The running Linux on text cases: the same programs, maps and packets through
 * bpf(). What Linux has no word for is left out, and said so: guards, kind mem,
 * packets that its test run does not take. Included by run_cases.c.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/btf.h>

#define ETHER 14 /* a socket filter's test run starts behind such a header */
#define LEAST_PACKET 15

struct linux_world {
	const struct case_file *c;
	int map[CASE_MAX_MAPS];
	int program[CASE_MAX_PROGRAMS];
	int main;
	struct records records[CASE_MAX_MAPS];
};

/* Why the case has no meaning on Linux, or NULL. */
static const char *linux_cannot(const struct case_file *c)
{
	if (c->differs)
		return c->differs;
	if (c->classic || c->kind == WEIR_KIND_MEM)
		return "no such programs there";
	if (c->guards != CASE_ANY && c->guards)
		return "guards";
	for (size_t i = 0; i < c->nr_runs; i++)
		if (c->runs[i].guard != WEIR_NO_GUARD)
			return "guards";
	for (size_t i = 0; i < c->nr_maps; i++)
		if (c->maps[i].create.lock_off != WEIR_NO_FIELD ||
		    c->maps[i].create.timer_off != WEIR_NO_FIELD)
			return "locks and timers need types";
	return NULL;
}

static int linux_prog_type(enum weir_kind kind)
{
	return kind == WEIR_KIND_XDP  ? BPF_PROG_TYPE_XDP
	       : kind == WEIR_KIND_TC ? BPF_PROG_TYPE_SCHED_CLS
				      : BPF_PROG_TYPE_SOCKET_FILTER;
}

/* Maps by index become maps by descriptor. */
static void linux_name_maps(const struct linux_world *w, struct bpf_insn *insns,
			    size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		if (insns[i].code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		if (insns[i].src_reg == BPF_PSEUDO_MAP_IDX ||
		    insns[i].src_reg == BPF_PSEUDO_MAP_IDX_VALUE) {
			insns[i].imm = w->map[insns[i].imm];
			insns[i].src_reg -=
				BPF_PSEUDO_MAP_IDX - BPF_PSEUDO_MAP_FD;
		}
		i++;
	}
}

/* Where functions start: Linux wants to be told, with their types. */
static uint32_t linux_funcs(const struct bpf_insn *insns, size_t nr, int type,
			    int main_type, struct bpf_func_info *info)
{
	char *starts = calloc(nr + 1, 1);
	uint32_t nr_funcs = 0;

	for (size_t i = 0; i < nr; i++) {
		bool wide = insns[i].code == (BPF_LD | BPF_IMM | BPF_DW);
		bool calls = insns[i].code == (BPF_JMP | BPF_CALL) &&
			     insns[i].src_reg == BPF_PSEUDO_CALL;
		size_t to = i + 1 + (size_t)(ssize_t)insns[i].imm;

		if ((calls || (wide && insns[i].src_reg == BPF_PSEUDO_FUNC)) &&
		    to < nr)
			starts[to] = 1;
		i += wide;
	}
	for (size_t i = 0; i < nr; i++)
		if (!i || starts[i])
			info[nr_funcs++] = (struct bpf_func_info){
				.insn_off = (uint32_t)i,
				.type_id = (uint32_t)(i ? type : main_type),
			};
	free(starts);
	return nr_funcs;
}

/* A type for every function: five numbers in, one out. -errno, or a descriptor. */
static int linux_btf(int *type, int *main_type)
{
	struct btf *btf = btf__new_empty();
	const void *raw;
	uint32_t size;
	int id, fd, k;

	id = btf__add_int(btf, "long", 8, BTF_INT_SIGNED);
	*type = btf__add_func_proto(btf, id);
	for (k = 0; k < 5; k++)
		btf__add_func_param(btf, (char[]){ 'a', (char)('1' + k), 0 },
				    id);
	*main_type = btf__add_func(btf, "main", BTF_FUNC_GLOBAL, *type);
	*type = btf__add_func(btf, "sub", BTF_FUNC_STATIC, *type);
	raw = btf__raw_data(btf, &size);
	fd = bpf_btf_load(raw, size, NULL);
	btf__free(btf);
	return fd;
}

static int linux_load(const struct linux_world *w, enum weir_kind kind,
		      const struct bpf_insn *insns, size_t nr)
{
	static char text[1 << 16];
	struct bpf_insn *copy = malloc(nr * sizeof(*copy));
	struct bpf_func_info *info = calloc(nr, sizeof(*info));
	int type, main_type;
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .log_buf = text,
		    .log_size = sizeof(text), .log_level = 1,
		    .prog_btf_fd = (uint32_t)linux_btf(&type, &main_type),
		    .func_info = info, .func_info_rec_size = sizeof(*info));
	int fd, err;

	memcpy(copy, insns, nr * sizeof(*copy));
	linux_name_maps(w, copy, nr);
	opts.func_info_cnt = linux_funcs(insns, nr, type, main_type, info);
	text[0] = 0;
	fd = bpf_prog_load(linux_prog_type(kind), "weir_case", "GPL", copy, nr,
			   &opts);
	err = errno;
	close((int)opts.prog_btf_fd);
	free(copy);
	free(info);
	if (fd < 0 && getenv("SHOW_REFUSED"))
		printf("# %s\n", text);
	return fd < 0 ? -err : fd;
}

static int linux_put(const struct linux_world *w, const struct case_elem *e)
{
	const struct case_map *m = &w->c->maps[e->map];
	int nr_cpus = libbpf_num_possible_cpus(), fd = -1, err;
	uint32_t size = m->create.value_size;
	uint8_t *values;

	if (e->name) {
		for (size_t i = 0; i < w->c->nr_programs; i++)
			if (!strcmp(w->c->programs[i].name, e->name))
				fd = w->program[i];
		for (size_t i = 0; i < w->c->nr_maps; i++)
			if (!strcmp(w->c->maps[i].create.name, e->name))
				fd = w->map[i];
		if (!strcmp(e->name, "main"))
			fd = w->main;
		return bpf_map_update_elem(w->map[e->map], e->key.at, &fd, 0);
	}
	values = calloc((size_t)nr_cpus, ALIGN(size, 8));
	for (int i = 0; i < nr_cpus; i++)
		memcpy(values + (size_t)i * ALIGN(size, 8), e->value.at, size);
	err = bpf_map_update_elem(w->map[e->map], e->key.at, values, 0);
	free(values);
	return err;
}

static int linux_maps(struct linux_world *w)
{
	for (size_t i = 0; i < w->c->nr_maps; i++) {
		const struct case_map *m = &w->c->maps[i];
		LIBBPF_OPTS(bpf_map_create_opts, opts,
			    .map_flags = m->create.flags,
			    .map_extra = m->create.map_extra);

		if (m->inner >= 0)
			opts.inner_map_fd = (uint32_t)w->map[m->inner];
		w->map[i] = bpf_map_create(m->create.type, m->create.name,
					   m->create.key_size,
					   m->create.value_size,
					   m->create.max_entries, &opts);
		if (w->map[i] < 0)
			return -errno;
	}
	for (size_t i = 0; i < w->c->nr_elems; i++)
		if (!w->c->elems[i].name && linux_put(w, &w->c->elems[i]))
			return -errno;
	for (size_t i = 0; i < w->c->nr_maps; i++)
		if (w->c->maps[i].frozen && bpf_map_freeze(w->map[i]))
			return -errno;
	return 0;
}

static int linux_take_record(void *arg, void *data, size_t size)
{
	return take_record(arg, data, size);
}

static bool linux_expect_record(const struct how *how, struct linux_world *w,
				const struct case_elem *e)
{
	struct records *r = &w->records[e->map];
	struct ring_buffer *ring =
		ring_buffer__new(w->map[e->map], linux_take_record, r, NULL);
	bool found, ok;

	if (ring)
		ring_buffer__consume(ring);
	ring_buffer__free(ring);
	found = r->nr_expected < r->nr;
	ok = !found && !e->value.at;
	if (found) {
		const struct case_bytes *got = &r->record[r->nr_expected++];

		ok = got->size == e->value.size &&
		     !memcmp(got->at, e->value.at, got->size);
	}
	return ok || complain(how, "line %u: %s is not so", e->line,
			      w->c->maps[e->map].create.name);
}

static bool linux_expect(const struct how *how, struct linux_world *w,
			 const struct case_elem *e)
{
	const struct weir_map_create *m = &w->c->maps[e->map].create;
	uint8_t *values = calloc((size_t)libbpf_num_possible_cpus(),
				 ALIGN(m->value_size, 8) + 8);
	uint8_t *own = values;
	bool ok, found;

	if (is_ring(m->type)) {
		free(values);
		return linux_expect_record(how, w, e);
	}
	found = !bpf_map_lookup_elem(w->map[e->map], e->key.at, values);
	if (map_type_is_percpu(m->type))
		own += (size_t)sched_getcpu() * ALIGN(m->value_size, 8);
	ok = found ? e->value.at && !memcmp(own, e->value.at, e->value.size)
		   : !e->value.at;
	free(values);
	return ok || complain(how, "line %u: %s is not so", e->line, m->name);
}

/* What Linux makes of a run: the shape of the interpreter's. */
static int linux_run(int fd, const struct case_file *c,
		     const struct case_run *run, struct outcome *out)
{
	static uint8_t in[ETHER + CASE_MAX_PACKET];
	static uint8_t back[ETHER + CASE_MAX_PACKET];
	uint32_t before = c->kind == WEIR_KIND_SOCKET ? ETHER : 0;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in,
		    .data_size_in = before + run->size, .data_out = back,
		    .data_size_out = sizeof(back), .repeat = 1);

	memset(in, 0, sizeof(in));
	memcpy(in + before, run->packet, run->size);
	if (before && run->size >= ETHER)
		memcpy(in + 12, run->packet + 12, 2);
	if (opts.data_size_in < LEAST_PACKET) {
		/* Only what does not look at the packet can be run at all. */
		if (run->size)
			return -EMSGSIZE;
		opts.data_size_in = LEAST_PACKET;
	}
	if (bpf_prog_test_run_opts(fd, &opts))
		return -errno;
	memset(&out->exit, 0, sizeof(out->exit));
	out->err = 0;
	out->verdict = opts.retval;
	out->out_size = run->size ? opts.data_size_out - before : 0;
	memcpy(out->out, back + before, out->out_size);
	return 0;
}

static bool linux_runs(const struct how *how, struct linux_world *w)
{
	static struct outcome got;
	bool ok = true;

	for (size_t i = 0; i < how->c->nr_runs; i++) {
		const struct case_run *run = &how->c->runs[i];
		int err = linux_run(w->main, how->c, run, &got);

		if (err == -EMSGSIZE) {
			printf("# line %u: too short for Linux\n", run->line);
			continue;
		}
		if (err)
			return complain(how, "line %u: %s", run->line,
					strerror(-err));
		shared->nr_runs++;
		ok &= check_outcome(how, run, &got);
		for (size_t k = 0; k < how->c->nr_expects; k++)
			if (how->c->expects[k].run == i + 1)
				ok &= linux_expect(how, w, &how->c->expects[k]);
	}
	return ok;
}

/* The errno for which bpf() cannot be used here, or 0. */
static int linux_absent(void)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	const struct linux_world none = { 0 };
	int fd = linux_load(&none, WEIR_KIND_SOCKET, nothing, 2);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? -fd : 0;
}

/* The case as Linux has it: *why if it has it not. */
static bool check_linux(const struct case_file *c, const char **why)
{
	struct how how = { .c = c, .engine = "linux" };
	struct linux_world w = { .c = c };
	int err;

	*why = linux_cannot(c);
	if (*why)
		return true;
	libbpf_set_print(NULL);
	err = linux_maps(&w);
	if (err)
		return complain(&how, "maps: %s", strerror(-err));
	for (size_t i = 0; i < c->nr_programs; i++) {
		w.program[i] = linux_load(&w, c->programs[i].kind,
					  c->programs[i].insns,
					  c->programs[i].nr_insns);
		if (w.program[i] < 0)
			return complain(&how, "%s: not loaded: %s",
					c->programs[i].name,
					strerror(-w.program[i]));
	}
	w.main = linux_load(&w, c->kind, c->insns, c->nr_insns);
	if (c->reject)
		return w.main < 0 ||
		       complain(&how, "accepted, not refused as %s", c->reject);
	if (w.main < 0)
		return complain(&how, "not loaded: %s", strerror(-w.main));
	for (size_t i = 0; i < c->nr_elems; i++)
		if (c->elems[i].name && linux_put(&w, &c->elems[i]))
			return complain(&how, "line %u: %s", c->elems[i].line,
					strerror(errno));
	return linux_runs(&how, &w);
}
