// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a test run shows of a packet: runtime/test_run.c, row by row. */
#include "runtime/test_run.c"
#include "selftests/harness.h"

struct row {
	const char *name;
	enum weir_kind kind;
	u32 size;
	u32 wire_len;
	u8 dest; /* all six bytes of the destination */
	u8 type[4]; /* bytes 12 to 15 */
	u32 protocol; /* as a program reads it on a little-endian host */
	u32 pkt_type;
	u32 net_off;
	u32 len;
	u32 ifindex;
	u32 ingress_ifindex;
};

/* clang-format off */
static const struct row rows[] = {
	{ "IPv4", WEIR_KIND_SOCKET, 60, 0, 2, { 0x08, 0x00 }, 0x0008, 0, 14, 60, 1, 0 },
	{ "IPv6", WEIR_KIND_TC, 60, 0, 2, { 0x86, 0xdd }, 0xdd86, 0, 14, 60, 1, 0 },
	{ "VLAN", WEIR_KIND_TC, 60, 0, 2, { 0x81, 0x00 }, 0x0081, 0, 14, 60, 1, 0 },
	{ "802.2", WEIR_KIND_TC, 60, 0, 2, { 0x00, 0x2e, 0x42, 0x42 }, 0x0400, 0, 14, 60, 1, 0 },
	{ "802.3", WEIR_KIND_TC, 60, 0, 2, { 0x00, 0x2e, 0xff, 0xff }, 0x0100, 0, 14, 60, 1, 0 },
	{ "802.3, cut", WEIR_KIND_TC, 15, 0, 2, { 0x00, 0x2e, 0xff }, 0x0400, 0, 14, 15, 1, 0 },
	{ "lowest type", WEIR_KIND_TC, 14, 0, 2, { 0x06, 0x00 }, 0x0006, 0, 14, 14, 1, 0 },
	{ "broadcast", WEIR_KIND_SOCKET, 14, 0, 0xff, { 0x08, 0x06 }, 0x0608, 1, 14, 14, 1, 0 },
	{ "multicast", WEIR_KIND_SOCKET, 14, 0, 1, { 0x08, 0x00 }, 0x0008, 2, 14, 14, 1, 0 },
	{ "no header", WEIR_KIND_SOCKET, 13, 0, 0xff, { 0x08 }, 0, 0, 13, 13, 1, 0 },
	{ "nothing", WEIR_KIND_SOCKET, 0, 0, 0, { 0 }, 0, 0, 0, 0, 1, 0 },
	{ "nothing of much", WEIR_KIND_TC, 0, 1500, 0, { 0 }, 0, 0, 0, 1500, 1, 0 },
	{ "cut", WEIR_KIND_TC, 14, 1500, 2, { 0x08, 0x00 }, 0x0008, 0, 14, 1500, 1, 0 },
	{ "xdp", WEIR_KIND_XDP, 60, 0, 2, { 0x08, 0x00 }, 0, 0, 0, 60, 0, 1 },
	{ "mem", WEIR_KIND_MEM, 60, 0, 2, { 0x08, 0x00 }, 0, 0, 0, 60, 0, 0 },
};
/* clang-format on */

static void test_row(const struct row *row)
{
	u8 whole[64] = { 0 };
	struct weir_run run;
	u8 *packet;
	bool same;

	memset(whole, row->dest, 6);
	memcpy(whole + 12, row->type, sizeof(row->type));
	/* Exactly as long as it is, so that ASan sees a byte too far. */
	packet = malloc(row->size ? row->size : 1);
	memcpy(packet, whole, row->size);
	memset(&run, 0xaa, sizeof(run));
	weir_run_init(&run, row->kind, packet, row->size, row->wire_len);

	ksft_test_result(run.protocol == row->protocol &&
				 run.pkt_type == row->pkt_type &&
				 run.net_off == row->net_off,
			 "%s: protocol, packet type, network header\n",
			 row->name);
	same = run.data == (uintptr_t)packet && run.data_meta == run.data &&
	       run.data_end == run.data + row->size &&
	       run.linear_len == row->size;
	ksft_test_result(same && run.len == row->len &&
				 run.wire_len == row->len,
			 "%s: bounds and length\n", row->name);
	ksft_test_result(run.ifindex == row->ifindex &&
				 run.ingress_ifindex == row->ingress_ifindex &&
				 !run.mark && !run.hash && !run.tstamp &&
				 run.exit.guard == WEIR_NO_GUARD,
			 "%s: devices, and the rest is zero\n", row->name);
	free(packet);
}

int main(void)
{
	ksft_print_header();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		test_row(&rows[i]);
	return ksft_finished();
}
