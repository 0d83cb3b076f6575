// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Classic BPF, as pcap_compile() and Linux's users write it, to eBPF.
 *
 *	A	R0, where packet loads and the verdict are anyway
 *	X	R7
 *	R6	the context, which packet loads want there
 *	M[]	the two most used words in R8 and R9, the rest on the stack
 *
 * Values are 32 bits wide, upper halves are always zero. Passes: check each
 * instruction; find what is reached and that no M[] is read unwritten; find
 * what is live, so that results nobody reads (A and X start as 0; A survives
 * the idiom that loads an IPv4 header's length) cost nothing; emit twice, the
 * first time to learn where everything is.
 *
 * Meaning is Linux's, except where libpcap's bpf_filter() differs, for it gives
 * expressions their verdict: a shift by X of 32 or more gives 0 (Linux masks
 * the count), and jumps may go backwards (libpcap's "protochain"; the verifier
 * guards the loop). A constant shift of 32 or more is refused, as libpcap
 * itself refuses to emit it.
 */
#include <linux/kernel.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/bug.h>
#include <uapi/linux/filter.h>
#include "base/ctx.h"
#include "base/helper.h"
#include "base/host.h"
#include "base/log.h"
#include "base/prog.h"

#define REG_A BPF_REG_0
#define REG_CTX BPF_REG_6
#define REG_X BPF_REG_7
#define REG_FP BPF_REG_10

/* What one instruction reads and writes: M[] by index, then A and X. */
#define HAS_M(k) (1u << ((k) & (BPF_MEMWORDS - 1)))
#define HAS_MEMORY ((1u << BPF_MEMWORDS) - 1)
#define HAS_A (1u << 16)
#define HAS_X (1u << 17)

#define NOT_REACHED (1u << 31)

/* Beyond this no packet has bytes, and offset + size still fits an s32. */
#define MAX_OFFSET 0x7fffff00u

/**
 * struct step - what is known of one classic instruction
 * @written:	M[] words written on every path to it; or NOT_REACHED
 * @live:	HAS_* that it or a later one reads
 * @live_out:	HAS_* that a later one reads
 * @start:	first eBPF slot made of it
 */
struct step {
	u32 written;
	u32 live;
	u32 live_out;
	u32 start;
};

struct translation {
	const struct sock_filter *in;
	u32 nr_in;
	struct weir_rejection *rej;
	struct step *step;
	struct weir_prog *prog; /* NULL in the sizing pass */
	u32 nr_out;
	u32 at; /* classic instruction under translation */
	bool needs_ctx;
	u8 tmp; /* saves A over a header length load */
	u8 word_reg[BPF_MEMWORDS]; /* register of M[k], or 0 */
	s16 word_off[BPF_MEMWORDS]; /* else its place from R10 */
};

/*
 * Pass 1: single instructions
 */

static bool is_known(u16 code)
{
	switch (code) {
	case BPF_LD | BPF_W | BPF_ABS:
	case BPF_LD | BPF_H | BPF_ABS:
	case BPF_LD | BPF_B | BPF_ABS:
	case BPF_LD | BPF_W | BPF_IND:
	case BPF_LD | BPF_H | BPF_IND:
	case BPF_LD | BPF_B | BPF_IND:
	case BPF_LD | BPF_W | BPF_LEN:
	case BPF_LD | BPF_IMM:
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_B | BPF_MSH:
	case BPF_LDX | BPF_W | BPF_LEN:
	case BPF_LDX | BPF_IMM:
	case BPF_LDX | BPF_MEM:
	case BPF_ST:
	case BPF_STX:
	case BPF_ALU | BPF_ADD | BPF_K:
	case BPF_ALU | BPF_ADD | BPF_X:
	case BPF_ALU | BPF_SUB | BPF_K:
	case BPF_ALU | BPF_SUB | BPF_X:
	case BPF_ALU | BPF_MUL | BPF_K:
	case BPF_ALU | BPF_MUL | BPF_X:
	case BPF_ALU | BPF_DIV | BPF_K:
	case BPF_ALU | BPF_DIV | BPF_X:
	case BPF_ALU | BPF_MOD | BPF_K:
	case BPF_ALU | BPF_MOD | BPF_X:
	case BPF_ALU | BPF_AND | BPF_K:
	case BPF_ALU | BPF_AND | BPF_X:
	case BPF_ALU | BPF_OR | BPF_K:
	case BPF_ALU | BPF_OR | BPF_X:
	case BPF_ALU | BPF_XOR | BPF_K:
	case BPF_ALU | BPF_XOR | BPF_X:
	case BPF_ALU | BPF_LSH | BPF_K:
	case BPF_ALU | BPF_LSH | BPF_X:
	case BPF_ALU | BPF_RSH | BPF_K:
	case BPF_ALU | BPF_RSH | BPF_X:
	case BPF_ALU | BPF_NEG:
	case BPF_JMP | BPF_JA:
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP | BPF_JEQ | BPF_X:
	case BPF_JMP | BPF_JGT | BPF_K:
	case BPF_JMP | BPF_JGT | BPF_X:
	case BPF_JMP | BPF_JGE | BPF_K:
	case BPF_JMP | BPF_JGE | BPF_X:
	case BPF_JMP | BPF_JSET | BPF_K:
	case BPF_JMP | BPF_JSET | BPF_X:
	case BPF_RET | BPF_K:
	case BPF_RET | BPF_A:
	case BPF_MISC | BPF_TAX:
	case BPF_MISC | BPF_TXA:
		return true;
	default:
		return false;
	}
}

static u16 mode_of(const struct sock_filter *f)
{
	return f->code & 0xe0;
}

static bool is_abs(const struct sock_filter *f)
{
	return BPF_CLASS(f->code) == BPF_LD && mode_of(f) == BPF_ABS;
}

static bool is_msh(const struct sock_filter *f)
{
	return BPF_CLASS(f->code) == BPF_LDX && mode_of(f) == BPF_MSH;
}

/* Does the instruction name a word of M[]? */
static bool has_word(const struct sock_filter *f)
{
	switch (BPF_CLASS(f->code)) {
	case BPF_ST:
	case BPF_STX:
		return true;
	case BPF_LD:
	case BPF_LDX:
		return mode_of(f) == BPF_MEM;
	default:
		return false;
	}
}

static bool is_cond(const struct sock_filter *f)
{
	return BPF_CLASS(f->code) == BPF_JMP && BPF_OP(f->code) != BPF_JA;
}

static bool is_ret(const struct sock_filter *f)
{
	return BPF_CLASS(f->code) == BPF_RET;
}

/* Linux's extra data: LD_ABS far below 0. */
#define ANCILLARY_NONE 0xffu

static bool is_ancillary(const struct sock_filter *f)
{
	return is_abs(f) && f->k >= (u32)SKF_AD_OFF;
}

/* What a packet offset counts from. Below 0 it is Linux's. */
enum base {
	FROM_START,
	FROM_NETWORK, /* header */
	FROM_NOWHERE, /* past the end of every packet */
};

static enum base base_of(const struct sock_filter *f)
{
	if (f->k >= (u32)SKF_NET_OFF && f->k < (u32)SKF_AD_OFF)
		return FROM_NETWORK;
	/* The link header is where the packet starts. */
	if (f->k >= (u32)SKF_LL_OFF && f->k < (u32)SKF_NET_OFF)
		return FROM_START;
	/* X + k may be anywhere, as k is signed there. */
	if (f->k > MAX_OFFSET && mode_of(f) != BPF_IND)
		return FROM_NOWHERE;
	return FROM_START;
}

static s32 offset_of(const struct sock_filter *f)
{
	if (base_of(f) == FROM_NETWORK)
		return (s32)(f->k - (u32)SKF_NET_OFF);
	if (f->k >= (u32)SKF_LL_OFF && f->k < (u32)SKF_NET_OFF)
		return (s32)(f->k - (u32)SKF_LL_OFF);
	return (s32)f->k;
}

/* Does control never go on from here? */
static bool ends(const struct sock_filter *f)
{
	bool loads = (is_abs(f) && !is_ancillary(f)) || is_msh(f);

	return is_ret(f) || (loads && base_of(f) == FROM_NOWHERE);
}

/* Fields of the context, by what a classic program calls them. */
static const struct {
	u32 ad;
	u16 off;
	bool in_host_order; /* the field is in network order */
} ancillary[] = {
	{ SKF_AD_PROTOCOL, offsetof(struct __sk_buff, protocol), true },
	{ SKF_AD_PKTTYPE, offsetof(struct __sk_buff, pkt_type), false },
	{ SKF_AD_IFINDEX, offsetof(struct __sk_buff, ifindex), false },
	{ SKF_AD_MARK, offsetof(struct __sk_buff, mark), false },
	{ SKF_AD_QUEUE, offsetof(struct __sk_buff, queue_mapping), false },
	{ SKF_AD_HATYPE, offsetof(struct weir_ctx_classic, hatype), false },
	{ SKF_AD_RXHASH, offsetof(struct __sk_buff, hash), false },
	{ SKF_AD_VLAN_TAG, offsetof(struct __sk_buff, vlan_tci), false },
	{ SKF_AD_VLAN_TAG_PRESENT, offsetof(struct __sk_buff, vlan_present),
	  false },
	{ SKF_AD_VLAN_TPID, offsetof(struct __sk_buff, vlan_proto), true },
};

static u32 ancillary_row(u32 ad)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(ancillary); i++)
		if (ancillary[i].ad == ad)
			return i;
	return ANCILLARY_NONE;
}

