// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Statements of random programs about maps, the packet's ends, callbacks and
 * tail calls. Included by gen.c, whose state they keep.
 *
 * Keys and values that a helper is handed lie in [R10 - 16, R10), which is
 * always written.
 */
#include "selftests/fuzz/gen_map.h"

const struct gen_map gen_maps[GEN_NR_MAPS] = {
#define _(text, kind, key, value, nr) \
	[GEN_MAP_##text] = { #text, kind, key, value, nr },
	GEN_MAPS(_)
#undef _
};

#define KEY_OFF (-8)
#define VALUE_OFF (-16)

static void call(struct gen *g, s32 id)
{
	emit(g, BPF_JMP | BPF_CALL, 0, 0, 0, id);
	set_type(g, 0, T_NONE);
}

static void load_map(struct gen *g, u32 reg, u32 map)
{
	g->p->maps |= 1u << map;
	if (map == GEN_MAP_OUTER)
		g->p->maps |= 1u << GEN_MAP_ARRAY | 1u << GEN_MAP_INNER;
	emit(g, BPF_LD | BPF_IMM | BPF_DW, reg, BPF_PSEUDO_MAP_IDX, 0,
	     (s32)map);
	emit(g, 0, 0, 0, 0, 0);
	set_type(g, reg, T_NONE);
}

static void load_stack(struct gen *g, u32 reg, s32 off)
{
	emit(g, BPF_ALU64 | BPF_MOV | BPF_X, reg, FP, 0, 0);
	emit(g, BPF_ALU64 | BPF_ADD | BPF_K, reg, 0, 0, off);
	set_type(g, reg, T_NONE);
}

/* A key that is often there: at KEY_OFF. */
static void store_key(struct gen *g, u32 map)
{
	u32 reg;

	if (map == GEN_MAP_TRIE)
		emit(g, BPF_ST | BPF_MEM | BPF_W, FP, 0, KEY_OFF,
		     (s32)below(g, 5) * 8 + (chance(g, 5) ? 3 : 0));
	if (chance(g, 60)) {
		emit(g, BPF_ST | BPF_MEM | BPF_W, FP, 0,
		     KEY_OFF + (map == GEN_MAP_TRIE ? 4 : 0),
		     (s32)below(g, chance(g, 90) ? 5 : 20));
		return;
	}
	reg = number_dst(g);
	if (chance(g, 90))
		emit(g, BPF_ALU64 | BPF_AND | BPF_K, reg, 0, 0, 7);
	emit(g, BPF_STX | BPF_MEM | BPF_W, FP, reg,
	     KEY_OFF + (map == GEN_MAP_TRIE ? 4 : 0), 0);
}

/* R0 and R1 to R5 are numbers again where a loop needs them. */
static void after_call(struct gen *g, bool is_number)
{
	if (is_number)
		set_type(g, 0, T_SCALAR);
	else
		mov_imm(g, 0, some_imm(g));
	clobber(g);
}

static u32 some_keyed_map(struct gen *g)
{
	static const u8 maps[] = { GEN_MAP_ARRAY,     GEN_MAP_HASH,
				   GEN_MAP_CPU_ARRAY, GEN_MAP_CPU_HASH,
				   GEN_MAP_LRU,	      GEN_MAP_CPU_LRU,
				   GEN_MAP_TRIE };

	return maps[below(g, ARRAY_SIZE(maps))];
}

/* [reg, reg + size) is a value: some accesses; most are proven. */
static void touch_value(struct gen *g, u32 reg, u32 size)
{
	u32 locked = g->locked;

	g->locked |= 1u << reg;
	for (u32 i = below(g, 4) + 1; i; i--) {
		u8 width = some_size(g);
		u32 bytes = weir_insn_size(width);
		s16 off = (s16)(below(g, size / bytes) * bytes);

		if (!g->for_linux && chance(g, 10))
			off = (s16)((s32)below(g, size - bytes + 1));
		if (bytes >= 4 && chance(g, 25))
			atomic(g, reg, off & -(s16)bytes, width);
		else
			touch(g, reg, off, width, true);
	}
	g->locked = locked;
}

/* A part that varies: bounded by a mask, or guarded. */
static void touch_value_at(struct gen *g, u32 reg, u32 size)
{
	u32 index = number_dst(g);
	s32 mask = (s32)size / 2 - 1;

	if (index == reg || g->s.type[reg] != T_VALUE ||
	    (g->locked | g->pinned) & (1u << reg))
		return;
	if (!g->for_linux && chance(g, 50))
		mask = chance(g, 50) ? (s32)size * 2 - 1 : 0xff;
	emit(g, BPF_ALU64 | BPF_AND | BPF_K, index, 0, 0, mask);
	emit(g, BPF_ALU64 | BPF_ADD | BPF_X, reg, index, 0, 0);
	touch(g, reg, (s16)below(g, 3), BPF_B, true);
	if (g->s.type[reg] != T_SCALAR)
		mov_imm(g, reg, some_imm(g));
}

/* R0 is a value or null: test it, or not. */
static void use_value(struct gen *g, u32 size)
{
	int keep = chance(g, 50) ? (int)(6 + below(g, 4)) : 0;
	struct state before;
	u32 at = 0, over;
	bool tested = g->for_linux || chance(g, 80);

	if (keep && (g->locked | g->pinned) & (1u << keep))
		keep = 0;
	clobber(g);
	if (tested) {
		/* the null way has a number in R0, and so has the other */
		at = emit(g, BPF_JMP | BPF_JNE | BPF_K, 0, 0, 0, 0);
		mov_imm(g, 0, some_imm(g));
		before = g->s;
		over = emit_goto(g);
		land(g, at);
	}
	set_type(g, 0, T_VALUE);
	g->s.range[0] = (u16)size;
	if (keep) {
		mov_reg(g, (u32)keep, 0);
		touch_value(g, (u32)keep, size);
	}
	if (g->s.type[0] == T_VALUE)
		touch_value(g, 0, size);
	if (keep && g->s.type[keep] == T_VALUE) {
		mov_imm(g, 0, some_imm(g));
		sequence(g, below(g, 3));
	}
	if (keep && g->s.type[keep] == T_VALUE && chance(g, 30))
		touch_value_at(g, (u32)keep, size);
	if (g->s.type[0] != T_SCALAR)
		mov_imm(g, 0, some_imm(g));
	if (keep && g->s.type[keep] != T_SCALAR)
		mov_imm(g, (u32)keep, some_imm(g));
	if (tested) {
		land(g, over);
		join(&g->s, &before);
	}
}

static void map_lookup(struct gen *g)
{
	u32 map = some_keyed_map(g);

	if (!can_call(g))
		return;
	store_key(g, map);
	load_map(g, 1, map);
	load_stack(g, 2, KEY_OFF);
	call(g, BPF_FUNC_map_lookup_elem);
	use_value(g, gen_maps[map].value_size);
}

/* A map in a map, tested for null as Linux wants it. */
static void map_inner(struct gen *g)
{
	struct state before;
	u32 at;

	if (!can_call(g))
		return;
	store_key(g, GEN_MAP_OUTER);
	load_map(g, 1, GEN_MAP_OUTER);
	load_stack(g, 2, KEY_OFF);
	call(g, BPF_FUNC_map_lookup_elem);
	clobber(g);
	before = g->s;
	at = emit(g, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 0, 0);
	emit(g, BPF_ST | BPF_MEM | BPF_W, FP, 0, KEY_OFF, (s32)below(g, 5));
	emit(g, BPF_ALU64 | BPF_MOV | BPF_X, 1, 0, 0, 0);
	load_stack(g, 2, KEY_OFF);
	call(g, BPF_FUNC_map_lookup_elem);
	use_value(g, gen_maps[GEN_MAP_INNER].value_size);
	set_type(g, 0, T_NONE);
	land(g, at);
	join(&g->s, &before);
	mov_imm(g, 0, some_imm(g));
}

static void map_change(struct gen *g)
{
	u32 map = some_keyed_map(g);
	bool is_update = chance(g, 65);

	if (!can_call(g))
		return;
	store_key(g, map);
	load_map(g, 1, map);
	load_stack(g, 2, KEY_OFF);
	if (is_update) {
		load_stack(g, 3, VALUE_OFF);
		mov_imm(g, 4, (s32)below(g, chance(g, 90) ? 3 : 5));
	}
	call(g,
	     is_update ? BPF_FUNC_map_update_elem : BPF_FUNC_map_delete_elem);
	after_call(g, true);
}

static void map_queue(struct gen *g)
{
	static const s32 calls[] = { BPF_FUNC_map_push_elem,
				     BPF_FUNC_map_pop_elem,
				     BPF_FUNC_map_peek_elem };
	s32 id = calls[below(g, 3)];

	if (!can_call(g))
		return;
	load_map(g, 1, chance(g, 50) ? GEN_MAP_QUEUE : GEN_MAP_STACK);
	load_stack(g, 2, VALUE_OFF);
	if (id == BPF_FUNC_map_push_elem)
		mov_imm(g, 3, (s32)below(g, 5) / 2);
	call(g, id);
	after_call(g, true);
}

/* What was pushed is found; nothing else is sure. */
static void map_bloom(struct gen *g)
{
	if (!can_call(g))
		return;
	load_map(g, 1, GEN_MAP_BLOOM);
	load_stack(g, 2, VALUE_OFF);
	mov_imm(g, 3, 0);
	call(g, BPF_FUNC_map_push_elem);
	load_map(g, 1, GEN_MAP_BLOOM);
	load_stack(g, 2, VALUE_OFF);
	call(g, BPF_FUNC_map_peek_elem);
	after_call(g, true);
}

/* A place in the first value of an array, by its address. */
static void direct_value(struct gen *g)
{
	int reg = pick_pointer_dst(g);
	u32 off = below(g, 2) * 8, size = gen_maps[GEN_MAP_ONE].value_size;

	if (reg < 0)
		return;
	g->p->maps |= 1u << GEN_MAP_ONE;
	emit(g, BPF_LD | BPF_IMM | BPF_DW, (u32)reg, BPF_PSEUDO_MAP_IDX_VALUE,
	     0, GEN_MAP_ONE);
	emit(g, 0, 0, 0, 0, (s32)off);
	set_type(g, (u32)reg, T_VALUE);
	g->s.range[reg] = (u16)(size - off);
	touch_value(g, (u32)reg, size - off);
	if (chance(g, 30))
		touch_value_at(g, (u32)reg, size - off);
	if (g->s.type[reg] != T_SCALAR)
		mov_imm(g, (u32)reg, some_imm(g));
}

static void ring_output(struct gen *g)
{
	if (!can_call(g))
		return;
	load_map(g, 1, GEN_MAP_RING);
	load_stack(g, 2, VALUE_OFF);
	mov_imm(g, 3, (s32)below(g, 16) + 1);
	mov_imm(g, 4, chance(g, 90) ? 1 : (s32)below(g, 5));
	call(g, BPF_FUNC_ringbuf_output);
	after_call(g, true);
}

/* Reserve, write, give back; in between a guard may end the run. */
static void ring_record(struct gen *g)
{
	u32 reg = 6 + below(g, 4), at;
	struct state before;

	if (!can_call(g) || (g->locked | g->pinned) & (1u << reg))
		return;
	load_map(g, 1, GEN_MAP_RING);
	mov_imm(g, 2, 16);
	mov_imm(g, 3, 0);
	call(g, BPF_FUNC_ringbuf_reserve);
	clobber(g);
	emit(g, BPF_ALU64 | BPF_MOV | BPF_X, reg, 0, 0, 0);
	set_type(g, reg, T_NONE);
	before = g->s;
	at = emit(g, BPF_JMP | BPF_JEQ | BPF_K, reg, 0, 0, 0);
	emit(g, BPF_ST | BPF_MEM | BPF_DW, reg, 0, 0, some_imm(g));
	emit(g, BPF_ST | BPF_MEM | BPF_DW, reg, 0, 8, some_imm(g));
	set_type(g, reg, T_VALUE);
	g->s.range[reg] = 16;
	if (!(g->locked & 1))
		mov_imm(g, 0, some_imm(g));
	touch_value(g, reg, 16);
	if (!g->for_linux && chance(g, 40)) {
		u32 locked = g->locked;

		g->locked |= 1u << reg;
		packet(g);
		g->locked = locked;
	}
	emit(g, BPF_ALU64 | BPF_MOV | BPF_X, 1, reg, 0, 0);
	mov_imm(g, 2, 1);
	call(g, chance(g, 70) ? BPF_FUNC_ringbuf_submit
			      : BPF_FUNC_ringbuf_discard);
	clobber(g);
	set_type(g, 0, T_NONE);
	set_type(g, reg, T_NONE);
	land(g, at);
	join(&g->s, &before);
	mov_imm(g, 0, some_imm(g));
	mov_imm(g, reg, some_imm(g));
}

/* The packet may lie elsewhere: its pointers are read again. */
static void reload_packet(struct gen *g, u32 ctx)
{
	bool xdp = g->p->kind == WEIR_KIND_XDP;

	for (u32 reg = 0; reg < FP; reg++) {
		enum type type = g->s.type[reg];
		s16 off =
			type == T_PACKET
				? (xdp ? offsetof(struct xdp_md, data)
				       : offsetof(struct __sk_buff, data))
				: (xdp ? offsetof(struct xdp_md, data_end)
				       : offsetof(struct __sk_buff, data_end));

		if (type != T_PACKET && type != T_END)
			continue;
		emit(g, BPF_LDX | BPF_MEM | BPF_W, reg, ctx, off, 0);
		set_type(g, reg, type);
	}
}

static bool ctx_for_call(struct gen *g, u32 *ctx)
{
	int reg = pick(g, T_CTX);

	if (reg < 0 || reg <= 5 || !can_call(g))
		return false;
	*ctx = (u32)reg;
	emit(g, BPF_ALU64 | BPF_MOV | BPF_X, 1, *ctx, 0, 0);
	set_type(g, 1, T_NONE);
	return true;
}

static void bytes_by_helper(struct gen *g)
{
	bool xdp = g->p->kind == WEIR_KIND_XDP, store;
	u32 ctx;

	if (g->p->kind == WEIR_KIND_MEM || !ctx_for_call(g, &ctx))
		return;
	store = g->p->kind != WEIR_KIND_SOCKET && chance(g, 50);
	mov_imm(g, 2, (s32)below(g, chance(g, 90) ? 30 : 300));
	load_stack(g, 3, VALUE_OFF);
	mov_imm(g, 4, (s32)below(g, 16) + 1);
	/* What Linux leaves on the stack when this fails is not zeroes. */
	if (xdp && !store && g->for_linux) {
		mov_imm(g, 2, (s32)below(g, 6));
		mov_imm(g, 4, (s32)below(g, 8) + 1);
	}
	if (xdp) {
		call(g, store ? BPF_FUNC_xdp_store_bytes
			      : BPF_FUNC_xdp_load_bytes);
	} else {
		mov_imm(g, 5, store ? (s32)below(g, 3) : 0);
		call(g, store ? BPF_FUNC_skb_store_bytes
			      : BPF_FUNC_skb_load_bytes);
	}
	if (store && !xdp)
		reload_packet(g, ctx);
	after_call(g, true);
}

static void move_xdp(struct gen *g, u32 ctx)
{
	static const s32 calls[] = { BPF_FUNC_xdp_adjust_head,
				     BPF_FUNC_xdp_adjust_tail,
				     BPF_FUNC_xdp_adjust_meta };
	u32 which = below(g, g->for_linux ? 2 : 3);

	/* What lies in new room in front is anything: it is written first. */
	if (which == 0)
		mov_imm(g, 2, (s32)below(g, 12));
	else
		mov_imm(g, 2, (s32)below(g, 40) - (which == 1 ? 10 : 36));
	call(g, calls[which]);
	reload_packet(g, ctx);
}

static void move_tc(struct gen *g, u32 ctx)
{
	static const s32 calls[] = {
		BPF_FUNC_skb_pull_data,	  BPF_FUNC_skb_change_tail,
		BPF_FUNC_skb_change_head, BPF_FUNC_skb_vlan_push,
		BPF_FUNC_skb_vlan_pop,	  BPF_FUNC_l3_csum_replace,
		BPF_FUNC_l4_csum_replace
	};
	s32 id = calls[below(g, ARRAY_SIZE(calls))];

	mov_imm(g, 2, (s32)below(g, id == BPF_FUNC_skb_change_head ? 24 : 150));
	mov_imm(g, 3, chance(g, 90) ? 0 : 1);
	mov_imm(g, 4, some_imm(g));
	mov_imm(g, 5, (s32)below(g, 5));
	call(g, id);
	reload_packet(g, ctx);
}

static void move_packet(struct gen *g)
{
	u32 ctx;

	if ((g->p->kind != WEIR_KIND_XDP && g->p->kind != WEIR_KIND_TC) ||
	    !ctx_for_call(g, &ctx))
		return;
	if (g->p->kind == WEIR_KIND_XDP)
		move_xdp(g, ctx);
	else
		move_tc(g, ctx);
	after_call(g, true);
}

static void checksum(struct gen *g)
{
	if (!can_call(g) || g->p->kind == WEIR_KIND_SOCKET)
		return;
	load_stack(g, 1, VALUE_OFF);
	mov_imm(g, 2, (s32)below(g, 5) * 4);
	load_stack(g, 3, VALUE_OFF);
	mov_imm(g, 4, (s32)below(g, 5) * 4);
	mov_imm(g, 5, some_imm(g));
	call(g, BPF_FUNC_csum_diff);
	after_call(g, true);
}

/* bpf_loop() and passes over maps: the function gets R10 - 16. */
static void callback(struct gen *g)
{
	int func = g->func + 1 + (int)below(g, GEN_MAX_FUNCS);
	bool is_loop;

	if (!can_call(g) || g->for_linux || func >= g->nr_funcs ||
	    g->nr_calls == ARRAY_SIZE(g->calls))
		return;
	is_loop = g->funcs[func].arg == T_LOOP;
	if (!is_loop && g->funcs[func].arg != T_PASS)
		return;
	if (is_loop)
		mov_imm(g, 1, (s32)below(g, 6));
	else
		load_map(g, 1, chance(g, 50) ? GEN_MAP_ARRAY : GEN_MAP_HASH);
	load_stack(g, 3, -OUTER_BYTES);
	mov_imm(g, 4, chance(g, 95) ? 0 : 1);
	g->calls[g->nr_calls].at =
		emit(g, BPF_LD | BPF_IMM | BPF_DW, 2, BPF_PSEUDO_FUNC, 0, 0);
	g->calls[g->nr_calls++].func = func;
	emit(g, 0, 0, 0, 0, 0);
	call(g, is_loop ? BPF_FUNC_loop : BPF_FUNC_for_each_map_elem);
	after_call(g, true);
}

static void tail_call(struct gen *g)
{
	u32 index, ctx;

	if (g->p->kind == WEIR_KIND_MEM || (g->for_linux && g->nr_funcs))
		return;
	index = number(g);
	if (!ctx_for_call(g, &ctx))
		return;
	load_map(g, 2, GEN_MAP_SOCKET_PROGS + (u32)g->p->kind - 1);
	if (chance(g, 50) || index <= 2 || g->s.type[index] != T_SCALAR)
		mov_imm(g, 3, (s32)below(g, chance(g, 50) ? 4 : 12));
	else if (index != 3)
		mov_reg(g, 3, index);
	call(g, BPF_FUNC_tail_call);
	after_call(g, false);
}

static void map_statement(struct gen *g)
{
	static void (*const statements[])(struct gen * g) = {
		map_lookup,   map_lookup,  map_lookup,	    map_change,
		map_change,   map_queue,   map_bloom,	    map_inner,
		direct_value, ring_output, bytes_by_helper, ring_record,
		move_packet,  move_packet, checksum,	    callback,
		callback,     tail_call,
	};

	if (!g->leaf)
		statements[below(g, ARRAY_SIZE(statements))](g);
}
