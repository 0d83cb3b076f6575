// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which context accesses are legal, and where they go. */
#include <linux/kernel.h>
#include <linux/bits.h>
#include <linux/string.h>
#include <uapi/linux/bpf.h>
#include "base/ctx.h"
#include "base/run.h"

#define NOBODY 0
#define SOCKET BIT(WEIR_KIND_SOCKET)
#define TC BIT(WEIR_KIND_TC)
#define XDP BIT(WEIR_KIND_XDP)
#define SKB (SOCKET | TC)

#define FIELD_SIZE(type, field) sizeof(((struct type *)0)->field)

static const struct weir_ctx_field fields[] = {
#define _(r, w, type, field, how, gives, run)              \
	{                                                  \
		.name = #field,                            \
		.readers = r,                              \
		.writers = w,                              \
		.off = offsetof(struct type, field),       \
		.size = FIELD_SIZE(type, field),           \
		.form = WEIR_CTX_##how,                    \
		.yields = WEIR_CTX_##gives,                \
		.run_off = offsetof(struct weir_run, run), \
		.run_size = FIELD_SIZE(weir_run, run),     \
	},
#include "base/ctx.def"
#undef _
};

/* A field of the run holds at least what the program may load or store. */
#define _(r, w, type, field, how, gives, run)                                \
	_Static_assert(FIELD_SIZE(weir_run, run) >= FIELD_SIZE(type, field), \
		       #field);
#include "base/ctx.def"
#undef _

const struct weir_ctx_field *weir_ctx_at(enum weir_kind kind, s32 off)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		const struct weir_ctx_field *f = &fields[i];

		if (!((f->readers | f->writers) & BIT(kind)))
			continue;
		if (off >= f->off && off < f->off + f->size)
			return f;
	}
	return NULL;
}

s32 weir_ctx_offset(enum weir_kind kind, const char *name, size_t len)
{
	u32 i;

	/* A name stands for its offset even where the kind may not touch it. */
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		const struct weir_ctx_field *f = &fields[i];
		bool is_xdp = f->readers & XDP;

		if (is_xdp == (kind == WEIR_KIND_XDP) &&
		    strlen(f->name) == len && !memcmp(f->name, name, len))
			return f->off;
	}
	return -1;
}

/*
 * Linux: bpf_skb_is_valid_access(), bpf_ctx_narrow_access_ok(),
 * xdp_is_valid_access().
 */
const struct weir_ctx_field *weir_ctx_find(enum weir_kind kind, s32 off,
					   u32 size, bool write)
{
	const struct weir_ctx_field *f = weir_ctx_at(kind, off);

	if (!f || !((write ? f->writers : f->readers) & BIT(kind)))
		return NULL;
	if (size == 0 || size > 8 || (size & (size - 1)))
		return NULL;
	if (((u32)off & (size - 1)) || (u32)off + size > (u32)f->off + f->size)
		return NULL;
	if (f->form == WEIR_CTX_PARTS)
		return f;
	if (f->form == WEIR_CTX_NARROW && !write)
		return f;
	return (u32)off == f->off && size == f->size ? f : NULL;
}