static bool is_known_ancillary(u32 ad)
{
	return ad == SKF_AD_CPU || ad == SKF_AD_RANDOM ||
	       ad == SKF_AD_ALU_XOR_X || ancillary_row(ad) != ANCILLARY_NONE;
}

static u32 ancillary_of(const struct sock_filter *f)
{
	return f->k - (u32)SKF_AD_OFF;
}

/* Where a jump leads; jumps of two targets have two. */
static s64 target_of(const struct sock_filter *f, u32 pc, bool jt)
{
	if (!is_cond(f))
		return (s64)pc + 1 + (s32)f->k;
	return (s64)pc + 1 + (jt ? f->jt : f->jf);
}

static int check_target(const struct translation *t, u32 pc, s64 target)
{
	if (target >= 0 && target < t->nr_in)
		return 0;
	return weir_reject(t->rej, WEIR_REJECT_JUMP_RANGE, pc,
			   "to %lld, the program has 0 to %u",
			   (long long)target, t->nr_in - 1);
}

static int check_alu(const struct translation *t, u32 pc)
{
	const struct sock_filter *f = &t->in[pc];
	u16 op = BPF_OP(f->code);

	if (BPF_SRC(f->code) == BPF_X)
		return 0;
	if ((op == BPF_DIV || op == BPF_MOD) && f->k == 0)
		return weir_reject(t->rej, WEIR_REJECT_BAD_DIVISOR, pc,
				   "division by the constant 0");
	if ((op == BPF_LSH || op == BPF_RSH) && f->k >= 32)
		return weir_reject(t->rej, WEIR_REJECT_BAD_SHIFT, pc,
				   "shift by %u, must be 0 to 31", f->k);
	return 0;
}

