// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lets the tool link statically with distributions' libpcap.a.
 *
 * pcap.o holds a table of capture sources, each with a "create" and a
 * "findalldevs" entry.  One of them sniffs the D-Bus and needs libdbus, which
 * in turn needs libsystemd and more, none of which exist as static archives.
 * An archive member is only pulled in for symbols that are still undefined, so
 * these two definitions keep pcap-dbus.o, and with it libdbus, out of the
 * link.  They say what the real ones say when there is no such bus: the device
 * is not ours, and there are none to list.
 *
 * Link this object only into static programs, ahead of libpcap.a.  The two
 * names are libpcap's internals (pcap-dbus.h, the same since 1.4); the types
 * are those which pcap.o calls through.
 */
#include <pcap/pcap.h>

struct pcap_if_list;

pcap_t *dbus_create(const char *device, char *errbuf, int *is_ours);
int dbus_findalldevs(struct pcap_if_list *devices, char *errbuf);

pcap_t *dbus_create(const char *device, char *errbuf, int *is_ours)
{
	(void)device;
	(void)errbuf;
	*is_ours = 0;
	return NULL;
}

int dbus_findalldevs(struct pcap_if_list *devices, char *errbuf)
{
	(void)devices;
	(void)errbuf;
	return 0;
}
