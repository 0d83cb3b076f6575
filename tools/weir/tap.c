// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * weir capture: packets of a device, filtered in the kernel, copied through
 * ring buffers that are mapped here.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/bpf.h>
#include "tools/lib/link.h"
#include "tools/weir/pcapng.h"
#include "tools/weir/print.h"
#include "tools/weir/source.h"
#include "tools/weir/tool.h"

#define MAX_RINGS 16 /* what one reader takes */
#define POLL_MS 200
#define DEFAULT_RING_KB 1024
#define MAX_RING_KB (1 << 20)
#define LINKTYPE_ETHERNET 1
#define LINKTYPE_RAW 101

struct tap {
	const char *device;
	const char *out_path;
	uint64_t max_packets;
	uint64_t snaplen;
	uint64_t ring_kb;
	bool in_only, out_only;

	struct source_args args;
	struct source src;
	struct weir_program *prog;
	struct weir_map_handle *ring[MAX_RINGS];
	uint32_t nr_rings;
	struct weir_ring_buffer *reader;
	struct weir_link *link[2];
	FILE *out;
	int linktype;
	uint64_t taken;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* What the device's packets start with, as the kernel's files tell. */
static int device_linktype(const char *device)
{
	char path[64 + IF_NAMESIZE];
	int type = 1;
	FILE *in;

	snprintf(path, sizeof(path), "/sys/class/net/%s/type", device);
	in = fopen(path, "r");
	if (in) {
		if (fscanf(in, "%d", &type) != 1)
			type = 1;
		fclose(in);
	}
	/* ARPHRD_ETHER and ARPHRD_LOOPBACK have Ethernet's header */
	return type == 1 || type == 772 ? LINKTYPE_ETHERNET : LINKTYPE_RAW;
}

static void print_line(const struct tap *t,
		       const struct weir_capture_record *record)
{
	time_t sec = (time_t)(record->time_ns / 1000000000);
	struct tm tm;

	if (localtime_r(&sec, &tm))
		printf("%02d:%02d:%02d.%06u ", tm.tm_hour, tm.tm_min, tm.tm_sec,
		       (unsigned int)(record->time_ns % 1000000000 / 1000));
	print_packet(stdout, t->linktype, (const uint8_t *)(record + 1),
		     record->caplen, record->len, 0);
	putchar('\n');
}

static int take(void *arg, const void *data, size_t size)
{
	const struct weir_capture_record *record = data;
	struct tap *t = arg;

	if (size < sizeof(*record) || record->caplen > size - sizeof(*record))
		return -EINVAL;
	if (t->max_packets && t->taken == t->max_packets)
		return -ECANCELED;
	t->taken++;
	if (t->out) {
		const struct pcapng_packet packet = {
			.time_ns = record->time_ns,
			.bytes = record + 1,
			.caplen = record->caplen,
			.len = record->len,
			.outbound = record->hook == WEIR_HOOK_EGRESS,
		};

		pcapng_write(t->out, &packet);
	} else {
		print_line(t, record);
	}
	return 0;
}

static int make_rings(struct tap *t)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	uint32_t want = cpus < 1	   ? 1
			: cpus > MAX_RINGS ? MAX_RINGS
					   : (uint32_t)cpus;

	for (; t->nr_rings < want; t->nr_rings++) {
		struct weir_map_opts opts = {
			.sz = sizeof(opts),
			.backend = WEIR_BACKEND_DEVICE,
			.type = BPF_MAP_TYPE_RINGBUF,
			.max_entries = (uint32_t)(t->ring_kb << 10),
			.name = "capture",
		};
		struct weir_map_handle *map = weir_map__create(&opts);

		if (!map)
			return tool_fail("capture: ring of %" PRIu64 " KiB: %s",
					 t->ring_kb, opts.error);
		t->ring[t->nr_rings] = map;
		if (!t->reader)
			t->reader = weir_ring_buffer__new(map, take, t);
		else if (weir_ring_buffer__add(t->reader, map, take, t))
			errno = ENOMEM;
		else
			continue;
		if (!t->reader)
			return tool_fail("capture: ring: %s", strerror(errno));
	}
	return TOOL_OK;
}