static int check_insn(const struct translation *t, u32 pc)
{
	const struct sock_filter *f = &t->in[pc];
	int err = 0;

	if (!is_known(f->code))
		return weir_reject(t->rej, WEIR_REJECT_CLASSIC_OPCODE, pc,
				   "opcode 0x%04x", f->code);
	if (has_word(f) && f->k >= BPF_MEMWORDS)
		return weir_reject(t->rej, WEIR_REJECT_CLASSIC_SCRATCH, pc,
				   "M[%u], there are M[0] to M[15]", f->k);
	if (is_ancillary(f) && !is_known_ancillary(ancillary_of(f)))
		return weir_reject(t->rej, WEIR_REJECT_CLASSIC_ANCILLARY, pc,
				   "ancillary data %d is not available here",
				   (s32)ancillary_of(f));
	if (BPF_CLASS(f->code) == BPF_ALU)
		return check_alu(t, pc);
	if (BPF_CLASS(f->code) == BPF_JMP) {
		err = check_target(t, pc, target_of(f, pc, true));
		if (!err)
			err = check_target(t, pc, target_of(f, pc, false));
	}
	return err;
}

static int check_insns(const struct translation *t)
{
	u32 pc;
	int err;

	for (pc = 0; pc < t->nr_in; pc++) {
		err = check_insn(t, pc);
		if (err)
			return err;
	}
	if (!is_ret(&t->in[t->nr_in - 1]))
		return weir_reject(t->rej, WEIR_REJECT_FALL_OFF, t->nr_in - 1,
				   "the last instruction must be ret");
	return 0;
}

