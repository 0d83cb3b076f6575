// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * weir stats, weir top: what the links of this host count. Links are found by
 * id; a name is shown where this namespace has one.
 */
#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/ioctl.h>

#include "tools/lib/link.h"
#include "tools/weir/tool.h"

#define MAX_SECONDS 86400
#define HEADER_EVERY 20 /* lines */

/**
 * struct row - one link at one time
 * @info:	as the kernel gave it
 * @name:	pinned, or that of the link, or its id
 * @device:	name, or "-"
 */
struct row {
	struct weir_link_info info;
	char name[WEIR_PIN_LEN];
	char device[IF_NAMESIZE];
};

struct table {
	struct row *row;
	size_t nr;
};

struct stats {
	const struct tool_command *cmd;
	char **names;
	int nr_names;
	uint64_t seconds;
	bool json;
	bool prometheus;
	bool top;
};

/*
 * Gathering
 */

static void name_row(struct row *row)
{
	char name[WEIR_PIN_LEN] = "";
	uint32_t object, id;

	while (!weir_pin__next(name, &object, &id)) {
		if (object == WEIR_OBJECT_LINK && id == row->info.id) {
			snprintf(row->name, sizeof(row->name), "%s", name);
			return;
		}
	}
	if (row->info.name[0])
		snprintf(row->name, sizeof(row->name), "%s", row->info.name);
	else
		snprintf(row->name, sizeof(row->name), "#%u", row->info.id);
}

static bool is_wanted(const struct stats *s, const char *name)
{
	for (int i = 0; i < s->nr_names; i++)
		if (!strcmp(s->names[i], name))
			return true;
	return !s->nr_names;
}

/* Return: 1 added, 0 gone or not wanted, or -errno. */
static int add_row(const struct stats *s, struct table *t, uint32_t id)
{
	struct weir_link *link = weir_link__open_id(id);
	struct row *rows, *row;
	int err;

	if (!link)
		return errno == ENOENT ? 0 : -errno;
	rows = realloc(t->row, (t->nr + 1) * sizeof(*rows));
	if (!rows) {
		weir_link__free(link);
		return -ENOMEM;
	}
	t->row = rows;
	row = &rows[t->nr];
	memset(row, 0, sizeof(*row));
	err = weir_link__info(link, &row->info);
	weir_link__free(link);
	if (err)
		return err;
	name_row(row);
	if (!is_wanted(s, row->name))
		return 0;
	if (!row->info.ifindex ||
	    !if_indextoname(row->info.ifindex, row->device))
		strcpy(row->device, "-");
	t->nr++;
	return 1;
}

static int gather(const struct stats *s, struct table *t)
{
	uint32_t id = 0;
	int err;

	t->row = NULL;
	t->nr = 0;
	while (!(err = weir_id__next(WEIR_OBJECT_LINK, &id))) {
		err = add_row(s, t, id);
		if (err < 0)
			break;
	}
	if (err == -ENOENT)
		return TOOL_OK;
	if (err == -EPERM || err == -EACCES)
		return tool_fail("%s: /dev/weir: needs CAP_NET_ADMIN",
				 s->cmd->name);
	if (err == -ENXIO)
		return tool_fail("%s: /dev/weir is not there (is the module "
				 "loaded?)",
				 s->cmd->name);
	return tool_fail("%s: /dev/weir: %s", s->cmd->name, strerror(-err));
}

/* The same link at the time before, or NULL. */
static const struct row *before(const struct table *t, const struct row *row)
{
	for (size_t i = 0; t && i < t->nr; i++)
		if (t->row[i].info.id == row->info.id)
			return &t->row[i];
	return NULL;
}

/*
 * Showing
 */

static double ns_per_packet(const struct weir_link_info *info)
{
	return info->packets ? (double)info->run_ns / (double)info->packets : 0;
}

