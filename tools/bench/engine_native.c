// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What an ordinary compiler makes of the same C: a flat file that is put to the
 * address it was linked for, and called. Files are NAME.native, or NAME.why where
 * there is no native counterpart.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/bench/elements.h"
#include "tools/bench/engine.h"
#include "tools/bench/native/native.h"

#define MAX_BYTES (32ul << 20)
#define IP_ALIGN 2 /* compilers rely on where drivers put IP headers */

/* As in native/include/linux/bpf.h. */
struct native_xdp {
	unsigned long data, data_end, data_meta;
	uint32_t ingress_ifindex, rx_queue_index, egress_ifindex;
};

struct native_skb {
	unsigned long data, data_end;
	uint32_t len, pkt_type, mark, queue_mapping, protocol;
	uint32_t others[14];
};

static int nothing(void *ctx)
{
	(void)ctx;
	return 0;
}

static const struct native_header empty = { .run = nothing };

/* Why there is no file, as `build` left it; or that there is nothing at all. */
static void say_why(const struct bench_engine *engine, const char *name,
		    char *err)
{
	char path[1024];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.why", engine->directory, name);
	f = fopen(path, "r");
	if (!f || !fgets(err, ENGINE_ERROR, f))
		snprintf(err, ENGINE_ERROR, "no %.200s.native in %.100s", name,
			 engine->directory);
	err[strcspn(err, "\n")] = '\0';
	if (f)
		fclose(f);
}

static int fill(const struct native_header *head,
		const struct bench_filter *filter)
{
	const struct element *e;
	size_t at = 0;

	while ((e = elements_next(filter->elements, filter->name, &at))) {
		const struct native_map *map = head->maps;
		uint32_t key;

		while (map->name && strcmp(map->name, e->map))
			map++;
		memcpy(&key, e->key, sizeof(key));
		if (!map->name || e->self || key >= map->max_entries ||
		    e->value_size != map->value_size)
			return -EINVAL;
		memcpy((char *)map->values + key * map->value_size, e->value,
		       e->value_size);
	}
	return 0;
}

/* The file behind its header, put to its place. Return: NULL with errno. */
static struct native_header *map_rest(FILE *f, const struct native_header *head)
{
	size_t rest = head->bytes - sizeof(*head);
	void *at;

	at = mmap(head->base, head->bytes, PROT_READ | PROT_WRITE | PROT_EXEC,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (at == MAP_FAILED)
		return NULL;
	memcpy(at, head, sizeof(*head));
	/* Zeroes at the end may be missing. */
	if (!fread((char *)at + sizeof(*head), 1, rest, f)) {
		munmap(at, head->bytes);
		errno = EIO;
		return NULL;
	}
	__builtin___clear_cache(at, (char *)at + head->bytes);
	return at;
}

static struct native_header *map_file(const char *path)
{
	struct native_header head, *at = NULL;
	FILE *f = fopen(path, "rb");

	if (!f)
		return NULL;
	if (fread(&head, sizeof(head), 1, f) == 1 &&
	    head.magic == NATIVE_MAGIC && head.bytes > sizeof(head) &&
	    head.bytes < MAX_BYTES)
		at = map_rest(f, &head);
	else
		errno = ENOEXEC;
	fclose(f);
	return at;
}

static void release(struct bench_loaded *loaded)
{
	struct native_header *head = loaded->handle;

	if (head != &empty)
		munmap(head, head->bytes);
}

static int load(const struct bench_engine *engine,
		const struct bench_filter *filter, struct bench_loaded *out,
		char *err)
{
	struct native_header *head;
	char path[1024];

	out->kind = filter->kind;
	out->arch = bench_host_arch();
	out->load_ns = UINT64_MAX; /* has none */
	if (filter->is_empty) {
		out->handle = (void *)&empty;
		return 0;
	}
	snprintf(path, sizeof(path), "%s/%s.native", engine->directory,
		 filter->name);
	if (access(path, R_OK)) {
		say_why(engine, filter->name, err);
		return -ENOENT;
	}
	head = map_file(path);
	if (!head) {
		snprintf(err, ENGINE_ERROR, "%.200s: %s", path,
			 strerror(errno));
		return -EINVAL;
	}
	out->handle = head;
	head->init();
	out->image_bytes = (uint32_t)(head->code_end - head->code);
	if (fill(head, filter)) {
		snprintf(err, ENGINE_ERROR, "its maps cannot be filled");
		release(out);
		return -EINVAL;
	}
	return 0;
}

static uint64_t repeat_run(int (*run)(void *), void *ctx, uint32_t repeat,
			   double *ns)
{
	uint64_t start = bench_now_ns();
	int verdict = 0;

	for (uint32_t i = 0; i < repeat; i++)
		verdict = run(ctx);
	*ns = (double)(bench_now_ns() - start) / repeat;
	return (uint32_t)verdict;
}

static int run(const struct bench_loaded *loaded,
	       const struct bench_packet *packet, uint32_t repeat,
	       uint64_t *verdict, double *ns)
{
	const struct native_header *head = loaded->handle;
	uint8_t *room = malloc(IP_ALIGN + packet->size);
	uint8_t *bytes = room + IP_ALIGN;
	unsigned long data = (unsigned long)bytes;
	struct native_xdp xdp = { .data = data,
				  .data_end = data + packet->size,
				  .data_meta = data };
	struct native_skb skb = { .data = data,
				  .data_end = data + packet->size,
				  .len = packet->size };

	if (!room)
		return -ENOMEM;
	memcpy(bytes, packet->bytes, packet->size);
	if (packet->size >= 14)
		skb.protocol = bytes[12] | (uint32_t)bytes[13] << 8;
	*verdict = repeat_run(head->run,
			      head->is_xdp ? (void *)&xdp : (void *)&skb,
			      repeat, ns);
	free(room);
	return 0;
}

const struct bench_engine bench_engine_native = {
	.name = "native",
	.load = load,
	.run = run,
	.free = release,
};