/*
 * Pass 2: what is reached, and which words of M[] are written there
 */

static u32 reads_of(const struct sock_filter *f)
{
	u32 x = BPF_SRC(f->code) == BPF_X ? HAS_X : 0;

	switch (BPF_CLASS(f->code)) {
	case BPF_LD:
		if (is_ancillary(f) && ancillary_of(f) == SKF_AD_ALU_XOR_X)
			return HAS_A | HAS_X;
		if (mode_of(f) == BPF_IND)
			return HAS_X;
		return has_word(f) ? HAS_M(f->k) : 0;
	case BPF_LDX:
		return has_word(f) ? HAS_M(f->k) : 0;
	case BPF_ST:
		return HAS_A;
	case BPF_STX:
		return HAS_X;
	case BPF_ALU:
		return HAS_A | x;
	case BPF_JMP:
		return is_cond(f) ? HAS_A | x : 0;
	case BPF_RET:
		return f->code == (BPF_RET | BPF_A) ? HAS_A : 0;
	default: /* BPF_MISC */
		return f->code == (BPF_MISC | BPF_TXA) ? HAS_X : HAS_A;
	}
}

static u32 writes_of(const struct sock_filter *f)
{
	switch (BPF_CLASS(f->code)) {
	case BPF_LD:
	case BPF_ALU:
		return HAS_A;
	case BPF_LDX:
		return HAS_X;
	case BPF_ST:
	case BPF_STX:
		return HAS_M(f->k);
	case BPF_MISC:
		return f->code == (BPF_MISC | BPF_TXA) ? HAS_A : HAS_X;
	default:
		return 0;
	}
}

/* Control may arrive at `pc` with these words written. True: news. */
static bool arrive(struct translation *t, s64 pc, u32 written)
{
	struct step *step = &t->step[pc];
	u32 old = step->written;

	step->written = old & NOT_REACHED ? written : old & written;
	return step->written != old;
}

/* One sweep. True: something that lies behind has changed. */
static bool sweep_forward(struct translation *t)
{
	bool again = false;
	u32 pc;

	for (pc = 0; pc < t->nr_in; pc++) {
		const struct sock_filter *f = &t->in[pc];
		u32 written = t->step[pc].written;
		s64 target;

		if ((written & NOT_REACHED) || ends(f))
			continue;
		written |= writes_of(f) & HAS_MEMORY;
		if (BPF_CLASS(f->code) != BPF_JMP) {
			arrive(t, pc + 1, written);
			continue;
		}
		target = target_of(f, pc, true);
		if (arrive(t, target, written) && target <= pc)
			again = true;
		arrive(t, is_cond(f) ? target_of(f, pc, false) : target,
		       written);
	}
	return again;
}

/*
 * Terminates: per instruction there is one first arrival, and after it words
 * are only ever taken away, so each sweep but the last loses one of 17 bits
 * at the target of a backward jump.
 */
