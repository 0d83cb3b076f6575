// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lowering: lookups in maps that are known when the program is compiled. In hash
 * maps they are calls of functions that are made for the size of their keys. The
 * values of an array never move, so a lookup is a comparison and a sum:
 *
 *	r1 = [r2] size 4		the index
 *	r0 = 0				if it is read where nothing was found
 *	br r1 >= entries -> nothing
 *	r0 = values
 *	r1 = r1 * bytes of an element
 *	r0 = r0 + r1
 *
 * and of an array per CPU, whose values are those of the first CPU, also
 *
 *	r1 = run->cpu
 *	r1 = r1 * bytes from one CPU to the next
 *	r0 = r0 + r1
 *
 * If the verifier knows the index it is that element's address.
 *
 * `nothing` is where the program goes that tests R0 next, as it nearly always
 * does; the test is then left out, for both ways are decided.
 *
 * Sound: an array's definition and the place of its values never change, and
 * the program holds a reference. R1 to R5 are dead behind a call. run->cpu is
 * below weir_host_nr_cpus(), of which an array per CPU has values.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include "base/helper.h"
#include "base/map.h"
#include "base/prog.h"
#include "base/run.h"
#include "jit/image.h"
#include "jit/ir.h"
#include "jit/lowering.h"
#include "verifier/facts.h"

/* The map that the call at @pc looks into, in every run; or NULL. */
static const struct weir_map *map_of(const struct lower *lo, u32 pc)
{
	const u32 nr = lo->facts->insn[pc].map;

	if (!lo->fold || nr >= lo->prog->nr_maps ||
	    (u32)lo->prog->insns[pc].imm != WEIR_HELPER_map_lookup_elem)
		return NULL;
	return lo->prog->maps[nr];
}

/* The same, if it is an array. */
static const struct weir_map *array_of(const struct lower *lo, u32 pc)
{
	const struct weir_map *map = map_of(lo, pc);

	switch (map ? map->def.type : BPF_MAP_TYPE_UNSPEC) {
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
		return weir_map_first_value(map) ? map : NULL;
	default:
		return NULL;
	}
}

/* Does the instruction at @pc do no more than test whether R0 is null? */
static bool tests_null(const struct lower *lo, u32 pc)
{
	const struct bpf_insn *insn = &lo->prog->insns[pc];
	const struct weir_insn_facts *facts = &lo->facts->insn[pc];

	if (insn->code != (BPF_JMP | BPF_JEQ | BPF_K) &&
	    insn->code != (BPF_JMP | BPF_JNE | BPF_K))
		return false;
	return insn->dst_reg == 0 && insn->imm == 0 && !facts->nr_guards &&
	       !(facts->flags &
		 (WEIR_FACT_FUEL | WEIR_FACT_TAKEN | WEIR_FACT_NOT_TAKEN));
}

/**
 * struct ways - where a lookup leads
 * @null:	slot, if there is no value
 * @value:	slot, if there is one
 */
struct ways {
	u32 null;
	u32 value;
};

/* Return: is the test behind the call decided? Then it is left out. */
static bool find_ways(const struct lower *lo, u32 pc, struct ways *ways)
{
	const struct bpf_insn *test = &lo->prog->insns[pc + 1];
	u32 target;

	if (!tests_null(lo, pc + 1))
		return false;
	target = (u32)weir_insn_target(test, pc + 1);
	*ways = BPF_OP(test->code) == BPF_JEQ
			? (struct ways){ .null = target, .value = pc + 2 }
			: (struct ways){ .null = pc + 2, .value = target };
	return lower_reaches(lo, ways->null) && lower_reaches(lo, ways->value);
}

/* Is the index known? Then it is no jump. */
static bool is_known(const struct lower *lo, u32 pc)
{
	return lo->facts->insn[pc].flags & WEIR_FACT_KEY;
}

bool lower_comes_back(const struct lower *lo, u32 pc)
{
	const struct bpf_insn *insn = &lo->prog->insns[pc];
	struct ways ways;

	return weir_insn_is_call(insn) && !weir_insn_is_subprog_call(insn) &&
	       array_of(lo, pc) && !is_known(lo, pc) &&
	       !find_ways(lo, pc, &ways);
}

