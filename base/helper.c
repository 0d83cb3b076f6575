// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The helpers' prototypes, looked up. */
#include <linux/kernel.h>
#include <linux/bits.h>
#include <linux/string.h>
#include <uapi/linux/bpf.h>
#include "base/helper.h"

/* Who may call it: the words of helper.def. */
#define INTERNAL 0
#define TC BIT(WEIR_KIND_TC)
#define XDP BIT(WEIR_KIND_XDP)
#define SKB (BIT(WEIR_KIND_SOCKET) | TC)
#define PACKET (SKB | XDP)
#define DIRECT (TC | XDP | BIT(WEIR_KIND_MEM))
#define ANY (PACKET | DIRECT)

static const struct weir_helper helpers[WEIR_NR_HELPERS] = {
#define _(nr, text, gives, a1, a2, a3, a4, a5, who, also)             \
	[WEIR_HELPER_ROW_##text] = {                                  \
		.name = #text,                                        \
		.id = nr,                                             \
		.kinds = who,                                         \
		.does = also,                                         \
		.ret = WEIR_RET_##gives,                              \
		.arg = { WEIR_ARG_##a1, WEIR_ARG_##a2, WEIR_ARG_##a3, \
			 WEIR_ARG_##a4, WEIR_ARG_##a5 },              \
	},
#include "base/helper.def"
#undef _
};

static const struct weir_helper *find_row(u32 id)
{
	switch (id) {
#define _(nr, text, gives, a1, a2, a3, a4, a5, who, also) \
	case nr:                                          \
		return &helpers[WEIR_HELPER_ROW_##text];
#include "base/helper.def"
#undef _
	default:
		return NULL;
	}
}

bool weir_helper_writes(const struct weir_helper *h)
{
	u32 i;

	for (i = 0; i < WEIR_HELPER_ARGS; i++)
		if (h->arg[i] == WEIR_ARG_MEM_WRITE ||
		    h->arg[i] == WEIR_ARG_MAP_VALUE_WRITE ||
		    h->arg[i] == WEIR_ARG_LONG)
			return true;
	return false;
}

const struct weir_helper *weir_helper_find(s32 id)
{
	return id < WEIR_HELPER_INTERNAL ? find_row((u32)id) : NULL;
}

const char *weir_helper_linux_name(s32 id)
{
#define NAME(name, ...) #name
	static const char *const names[] = { __BPF_FUNC_MAPPER(NAME) };
#undef NAME

	return id > 0 && id < (s32)ARRAY_SIZE(names) ? names[id] : "?";
}

const struct weir_helper *weir_helper_by_name(const char *name, size_t len)
{
	u32 i;

	if (len > 4 && !memcmp(name, "bpf_", 4)) {
		name += 4;
		len -= 4;
	}
	for (i = 0; i < WEIR_NR_HELPERS; i++) {
		const struct weir_helper *h = &helpers[i];

		if (h->id < WEIR_HELPER_INTERNAL && strlen(h->name) == len &&
		    !memcmp(h->name, name, len))
			return h;
	}
	return NULL;
}

const char *weir_helper_name(u32 id)
{
	const struct weir_helper *h = find_row(id);

	return h ? h->name : NULL;
}

u32 weir_helper_list(enum weir_kind kind, char *buf, u32 size)
{
	u32 len = 0, i;

	if (size)
		buf[0] = 0;
	for (i = 0; i < WEIR_NR_HELPERS; i++) {
		const struct weir_helper *h = &helpers[i];
		u32 was = len;

		if (h->id >= WEIR_HELPER_INTERNAL ||
		    (kind && !(h->kinds & BIT(kind))))
			continue;
		len += scnprintf(buf + len, size - len, "%s%s", len ? ", " : "",
				 h->name);
		if (len + sizeof(", ...") < size)
			continue;
		scnprintf(buf + was, size - was, "%s...", was ? ", " : "");
		return (u32)strlen(buf);
	}
	return len;
}

weir_helper_fn weir_helper_func(u32 id)
{
	const struct weir_helper *h = find_row(id);

	return h ? weir_helper_funcs[h - helpers] : NULL;
}
