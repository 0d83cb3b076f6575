/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An image: the machine code of one program, complete and sealed, but not yet
 * at an address. It is position independent except for calls to helpers and
 * for addresses of maps, which its relocations list. Any host can make an image
 * for any target; only a host of that architecture can publish it (codemem).
 *
 *	0          body_off        stubs_off      pool_off     nr_words * 4
 *	| entry    | body          | stubs, exit, | literals   |
 *	|          |               | epilogue     |            |
 */
#ifndef WEIR_JIT_IMAGE_H
#define WEIR_JIT_IMAGE_H

#include <linux/types.h>
#include "jit/places.h"
#include "uapi/weir.h"

struct weir_arch;
struct weir_facts;
struct weir_ir;
struct weir_log;
struct weir_map;
struct weir_prog;

/* What a relocation refers to. */
enum weir_reloc_kind {
	WEIR_RELOC_HELPER, /* direct call of helper `target` (its id) */
	WEIR_RELOC_HELPER_ABS, /* pool entry with the address of a helper */
	WEIR_RELOC_MAP, /* pool entry with the address of map `target` */
	WEIR_RELOC_VALUES, /* of a byte of its values; the entry says which */
	WEIR_RELOC_PARAM, /* pool entry with the live parameter `target` */
	WEIR_RELOC_JUMP, /* jump to weir_image.jump_to */
};

/**
 * struct weir_reloc - words that depend on addresses of this host
 * @off_bytes:	where
 * @kind:	enum weir_reloc_kind
 * @bytes:	how many: 4 or 8
 * @target:	see the kind
 */
struct weir_reloc {
	u32 off_bytes;
	u8 kind;
	u8 bytes;
	u32 target;
};

/** struct weir_image_guard - where guard i of the facts ended up
 * @branch_off: byte offset of its first branch, or WEIR_NO_OFFSET if it cannot
 *		be reached
 * @stub_off:   byte offset of its stub (the patchable nop), likewise
 * @pc:		eBPF slot it belongs to
 */
struct weir_image_guard {
	u32 branch_off;
	u32 stub_off;
	u32 pc;
};

#define WEIR_NO_OFFSET 0xffffffffu

/** struct weir_image_callback - a function that the run time may call
 * @pc:		its first slot
 * @off_bytes:	of the code that is entered: a weir_callback_fn
 */
struct weir_image_callback {
	u32 pc;
	u32 off_bytes;
};

/**
 * struct weir_image - see above
 * @arch:	target
 * @nr_words:	32-bit words, little-endian values in host order
 * @words:	the code
 * @body_off:	byte offsets of the parts; the entry is at 0
 * @nr_guards:	entries at @guard, in the order of the facts
 * @places:	their exit maps
 * @nr_insns:	entries at @pc_off
 * @pc_off:	byte offset of the first word made for each eBPF slot, or
 *		WEIR_NO_OFFSET where none was
 * @nr_callbacks: entries at @callback
 * @nr_relocs:	entries at @reloc
 * @bridge_off: byte offset of the trampoline's other entry: who handles the
 *		exit is in machine register @bridge_reg; or WEIR_NO_OFFSET
 * @bridge_reg:	see there
 * @jump_to:	where WEIR_RELOC_JUMP goes
 * @first_guard: what the exit record has for guard 0
 * @revoke_off:	byte offset of the nop at the beginning, or WEIR_NO_OFFSET
 * @frame_bytes: stack that a run of this image takes
 * @nr_maps:	entries at @maps
 * @maps:	the program's maps, which relocations name by index. The program
 *		holds the references, and outlives its code
 * @params:	which of them is the block of its live parameters, or @nr_maps
 */
struct weir_image {
	const struct weir_arch *arch;
	u32 nr_words;
	u32 *words;
	u32 body_off;
	u32 stubs_off;
	u32 pool_off;
	u32 nr_guards;
	struct weir_image_guard *guard;
	struct weir_places places;
	u32 nr_insns;
	u32 *pc_off;
	u32 nr_callbacks;
	struct weir_image_callback *callback;
	u32 nr_relocs;
	struct weir_reloc *reloc;
	u32 bridge_off;
	u8 bridge_reg;
	const u8 *jump_to;
	u32 first_guard;
	u32 revoke_off;
	u32 frame_bytes;
	u32 nr_maps;
	struct weir_map **maps;
	u32 params;
};

struct weir_run;

/**
 * weir_image_exit() - complete the exit record of a run that a guard ended
 * @image:	what ran
 * @run:	run->exit.guard and the registers as code stored them; out: pc, and
 *		the program's registers, those that are dead and R10 as 0
 *
 * Any context. Call it once per run, if run->exit.kind is WEIR_EXIT_GUARD.
 */
void weir_image_exit(const struct weir_image *image, struct weir_run *run);

/** weir_image_free() - with all it owns; NULL is allowed. */
void weir_image_free(struct weir_image *image);

#endif
