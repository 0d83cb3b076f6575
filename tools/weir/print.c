// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A packet as one line of text, in the manner of tcpdump -n.
 *
 * Every printer gets a view: the bytes that were captured and the length that
 * there was. Views only ever shrink, and bytes are read through them alone, so
 * that no length field of a packet can lead outside it. What was cut off shows
 * as "[|tcp]".
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#include "tools/weir/print.h"

/* DLT_* of <pcap/dlt.h>, which is the same on every Linux. */
enum {
	LINK_NULL = 0,
	LINK_ETHER = 1,
	LINK_RAW = 12,
	LINK_LOOP = 108,
	LINK_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_SLL2 = 276,
};

enum {
	ETHER_IP = 0x0800,
	ETHER_ARP = 0x0806,
	ETHER_RARP = 0x8035,
	ETHER_VLAN = 0x8100,
	ETHER_IPV6 = 0x86dd,
	ETHER_QINQ = 0x88a8,
	ETHER_PPPOE_D = 0x8863,
	ETHER_PPPOE = 0x8864,
	ETHER_MPLS = 0x8847,
	ETHER_LLDP = 0x88cc,
	ETHER_MIN_TYPE = 0x0600,
};

enum {
	PROTO_HOPOPTS = 0,
	PROTO_ICMP = 1,
	PROTO_IGMP = 2,
	PROTO_IPIP = 4,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_IPV6 = 41,
	PROTO_ROUTING = 43,
	PROTO_FRAGMENT = 44,
	PROTO_GRE = 47,
	PROTO_ESP = 50,
	PROTO_AH = 51,
	PROTO_ICMP6 = 58,
	PROTO_NONE = 59,
	PROTO_DSTOPTS = 60,
	PROTO_OSPF = 89,
	PROTO_PIM = 103,
	PROTO_VRRP = 112,
	PROTO_SCTP = 132,
};

#define MAX_NESTING 8 /* VLAN tags, tunnels: enough for real packets */

/**
 * struct view - part of a packet
 * @at:		first byte
 * @cap:	bytes that may be read
 * @len:	bytes that there were; at least @cap
 */
struct view {
	const uint8_t *at;
	uint32_t cap;
	uint32_t len;
};

static bool has(struct view v, uint32_t off, uint32_t bytes)
{
	return off <= v.cap && bytes <= v.cap - off;
}

/* The view from @off on; empty if there is nothing. */
static struct view skip(struct view v, uint32_t off)
{
	uint32_t cap = off < v.cap ? off : v.cap;
	uint32_t len = off < v.len ? off : v.len;

	return (struct view){ v.at + cap, v.cap - cap, v.len - len };
}

/* The view's first @len bytes. */
static struct view limit(struct view v, uint32_t len)
{
	if (len < v.len)
		v.len = len;
	if (v.cap > v.len)
		v.cap = v.len;
	return v;
}

static uint32_t be16(struct view v, uint32_t off)
{
	return (uint32_t)v.at[off] << 8 | v.at[off + 1];
}

static uint32_t be32(struct view v, uint32_t off)
{
	return be16(v, off) << 16 | be16(v, off + 2);
}

static void print_ether(FILE *out, const uint8_t *a)
{
	fprintf(out, "%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2], a[3],
		a[4], a[5]);
}

/* An address of 4 or 16 bytes, with a port as tcpdump writes it, or -1. */
static void print_addr(FILE *out, const uint8_t *addr, bool v6, int port)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(v6 ? AF_INET6 : AF_INET, addr, text, sizeof(text));
	fputs(text, out);
	if (port >= 0)
		fprintf(out, ".%d", port);
}

/* What the transport printers need of the network layer. */
struct net {
	const uint8_t *src;
	const uint8_t *dst;
	bool v6;
};

static void print_pair(FILE *out, const struct net *net, int sport, int dport)
{
	print_addr(out, net->src, net->v6, sport);
	fputs(" > ", out);
	print_addr(out, net->dst, net->v6, dport);
	fputs(": ", out);
}

enum {
	TCP_OPT_END = 0,
	TCP_OPT_NOP = 1,
	TCP_OPT_MSS = 2,
	TCP_OPT_WSCALE = 3,
	TCP_OPT_SACK_OK = 4,
	TCP_OPT_SACK = 5,
	TCP_OPT_TIMESTAMP = 8,
};

