// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Load, agree, run: what one filter costs with each engine. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <linux/bpf.h>
#include "tools/bench/counter.h"
#include "tools/bench/mca.h"
#include "tools/bench/measure.h"
#include "tools/lib/libweir.h"
#include "tools/weir/tool.h"

/* What one run of a packet cost. */
struct cost {
	double ns;
	double code;
};

/* An engine with the filter in it. */
struct taken {
	const struct bench_engine *engine;
	struct bench_loaded loaded;
	char error[ENGINE_ERROR];
};

static bool skips(const struct measure *m, size_t packet, enum weir_kind kind)
{
	return m->packets[packet].skip & 1u << kind;
}

static double *empty_of(const struct measure *m, enum weir_kind kind,
			int engine, size_t packet)
{
	return &m->empty[kind][(size_t)engine * m->nr_packets + packet];
}

/* Mark what this engine cannot take, so that all see the same packets. */
static int find_skips(struct measure *m, const struct taken *t,
		      enum weir_kind kind)
{
	size_t nr = 0;

	for (size_t i = 0; i < m->nr_packets; i++) {
		uint64_t verdict;
		double ns;
		int err = t->engine->run(&t->loaded, &m->packets[i], 1,
					 &verdict, &ns);

		if (err && err != -EMSGSIZE)
			return tool_fail("bench: %s: packet %zu: %s",
					 t->engine->name, i + 1,
					 strerror(-err));
		if (err && !skips(m, i, kind)) {
			m->packets[i].skip |= 1u << kind;
			m->nr_skipped++;
		}
		nr += !skips(m, i, kind);
	}
	return nr ? TOOL_OK
		  : tool_fail("bench: no packet that %s takes",
			      t->engine->name);
}

/* All engines that took the filter say the same of every packet. */
static int agree(const struct measure *m, const struct bench_filter *filter,
		 const struct taken *taken)
{
	for (size_t i = 0; i < m->nr_packets; i++) {
		const char *first_name = NULL;
		uint64_t first = 0;

		for (int e = 0; e < m->nr_engines; e++) {
			uint64_t verdict;
			double ns;

			if (*taken[e].error || skips(m, i, filter->kind) ||
			    taken[e].engine->run(&taken[e].loaded,
						 &m->packets[i], 1, &verdict,
						 &ns))
				continue; /* run_packet() will say */
			if (!first_name) {
				first = verdict;
				first_name = taken[e].engine->name;
			} else if ((uint32_t)verdict != (uint32_t)first) {
				return tool_fail(
					"bench: '%s': packet %zu: verdict "
					"%" PRIu64 " by %s, %" PRIu64 " by %s",
					filter->name, i + 1, first, first_name,
					verdict, taken[e].engine->name);
			}
		}
	}
	return TOOL_OK;
}

/* One run, counted exactly. */
static int count_packet(const struct taken *t, const struct bench_packet *p,
			struct cost *out)
{
	struct counter_file count;
	uint64_t verdict;
	double ns;
	int err;

	counter_start();
	err = t->engine->run(&t->loaded, p, 1, &verdict, &ns);
	if (!err)
		err = counter_stop(&count);
	if (!err)
		*out = (struct cost){ .ns = (double)count.all_insns,
				      .code = (double)count.code_insns };
	return err;
}

/* The least of several series. */
static int run_packet(const struct measure *m, const struct taken *t, size_t i,
		      struct cost *out)
{
	const struct bench_packet *p = &m->packets[i];
	int err = 0;

	*out = (struct cost){ .ns = HUGE_VAL, .code = ROW_NONE };
	if (m->counter)
		err = count_packet(t, p, out);
	for (int series = 0; !m->counter && !err && series < m->series;
	     series++) {
		uint64_t verdict;
		double ns;

		err = t->engine->run(&t->loaded, p, m->repeat, &verdict, &ns);
		if (!err && ns < out->ns)
			out->ns = ns;
	}
	return err ? tool_fail("bench: %s: packet %zu: %s", t->engine->name,
			       i + 1, strerror(-err))
		   : TOOL_OK;
}

/* A row per packet. */
static int add_packet(struct measure *m, const struct bench_filter *filter,
		      const struct taken *t, size_t i, const struct cost *cost,
		      double net)
{
	struct row *row = rows_add(&m->rows, filter->suite, filter->name,
				   t->loaded.arch, t->engine->name);

	if (!row)
		return tool_fail("bench: out of memory");
	row->packet = (unsigned int)i + 1;
	row->icount = m->icount;
	row->each = cost->ns;
	row->net = net;
	row->code = cost->code;
	return TOOL_OK;
}

static bool is_ours(const struct taken *t)
{
	return t->engine->load == bench_engine_weir.load;
}

/* Mean cost over the packets, into the engine's row. */
static int run_packets(struct measure *m, const struct bench_filter *filter,
		       const struct taken *t, int engine, struct row *row)
{
	double each = 0, net = 0, code = 0;
	struct mca *mca = is_ours(t) && m->counter && m->cpus
				  ? mca_new(bench_program(&t->loaded))
				  : NULL;
	int status = TOOL_OK;
	size_t nr = 0;

	for (size_t i = 0; i < m->nr_packets && !status && !tool_interrupted();
	     i++) {
		double *empty = empty_of(m, filter->kind, engine, i);
		struct cost cost;

		if (skips(m, i, filter->kind))
			continue;
		status = run_packet(m, t, i, &cost);
		if (status)
			break;
		if (filter->is_empty)
			*empty = cost.ns;
		each += cost.ns;
		net += cost.ns - *empty;
		code += cost.code;
		nr++;
		if (mca)
			mca_add_packet(mca);
		if (m->each)
			status = add_packet(m, filter, t, i, &cost,
					    cost.ns - *empty);
	}
	if (nr) {
		row->each = each / (double)nr;
		row->net = net / (double)nr;
		row->code = code / (double)nr;
	}
	if (mca && !status)
		mca_run(mca, m->cpus, row);
	else if (is_ours(t) && m->cpus && !m->counter)
		row->note = strdup("no cycles: nobody saw what ran, that takes "
				   "--counter");
	mca_free(mca);
	return status;
}