static void print_table(const struct table *t)
{
	printf("%-20s %-11s %-8s %12s %12s %12s %10s %8s\n", "LINK", "HOOK",
	       "DEVICE", "PACKETS", "PASSED", "DROPPED", "GUARD", "NS/PKT");
	for (size_t i = 0; i < t->nr; i++) {
		const struct weir_link_info *info = &t->row[i].info;

		printf("%-20s %-11s %-8s %12llu %12llu %12llu %10llu",
		       t->row[i].name,
		       info->detached ? "(detached)"
				      : weir_hook__name(info->hook),
		       t->row[i].device, info->packets, info->passed,
		       info->dropped, info->guard_exits);
		if (info->flags & WEIR_ATTACH_TIME)
			printf(" %8.0f\n", ns_per_packet(info));
		else
			printf(" %8s\n", "-");
	}
}

static int by_rate(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return (x->info.packets < y->info.packets) -
	       (x->info.packets > y->info.packets);
}

/* As people read numbers: 4 digits, and what they count. */
static void print_rate(double rate)
{
	static const char units[] = " kMGT";
	size_t unit = 0;

	while (rate >= 9999.5 && unit + 2 < sizeof(units)) {
		rate /= 1000;
		unit++;
	}
	printf(" %9.*f%c", unit && rate < 99.95 ? 1 : 0, rate, units[unit]);
}

static void print_rate_row(const struct row *row, double seconds)
{
	const struct weir_link_info *info = &row->info;

	printf("%-20s %-11s %-8s", row->name,
	       info->detached ? "(detached)" : weir_hook__name(info->hook),
	       row->device);
	print_rate((double)info->packets / seconds);
	print_rate((double)info->bytes * 8 / seconds);
	print_rate((double)info->dropped / seconds);
	print_rate((double)info->guard_exits / seconds);
	if (info->flags & WEIR_ATTACH_TIME)
		printf(" %8.0f\n", ns_per_packet(info));
	else
		printf(" %8s\n", "-");
}

/* What came since the time before. */
static void subtract(struct weir_link_info *now,
		     const struct weir_link_info *old)
{
	now->packets -= old->packets;
	now->bytes -= old->bytes;
	now->dropped -= old->dropped;
	now->guard_exits -= old->guard_exits;
	now->run_ns -= old->run_ns;
}

