// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The packet printer: known packets give known lines, and no bytes whatever
 * lead it outside the packet. The packets of the second part are made from the
 * known ones, cut at every length and with bytes changed at random, in memory
 * of exactly their size, so that ASan sees a byte too far.
 */
#include "selftests/harness.h"
#include "tools/weir/print.c"

#define MAX_LINE 4096

struct known {
	const char *name;
	int linktype;
	const char *hex;
	const char *line;
};

#define ETHER "020000000001 020000000002 "
#define IP4(len, frag, proto) \
	"4500" len "0001" frag "40" proto "0000 0a090001 0a090002 "
#define IP6(len, next)           \
	"60000000" len next "40" \
	"20010db8000000000000000000000001 20010db8000000000000000000000002 "

static const struct known known[] = {
	{ "tcp syn", LINK_ETHER,
	  ETHER "0800" IP4("0028", "4000",
			   "06") "c001 0050 00000001 00000000 5002faf000000000",
	  "IP 10.9.0.1.49153 > 10.9.0.2.80: Flags [S], seq 1, win 64240, "
	  "length 0" },
	{ "tcp data", LINK_RAW,
	  IP4("002a", "4000",
	      "06") "c001 0050 00000001 00000002 5018faf000000000 6869",
	  "IP 10.9.0.1.49153 > 10.9.0.2.80: Flags [P.], seq 1:3, ack 2, "
	  "win 64240, length 2" },
	{ "tcp options", LINK_RAW,
	  IP4("003c", "4000",
	      "06") "c001 0050 00000001 00000000 a002faf000000000 "
		    "020405b4 0402 080a0000000100000002 01 03030a",
	  "IP 10.9.0.1.49153 > 10.9.0.2.80: Flags [S], seq 1, win 64240, "
	  "options [mss 1460,sackOK,TS val 1 ecr 2,nop,wscale 10], length 0" },
	{ "tcp sack, an unknown option, and the end", LINK_RAW,
	  IP4("003c", "4000",
	      "06") "c001 0050 00000001 00000002 a010faf000000000 "
		    "050a0000000100000004 fe040102 00000000 0000",
	  "IP 10.9.0.1.49153 > 10.9.0.2.80: Flags [.], ack 2, win 64240, "
	  "options [sack 1 {1:4},unknown-254 0x0102,eol], length 0" },
	{ "tcp option longer than the header", LINK_RAW,
	  IP4("002c", "4000",
	      "06") "c001 0050 00000001 00000002 6010faf000000000 01010809",
	  "IP 10.9.0.1.49153 > 10.9.0.2.80: Flags [.], ack 2, win 64240, "
	  "options [nop,nop,[|tcp]], length 0" },
	{ "tcp header too long", LINK_RAW,
	  IP4("0028", "0000",
	      "06") "c001 0050 00000001 00000002 f018faf000000000",
	  "IP 10.9.0.1.49153 > 10.9.0.2.80: tcp [bad hdr length 60]" },
	{ "udp", LINK_RAW, IP4("001e", "0000", "11") "0035 1000 000a0000 6869",
	  "IP 10.9.0.1.53 > 10.9.0.2.4096: UDP, length 2" },
	{ "fragment", LINK_RAW, IP4("001c", "0010", "11") "0102030405060708",
	  "IP 10.9.0.1 > 10.9.0.2: udp, frag offset 128, length 8" },
	{ "icmp echo", LINK_RAW, IP4("001c", "0000", "01") "0800000000010002",
	  "IP 10.9.0.1 > 10.9.0.2: ICMP echo request, id 1, seq 2, length 8" },
	{ "ip header too short", LINK_RAW,
	  "44000014 00010000 40060000 0a090001 0a090002",
	  "IP bad-hlen 16, length 20" },
	{ "cut ip", LINK_RAW, "4500", "IP [|ip], length 2" },
	{ "udp over ip6", LINK_RAW, IP6("0008", "11") "0035 1000 00080000",
	  "IP6 2001:db8::1.53 > 2001:db8::2.4096: UDP, length 0" },
	{ "ip6 options that never end", LINK_RAW,
	  IP6("0010", "00") "00ff000000000000 0000000000000000",
	  "IP6 2001:db8::1 > 2001:db8::2: [|ip6-ext], length 0" },
	{ "ip6 fragment", LINK_RAW,
	  IP6("0010", "2c") "1100000900000001"
			    "0102030405060708",
	  "IP6 2001:db8::1 > 2001:db8::2: udp, frag offset 8, length 8" },
	{ "arp", LINK_ETHER,
	  ETHER "0806 0001080006040001 020000000001 0a090001 000000000000 "
		"0a090002",
	  "ARP, Request who-has 10.9.0.2 tell 10.9.0.1, length 28" },
	{ "vlan", LINK_ETHER, ETHER "8100 2005 88b5 0102",
	  "802.1Q vlan 5, p 1, ethertype 0x88b5, length 2" },
	{ "llc", LINK_ETHER, ETHER "0003 424203",
	  "802.3 LLC, dsap 0x42, ssap 0x42, length 3" },
	{ "unknown type", LINK_ETHER, ETHER "88b5 0102",
	  "ethertype 0x88b5, length 2" },
	{ "cut ethernet", LINK_ETHER, "0200", "[|ether], length 2" },
	{ "empty", LINK_ETHER, "", "[|ether], length 0" },
	{ "empty raw", LINK_RAW, "", "[|ip], length 0" },
	{ "unknown link", 147, "00", "link type 147, length 1" },
};

