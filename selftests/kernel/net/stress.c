// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * stress replace LINK OBJECT TIMES: put the object's two programs into the link
 * in turn, each with the maps of the one before, and change the drop list all
 * the while. At the end, the counters of map and link are held together.
 *
 * stress cycle TIMES: load and unload a program, and see that code memory and
 * the kernel's slabs are as they were.
 *
 * stress sniff DEVICE OFFSET: take a ping that leaves by the device, wait, and see
 * that the byte there is what ping put there (0x5a). The socket's packet shares
 * its bytes with the one that goes on.
 *
 * stress hold OBJECT DEVICE SECONDS: attach the object's program "first" to the
 * device's ingress for so long; packets must have come, and none been dropped.
 *
 * stress add OBJECT-LINK ADDRESS: put an address on the link's drop list.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <linux/types.h>
#include "tools/lib/link.h"

#include <linux/bpf.h>

#define NOISE 0x0a090000u /* 10.9.0.0: nobody has it */

static int fail(const char *what, int err)
{
	printf("# %s: %s\n", what, strerror(err < 0 ? -err : err));
	return 1;
}

static struct weir_link *must_open(const char *name)
{
	struct weir_link *link = weir_link__open(name);

	if (!link)
		fail(name, errno);
	return link;
}

static uint32_t program_of(const struct weir_link *link)
{
	struct weir_link_info info;

	return weir_link__info(link, &info) ? 0 : info.prog_id;
}

/* The object, with the maps of the program that is in the link now. */
static struct weir_object *next_version(const char *path, uint32_t prog_id,
					const char *name)
{
	struct weir_load_opts opts = {
		.sz = sizeof(opts),
		.backend = WEIR_BACKEND_DEVICE,
	};
	struct weir_object *obj = weir_object__open_file(path, NULL);
	struct weir_program *prog = NULL;
	int err;

	if (!obj) {
		fail(path, errno);
		return NULL;
	}
	while ((prog = weir_object__next_program(obj, prog)) != NULL)
		weir_program__set_autoload(
			prog, !strcmp(weir_program__name(prog), name));
	err = weir_object__carry_maps(obj, prog_id);
	if (err != 2)
		printf("# %d maps carried, not 2\n", err);
	err = err == 2 ? weir_object__load(obj, &opts) : -EINVAL;
	if (!err)
		return obj;
	printf("# %s: %s\n", name, opts.reject_detail);
	weir_object__close(obj);
	return NULL;
}

static int change_list(struct weir_map_handle *drops, uint32_t i)
{
	uint32_t key = htonl(NOISE + i % 500);
	uint64_t zero = 0;
	int err = weir_map__update_elem(drops, &key, sizeof(key), &zero,
					sizeof(zero), BPF_ANY);

	if (err)
		return err;
	key = htonl(NOISE + (i + 250) % 500);
	err = weir_map__delete_elem(drops, &key, sizeof(key), 0);
	return err == -ENOENT ? 0 : err;
}

static int replace_once(struct weir_link *link, const char *path, uint32_t i)
{
	const char *name = i % 2 ? "drop_a" : "drop_b";
	struct weir_object *obj = next_version(path, program_of(link), name);
	int err;

	if (!obj)
		return -EINVAL;
	err = change_list(weir_object__find_map_by_name(obj, "drops"), i);
	if (!err)
		err = weir_link__update_program(
			link, weir_object__find_program_by_name(obj, name),
			NULL);
	weir_object__close(obj);
	return err;
}

static int replace(const char *name, const char *path, uint32_t times)
{
	struct weir_link *link = must_open(name);
	int err = 0;
	uint32_t i;

	if (!link)
		return 1;
	for (i = 0; i < times && !err; i++)
		err = replace_once(link, path, i);
	weir_link__free(link);
	if (err)
		return fail("replace", err);
	printf("# replaced %u times\n", i);
	return 0;
}

/* A map of the link's program, by name. */
static struct weir_map_handle *map_of(const char *name, const char *path,
				      const char *map, struct weir_object **obj)
{
	struct weir_link *link = must_open(name);
	struct weir_map_handle *found = NULL;

	*obj = link ? next_version(path, program_of(link), "drop_a") : NULL;
	weir_link__free(link);
	if (*obj)
		found = weir_object__find_map_by_name(*obj, map);
	return found;
}

static int add(const char *name, const char *path, const char *address)
{
	struct weir_object *obj;
	struct weir_map_handle *drops = map_of(name, path, "drops", &obj);
	uint32_t key = inet_addr(address);
	uint64_t zero = 0;
	int err = -ENOENT;

	if (drops)
		err = weir_map__update_elem(drops, &key, sizeof(key), &zero,
					    sizeof(zero), BPF_ANY);
	weir_object__close(obj);
	return err ? fail("add", err) : 0;
}

/* What the programs counted against what the link counted. */
static int counters(const char *name, const char *path)
{
	struct weir_link *link = must_open(name);
	uint64_t value[64], sum[2] = { 0 };
	struct weir_link_info info;
	struct weir_map_handle *totals;
	struct weir_object *obj;
	size_t bytes;
	int err = -ENOENT;

	totals = map_of(name, path, "totals", &obj);
	bytes = totals ? weir_map__value_bytes(totals) : 0;
	for (uint32_t key = 0; totals && key < 2; key++) {
		err = weir_map__lookup_elem(totals, &key, sizeof(key), value,
					    bytes, 0);
		for (size_t i = 0; !err && i < bytes / 8; i++)
			sum[key] += value[i];
	}
	if (!err && link)
		err = weir_link__info(link, &info);
	weir_object__close(obj);
	weir_link__free(link);
	if (err)
		return fail("counters", err);
	printf("# programs: %llu passed, %llu dropped; link: %llu packets, "
	       "%llu passed, %llu dropped, %llu guard exits\n",
	       (unsigned long long)sum[0], (unsigned long long)sum[1],
	       (unsigned long long)info.packets,
	       (unsigned long long)info.passed,
	       (unsigned long long)info.dropped,
	       (unsigned long long)info.guard_exits);
	return !(sum[0] == info.passed && sum[1] == info.dropped &&
		 info.packets == info.passed + info.dropped && info.dropped &&
		 !info.guard_exits);
}