static int find_reached(struct translation *t)
{
	u32 pc;

	for (pc = 0; pc < t->nr_in; pc++)
		t->step[pc].written = NOT_REACHED;
	t->step[0].written = 0;
	while (sweep_forward(t))
		weir_host_resched();

	for (pc = 0; pc < t->nr_in; pc++) {
		u32 missing = reads_of(&t->in[pc]) & HAS_MEMORY &
			      ~t->step[pc].written;

		if (!(t->step[pc].written & NOT_REACHED) && missing)
			return weir_reject(
				t->rej, WEIR_REJECT_CLASSIC_UNINIT, pc,
				"M[%u] is not written on every path to here",
				t->in[pc].k);
	}
	return 0;
}

/*
 * Pass 3: what is live
 */

static bool is_reached(const struct translation *t, u32 pc)
{
	return !(t->step[pc].written & NOT_REACHED);
}

/* May the instruction end the program? Then it stays, whoever reads it. */
static bool may_end(const struct sock_filter *f)
{
	u16 op = BPF_OP(f->code);

	switch (BPF_CLASS(f->code)) {
	case BPF_LD:
		return mode_of(f) == BPF_IND || (is_abs(f) && !is_ancillary(f));
	case BPF_LDX:
		return is_msh(f);
	case BPF_ALU:
		return BPF_SRC(f->code) == BPF_X &&
		       (op == BPF_DIV || op == BPF_MOD);
	default:
		return false;
	}
}

static bool is_dead(const struct translation *t, u32 pc)
{
	u32 writes = writes_of(&t->in[pc]);

	return !is_reached(t, pc) || (writes && !may_end(&t->in[pc]) &&
				      !(writes & t->step[pc].live_out));
}

static u32 live_after(const struct translation *t, u32 pc)
{
	const struct sock_filter *f = &t->in[pc];

	if (ends(f))
		return 0;
	if (BPF_CLASS(f->code) != BPF_JMP)
		return t->step[pc + 1].live;
	return t->step[target_of(f, pc, true)].live |
	       t->step[target_of(f, pc, false)].live;
}

/* One sweep. True: something that lies ahead of a backward jump has changed. */
static bool sweep_backward(struct translation *t)
{
	bool again = false;
	u32 pc;

	for (pc = t->nr_in; pc-- > 0;) {
		struct step *step = &t->step[pc];
		const struct sock_filter *f = &t->in[pc];
		u32 live;

		if (!is_reached(t, pc))
			continue;
		step->live_out = live_after(t, pc);
		live = step->live_out;
		if (!is_dead(t, pc))
			live = (live & ~writes_of(f)) | reads_of(f);
		if (live == step->live)
			continue;
		step->live = live;
		again = true;
	}
	return again;
}

/* Terminates: `live` only grows, and has 18 bits. One sweep and one to see
 * that nothing changes any more, unless jumps go backwards.
 */
static void find_live(struct translation *t)
{
	while (sweep_backward(t))
		weir_host_resched();
}

/*
 * Pass 4: where M[] lies
 */

static bool saves_a(const struct translation *t, u32 pc)
{
	return is_msh(&t->in[pc]) && !is_dead(t, pc) &&
	       (t->step[pc].live_out & HAS_A);
}

static u32 most_used(const u32 *uses)
{
	u32 best = 0, k;

	for (k = 1; k < BPF_MEMWORDS; k++)
		if (uses[k] > uses[best])
			best = k;
	return best;
}

static void place_words(struct translation *t)
{
	u32 uses[BPF_MEMWORDS] = { 0 };
	u8 reg = BPF_REG_9;
	s16 off = 0;
	u32 pc, k;

	for (pc = 0; pc < t->nr_in; pc++) {
		if (saves_a(t, pc))
			t->tmp = BPF_REG_9;
		if (has_word(&t->in[pc]) && !is_dead(t, pc))
			uses[t->in[pc].k]++;
	}
	if (t->tmp)
		reg = BPF_REG_8;
	for (; reg >= BPF_REG_8; reg--) {
		k = most_used(uses);
		if (!uses[k])
			return;
		t->word_reg[k] = reg;
		uses[k] = 0;
	}
	for (k = 0; k < BPF_MEMWORDS; k++) {
		if (!uses[k])
			continue;
		off -= 4;
		t->word_off[k] = off;
	}
}