/* One option of @v.len bytes, all of them there. */
static void print_tcp_option(FILE *out, struct view v)
{
	uint32_t kind = v.at[0];

	if (kind == TCP_OPT_END) {
		fputs("eol", out);
	} else if (kind == TCP_OPT_NOP) {
		fputs("nop", out);
	} else if (kind == TCP_OPT_MSS && v.len == 4) {
		fprintf(out, "mss %u", be16(v, 2));
	} else if (kind == TCP_OPT_WSCALE && v.len == 3) {
		fprintf(out, "wscale %u", v.at[2]);
	} else if (kind == TCP_OPT_SACK_OK && v.len == 2) {
		fputs("sackOK", out);
	} else if (kind == TCP_OPT_TIMESTAMP && v.len == 10) {
		fprintf(out, "TS val %u ecr %u", be32(v, 2), be32(v, 6));
	} else if (kind == TCP_OPT_SACK && v.len % 8 == 2) {
		fprintf(out, "sack %u ", v.len / 8);
		for (uint32_t off = 2; off < v.len; off += 8)
			fprintf(out, "{%u:%u}", be32(v, off), be32(v, off + 4));
	} else {
		fprintf(out, "unknown-%u", kind);
		for (uint32_t off = 2; off < v.len; off++)
			fprintf(out, "%s%02x", off == 2 ? " 0x" : "",
				v.at[off]);
	}
}

static void print_tcp_options(FILE *out, struct view v)
{
	fputs(", options [", out);
	while (v.len) {
		uint32_t kind = v.cap ? v.at[0] : TCP_OPT_MSS;
		uint32_t bytes = kind <= TCP_OPT_NOP ? 1
				 : has(v, 0, 2)	     ? v.at[1]
						     : 0;

		if (!bytes || (kind > TCP_OPT_NOP && bytes < 2) ||
		    !has(v, 0, bytes)) {
			fputs("[|tcp]", out);
			break;
		}
		print_tcp_option(out, limit(v, bytes));
		v = skip(v, bytes);
		if (kind == TCP_OPT_END)
			break;
		if (v.len)
			fputc(',', out);
	}
	fputc(']', out);
}

static void print_tcp(FILE *out, const struct net *net, struct view v)
{
	static const char flag_names[] = "FSRP.UEW";
	uint32_t header, data, flags, seq;

	if (!has(v, 0, 4)) {
		print_pair(out, net, -1, -1);
		fputs("[|tcp]", out);
		return;
	}
	print_pair(out, net, (int)be16(v, 0), (int)be16(v, 2));
	if (!has(v, 0, 20)) {
		fputs("[|tcp]", out);
		return;
	}
	header = (uint32_t)(v.at[12] >> 4) * 4;
	if (header < 20 || header > v.len) {
		fprintf(out, "tcp [bad hdr length %u]", header);
		return;
	}
	data = v.len - header;
	seq = be32(v, 4);
	flags = v.at[13];
	fputs("Flags [", out);
	if (!flags)
		fputs("none", out);
	for (int i = 0; i < 8; i++)
		if (flags & 1u << i)
			fputc(flag_names[i], out);
	fputc(']', out);
	if (data)
		fprintf(out, ", seq %u:%u", seq, seq + data);
	else if (flags & 7) /* FIN, SYN, RST say something about seq */
		fprintf(out, ", seq %u", seq);
	if (flags & 0x10)
		fprintf(out, ", ack %u", be32(v, 8));
	fprintf(out, ", win %u", be16(v, 14));
	if (flags & 0x20)
		fprintf(out, ", urg %u", be16(v, 18));
	if (header > 20)
		print_tcp_options(out, skip(limit(v, header), 20));
	fprintf(out, ", length %u", data);
}

static void print_udp(FILE *out, const struct net *net, struct view v)
{
	uint32_t len;

	if (!has(v, 0, 4)) {
		print_pair(out, net, -1, -1);
		fputs("[|udp]", out);
		return;
	}
	print_pair(out, net, (int)be16(v, 0), (int)be16(v, 2));
	if (!has(v, 0, 8)) {
		fputs("[|udp]", out);
		return;
	}
	len = be16(v, 4);
	if (len && len < 8)
		fprintf(out, "truncated-udplength %u", len);
	else
		fprintf(out, "UDP, length %u",
			(len && len < v.len ? len : v.len) - 8);
}