static int attach(struct tap *t, enum weir_hook hook, struct weir_link **out)
{
	int fds[MAX_RINGS];
	struct weir_attach_opts opts = {
		.sz = sizeof(opts),
		.hook = hook,
		.flags = WEIR_ATTACH_CAPTURE,
		.ifindex = if_nametoindex(t->device),
		.name = "capture",
		.ring_fds = fds,
		.nr_rings = t->nr_rings,
		.snaplen = (uint32_t)t->snaplen,
	};

	for (uint32_t i = 0; i < t->nr_rings; i++)
		fds[i] = weir_map__fd(t->ring[i]);
	*out = weir_program__attach(t->prog, &opts);
	if (*out)
		return TOOL_OK;
	return tool_fail("capture: %s %s: %s", weir_hook__name(hook), t->device,
			 errno == EPERM ? "needs CAP_NET_ADMIN"
			 : errno == ENODEV
				 ? "no such device, or it is going away"
			 : errno == EINVAL ? "only expressions and socket "
					     "programs capture"
					   : strerror(errno));
}

static int load(struct tap *t)
{
	struct weir_load_opts opts = {
		.sz = sizeof(opts),
		.backend = WEIR_BACKEND_DEVICE,
		.name = "capture",
	};

	t->prog = source_load(&t->src, &opts);
	return t->prog ? TOOL_OK : source_refused(&cmd_capture, &t->src, &opts);
}

static int open_out(struct tap *t)
{
	if (!t->out_path)
		return TOOL_OK;
	t->out = strcmp(t->out_path, "-") ? fopen(t->out_path, "wb") : stdout;
	if (!t->out)
		return tool_fail("capture: %s: %s", t->out_path,
				 strerror(errno));
	pcapng_start(t->out, t->linktype, (uint32_t)t->snaplen, t->device,
		     t->src.name ? t->src.name : "");
	fflush(t->out);
	return TOOL_OK;
}

static bool is_done(const struct tap *t)
{
	if (tool_interrupted() || (t->out && ferror(t->out)) ||
	    (!t->out && tool_output_failed()))
		return true;
	return t->max_packets && t->taken >= t->max_packets;
}

static int gone(const struct tap *t)
{
	for (int i = 0; i < 2; i++) {
		struct weir_link_info info;

		if (t->link[i] && !weir_link__info(t->link[i], &info) &&
		    info.detached)
			return 1;
	}
	return 0;
}

/* Packets until ^C, enough of them, a reader who went away or the device. */
static int run(struct tap *t)
{
	int err = 0;

	tool_catch_interrupt();
	while (!is_done(t)) {
		err = weir_ring_buffer__poll(t->reader, POLL_MS);
		if (err == -EINTR || err == -ECANCELED)
			err = 0;
		if (err < 0)
			return tool_fail("capture: %s", strerror(-err));
		fflush(t->out ? t->out : stdout);
		if (!err && gone(t))
			return tool_fail("capture: %s: the device is gone",
					 t->device);
	}
	return TOOL_OK;
}

static int finish(struct tap *t)
{
	uint64_t captured = 0, lost = 0;
	struct weir_link_info info;
	int err = 0;

	for (int i = 0; i < 2; i++) {
		if (!t->link[i] || weir_link__info(t->link[i], &info))
			continue;
		captured += info.captured;
		lost += info.lost;
	}
	if (t->out) {
		pcapng_end(t->out, now_ns(), captured + lost, lost);
		err = fflush(t->out) || ferror(t->out) ? errno : 0;
		if (t->out != stdout && fclose(t->out) && !err)
			err = errno;
	}
	fprintf(stderr,
		"%" PRIu64 " packets captured, %" PRIu64 " lost for want of "
		"room\n",
		t->taken, lost);
	if (err && !(err == EPIPE && t->out == stdout))
		return tool_fail("capture: %s: %s", t->out_path, strerror(err));
	return t->out ? TOOL_OK : tool_flush();
}