#define NR_KNOWN (sizeof(known) / sizeof(known[0]))

static size_t unhex(const char *hex, uint8_t *out)
{
	size_t nr = 0;
	unsigned int byte;

	for (; *hex; hex++) {
		if (*hex == ' ')
			continue;
		sscanf(hex, "%2x", &byte);
		out[nr++] = (uint8_t)byte;
		hex++;
	}
	return nr;
}

/* The line of a packet, in memory of exactly its size. */
static void line_of(int linktype, const uint8_t *bytes, size_t nr,
		    uint32_t wirelen, char line[MAX_LINE])
{
	uint8_t *exact = malloc(nr ? nr : 1);
	FILE *out = fmemopen(line, MAX_LINE, "w");

	memcpy(exact, bytes, nr);
	/* One byte more where there are none: malloc(0) may be NULL. */
	print_packet(out, linktype, nr ? exact : exact + 1, (uint32_t)nr,
		     wirelen, 1);
	fclose(out);
	free(exact);
}

static void test_known(const struct known *k)
{
	uint8_t bytes[256];
	size_t nr = unhex(k->hex, bytes);
	char line[MAX_LINE] = "";
	FILE *out = fmemopen(line, sizeof(line), "w");

	print_packet(out, k->linktype, bytes, (uint32_t)nr, (uint32_t)nr, 0);
	fclose(out);
	if (strcmp(line, k->line))
		printf("# got  %s\n# want %s\n", line, k->line);
	ksft_test_result(!strcmp(line, k->line), "%s\n", k->name);
}

static uint32_t random_state = 1;

static uint32_t random_u32(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state;
}

static void test_odd(const struct known *k)
{
	static const int links[] = { LINK_NULL, LINK_ETHER, LINK_RAW,
				     LINK_LOOP, LINK_SLL,   LINK_SLL2 };
	uint8_t bytes[256], odd[256];
	size_t nr = unhex(k->hex, bytes);
	char line[MAX_LINE];

	for (size_t cut = 0; cut <= nr; cut++)
		for (uint32_t more = 0; more < 3; more++)
			line_of(k->linktype, bytes, cut,
				(uint32_t)cut + more * 0x7fffff00u, line);
	for (int round = 0; round < 2000; round++) {
		memcpy(odd, bytes, nr);
		for (uint32_t i = random_u32() % 4 + 1; nr && i; i--)
			odd[random_u32() % nr] = (uint8_t)random_u32();
		line_of(round & 1 ? k->linktype : links[random_u32() % 6], odd,
			nr, (uint32_t)nr, line);
	}
	ksft_test_result(true, "%s, cut and changed\n", k->name);
}

int main(void)
{
	ksft_print_header();
	for (size_t i = 0; i < NR_KNOWN; i++)
		test_known(&known[i]);
	for (size_t i = 0; i < NR_KNOWN; i++)
		test_odd(&known[i]);
	return ksft_finished();
}