/* Load once for good, and a few times more for what it costs at least. */
static void take(const struct measure *m, const struct bench_filter *filter,
		 const struct bench_engine *engine, struct taken *out)
{
	int series = m->counter ? 1 : m->series;
	uint64_t least = UINT64_MAX;
	struct counter_file count;

	*out = (struct taken){ .engine = engine };
	for (int i = 0; i < series; i++) {
		if (i)
			engine->free(&out->loaded);
		out->loaded = (struct bench_loaded){ .fd = -1 };
		if (m->counter)
			counter_start();
		if (engine->load(engine, filter, &out->loaded, out->error)) {
			if (!*out->error)
				strcpy(out->error, "cannot load");
			return;
		}
		/* Exact, where somebody counts. */
		if (m->counter && out->loaded.load_ns != UINT64_MAX &&
		    !counter_stop(&count))
			out->loaded.load_ns = count.all_insns;
		if (out->loaded.load_ns < least)
			least = out->loaded.load_ns;
	}
	out->loaded.load_ns = least;
}

/* Numbers of its rows that do not depend on packets. */
static struct row *add_row(struct measure *m, const struct bench_filter *filter,
			   const struct taken *t)
{
	struct row *row =
		rows_add(&m->rows, filter->suite, filter->name,
			 t->loaded.arch ? t->loaded.arch : bench_host_arch(),
			 t->engine->name);

	if (!row)
		return NULL;
	row->icount = m->icount;
	if (*t->error) {
		row->error = strdup(t->error);
		return row;
	}
	if (t->loaded.image_bytes)
		row->image = t->loaded.image_bytes;
	if (t->loaded.load_ns != UINT64_MAX)
		row->load = (double)t->loaded.load_ns;
	return row;
}

/* Verifying is what the interpreter's load costs; the rest is compiling. */
static void split_load(struct row *first, int nr)
{
	struct row *ours = NULL;
	double verify = ROW_NONE;

	for (int i = 0; i < nr; i++) {
		if (!strcmp(first[i].engine, bench_engine_weir.name))
			ours = &first[i];
		if (!strcmp(first[i].engine, bench_engine_interp.name))
			verify = first[i].load;
	}
	if (!ours || !row_has(verify) || !row_has(ours->load))
		return;
	ours->verify = verify < ours->load ? verify : ours->load;
	ours->compile = ours->load - ours->verify;
}

static int start_empty(struct measure *m, const struct bench_filter *filter,
		       const struct taken *taken)
{
	int status = TOOL_OK, nr = 0;

	m->empty[filter->kind] =
		calloc((size_t)m->nr_engines * m->nr_packets, sizeof(double));
	if (!m->empty[filter->kind])
		return tool_fail("bench: out of memory");
	for (int e = 0; e < m->nr_engines && !status; e++) {
		if (*taken[e].error)
			continue;
		nr++;
		status = find_skips(m, &taken[e], filter->kind);
	}
	return nr ? status : tool_fail("bench: %s", taken[0].error);
}

static int measure_one(struct measure *m, const struct bench_filter *filter)
{
	struct taken taken[MEASURE_MAX_ENGINES];
	size_t first = m->rows.nr;
	int status = TOOL_OK;

	for (int e = 0; e < m->nr_engines; e++)
		take(m, filter, &m->engines[e], &taken[e]);
	if (filter->is_empty)
		status = start_empty(m, filter, taken);
	if (!status)
		status = agree(m, filter, taken);
	for (int e = 0; e < m->nr_engines && !status; e++)
		if (!add_row(m, filter, &taken[e]))
			status = tool_fail("bench: out of memory");
	if (!status)
		split_load(&m->rows.row[first], m->nr_engines);
	for (int e = 0; e < m->nr_engines && !status; e++) {
		struct row row = m->rows.row[first + (size_t)e];

		if (*taken[e].error)
			continue;
		status = run_packets(m, filter, &taken[e], e, &row);
		m->rows.row[first + (size_t)e] = row;
	}
	for (int e = 0; e < m->nr_engines; e++)
		if (!*taken[e].error)
			taken[e].engine->free(&taken[e].loaded);
	return status;
}

static int measure_empty(struct measure *m, const struct bench_filter *of)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct bench_filter filter = { .suite = of->suite,
				       .name = "(empty)",
				       .kind = of->kind,
				       .is_empty = true,
				       .insns = insns,
				       .nr_insns = 2 };
	char name[64];

	/* The first kind needs no name. */
	for (int kind = 0; kind < MEASURE_NR_KINDS; kind++) {
		if (!m->empty[kind])
			continue;
		snprintf(name, sizeof(name), "(empty) %s",
			 weir_kind__name(of->kind));
		filter.name = name;
	}
	return measure_one(m, &filter);
}

int measure_filter(struct measure *m, const struct bench_filter *filter)
{
	int status = TOOL_OK;

	if (!m->empty[filter->kind])
		status = measure_empty(m, filter);
	if (!status && !tool_interrupted())
		status = measure_one(m, filter);
	return status;
}

void measure_free(struct measure *m)
{
	for (int kind = 0; kind < MEASURE_NR_KINDS; kind++)
		free(m->empty[kind]);
	for (size_t i = 0; i < m->nr_packets; i++)
		free(m->packets[i].bytes);
	free(m->packets);
	rows_free(&m->rows);
}