static void print_echo(FILE *out, const char *what, struct view v)
{
	fprintf(out, "%s", what);
	if (has(v, 4, 4))
		fprintf(out, ", id %u, seq %u", be16(v, 4), be16(v, 6));
}

static void print_icmp(FILE *out, const struct net *net, struct view v)
{
	static const char *const unreachable[] = {
		"net",
		"host",
		"protocol",
		"port",
	};

	print_pair(out, net, -1, -1);
	if (!has(v, 0, 2)) {
		fputs("[|icmp]", out);
		return;
	}
	fputs("ICMP ", out);
	if (v.at[0] == 0)
		print_echo(out, "echo reply", v);
	else if (v.at[0] == 8)
		print_echo(out, "echo request", v);
	else if (v.at[0] == 3 && v.at[1] < 4)
		fprintf(out, "%s unreachable", unreachable[v.at[1]]);
	else if (v.at[0] == 11)
		fputs(v.at[1] ? "ip reassembly time exceeded"
			      : "time exceeded in-transit",
		      out);
	else
		fprintf(out, "type %u, code %u", v.at[0], v.at[1]);
	fprintf(out, ", length %u", v.len);
}

static void print_icmp6(FILE *out, const struct net *net, struct view v)
{
	print_pair(out, net, -1, -1);
	if (!has(v, 0, 2)) {
		fputs("[|icmp6]", out);
		return;
	}
	fputs("ICMP6, ", out);
	switch (v.at[0]) {
	case 128:
		print_echo(out, "echo request", v);
		break;
	case 129:
		print_echo(out, "echo reply", v);
		break;
	case 133:
		fputs("router solicitation", out);
		break;
	case 134:
		fputs("router advertisement", out);
		break;
	case 135:
	case 136:
		fprintf(out, "neighbor %s",
			v.at[0] == 135 ? "solicitation" : "advertisement");
		if (has(v, 8, 16)) {
			fputs(v.at[0] == 135 ? ", who has " : ", tgt is ", out);
			print_addr(out, v.at + 8, true, -1);
		}
		break;
	default:
		fprintf(out, "type %u, code %u", v.at[0], v.at[1]);
	}
	fprintf(out, ", length %u", v.len);
}

static const char *proto_name(uint32_t proto)
{
	switch (proto) {
	case PROTO_ICMP:
		return "ICMP";
	case PROTO_IGMP:
		return "igmp";
	case PROTO_TCP:
		return "tcp";
	case PROTO_UDP:
		return "udp";
	case PROTO_GRE:
		return "GREv0";
	case PROTO_ESP:
		return "ESP";
	case PROTO_AH:
		return "AH";
	case PROTO_ICMP6:
		return "ICMP6";
	case PROTO_OSPF:
		return "OSPF";
	case PROTO_PIM:
		return "PIM";
	case PROTO_VRRP:
		return "VRRP";
	case PROTO_SCTP:
		return "sctp";
	default:
		return NULL;
	}
}

static void print_proto(FILE *out, uint32_t proto)
{
	const char *name = proto_name(proto);

	if (name)
		fputs(name, out);
	else
		fprintf(out, "ip-proto-%u", proto);
}

static void print_ip(FILE *out, struct view v, int depth);
static void print_ip6(FILE *out, struct view v, int depth);

static void print_transport(FILE *out, const struct net *net, uint32_t proto,
			    struct view v, int depth)
{
	switch (proto) {
	case PROTO_TCP:
		print_tcp(out, net, v);
		return;
	case PROTO_UDP:
		print_udp(out, net, v);
		return;
	case PROTO_ICMP:
		print_icmp(out, net, v);
		return;
	case PROTO_ICMP6:
		print_icmp6(out, net, v);
		return;
	case PROTO_IPIP:
	case PROTO_IPV6:
		print_pair(out, net, -1, -1);
		if (proto == PROTO_IPIP)
			print_ip(out, v, depth + 1);
		else
			print_ip6(out, v, depth + 1);
		return;
	}
	if (proto == PROTO_SCTP && has(v, 0, 4)) {
		print_pair(out, net, (int)be16(v, 0), (int)be16(v, 2));
	} else {
		print_pair(out, net, -1, -1);
	}
	print_proto(out, proto);
	fprintf(out, ", length %u", v.len);
}

