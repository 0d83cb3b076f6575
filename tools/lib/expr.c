// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * tcpdump expressions, by libpcap. The one file that sees both libpcap's
 * struct bpf_insn (classic) and ours; the two have one name, so <linux/bpf.h>
 * stays out.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pcap/pcap.h>
#include <linux/filter.h>

#include "tools/lib/libweir.h"

static int refuse(char *err, size_t err_size, const char *words)
{
	if (err_size)
		snprintf(err, err_size, "%s", words);
	return -EINVAL;
}

int weir_expr__compile_pcap(const char *expr, struct pcap *pcap,
			    struct sock_filter **insns, size_t *nr_insns,
			    char *err, size_t err_size)
{
	struct bpf_program classic;
	struct sock_filter *out;

	if (pcap_compile(pcap, &classic, expr, 1, PCAP_NETMASK_UNKNOWN))
		return refuse(err, err_size, pcap_geterr(pcap));
	out = calloc(classic.bf_len ? classic.bf_len : 1, sizeof(*out));
	if (!out) {
		pcap_freecode(&classic);
		refuse(err, err_size, "out of memory");
		return -ENOMEM;
	}
	for (u_int i = 0; i < classic.bf_len; i++) {
		const struct bpf_insn *insn = &classic.bf_insns[i];

		out[i] = (struct sock_filter){ insn->code, insn->jt, insn->jf,
					       insn->k };
	}
	*insns = out;
	*nr_insns = classic.bf_len;
	pcap_freecode(&classic);
	return 0;
}

int weir_expr__compile(const char *expr, int linktype, int snaplen,
		       struct sock_filter **insns, size_t *nr_insns, char *err,
		       size_t err_size)
{
	pcap_t *pcap = pcap_open_dead(linktype, snaplen);
	int ret;

	if (!pcap) {
		refuse(err, err_size, "out of memory");
		return -ENOMEM;
	}
	ret = weir_expr__compile_pcap(expr, pcap, insns, nr_insns, err,
				      err_size);
	pcap_close(pcap);
	return ret;
}

int weir_expr__compile_device(const char *expr, const char *device, int snaplen,
			      struct sock_filter **insns, size_t *nr_insns,
			      char *err, size_t err_size)
{
	char words[PCAP_ERRBUF_SIZE] = "";
	pcap_t *pcap = pcap_create(device, words);
	int ret;

	if (!pcap)
		return refuse(err, err_size, words);
	pcap_set_snaplen(pcap, snaplen);
	ret = pcap_activate(pcap);
	if (ret < 0) {
		const char *why = pcap_geterr(pcap);

		ret = refuse(err, err_size,
			     why && *why ? why : pcap_statustostr(ret));
	} else {
		ret = weir_expr__compile_pcap(expr, pcap, insns, nr_insns, err,
					      err_size);
	}
	pcap_close(pcap);
	return ret;
}

int weir_expr__linktype(const char *name)
{
	int linktype = pcap_datalink_name_to_val(name);

	return linktype < 0 ? -EINVAL : linktype;
}
