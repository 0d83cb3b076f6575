/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The context as a program sees it (struct __sk_buff, struct xdp_md) against
 * what is really there (struct weir_run). A context access is legal if
 * weir_ctx_find() has a field for it; it then becomes an access to the run
 * context, at weir_ctx_run_off().
 *
 * All hosts are little-endian, so that a narrow access to a field is the same
 * narrow access to the run's field.
 */
#ifndef WEIR_BASE_CTX_H
#define WEIR_BASE_CTX_H

#include <linux/types.h>
#include "uapi/weir.h"

/**
 * enum weir_ctx_yields - what a load of the field gives
 * @WEIR_CTX_SCALAR:	a number, zero-extended (or sign-extended by MEMSX)
 * @WEIR_CTX_PACKET:	4-byte load, gives the 64-bit pointer to the packet
 * @WEIR_CTX_PACKET_END: the same, to its end
 * @WEIR_CTX_PACKET_META: the same, to the metadata before the packet
 *
 * Loads that give pointers may not be sign-extending ones.
 */
enum weir_ctx_yields {
	WEIR_CTX_SCALAR,
	WEIR_CTX_PACKET,
	WEIR_CTX_PACKET_END,
	WEIR_CTX_PACKET_META,
};

/* weir_ctx_field.form; see ctx.def */
enum weir_ctx_form {
	WEIR_CTX_WHOLE,
	WEIR_CTX_NARROW,
	WEIR_CTX_PARTS,
};

/*
 * Fields that only what base translates may read (classic programs, loads
 * relative to a header): they lie beyond every context that Linux knows.
 */
#define WEIR_CTX_CLASSIC_BASE 0x1000

struct weir_ctx_classic {
	u8 private_base[WEIR_CTX_CLASSIC_BASE];
	u32 hatype; /* ARPHRD_* of the device */
	u32 net_off; /* offset of the network header in the packet */
};

/**
 * struct weir_ctx_field - one row of ctx.def
 * @name:	as in the struct
 * @readers:	kinds that may load it, BIT(enum weir_kind)
 * @writers:	kinds that may store to it
 * @off:	offset the program uses
 * @size:	bytes the program sees
 * @form:	enum weir_ctx_form
 * @yields:	enum weir_ctx_yields
 * @run_off:	offset in struct weir_run
 * @run_size:	bytes there; 8 for pointers, else @size or more
 */
struct weir_ctx_field {
	const char *name;
	u8 readers;
	u8 writers;
	u16 off;
	u8 size;
	u8 form;
	u8 yields;
	u16 run_off;
	u8 run_size;
};

/**
 * weir_ctx_find() - the field that an access touches
 * @kind:	program kind
 * @off:	offset in the context
 * @size:	bytes: 1, 2, 4 or 8
 * @write:	store, else load
 *
 * The rules are Linux's for aligned and narrow access. Fields at
 * WEIR_CTX_CLASSIC_BASE and above are for translated programs only (those with
 * an origin map): ask weir_ctx_is_classic().
 * Return: the row, or NULL if the access is not allowed.
 */
const struct weir_ctx_field *weir_ctx_find(enum weir_kind kind, s32 off,
					   u32 size, bool write);

/** weir_ctx_at() - the field that holds offset @off, whoever may use it. */
const struct weir_ctx_field *weir_ctx_at(enum weir_kind kind, s32 off);

/** weir_ctx_offset() - offset of a field by its name, or -1; for people. */
s32 weir_ctx_offset(enum weir_kind kind, const char *name, size_t len);

/** weir_ctx_is_classic() - is the field private to translated programs? */
static inline bool weir_ctx_is_classic(const struct weir_ctx_field *field)
{
	return field->off >= WEIR_CTX_CLASSIC_BASE;
}

/** weir_ctx_is_pointer() - does a load give a 64-bit pointer? */
static inline bool weir_ctx_is_pointer(const struct weir_ctx_field *field)
{
	return field->yields != WEIR_CTX_SCALAR;
}

/**
 * weir_ctx_run_off() - where an access at context offset @off goes in the run
 *
 * A pointer is read there as 64 bits; a scalar in the instruction's own size.
 */
static inline u32 weir_ctx_run_off(const struct weir_ctx_field *field, s32 off)
{
	return field->run_off + ((u32)off - field->off);
}

#endif