/*
 * Pass 5: emit
 */

static void emit(struct translation *t, u8 code, u8 dst, u8 src, s32 off,
		 s32 imm)
{
	if (t->prog) {
		t->prog->insns[t->nr_out] = (struct bpf_insn){
			.code = code,
			.dst_reg = dst,
			.src_reg = src,
			.off = (s16)off,
			.imm = imm,
		};
		t->prog->origin[t->nr_out] = t->at;
	}
	t->nr_out++;
}

static void emit_mov(struct translation *t, u8 dst, u8 src)
{
	emit(t, BPF_ALU | BPF_MOV | BPF_X, dst, src, 0, 0);
}

static void emit_const(struct translation *t, u8 dst, u32 k)
{
	emit(t, BPF_ALU | BPF_MOV | BPF_K, dst, 0, 0, (s32)k);
}

static void emit_ctx_load(struct translation *t, u8 dst, u32 off)
{
	t->needs_ctx = true;
	emit(t, BPF_LDX | BPF_MEM | BPF_W, dst, REG_CTX, (s32)off, 0);
}

static void emit_end(struct translation *t, u32 verdict)
{
	emit_const(t, REG_A, verdict);
	emit(t, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* Slots from the next one to where classic instruction `pc` starts. */
static s32 distance(const struct translation *t, u32 pc)
{
	return (s32)(t->step[pc].start - (t->nr_out + 1));
}

static void emit_goto(struct translation *t, u32 pc)
{
	s32 far = distance(t, pc);

	if (far == (s16)far)
		emit(t, BPF_JMP | BPF_JA, 0, 0, far, 0);
	else
		emit(t, BPF_JMP32 | BPF_JA, 0, 0, 0, far);
}

/* A to or from M[k], X likewise. */
static void emit_word_load(struct translation *t, u8 dst, u32 k)
{
	if (t->word_reg[k])
		emit_mov(t, dst, t->word_reg[k]);
	else
		emit(t, BPF_LDX | BPF_MEM | BPF_W, dst, REG_FP, t->word_off[k],
		     0);
}

static void emit_word_store(struct translation *t, u8 src, u32 k)
{
	if (t->word_reg[k])
		emit_mov(t, t->word_reg[k], src);
	else
		emit(t, BPF_STX | BPF_MEM | BPF_W, REG_FP, src, t->word_off[k],
		     0);
}

/* A = packet[k] or packet[X + k], bytes in network order. */
static void emit_packet_load(struct translation *t, const struct sock_filter *f)
{
	u8 mode = mode_of(f) == BPF_IND ? BPF_IND : BPF_ABS;
	u8 src = mode == BPF_IND ? REG_X : 0;

	t->needs_ctx = true;
	if (base_of(f) == FROM_NETWORK) {
		emit_ctx_load(t, REG_A,
			      offsetof(struct weir_ctx_classic, net_off));
		if (mode == BPF_IND)
			emit(t, BPF_ALU | BPF_ADD | BPF_X, REG_A, REG_X, 0, 0);
		mode = BPF_IND;
		src = REG_A;
	}
	emit(t, (u8)(BPF_LD | mode | BPF_SIZE(f->code)), 0, src, 0,
	     offset_of(f));
}

static void emit_ancillary(struct translation *t, u32 ad)
{
	u32 row = ancillary_row(ad);

	if (row != ANCILLARY_NONE) {
		emit_ctx_load(t, REG_A, ancillary[row].off);
		if (ancillary[row].in_host_order)
			emit(t, BPF_ALU | BPF_END | BPF_TO_BE, REG_A, 0, 0, 16);
	} else if (ad == SKF_AD_ALU_XOR_X) {
		emit(t, BPF_ALU | BPF_XOR | BPF_X, REG_A, REG_X, 0, 0);
	} else if (ad == SKF_AD_CPU) {
		emit(t, BPF_JMP | BPF_CALL, 0, 0, 0,
		     WEIR_HELPER_get_smp_processor_id);
	} else {
		emit(t, BPF_JMP | BPF_CALL, 0, 0, 0,
		     WEIR_HELPER_get_prandom_u32);
	}
}

static void emit_ld(struct translation *t, const struct sock_filter *f)
{
	switch (mode_of(f)) {
	case BPF_IMM:
		emit_const(t, REG_A, f->k);
		break;
	case BPF_LEN:
		emit_ctx_load(t, REG_A, offsetof(struct __sk_buff, len));
		break;
	case BPF_MEM:
		emit_word_load(t, REG_A, f->k);
		break;
	default:
		if (is_ancillary(f))
			emit_ancillary(t, ancillary_of(f));
		else
			emit_packet_load(t, f);
		break;
	}
}

/* X = 4 * (packet[k] & 15): the length of an IPv4 header. */
static void emit_msh(struct translation *t, const struct sock_filter *f)
{
	bool save = saves_a(t, t->at);

	if (save)
		emit_mov(t, t->tmp, REG_A);
	emit_packet_load(t, f);
	emit(t, BPF_ALU | BPF_AND | BPF_K, REG_A, 0, 0, 15);
	emit(t, BPF_ALU | BPF_LSH | BPF_K, REG_A, 0, 0, 2);
	emit_mov(t, REG_X, REG_A);
	if (save)
		emit_mov(t, REG_A, t->tmp);
}

static void emit_ldx(struct translation *t, const struct sock_filter *f)
{
	switch (mode_of(f)) {
	case BPF_IMM:
		emit_const(t, REG_X, f->k);
		break;
	case BPF_LEN:
		emit_ctx_load(t, REG_X, offsetof(struct __sk_buff, len));
		break;
	case BPF_MEM:
		emit_word_load(t, REG_X, f->k);
		break;
	default:
		emit_msh(t, f);
		break;
	}
}

static void emit_alu(struct translation *t, const struct sock_filter *f)
{
	u8 op = BPF_OP(f->code);
	bool by_x = BPF_SRC(f->code) == BPF_X;

	if (op == BPF_NEG) {
		emit(t, BPF_ALU | BPF_NEG, REG_A, 0, 0, 0);
		return;
	}
	if (by_x && (op == BPF_DIV || op == BPF_MOD)) {
		emit(t, BPF_JMP32 | BPF_JNE | BPF_K, REG_X, 0, 2, 0);
		emit_end(t, 0);
	}
	emit(t, (u8)f->code, REG_A, by_x ? REG_X : 0, 0, by_x ? 0 : (s32)f->k);
	if (by_x && (op == BPF_LSH || op == BPF_RSH)) {
		emit(t, BPF_JMP32 | BPF_JLE | BPF_K, REG_X, 0, 1, 31);
		emit_const(t, REG_A, 0);
	}
}

/* The opposite of a condition, or 0 for JSET, which has none. */
static u8 opposite(u8 op)
{
	switch (op) {
	case BPF_JEQ:
		return BPF_JNE;
	case BPF_JGT:
		return BPF_JLE;
	case BPF_JGE:
		return BPF_JLT;
	default:
		return 0;
	}
}

static void emit_cond(struct translation *t, u8 op, const struct sock_filter *f,
		      u32 target)
{
	u8 src = BPF_SRC(f->code);

	emit(t, BPF_JMP32 | op | src, REG_A, src == BPF_X ? REG_X : 0,
	     distance(t, target), src == BPF_X ? 0 : (s32)f->k);
}

static void emit_jump(struct translation *t, const struct sock_filter *f)
{
	u32 next = t->at + 1;
	u32 jt = (u32)target_of(f, t->at, true);
	u32 jf = (u32)target_of(f, t->at, false);
	u8 op = BPF_OP(f->code);

	if (jt == jf) {
		if (jt != next)
			emit_goto(t, jt);
	} else if (jf == next) {
		emit_cond(t, op, f, jt);
	} else if (jt == next && opposite(op)) {
		emit_cond(t, opposite(op), f, jf);
	} else {
		emit_cond(t, op, f, jt);
		emit_goto(t, jf);
	}
}

static void emit_insn(struct translation *t, const struct sock_filter *f)
{
	if (ends(f) && !is_ret(f)) {
		emit_end(t, 0);
		return;
	}
	switch (BPF_CLASS(f->code)) {
	case BPF_LD:
		emit_ld(t, f);
		break;
	case BPF_LDX:
		emit_ldx(t, f);
		break;
	case BPF_ST:
		emit_word_store(t, REG_A, f->k);
		break;
	case BPF_STX:
		emit_word_store(t, REG_X, f->k);
		break;
	case BPF_ALU:
		emit_alu(t, f);
		break;
	case BPF_JMP:
		emit_jump(t, f);
		break;
	case BPF_RET:
		if (f->code == (BPF_RET | BPF_K))
			emit_const(t, REG_A, f->k);
		emit(t, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
		break;
	default: /* BPF_MISC */
		if (f->code == (BPF_MISC | BPF_TAX))
			emit_mov(t, REG_X, REG_A);
		else
			emit_mov(t, REG_A, REG_X);
		break;
	}
}

static void emit_all(struct translation *t)
{
	u32 live = t->step[0].live;

	t->nr_out = 0;
	t->at = 0;
	if (t->needs_ctx)
		emit(t, BPF_ALU64 | BPF_MOV | BPF_X, REG_CTX, BPF_REG_1, 0, 0);
	if (live & HAS_A)
		emit_const(t, REG_A, 0);
	if (live & HAS_X)
		emit_const(t, REG_X, 0);
	for (t->at = 0; t->at < t->nr_in; t->at++) {
		t->step[t->at].start = t->nr_out;
		if (!is_dead(t, t->at))
			emit_insn(t, &t->in[t->at]);
	}
}

/*
 * Sizes never depend on distances. A first pass finds out whether the context
 * is needed, so that the second one's places are final.
 */
static int emit_prog(struct translation *t)
{
	emit_all(t);
	emit_all(t);
	t->prog = weir_prog_alloc(WEIR_KIND_SOCKET, t->nr_out);
	if (!t->prog)
		return -ENOMEM;
	t->prog->origin = weir_host_alloc((size_t)t->nr_out * sizeof(u32));
	if (!t->prog->origin)
		return -ENOMEM;
	t->prog->nr_classic = t->nr_in;
	emit_all(t);
	return 0;
}

static int translate(struct translation *t)
{
	int err;

	err = check_insns(t);
	if (!err)
		err = find_reached(t);
	if (err)
		return err;
	find_live(t);
	place_words(t);
	err = emit_prog(t);
	if (err)
		return err;
	/* Whatever passed above has good form, or the bug is here. */
	if (WARN_ON_ONCE(weir_prog_check(WEIR_KIND_SOCKET, t->prog->insns,
					 t->prog->nr_insns, NULL) == -EINVAL))
		return -EFAULT;
	return 0;
}

int weir_prog_load_classic(const struct sock_filter *insns, u32 nr_insns,
			   struct weir_rejection *rej, struct weir_prog **out)
{
	struct translation t = {
		.in = insns,
		.nr_in = nr_insns,
		.rej = rej,
	};
	int err;

	if (nr_insns == 0)
		return weir_reject(rej, WEIR_REJECT_EMPTY, 0,
				   "a classic program is at least ret");
	if (nr_insns > WEIR_MAX_CLASSIC)
		return weir_reject(rej, WEIR_REJECT_TOO_LONG, 0,
				   "%u instructions, the limit is %u", nr_insns,
				   WEIR_MAX_CLASSIC);
	t.step = weir_host_alloc((size_t)nr_insns * sizeof(*t.step));
	if (!t.step)
		return -ENOMEM;
	err = translate(&t);
	weir_host_free(t.step);
	if (err)
		weir_prog_free(t.prog);
	else
		*out = t.prog;
	return err;
}