/*
 * Cycles
 */

static long number_in(const char *path, const char *after)
{
	FILE *in = fopen(path, "r");
	char line[256];
	long value = -1;

	while (in && fgets(line, sizeof(line), in))
		if (!strncmp(line, after, strlen(after)))
			value = strtol(line + strlen(after), NULL, 10);
	if (in)
		fclose(in);
	return value;
}

/*
 * Bytes of all that kmalloc gave. Other slabs say nothing: the kernel keeps
 * areas of vmap() for later, and gives them back many at a time.
 */
static long kmalloc_bytes(void)
{
	FILE *in = fopen("/proc/slabinfo", "r");
	char line[512], name[64];
	long objects, size, sum = 0;

	while (in && fgets(line, sizeof(line), in))
		if (sscanf(line, "%63s %ld %*d %ld", name, &objects, &size) ==
			    3 &&
		    !strncmp(name, "kmalloc-", 8))
			sum += objects * size;
	if (in)
		fclose(in);
	return sum;
}

static int load_once(void)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct weir_load_opts opts = {
		.sz = sizeof(opts),
		.backend = WEIR_BACKEND_DEVICE,
	};
	struct weir_program *prog = weir_program__load(insns, 2, &opts);

	if (!prog)
		return fail("load", errno);
	weir_program__free(prog);
	return 0;
}

static int cycle(uint32_t times)
{
	const char *used = "/sys/module/weir/parameters/code_used";
	long code, before, after;
	uint32_t i;

	for (i = 0; i < 500; i++)
		if (load_once())
			return 1;
	code = number_in(used, "");
	before = kmalloc_bytes();
	for (i = 0; i < times; i++)
		if (load_once())
			return 1;
	after = kmalloc_bytes();
	printf("# %u cycles: code %ld -> %ld bytes, kmalloc %ld -> %ld\n", i,
	       code, number_in(used, ""), before, after);
	/* the smallest thing lost in each would be twice this */
	return code != number_in(used, "") || after - before > 4 * (long)times;
}

static int sniff(const char *device, size_t offset)
{
	struct sockaddr_ll from = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(device),
	};
	socklen_t len = sizeof(from);
	unsigned char bytes[2048];
	struct timeval patience = { .tv_sec = 20 };
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	ssize_t got = -1;

	if (fd < 0 || bind(fd, (void *)&from, sizeof(from)))
		return fail(device, errno);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	/* what comes meanwhile waits in the socket, by reference */
	sleep(4);
	do {
		len = sizeof(from);
		got = recvfrom(fd, bytes, sizeof(bytes), 0, (void *)&from,
			       &len);
	} while (got >= 0 && (from.sll_pkttype != PACKET_OUTGOING ||
			      got <= (ssize_t)offset || bytes[12] != 8 ||
			      bytes[13] || bytes[23] != IPPROTO_ICMP));
	close(fd);
	if (got < 0)
		return fail("no ping", errno);
	printf("# byte %zu is %#x\n", offset, bytes[offset]);
	return bytes[offset] != 0x5a;
}

/* What a program array leads to stays as long as its user. */
static int hold(const char *path, const char *device, unsigned int seconds)
{
	struct weir_load_opts load = {
		.sz = sizeof(load),
		.backend = WEIR_BACKEND_DEVICE,
	};
	struct weir_attach_opts opts = {
		.sz = sizeof(opts),
		.hook = WEIR_HOOK_INGRESS,
		.ifindex = if_nametoindex(device),
	};
	struct weir_object *obj = weir_object__open_file(path, NULL);
	struct weir_program *prog = NULL;
	struct weir_link_info info;
	struct weir_link *link;

	if (!obj || weir_object__load(obj, &load)) {
		printf("# %s\n", load.reject_detail);
		return fail(path, errno);
	}
	while ((prog = weir_object__next_program(obj, prog)) != NULL)
		if (!strcmp(weir_program__name(prog), "first"))
			break;
	link = prog ? weir_program__attach(prog, &opts) : NULL;
	if (!link)
		return fail(device, errno);
	sleep(seconds);
	weir_link__info(link, &info);
	weir_link__free(link);
	weir_object__close(obj);
	printf("# %llu packets, %llu dropped\n", info.packets, info.dropped);
	return !info.packets || info.dropped;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "hold"))
		return hold(argv[2], argv[3], (unsigned int)atoi(argv[4]));
	if (argc == 4 && !strcmp(argv[1], "sniff"))
		return sniff(argv[2], (size_t)atoi(argv[3]));
	if (argc == 5 && !strcmp(argv[1], "replace"))
		return replace(argv[2], argv[3], (uint32_t)atoi(argv[4]));
	if (argc == 5 && !strcmp(argv[1], "add"))
		return add(argv[2], argv[3], argv[4]);
	if (argc == 4 && !strcmp(argv[1], "counters"))
		return counters(argv[2], argv[3]);
	if (argc == 3 && !strcmp(argv[1], "cycle"))
		return cycle((uint32_t)atoi(argv[2]));
	fprintf(stderr, "usage: stress replace LINK OBJECT TIMES | "
			"add LINK OBJECT ADDRESS | counters LINK OBJECT | "
			"cycle TIMES | sniff DEVICE OFFSET | "
			"hold OBJECT DEVICE SECONDS\n");
	return 2;
}