/* R0 += R1 * @bytes */
static void add_offset(struct lower *lo, u32 pc, size_t bytes)
{
	const bool power = !(bytes & (bytes - 1));
	struct weir_ir_insn *ir;

	/* Below the size of a map: no upper half. */
	ir = lower_add_after(lo, power ? IR_LSH : IR_MUL, pc);
	ir->flags = IR_64 | IR_IMM | IR_ADDRESS;
	ir->dst = IR_R1;
	ir->a = IR_R1;
	ir->imm = power ? (s64)__ffs64(bytes) : (s64)bytes;
	ir = lower_add_after(lo, IR_ADD, pc);
	ir->flags = IR_64 | IR_ADDRESS;
	ir->dst = IR_R0;
	ir->a = IR_R0;
	ir->b = IR_R1;
}

static void load_cpu(struct lower *lo, u32 pc, u8 dst)
{
	struct weir_ir_insn *ir = lower_add_after(lo, IR_LD, pc);

	ir->dst = dst;
	ir->a = IR_RUN;
	ir->off = (s32)offsetof(struct weir_run, cpu);
	ir->size = 4;
}

bool lower_cpu_id(struct lower *lo, u32 pc)
{
	if (!lo->fold ||
	    lo->prog->insns[pc].imm != WEIR_HELPER_get_smp_processor_id)
		return false;
	load_cpu(lo, pc, IR_R0);
	return true;
}

/* R0 = where the values begin, or @off bytes behind. */
static void add_address(struct lower *lo, u32 pc, u64 off)
{
	struct weir_ir_insn *ir = lower_add_after(lo, IR_ADDR, pc);

	ir->flags = IR_64;
	ir->dst = IR_R0;
	ir->size = WEIR_RELOC_VALUES;
	ir->target = lo->facts->insn[pc].map;
	ir->imm = (s64)off;
}

bool lower_lookup(struct lower *lo, u32 pc)
{
	const struct weir_map *map = array_of(lo, pc);
	const bool one = map && map->def.max_entries == 1;
	struct weir_ir_insn *ir;
	struct ways ways;
	bool decided;

	if (!map)
		return false;
	if (is_known(lo, pc)) {
		add_address(lo, pc,
			    lo->facts->insn[pc].known * map->elem_bytes);
		lower_store_base(lo, pc);
		return true;
	}
	decided = find_ways(lo, pc, &ways);
	if (!decided)
		ways = (struct ways){ pc + 1, pc + 1 };
	ir = lower_add(lo, IR_LD, pc);
	ir->dst = IR_R1;
	ir->a = IR_R2;
	ir->size = 4;
	if (!decided || (lo->facts->insn[ways.null].live & IR_BIT(IR_R0)))
		lower_add_movi(lo, pc, IR_R0, 0);
	ir = lower_add_after(lo, IR_BR, pc);
	ir->flags = IR_IMM;
	ir->a = IR_R1;
	ir->cond = one ? IR_NE : IR_GE;
	ir->imm = one ? 0 : map->def.max_entries;
	ir->target = lower_block_at(lo, ways.null);
	add_address(lo, pc, 0);
	if (!one)
		add_offset(lo, pc, map->elem_bytes);
	if (map->cpu_stride) {
		load_cpu(lo, pc, IR_R1);
		add_offset(lo, pc, map->cpu_stride);
	}
	lower_store_base(lo, pc);
	if (decided) {
		ir = lower_add_after(lo, IR_JMP, pc);
		ir->target = lower_block_at(lo, ways.value);
		lo->decided = pc + 1;
	}
	return true;
}

static u32 lookup_by_key(u32 key_bytes)
{
	switch (key_bytes) {
	case 4:
		return WEIR_HELPER_hash_lookup_4;
	case 8:
		return WEIR_HELPER_hash_lookup_8;
	case 16:
		return WEIR_HELPER_hash_lookup_16;
	default:
		return WEIR_HELPER_hash_lookup;
	}
}

u32 lower_hash_lookup(const struct lower *lo, u32 pc, u32 helper)
{
	const struct weir_map *map = map_of(lo, pc);

	switch (map ? map->def.type : BPF_MAP_TYPE_UNSPEC) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
		return lookup_by_key(map->def.key_size);
	default:
		return helper;
	}
}