static void print_clock(void)
{
	time_t now = time(NULL);
	struct tm tm;

	if (localtime_r(&now, &tm))
		printf("%02d:%02d:%02d ", tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/*
 * Per second. A watcher gets lines with the time, one below the other; top
 * begins anew each time, with the busiest first.
 */
static void print_rates(const struct stats *s, const struct table *now,
			const struct table *old, double seconds, bool header)
{
	struct row *rows = calloc(now->nr ? now->nr : 1, sizeof(*rows));

	if (!rows)
		return;
	for (size_t i = 0; i < now->nr; i++) {
		const struct row *was = before(old, &now->row[i]);

		rows[i] = now->row[i];
		if (was)
			subtract(&rows[i].info, &was->info);
	}
	if (s->top)
		qsort(rows, now->nr, sizeof(*rows), by_rate);
	if (header)
		printf("%s%-20s %-11s %-8s %9s  %9s  %9s  %9s  %8s\n",
		       s->top ? "" : "TIME     ", "LINK", "HOOK", "DEVICE",
		       "PACKETS/S", "BITS/S", "DROPS/S", "GUARDS/S", "NS/PKT");
	for (size_t i = 0; i < now->nr; i++) {
		if (!s->top)
			print_clock();
		print_rate_row(&rows[i], seconds);
	}
	free(rows);
}

static void print_json(const struct table *t)
{
	printf("[");
	for (size_t i = 0; i < t->nr; i++) {
		const struct weir_link_info *info = &t->row[i].info;

		printf("%s\n{\"name\": ", i ? "," : "");
		json_string(stdout, t->row[i].name);
		printf(", \"id\": %u, \"prog\": %u, \"hook\": \"%s\", "
		       "\"device\": ",
		       info->id, info->prog_id, weir_hook__name(info->hook));
		json_string(stdout, t->row[i].device);
		printf(", \"priority\": %d, \"detached\": %s, "
		       "\"packets\": %llu, \"bytes\": %llu"
		       ", \"passed\": %llu, \"dropped\": %llu"
		       ", \"refused\": %llu, \"guard_exits\": %llu"
		       ", \"captured\": %llu, \"lost\": %llu"
		       ", \"run_ns\": %llu}",
		       info->priority, info->detached ? "true" : "false",
		       info->packets, info->bytes, info->passed, info->dropped,
		       info->refused, info->guard_exits, info->captured,
		       info->lost, info->run_ns);
	}
	printf("]\n");
}

/* A label's value: backslash, quote and newline escaped, as the format asks. */
static void print_label(const char *name, const char *value)
{
	printf("%s=\"", name);
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			putchar('\\');
		putchar(*value);
	}
	putchar('"');
}

static const struct metric {
	const char *name;
	const char *help;
	size_t off;
} metrics[] = {
	{ "packets", "Packets that the link's programs saw.",
	  offsetof(struct weir_link_info, packets) },
	{ "bytes", "Bytes in them.", offsetof(struct weir_link_info, bytes) },
	{ "passed", "Packets handed on.",
	  offsetof(struct weir_link_info, passed) },
	{ "dropped", "Packets dropped.",
	  offsetof(struct weir_link_info, dropped) },
	{ "refused", "Packets dropped because the hook cannot do the verdict.",
	  offsetof(struct weir_link_info, refused) },
	{ "guard_exits", "Runs that a guard ended.",
	  offsetof(struct weir_link_info, guard_exits) },
	{ "captured", "Packets copied to a ring.",
	  offsetof(struct weir_link_info, captured) },
	{ "lost", "Packets not copied, since the ring was full.",
	  offsetof(struct weir_link_info, lost) },
};

static void print_labels(const struct row *row)
{
	putchar('{');
	print_label("link", row->name);
	putchar(',');
	print_label("hook", weir_hook__name(row->info.hook));
	putchar(',');
	print_label("device", row->device);
	printf(",id=\"%u\"} ", row->info.id);
}

/* Of links whose time is taken. */
static void print_seconds(const struct table *t)
{
	printf("# HELP weir_link_run_seconds_total Time in the programs, of "
	       "links attached with --time.\n"
	       "# TYPE weir_link_run_seconds_total counter\n");
	for (size_t i = 0; i < t->nr; i++) {
		const struct weir_link_info *info = &t->row[i].info;

		if (!(info->flags & WEIR_ATTACH_TIME))
			continue;
		printf("weir_link_run_seconds_total");
		print_labels(&t->row[i]);
		printf("%llu.%09llu\n", info->run_ns / 1000000000,
		       info->run_ns % 1000000000);
	}
}

static void print_attached(const struct table *t)
{
	printf("# HELP weir_link_attached Is it in the path of packets, or "
	       "detached for good?\n"
	       "# TYPE weir_link_attached gauge\n");
	for (size_t i = 0; i < t->nr; i++) {
		printf("weir_link_attached");
		print_labels(&t->row[i]);
		printf("%d\n", !t->row[i].info.detached);
	}
}

/* What is used of the host, and where it ends; nothing if we may not ask. */
static void print_usage(void)
{
	static const char *const kinds[][2] = {
		{ "used", "In use, by resource." },
		{ "limit", "At most, by resource." },
	};
	struct weir_limits l;

	if (weir_limits__get(&l))
		return;
	for (int k = 0; k < 2; k++) {
		printf("# HELP weir_%s %s\n# TYPE weir_%s gauge\n", kinds[k][0],
		       kinds[k][1], kinds[k][0]);
		for (uint32_t i = 0; i < WEIR_NR_RESOURCES; i++) {
			unsigned long long value = k ? l.host[i].limit
						     : l.host[i].used;

			if (value != WEIR_NO_LIMIT)
				printf("weir_%s{resource=\"%s\"} %llu\n",
				       kinds[k][0], weir_resource__name(i),
				       value);
		}
	}
}

/* The text format of Prometheus, version 0.0.4. */
static void print_prometheus(const struct table *t)
{
	for (size_t m = 0; m < sizeof(metrics) / sizeof(metrics[0]); m++) {
		printf("# HELP weir_link_%s_total %s\n", metrics[m].name,
		       metrics[m].help);
		printf("# TYPE weir_link_%s_total counter\n", metrics[m].name);
		for (size_t i = 0; i < t->nr; i++) {
			const struct row *row = &t->row[i];
			unsigned long long value;

			memcpy(&value,
			       (const char *)&row->info + metrics[m].off,
			       sizeof(value));
			printf("weir_link_%s_total", metrics[m].name);
			print_labels(row);
			printf("%llu\n", value);
		}
	}
	print_seconds(t);
	print_attached(t);
	print_usage();
}

static double now_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* A screen where there is one; in a file or a pipe, one below the other. */
static void begin_screen(const struct table *t, uint64_t seconds)
{
	printf(isatty(STDOUT_FILENO) ? "\033[H\033[2J" : "\n");
	print_clock();
	printf("%zu links, every %llu s, busiest first; ^C ends\n", t->nr,
	       (unsigned long long)seconds);
}

static int watch(const struct stats *s)
{
	size_t lines = 0;
	struct table old, now;
	double then = now_seconds(), at;
	int status = gather(s, &old);

	tool_catch_interrupt();
	while (!status && !tool_interrupted()) {
		sleep((unsigned int)s->seconds);
		if (tool_interrupted())
			break;
		at = now_seconds();
		status = gather(s, &now);
		if (status)
			break;
		if (s->top)
			begin_screen(&now, s->seconds);
		print_rates(s, &now, &old, at - then, s->top || !lines);
		lines += now.nr;
		if (lines >= HEADER_EVERY)
			lines = 0;
		fflush(stdout);
		free(old.row);
		old = now;
		then = at;
		if (tool_output_failed())
			break;
	}
	free(old.row);
	return status ? status : tool_flush();
}

static int show(const struct stats *s)
{
	struct table t;
	int status = gather(s, &t);

	if (status) {
		free(t.row);
		return status;
	}
	if (s->json)
		print_json(&t);
	else if (s->prometheus)
		print_prometheus(&t);
	else
		print_table(&t);
	if (s->nr_names && !t.nr)
		status = tool_fail("%s: no such link", s->cmd->name);
	free(t.row);
	return status ? status : tool_flush();
}

enum {
	OPT_JSON = 256,
	OPT_PROMETHEUS
};

static const struct option options[] = {
	{ "watch", required_argument, NULL, 'w' },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "prometheus", no_argument, NULL, OPT_PROMETHEUS },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static int run(struct stats *s, int argc, char **argv)
{
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":w:h", options, NULL)) != -1) {
		switch (c) {
		case 'w':
			if (!tool_number(optarg, MAX_SECONDS, &s->seconds) ||
			    !s->seconds)
				return tool_usage(s->cmd,
						  "-w %s: seconds, 1 to %d",
						  optarg, MAX_SECONDS);
			break;
		case OPT_JSON:
			s->json = true;
			break;
		case OPT_PROMETHEUS:
			s->prometheus = true;
			break;
		case 'h':
			return tool_help(s->cmd);
		default:
			return tool_bad_option(s->cmd, argv, c);
		}
	}
	if (s->json + s->prometheus + (s->seconds > 0) > 1)
		return tool_usage(s->cmd, "one of -w, --json and --prometheus");
	s->names = argv + optind;
	s->nr_names = argc - optind;
	return s->seconds ? watch(s) : show(s);
}

static int cmd_stats_run(int argc, char **argv)
{
	struct stats s = { .cmd = &cmd_stats };

	return run(&s, argc, argv);
}

static int cmd_top_run(int argc, char **argv)
{
	struct stats s = { .cmd = &cmd_top, .top = true, .seconds = 1 };

	return run(&s, argc, argv);
}

const struct tool_command cmd_stats = {
	.name = "stats",
	.run = cmd_stats_run,
	.summary = "what attached programs count",
	.usage = "[NAME...] [-w SECONDS | --json | --prometheus]",
	.help = "  -w, --watch SECONDS print rates again and again, until ^C\n"
		"      --json          as JSON\n"
		"      --prometheus    in the text format that Prometheus "
		"scrapes\n",
};

const struct tool_command cmd_top = {
	.name = "top",
	.run = cmd_top_run,
	.summary = "the busiest links, again and again",
	.usage = "[NAME...] [-w SECONDS]",
	.help = "  -w, --watch SECONDS how often, default 1\n",
};