static int capture(struct tap *t, char *const *words, int nr)
{
	static char everything[] = "";
	char *const all[] = { everything };
	int status, end;

	if (!nr && !t->args.insns && !t->args.text && !t->args.object) {
		words = all;
		nr = 1;
	}

	if (!if_nametoindex(t->device))
		return tool_fail("capture: %s: no such device", t->device);
	t->linktype = device_linktype(t->device);
	t->args.device = t->device;
	status = source_read(&cmd_capture, &t->args, words, nr, &t->src);
	if (!status)
		status = source_one(&cmd_capture, &t->src);
	if (!status)
		status = load(t);
	if (!status)
		status = make_rings(t);
	if (!status)
		status = open_out(t);
	if (!status && !t->out_only)
		status = attach(t, WEIR_HOOK_INGRESS, &t->link[0]);
	if (!status && !t->in_only)
		status = attach(t, WEIR_HOOK_EGRESS, &t->link[1]);
	if (!status) {
		status = run(t);
		end = finish(t);
		status = status ? status : end;
	}
	weir_link__free(t->link[0]);
	weir_link__free(t->link[1]);
	weir_ring_buffer__free(t->reader);
	while (t->nr_rings)
		weir_map__close(t->ring[--t->nr_rings]);
	weir_program__free(t->prog);
	source_free(&t->src);
	return status;
}

enum {
	OPT_RING = 256
};

static const struct option options[] = {
	SOURCE_OPTIONS,
	{ "interface", required_argument, NULL, 'i' },
	{ "write", required_argument, NULL, 'w' },
	{ "packets", required_argument, NULL, 'c' },
	{ "snaplen", required_argument, NULL, 's' },
	{ "direction", required_argument, NULL, 'Q' },
	{ "ring", required_argument, NULL, OPT_RING },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

/* Return: -1 to go on, or the exit status. */
static int take_option(struct tap *t, int c, char **argv)
{
	int status = source_option(&cmd_capture, &t->args, c, optarg);

	if (status >= 0)
		return status ? status : -1;
	switch (c) {
	case 'i':
		t->device = optarg;
		return -1;
	case 'w':
		t->out_path = optarg;
		return -1;
	case 'c':
		if (tool_number(optarg, UINT64_MAX, &t->max_packets))
			return -1;
		return tool_usage(&cmd_capture, "-c %s: a number of packets",
				  optarg);
	case 's':
		if (tool_number(optarg, 262144, &t->snaplen))
			return -1;
		return tool_usage(&cmd_capture, "-s %s: bytes, up to 262144",
				  optarg);
	case 'Q':
		t->in_only = !strcmp(optarg, "in");
		t->out_only = !strcmp(optarg, "out");
		if (t->in_only || t->out_only || !strcmp(optarg, "inout"))
			return -1;
		return tool_usage(&cmd_capture, "-Q %s: in, out or inout",
				  optarg);
	case OPT_RING:
		if (tool_number(optarg, MAX_RING_KB, &t->ring_kb) &&
		    t->ring_kb >= 4 && !(t->ring_kb & (t->ring_kb - 1)))
			return -1;
		return tool_usage(&cmd_capture,
				  "--ring %s: KiB, a power of two from 4 to %d",
				  optarg, MAX_RING_KB);
	case 'h':
		return tool_help(&cmd_capture);
	default:
		return tool_bad_option(&cmd_capture, argv, c);
	}
}

static int cmd_capture_run(int argc, char **argv)
{
	struct tap t = { .ring_kb = DEFAULT_RING_KB };
	int c, status;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":i:w:c:s:Q:h", options, NULL)) !=
	       -1) {
		status = take_option(&t, c, argv);
		if (status >= 0)
			return status;
	}
	if (!t.device)
		return tool_usage(&cmd_capture, "which device? (-i)");
	return capture(&t, argv + optind, argc - optind);
}

const struct tool_command cmd_capture = {
	.name = "capture",
	.run = cmd_capture_run,
	.summary = "capture packets of a device, filtered in the kernel",
	.usage = "[EXPRESSION] -i DEVICE [-w FILE] [-c COUNT] [-s BYTES] "
		 "[-Q in|out|inout]",
	.help = "Without an expression, all packets.\n\n"
		"  -i, --interface DEV device\n"
		"  -w, --write FILE    write pcapng; - is standard output. "
		"Without it, lines\n"
		"  -c, --packets N     stop after so many\n"
		"  -s, --snaplen N     bytes kept of each packet; default all\n"
		"  -Q, --direction DIR in, out or inout (default)\n"
		"      --ring KIB      ring buffer of each CPU, default 1024\n"
		"\nA program may stand for the expression: see `weir check "
		"--help`. Its verdict is\nthe number of bytes to keep.\n",
};
