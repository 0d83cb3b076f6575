// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * libweir with an object that clang made: run its first program over a capture
 * and print the numbers in one of its arrays. Build and run:
 *
 *	cc -o example_object example_object.c \
 *		$(pkg-config --cflags --libs libweir libpcap)
 *	./example_object count.o counts capture.pcap
 *
 * --device before the capture: the same in the kernel, through /dev/weir.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pcap/pcap.h>
#include <libweir.h>

static struct weir_object *load(const char *path, enum weir_backend backend)
{
	struct weir_object_opts opts = { .sz = sizeof(opts) };
	struct weir_load_opts load = { .sz = sizeof(load), .backend = backend };
	struct weir_object *obj = weir_object__open_file(path, &opts);

	if (!obj)
		errx(1, "%s: %s", path, opts.error);

	/*
	 * Here limits, constants and kinds could be changed:
	 * weir_map__set_max_entries(), weir_map__initial_value(),
	 * weir_program__set_kind().
	 */
	if (weir_object__load(obj, &load))
		errx(1, "%s: %s", path, load.reject_detail);
	return obj;
}

static void print_array(struct weir_map_handle *map)
{
	struct weir_map_info info = { .size = sizeof(info) };
	uint64_t value;

	if (weir_map__info(map, &info) || info.key_size != sizeof(uint32_t) ||
	    info.value_size != sizeof(value))
		errx(1, "%s: not an array of 64-bit numbers",
		     weir_map__name(map));
	for (uint32_t key = 0; key < info.max_entries; key++)
		if (!weir_map__lookup_elem(map, &key, sizeof(key), &value,
					   sizeof(value), 0) &&
		    value)
			printf("%s[%u] = %llu\n", weir_map__name(map), key,
			       (unsigned long long)value);
}

int main(int argc, char **argv)
{
	bool device = argc == 5 && !strcmp(argv[3], "--device");
	char why[PCAP_ERRBUF_SIZE];
	struct weir_map_handle *map;
	struct weir_program *prog;
	struct pcap_pkthdr *header;
	struct weir_object *obj;
	const u_char *bytes;
	pcap_t *capture;

	if (argc != 4 && !device)
		errx(2,
		     "usage: example_object OBJECT ARRAY [--device] CAPTURE");
	capture = pcap_open_offline(argv[argc - 1], why);
	if (!capture)
		errx(1, "%s", why);
	obj = load(argv[1],
		   device ? WEIR_BACKEND_DEVICE : WEIR_BACKEND_PROCESS);
	prog = weir_object__next_program(obj, NULL);
	map = weir_object__find_map_by_name(obj, argv[2]);
	if (!prog || !map)
		errx(1, "%s: no program, or no map %s", argv[1], argv[2]);

	while (pcap_next_ex(capture, &header, &bytes) == 1) {
		struct weir_run_opts run = {
			.sz = sizeof(run),
			.data = bytes,
			.data_size = header->caplen,
			.wire_len = header->len,
		};

		if (weir_program__run(prog, &run))
			errx(1, "%s: a run failed", weir_program__name(prog));
	}
	print_array(map);
	weir_object__close(obj);
	pcap_close(capture);
	return 0;
}