/* A fragment that is not the first: nothing of the transport's header. */
static void print_fragment(FILE *out, const struct net *net, uint32_t proto,
			   uint32_t off, struct view v)
{
	print_pair(out, net, -1, -1);
	print_proto(out, proto);
	fprintf(out, ", frag offset %u, length %u", off, v.len);
}

static void print_ip(FILE *out, struct view v, int depth)
{
	struct net net = { 0 };
	uint32_t header, total, frag;

	fputs("IP ", out);
	if (depth > MAX_NESTING || !has(v, 0, 20)) {
		fprintf(out, "%s, length %u", "[|ip]", v.len);
		return;
	}
	header = (uint32_t)(v.at[0] & 15) * 4;
	total = be16(v, 2);
	if (v.at[0] >> 4 != 4) {
		fprintf(out, "version %u, length %u", v.at[0] >> 4, v.len);
		return;
	}
	/* Segmentation offload leaves 0: the capture's length is all we have */
	if (!total)
		total = v.len;
	if (header < 20 || total < header) {
		fprintf(out, "bad-hlen %u, length %u", header, v.len);
		return;
	}
	net.src = v.at + 12;
	net.dst = v.at + 16;
	frag = be16(v, 6) & 0x1fff;
	if (frag)
		print_fragment(out, &net, v.at[9], frag * 8,
			       skip(limit(v, total), header));
	else
		print_transport(out, &net, v.at[9],
				skip(limit(v, total), header), depth);
	if (!frag && be16(v, 6) & 0x2000)
		fputs(", more fragments", out);
}

static void print_ip6(FILE *out, struct view v, int depth)
{
	struct net net = { .v6 = true };
	uint32_t next, payload, off = 0;
	bool more = false;

	fputs("IP6 ", out);
	if (depth > MAX_NESTING || !has(v, 0, 40)) {
		fprintf(out, "%s, length %u", "[|ip6]", v.len);
		return;
	}
	if (v.at[0] >> 4 != 6) {
		fprintf(out, "version %u, length %u", v.at[0] >> 4, v.len);
		return;
	}
	net.src = v.at + 8;
	net.dst = v.at + 24;
	next = v.at[6];
	payload = be16(v, 4);
	v = payload ? limit(skip(v, 40), payload) : skip(v, 40);

	/* Each round takes 8 bytes at least, so that this ends. */
	while (next == PROTO_HOPOPTS || next == PROTO_ROUTING ||
	       next == PROTO_DSTOPTS || next == PROTO_FRAGMENT) {
		if (!has(v, 0, 8)) {
			print_pair(out, &net, -1, -1);
			fprintf(out, "[|ip6-ext], length %u", v.len);
			return;
		}
		if (next == PROTO_FRAGMENT) {
			off = be16(v, 2) & 0xfff8;
			more = v.at[3] & 1;
			next = v.at[0];
			v = skip(v, 8);
			if (off)
				break;
			continue;
		}
		next = v.at[0];
		v = skip(v, ((uint32_t)v.at[1] + 1) * 8);
	}
	if (off)
		print_fragment(out, &net, next, off, v);
	else if (next == PROTO_NONE)
		print_pair(out, &net, -1, -1), fputs("no next header", out);
	else
		print_transport(out, &net, next, v, depth);
	if (more && !off)
		fputs(", more fragments", out);
}

static void print_arp(FILE *out, const char *name, struct view v)
{
	uint32_t op, hw, proto;

	fprintf(out, "%s, ", name);
	if (!has(v, 0, 8)) {
		fprintf(out, "[|arp], length %u", v.len);
		return;
	}
	hw = v.at[4];
	proto = v.at[5];
	op = be16(v, 6);
	if (hw != 6 || proto != 4 || !has(v, 8, 20))
		fprintf(out, "op %u, hardware %u, protocol 0x%04x", op,
			be16(v, 0), be16(v, 2));
	else if (op == 1) {
		fputs("Request who-has ", out);
		print_addr(out, v.at + 24, false, -1);
		fputs(" tell ", out);
		print_addr(out, v.at + 14, false, -1);
	} else if (op == 2) {
		fputs("Reply ", out);
		print_addr(out, v.at + 14, false, -1);
		fputs(" is-at ", out);
		print_ether(out, v.at + 8);
	} else
		fprintf(out, "op %u", op);
	fprintf(out, ", length %u", v.len);
}

