/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Contexts for programs that are compiled for the machine itself: the system's
 * header, but for pointers that are as wide as pointers are.
 */
#ifndef NATIVE_LINUX_BPF_H
#define NATIVE_LINUX_BPF_H

#define xdp_md uapi_xdp_md
#define __sk_buff uapi_sk_buff
#include_next <linux/bpf.h>
#undef xdp_md
#undef __sk_buff

struct xdp_md {
	unsigned long data;
	unsigned long data_end;
	unsigned long data_meta;
	__u32 ingress_ifindex;
	__u32 rx_queue_index;
	__u32 egress_ifindex;
};

struct __sk_buff {
	unsigned long data;
	unsigned long data_end;
	__u32 len;
	__u32 pkt_type;
	__u32 mark;
	__u32 queue_mapping;
	__u32 protocol;
	__u32 vlan_present;
	__u32 vlan_tci;
	__u32 vlan_proto;
	__u32 priority;
	__u32 ingress_ifindex;
	__u32 ifindex;
	__u32 tc_index;
	__u32 cb[5];
	__u32 hash;
	__u32 tc_classid;
};

#endif