static const char *ether_name(uint32_t type)
{
	switch (type) {
	case ETHER_PPPOE_D:
		return "PPPoE discovery";
	case ETHER_PPPOE:
		return "PPPoE session";
	case ETHER_MPLS:
		return "MPLS";
	case ETHER_LLDP:
		return "LLDP";
	default:
		return NULL;
	}
}

/* What an Ethernet type says; below 1536 it is the length of an LLC frame. */
static void print_ethertype(FILE *out, uint32_t type, struct view v, int depth)
{
	switch (type) {
	case ETHER_IP:
		print_ip(out, v, depth);
		return;
	case ETHER_IPV6:
		print_ip6(out, v, depth);
		return;
	case ETHER_ARP:
		print_arp(out, "ARP", v);
		return;
	case ETHER_RARP:
		print_arp(out, "RARP", v);
		return;
	case ETHER_VLAN:
	case ETHER_QINQ:
		if (depth > MAX_NESTING || !has(v, 0, 4)) {
			fprintf(out, "802.1Q [|vlan], length %u", v.len);
			return;
		}
		fprintf(out, "%s vlan %u, p %u, ",
			type == ETHER_QINQ ? "802.1ad" : "802.1Q",
			be16(v, 0) & 0xfff, be16(v, 0) >> 13);
		print_ethertype(out, be16(v, 2), skip(v, 4), depth + 1);
		return;
	}
	if (type < ETHER_MIN_TYPE) {
		v = limit(v, type);
		if (has(v, 0, 2))
			fprintf(out,
				"802.3 LLC, dsap 0x%02x, ssap 0x%02x, "
				"length %u",
				v.at[0], v.at[1], v.len);
		else
			fprintf(out, "802.3, length %u", v.len);
	} else if (ether_name(type)) {
		fprintf(out, "%s, length %u", ether_name(type), v.len);
	} else {
		fprintf(out, "ethertype 0x%04x, length %u", type, v.len);
	}
}

static void print_ether_frame(FILE *out, struct view v, int link)
{
	if (!has(v, 0, 14)) {
		fprintf(out, "[|ether], length %u", v.len);
		return;
	}
	if (link) {
		print_ether(out, v.at + 6);
		fputs(" > ", out);
		print_ether(out, v.at);
		fprintf(out, ", ethertype 0x%04x, length %u: ", be16(v, 12),
			v.len);
	}
	print_ethertype(out, be16(v, 12), skip(v, 14), 0);
}

static void print_raw_ip(FILE *out, struct view v)
{
	if (!has(v, 0, 1))
		fprintf(out, "[|ip], length %u", v.len);
	else if (v.at[0] >> 4 == 6)
		print_ip6(out, v, 0);
	else
		print_ip(out, v, 0);
}

void print_packet(FILE *out, int linktype, const uint8_t *bytes,
		  uint32_t caplen, uint32_t wirelen, int link)
{
	struct view v = { bytes, caplen, wirelen > caplen ? wirelen : caplen };

	switch (linktype) {
	case LINK_ETHER:
		print_ether_frame(out, v, link);
		return;
	case LINK_RAW:
	case LINK_IPV4:
	case LINK_IPV6:
		print_raw_ip(out, v);
		return;
	case LINK_NULL: /* the family, in the writer's byte order */
	case LINK_LOOP:
		print_raw_ip(out, skip(v, 4));
		return;
	case LINK_SLL:
		if (!has(v, 0, 16))
			break;
		print_ethertype(out, be16(v, 14), skip(v, 16), 0);
		return;
	case LINK_SLL2:
		if (!has(v, 0, 20))
			break;
		print_ethertype(out, be16(v, 0), skip(v, 20), 0);
		return;
	}
	fprintf(out, "link type %d, length %u", linktype, v.len);
}
