// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Facts fuzz: random accepted programs, of whose runs every claim of the
 * verifier is held against what really is, before every instruction.
 *
 *	facts [--seed N] [--programs N] [--runs N] [--seconds N] [--save DIR]
 *
 *	values	each register and stack slot lies in its abstract value: range,
 *		known bits, kind and place of pointers, reach; values of one
 *		identity have one base; the packet is as long as is said
 *	facts	zero upper halves, known results, jumps that go one way only,
 *		divisors, places of accesses (the interpreter's own audit)
 *	memory	each access lies in its object, and reads no byte of the stack
 *		that was not written; packet and frames lie between pages that
 *		nobody may touch, flush with the one or the other
 *	liveness a second run, in which each dead register and each dead upper
 *		half is overwritten before each instruction, ends the same way
 *	fuel	the run ends, and in as many steps as fuel allows
 *	loops	the head of a loop whose trips are known is not reached more
 *		often than that each time the loop is entered
 *	helpers	what the verifier takes for filled, the helper did fill: those that
 *		write are the real ones, called twice over different garbage
 *	code	where this machine runs the code that Weir emits, that code stays
 *		within the packet's fences, too
 *
 * The interpreter is the production one, entered through a macro before each
 * instruction. Three sources of programs, by seed: the generator's; the same,
 * with a few random changes; and programs that grow, random instruction by
 * random instruction, as long as the verifier accepts them.
 */
#include <errno.h>
#include <getopt.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <linux/types.h>
#include <linux/kernel.h>
#include "base/ctx.h"
#include "base/helper.h"
#include "base/host.h"
#include "base/insn.h"
#include "base/log.h"
#include "base/prog.h"
#include "base/run.h"
#include "jit/arch.h"
#include "jit/codemem.h"
#include "jit/compile.h"
#include "runtime/helpers.h"
#include "runtime/interp.h"
#include "runtime/test_run.h"
#include "tools/lib/text.h"
#include "verifier/ahead.h"
#include "verifier/cfg.h"
#include "verifier/facts.h"
#include "verifier/fixpoint.h"
#include "verifier/liveness.h"
#include "verifier/loop.h"
#include "verifier/state.h"
#include "verifier/steps.h"
#include "selftests/harness.h"
#include "selftests/fuzz/gen.c"

/* The hook: run_frame() asks this of each instruction, its guards passed. */
struct vm;
static void each_step(struct vm *vm);
static weir_helper_fn some_helper(u32 id);

#define weir_insn_is_exit(insn) (each_step(vm), (weir_insn_is_exit)(insn))
static weir_helper_fn real_helper(u32 id)
{
	return weir_helper_func(id);
}
#define weir_helper_func(id) some_helper(id)
#define leave leave_run /* gen.c has one, too */
#define tail_call tail_call_run
#include "runtime/interp.c"
#undef leave
#undef tail_call
#undef weir_insn_is_exit
#undef weir_helper_func

#define PAGE 4096
#define MAX_PACKET 256
#define MAX_FAILURES 10
#define SECONDS_PER_RUN 20
#define LONG_RUN 50000 /* steps, then it is cut: a counted loop may take long */
#define CUT 2

static struct options {
	u64 seed;
	u64 programs;
	u32 runs;
	u32 seconds;
	const char *save;
} options = { .programs = 2000, .runs = 8, .save = "build/fuzz" };

static struct totals {
	u64 programs[3], accepted[3], insns, runs, guards, steps, values;
	u64 code, failures, counted, rounds, cut, filled;
} totals;

/*
 * Failures: the first one ends the run, wherever it is.
 */

static char why[512];
static const char *sort_of_why;
static sigjmp_buf failed;
static volatile sig_atomic_t running;

__attribute__((format(printf, 1, 2), noreturn)) static void
fail(const char *fmt, ...)
{
	va_list ap;

	sort_of_why = fmt;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	running = 0;
	siglongjmp(failed, 1);
}

static void on_signal(int sig)
{
	if (!running) {
		signal(sig, SIG_DFL);
		raise(sig);
		return;
	}
	fail("%s", strsignal(sig));
}

static void catch_signals(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL,
				       SIGTRAP, SIGFPE, SIGALRM };
	static u8 room[1 << 16];
	const stack_t stack = { .ss_sp = room, .ss_size = sizeof(room) };
	struct sigaction action = {
		.sa_handler = on_signal,
		.sa_flags = SA_ONSTACK | SA_NODEFER,
	};

	sigaltstack(&stack, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &action, NULL);
}

static void set_alarm(long seconds)
{
	const struct itimerval timer = { .it_value.tv_sec = seconds };

	setitimer(ITIMER_REAL, &timer, NULL);
}

/*
 * One program, and what the verifier thought before each instruction
 */

struct subject {
	struct weir_prog *prog;
	struct weir_facts *facts;
	struct weir_saved **before;
	struct weir_cfg *cfg;
	struct weir_loops *loops;
	u32 *block; /* per pc */
	struct weir_code *code;
};

struct weir_recorder {
	struct weir_saved **before;
};

static void on_func(struct weir_recorder *r, u32 func)
{
	(void)r;
	(void)func;
}

static int on_insn(struct weir_recorder *r, u32 pc, const struct weir_state *s,
		   struct weir_duty *duty, u32 nr_duties)
{
	(void)duty;
	(void)nr_duties;
	r->before[pc] = weir_state_save(s, 0x3ff, NULL);
	return r->before[pc] ? 0 : -ENOMEM;
}

static void on_after(struct weir_recorder *r, u32 pc,
		     const struct weir_state *s)
{
	(void)r;
	(void)pc;
	(void)s;
}

static void on_jump(struct weir_recorder *r, u32 pc, bool take, bool fall)
{
	(void)r;
	(void)pc;
	(void)take;
	(void)fall;
}

static const struct weir_fixpoint_ops keep_states = {
	.func = on_func,
	.insn = on_insn,
	.after = on_after,
	.jump = on_jump,
};

static void drop(struct subject *s)
{
	for (u32 pc = 0; s->before && pc < s->prog->nr_insns; pc++)
		weir_saved_free(s->before[pc]);
	free(s->before);
	if (s->code)
		weir_code_free(s->code);
	free(s->block);
	weir_loops_free(s->loops);
	weir_cfg_free(s->cfg);
	weir_facts_free(s->facts);
	weir_prog_free(s->prog);
}

static bool map_blocks(struct subject *s)
{
	s->block = calloc(s->prog->nr_insns, sizeof(*s->block));
	for (u32 b = 0; s->block && b < s->cfg->nr_blocks; b++)
		for (u32 pc = s->cfg->block[b].start;
		     pc <= s->cfg->block[b].last; pc++)
			s->block[pc] = b;
	return s->block;
}

/* The analysis once more, for the states and loops that facts do not keep. */
static bool record_states(struct subject *s)
{
	struct weir_rejection rej = { 0 };
	struct weir_recorder r;
	struct weir_ahead *ahead;
	struct weir_live *live;
	u64 work;
	int err;

	s->before = calloc(s->prog->nr_insns, sizeof(*s->before));
	r.before = s->before;
	if (!s->before || weir_cfg_create(s->prog, &rej, &s->cfg) ||
	    !map_blocks(s) || weir_steps_measure(s->prog, s->cfg))
		return false;
	live = weir_liveness_create(s->prog, s->cfg);
	s->loops = weir_loops_create(s->prog, s->cfg);
	ahead = weir_ahead_create(s->prog, s->cfg, s->loops);
	err = weir_fixpoint_run(s->prog, s->cfg, live, s->loops, ahead,
				&keep_states, &r, &rej, &work);
	weir_ahead_free(ahead);
	weir_host_free(live);
	for (u32 l = 0; l < s->loops->nr; l++)
		totals.counted += s->loops->loop[l].trips > 1;
	return !err && !weir_steps_choose(s->prog, s->cfg, s->loops, NULL);
}

static void make_code(struct subject *s)
{
	const struct weir_compile_opts opts = {
		.arch = weir_arch_native(),
		.features = weir_host_cpu_features(),
		.passes = WEIR_PASSES_ALL,
	};
	struct weir_image *image;

	if (!opts.arch || weir_compile(s->prog, s->facts, &opts, &image))
		return;
	if (weir_code_publish(image, &s->code))
		weir_image_free(image);
}

static bool verify(const struct gen_program *p, struct subject *s)
{
	struct weir_rejection rej = { 0 };

	*s = (struct subject){ 0 };
	if (weir_prog_load(p->kind, p->insns, p->nr, &rej, &s->prog))
		return false;
	s->prog->fail_verdict = p->fail_verdict;
	return !weir_verify(s->prog, false, NULL, &rej, &s->facts);
}

static bool make(const struct gen_program *p, struct subject *s)
{
	if (!verify(p, s) || !record_states(s))
		return false;
	make_code(s);
	return true;
}

/*
 * The world of a run: a packet and frames between fences
 */

/**
 * struct scene - what one run sees; all of it is a function of this
 * @size:	of the packet
 * @fuel:	of the run
 * @meta:	bytes of metadata before the packet
 * @low:	packet and frames lie flush with the fence below, else above
 * @seed:	of stack garbage, helpers' answers, context, poison
 */
struct scene {
	u32 size;
	u32 fuel;
	u32 meta;
	bool low;
	u64 seed;
	u8 bytes[MAX_PACKET];
};

/**
 * struct frame - one frame of the program's stack
 * @page:	of it; fences on both sides
 * @fp:		R10
 * @args:	R1 to R5 at its entry, by number
 * @last_pc:	instruction executed last
 * @written:	per byte from R10 - 512
 */
struct frame {
	u8 *page;
	u64 fp;
	u64 args[6];
	u32 last_pc;
	u8 written[WEIR_MAX_STACK];
};

static struct frame frames[WEIR_MAX_FRAMES];
static u8 *packet_page;
static struct weir_run context;

/* The run under way. */
static const struct subject *subject;
static const struct scene *scene;
static bool poisoned;
static u64 steps, most_steps;
static struct gen_random garbage, answers, poison;
static u32 last_pc;
static const struct vm *running_vm;

static u8 *fenced_page(void)
{
	u8 *p = mmap(NULL, 3 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		     0);

	if (p == MAP_FAILED || mprotect(p + PAGE, PAGE, PROT_READ | PROT_WRITE))
		ksft_exit_fail_msg("no memory\n");
	return p + PAGE;
}

static void make_fences(void)
{
	packet_page = fenced_page();
	for (u32 i = 0; i < WEIR_MAX_FRAMES; i++)
		frames[i].page = fenced_page();
}

static void fill(struct gen_random *r, u8 *p, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		p[i] = (u8)gen_random(r);
}

/* The fields that nothing but a program looks at. */
static void fill_context(struct gen_random *r)
{
	const size_t from = offsetof(struct weir_run, pkt_type);
	const size_t to = offsetof(struct weir_run, net_off);

	fill(r, (u8 *)&context + from, to - from);
}

static u8 *packet_place(const struct scene *sc)
{
	return sc->low ? packet_page + sc->meta : packet_page + PAGE - sc->size;
}

/* Do helpers call back without a guard, since they cannot use fuel up? */
static bool needs_all(const struct subject *s)
{
	return s->facts->fuel == WEIR_MAX_RUN_INSNS;
}

static void set_scene(const struct subject *s, const struct scene *sc)
{
	u8 *data = packet_place(sc);

	garbage.state = sc->seed;
	answers.state = sc->seed + 1;
	poison.state = sc->seed + 2;
	memset(packet_page, 0x5a, PAGE);
	memcpy(data, sc->bytes, sc->size);
	weir_run_init(&context, s->prog->kind, data, sc->size, 0);
	fill_context(&garbage);
	context.data_meta = context.data - sc->meta;
	context.fuel = needs_all(s) ? s->facts->fuel : sc->fuel;
	context.tail_calls = WEIR_MAX_TAIL_CALLS;
	context.cpu = weir_host_cpu();
	for (u32 i = 0; i < WEIR_MAX_FRAMES; i++)
		frames[i].fp = 0;
	steps = 0;
}

static void enter_frame(struct vm *vm)
{
	struct frame *f = &frames[vm->depth];
	u32 bytes = vm->facts->stack_bytes;

	f->fp = address(scene->low ? f->page + bytes : f->page + PAGE);
	fill(&garbage, pointer(f->fp - bytes), bytes);
	memset(f->written, 0, sizeof(f->written));
	memcpy(f->args, vm->reg, sizeof(f->args));
	vm->reg[FP] = f->fp;
}

/* The frame that holds [a, a + size), or NULL. */
static struct frame *frame_of(const struct vm *vm, u64 a, u64 size)
{
	for (u32 i = 0; i <= vm->depth; i++)
		if (a >= frames[i].fp - vm->facts->stack_bytes &&
		    a <= frames[i].fp && frames[i].fp - a >= size)
			return &frames[i];
	return NULL;
}

static u8 *written_at(struct frame *f, u64 a)
{
	return &f->written[WEIR_MAX_STACK - (f->fp - a)];
}

/*
 * Helpers: most tell whatever can be told, but the same in each run of a scene.
 * Those that write are called, and seen to write what they are said to.
 */

static const struct weir_helper *called;

static u64 answer(struct weir_run *run, u64 a, u64 b, u64 c, u64 d, u64 e)
{
	u64 x = gen_random(&answers);

	(void)run;
	(void)(a + b + c + d + e);
	return gen_below(&answers, 2) ? x : x >> gen_below(&answers, 64);
}

/* Where a helper writes, by its argument @i: bytes, 0 if it does not. */
static u32 bytes_out(u32 i, const u64 *args)
{
	switch (called->arg[i]) {
	case WEIR_ARG_MEM_WRITE:
		return (u32)args[i + 1];
	case WEIR_ARG_LONG:
		return 8;
	default:
		return 0;
	}
}

/* Bytes of @frame that are not what they were filled with were written. */
static u64 call_over(u8 garbage_byte, struct weir_run *run, const u64 *args,
		     u32 out, u8 *after)
{
	u32 size = bytes_out(out, args);
	u64 r0;

	memset(pointer(args[out]), garbage_byte, size);
	r0 = real_helper(called->id)(run, args[0], args[1], args[2], args[3],
				     args[4]);
	memcpy(after, pointer(args[out]), size);
	return r0;
}

static void mark_written(const struct vm *vm, u64 at, const u8 *one,
			 const u8 *two, u32 size)
{
	struct frame *f = frame_of(vm, at, size);

	for (u32 i = 0; f && i < size; i++)
		if (one[i] == two[i])
			*written_at(f, at + i) = 1;
}

static u64 real(struct weir_run *run, u64 a, u64 b, u64 c, u64 d, u64 e)
{
	static u8 one[1 << 16], two[1 << 16];
	const u64 args[] = { a, b, c, d, e };
	u32 out = 0, size;
	u64 r0;

	while (!(size = bytes_out(out, args)))
		if (++out == WEIR_HELPER_ARGS)
			return 0;
	if (size > sizeof(one))
		fail("%s writes %u bytes", called->name, size);
	call_over(0x5a, run, args, out, one);
	r0 = call_over(0xa5, run, args, out, two);
	totals.filled++;
	mark_written(running_vm, args[out], one, two, size);
	return r0;
}

static weir_helper_fn some_helper(u32 id)
{
	called = weir_helper_find((s32)id);
	return weir_helper_writes(called) ? real : answer; /* no maps here */
}

/*
 * Abstract values against what is there
 */

static struct weir_state thought;
static u32 scratch_id = WEIR_ID_FIRST;

struct base {
	u8 kind;
	u8 object;
	u32 id;
	u64 at;
};

#define NO_BASE U64_MAX

static struct base bases[WEIR_MAX_VALUES];
static u32 nr_bases;

/* All values of one identity have one base. */
static void check_base(const struct weir_value *v, u64 at, const char *name)
{
	for (u32 i = 0; i < nr_bases; i++) {
		if (bases[i].kind != v->kind || bases[i].id != v->id ||
		    bases[i].object != v->object)
			continue;
		if (bases[i].at != at)
			fail("%s has identity %u, of base 0x%llx, but base 0x%llx",
			     name, v->id, bases[i].at, at);
		return;
	}
	bases[nr_bases++] = (struct base){ v->kind, v->object, v->id, at };
}

static void check_number(const struct weir_value *v, u64 x, const char *name)
{
	u64 base = x - (u64)v->off;

	if (!weir_scalar_contains(&v->num, x))
		fail("%s is 0x%llx, not in u [0x%llx, 0x%llx] s [%lld, %lld] "
		     "u32 [0x%x, 0x%x] s32 [%d, %d] bits 0x%llx/0x%llx",
		     name, x, v->num.range.umin, v->num.range.umax,
		     v->num.range.smin, v->num.range.smax, v->num.range.umin32,
		     v->num.range.umax32, v->num.range.smin32,
		     v->num.range.smax32, v->num.bits.value, v->num.bits.mask);
	if (v->id == WEIR_ID_NONE)
		return;
	if (v->id == WEIR_ID_LEN && base != context.linear_len)
		fail("%s is the length + %lld, but 0x%llx", name, v->off, x);
	if (v->reach != WEIR_REACH_NONE && v->num.range.umax <= U32_MAX &&
	    (s64)base + v->reach > (s64)context.linear_len)
		fail("%s is 0x%llx, reach %lld from %lld, length %llu", name, x,
		     v->reach, (s64)base, context.linear_len);
	check_base(v, base, name);
}

/* Where a pointer's object starts and ends. */
static bool object_of(const struct vm *vm, const struct weir_value *v,
		      u64 *start, u64 *end)
{
	struct frame *f;

	switch (v->kind) {
	case WEIR_VALUE_CTX:
		*start = address(&context);
		*end = *start;
		return true;
	case WEIR_VALUE_PACKET:
		*start = context.data;
		*end = context.data_end;
		return true;
	case WEIR_VALUE_META: /* guards let it reach into the packet */
		*start = context.data_meta;
		*end = context.data_end;
		return true;
	case WEIR_VALUE_STACK:
		*start = vm->reg[FP];
		*end = *start;
		return true;
	default:
		*start = frames[vm->depth].args[v->object];
		f = frame_of(vm, *start, 0);
		*end = f ? f->fp : *start;
		return f || (v->reach <= 0 && !v->readable);
	}
}

static void check_outer(const struct vm *vm, const struct weir_value *v,
			u64 start, u64 end, const char *name)
{
	struct frame *f = frame_of(vm, start, 0);

	if (v->reach > (s64)(end - start) || v->readable > end - start)
		fail("%s: %lld bytes of the caller's stack, of %llu", name,
		     v->reach, end - start);
	for (u32 i = 0; i < v->readable; i++)
		if (!*written_at(f, start + i))
			fail("%s: byte %u is not readable", name, i);
}

static void check_pointer(const struct vm *vm, const struct weir_value *v,
			  u64 x, const char *name)
{
	u64 start, end, base = x - (u64)v->off;
	s64 reach = v->reach;

	if (!object_of(vm, v, &start, &end))
		fail("%s: its object is not on the stack", name);
	if (!weir_scalar_contains(&v->num, base - start))
		fail("%s: %s, %lld from its start, not %lld + [%lld, %lld]",
		     name, weir_value_kind_name(v), (s64)(x - start), v->off,
		     v->num.range.smin, v->num.range.smax);
	if (v->id == WEIR_ID_NONE && base != start)
		fail("%s: base is not the object's start", name);
	if (v->kind == WEIR_VALUE_OUTER)
		check_outer(vm, v, start, end, name);
	if (v->kind != WEIR_VALUE_PACKET && v->kind != WEIR_VALUE_META) {
		check_base(v, base, name);
		return;
	}
	if (v->id == WEIR_ID_END && base != context.data_end)
		fail("%s: base is not the packet's end", name);
	if (v->kind == WEIR_VALUE_PACKET && v->id == WEIR_ID_NONE)
		reach = thought.len_min;
	if (reach != WEIR_REACH_NONE &&
	    (s64)(base - start) + reach > (s64)(end - start))
		fail("%s: reach %lld from %lld, length %lld", name, reach,
		     (s64)(base - start), (s64)(end - start));
	check_base(v, base, name);
}

static void check_value(const struct vm *vm, const struct weir_value *v, u64 x,
			const char *name)
{
	totals.values++;
	if (weir_value_is_scalar(v))
		check_number(v, x, name);
	else if (weir_value_is_pointer(v) && v->or_null && !x)
		check_base(v, NO_BASE, name); /* all are null, or none */
	else if (weir_value_is_pointer(v))
		check_pointer(vm, v, x, name);
}

static void check_stack(const struct vm *vm)
{
	struct frame *f = &frames[vm->depth];
	char name[16];

	for (u32 i = 0; i < WEIR_MAX_STACK; i++)
		if (thought.init[i / 4] >> (i % 4) & 1 && !f->written[i])
			fail("r10-%u was never written", WEIR_MAX_STACK - i);
	for (u32 w = 0; w < WEIR_STACK_WORDS; w++) {
		u32 below = WEIR_MAX_STACK - 4 * w;

		if (!(thought.used[w / 64] >> (w % 64) & 1))
			continue;
		snprintf(name, sizeof(name), "[r10-%u]", below);
		check_value(vm, &thought.slot[w],
			    load(pointer(f->fp - below), thought.size[w]),
			    name);
	}
}

static void check_state(const struct vm *vm)
{
	static const char *const names[] = { "r0", "r1", "r2", "r3", "r4", "r5",
					     "r6", "r7", "r8", "r9", "r10" };

	if (!subject->before[vm->pc])
		fail("the analysis never came here");
	thought.next_id = &scratch_id;
	weir_state_load(&thought, subject->before[vm->pc]);
	nr_bases = 0;
	if (thought.len_min > (s64)context.linear_len)
		fail("the packet has %lld bytes at least, but %llu",
		     thought.len_min, context.linear_len);
	for (u32 i = 0; i < WEIR_NR_REGS; i++)
		check_value(vm, &thought.reg[i], vm->reg[i], names[i]);
	if (thought.has_stack)
		check_stack(vm);
}

/*
 * Accesses
 */

static void check_stack_access(const struct vm *vm, u64 a, u32 size, bool read,
			       bool write)
{
	struct frame *f = frame_of(vm, a, size);

	if (!f)
		fail("access outside of every frame, r10%+lld",
		     (s64)(a - vm->reg[FP]));
	for (u32 i = 0; read && i < size; i++)
		if (!*written_at(f, a + i))
			fail("reads r10%+lld, which was never written",
			     (s64)(a + i - vm->reg[FP]));
	if (write)
		memset(written_at(f, a), 1, size);
}

static void check_access(const struct vm *vm, const struct bpf_insn *insn)
{
	const struct weir_insn_facts *facts = &vm->facts->insn[vm->pc];
	u8 class = BPF_CLASS(insn->code);
	bool atomic = class == BPF_STX && BPF_MODE(insn->code) == BPF_ATOMIC;
	u32 size = weir_insn_size(insn->code);
	u64 a;

	if (weir_insn_is_packet_load(insn))
		a = context.data + (u64)insn->imm +
		    (BPF_MODE(insn->code) == BPF_IND
			     ? (u32)vm->reg[insn->src_reg]
			     : 0);
	else if (class == BPF_LDX)
		a = vm->reg[insn->src_reg] + (u64)insn->off;
	else if (class == BPF_ST || class == BPF_STX)
		a = vm->reg[insn->dst_reg] + (u64)insn->off;
	else
		return;
	switch (facts->mem) {
	case WEIR_MEM_STACK:
		check_stack_access(vm, a, size, class == BPF_LDX || atomic,
				   class != BPF_LDX);
		return;
	case WEIR_MEM_PACKET:
	case WEIR_MEM_BUFFER:
		if (a < context.data_meta || a > context.data_end ||
		    context.data_end - a < size)
			fail("access at %lld of a packet of %llu bytes",
			     (s64)(a - context.data), context.linear_len);
		return;
	case WEIR_MEM_CTX:
		return; /* weir_interp_audit() */
	default:
		fail("an access of an unknown kind");
	}
}

/*
 * Steps
 */

static void poison_dead(struct vm *vm)
{
	const struct weir_insn_facts *facts = &vm->facts->insn[vm->pc];

	for (u32 i = 0; i < FP; i++) {
		u64 x = gen_random(&poison);

		if (!(facts->live & (1u << i)))
			vm->reg[i] = x;
		else if (!(facts->live_hi & (1u << i)))
			vm->reg[i] = (u32)vm->reg[i] | x << 32;
	}
}

static bool is_in(u32 block, u32 l)
{
	u32 in = subject->loops->of ? subject->loops->of[block] : WEIR_NO_LOOP;

	while (in != WEIR_NO_LOOP && in != l)
		in = subject->loops->loop[in].parent;
	return in == l;
}

/* How often each loop's head was reached since it was entered, by frame. */
#define MAX_LOOPS 64
static u32 reached[WEIR_MAX_FRAMES][MAX_LOOPS];

static void count_rounds(struct vm *vm)
{
	u32 b = subject->block[vm->pc], l;
	const struct weir_loop *loop = weir_loop_headed(subject->loops, b);
	u32 *nr;

	if (!loop || vm->pc != subject->cfg->block[b].start || !loop->trips)
		return;
	l = (u32)(loop - subject->loops->loop);
	if (l >= MAX_LOOPS)
		return;
	nr = &reached[vm->depth][l];
	*nr = is_in(subject->block[frames[vm->depth].last_pc], l) ? *nr + 1 : 1;
	totals.rounds++;
	if (*nr > loop->trips)
		fail("the head of a loop is reached more than %u times",
		     loop->trips);
}

static void each_step(struct vm *vm)
{
	last_pc = vm->pc;
	running_vm = vm;
	if (vm->reg[FP] != frames[vm->depth].fp) {
		enter_frame(vm);
		/* whatever it was: this is no way back to a head, though the
		 * first instruction may be one
		 */
		frames[vm->depth].last_pc = vm->pc;
		memset(reached[vm->depth], 0, sizeof(reached[0]));
	}
	count_rounds(vm);
	frames[vm->depth].last_pc = vm->pc;
	if (++steps > most_steps)
		fail("more than %llu steps with fuel %u", most_steps,
		     scene->fuel);
	if (steps > LONG_RUN)
		siglongjmp(failed, CUT);
	if (poisoned) {
		poison_dead(vm);
		return;
	}
	check_state(vm);
	check_access(vm, &vm->prog->insns[vm->pc]);
}

/*
 * Runs
 */

struct result {
	u64 verdict;
	struct weir_run run;
	u8 page[PAGE];
};

static void interpret(const struct subject *s, const struct scene *sc,
		      bool with_poison, struct result *out)
{
	struct weir_audit audit = { 0 };

	subject = s;
	scene = sc;
	poisoned = with_poison;
	most_steps = needs_all(s) ? WEIR_MAX_RUN_INSNS
				  : (sc->fuel + 1ULL) * s->cfg->steps;
	set_scene(s, sc);
	out->verdict = weir_interp_audit(s->prog, s->facts, &context,
					 with_poison ? NULL : &audit);
	if (audit.what) {
		last_pc = audit.pc;
		fail("%s", audit.what);
	}
	out->run = context;
	memcpy(out->page, packet_page, PAGE);
	totals.steps += steps;
}

static void compare_exits(const struct subject *s, const struct result *a,
			  const struct result *b)
{
	const struct weir_exit_record *x = &a->run.exit, *y = &b->run.exit;
	const struct weir_insn_facts *facts = &s->facts->insn[x->pc];

	last_pc = x->pc;
	if (x->kind != y->kind || x->guard != y->guard || x->pc != y->pc)
		fail("with poison it ends elsewhere, at %u", y->pc);
	if (a->verdict != b->verdict)
		fail("with poison the verdict is 0x%llx, not 0x%llx",
		     b->verdict, a->verdict);
	for (u32 i = 0; x->kind == WEIR_EXIT_GUARD && i < FP; i++) {
		u64 mask = facts->live_hi & (1u << i) ? U64_MAX : U32_MAX;

		if (facts->live & (1u << i) && (x->regs[i] ^ y->regs[i]) & mask)
			fail("with poison r%u is 0x%llx there, not 0x%llx", i,
			     y->regs[i], x->regs[i]);
	}
}

static void compare(const struct subject *s, const struct result *a,
		    const struct result *b)
{
	compare_exits(s, a, b);
	if (memcmp(a->page, b->page, PAGE))
		fail("with poison the packet is another");
	if (memcmp(&a->run, &b->run, offsetof(struct weir_run, exit)))
		fail("with poison the context is another");
}

/* Emitted code: its fences only; what it computes is the business of fuzz. */
static void execute(const struct subject *s, const struct scene *sc,
		    const struct result *before)
{
	const u8 *data = packet_place(sc);
	size_t from = (size_t)(data - packet_page) - sc->meta;
	size_t to = (size_t)(data - packet_page) + sc->size;

	if (!s->code)
		return;
	set_scene(s, sc);
	last_pc = 0;
	((weir_entry_fn)(void *)s->code->rx)(&context);
	totals.code++;
	if (memcmp(packet_page, before->page, from) ||
	    memcmp(packet_page + to, before->page + to, PAGE - to))
		fail("code wrote outside of the packet");
}

/* True: nothing was found; else `why` tells. */
static bool one_run(const struct subject *s, const struct scene *sc)
{
	static struct result plain, dirty;

	int how = sigsetjmp(failed, 1);

	if (how) {
		running = 0;
		set_alarm(0);
		totals.cut += how == CUT;
		return how == CUT;
	}
	running = 1;
	set_alarm(SECONDS_PER_RUN);
	interpret(s, sc, false, &plain);
	totals.runs++;
	totals.guards += plain.run.exit.kind == WEIR_EXIT_GUARD;
	interpret(s, sc, true, &dirty);
	compare(s, &plain, &dirty);
	execute(s, sc, &plain);
	running = 0;
	set_alarm(0);
	return true;
}

/*
 * Programs: changed ones
 */

/* The program without the slots [at, at + nr), jumps led past the gap. */
static bool without(const struct gen_program *p, u32 at, u32 nr,
		    struct gen_program *out)
{
	*out = *p;
	if (at + nr > p->nr || nr == p->nr)
		return false;
	memmove(out->insns + at, out->insns + at + nr,
		(p->nr - at - nr) * sizeof(out->insns[0]));
	out->nr = p->nr - nr;
	for (u32 i = 0; i < p->nr; i++) {
		const struct bpf_insn *old = &p->insns[i];
		u32 now = i < at ? i : i - nr;
		bool call = weir_insn_is_subprog_call(old);
		s64 to;

		if ((i >= at && i < at + nr) ||
		    (i && weir_insn_is_wide(&p->insns[i - 1])) ||
		    (!weir_insn_is_jump(old) && !call))
			continue;
		to = call ? (s64)i + 1 + old->imm : weir_insn_target(old, i);
		if (to > at)
			to = max_t(s64, at, to - nr);
		if (call || old->code == (BPF_JMP32 | BPF_JA))
			out->insns[now].imm = (s32)(to - now - 1);
		else
			out->insns[now].off = (s16)(to - now - 1);
	}
	return true;
}

static void change_one(struct gen *g, struct gen_program *p)
{
	static struct gen_program less;
	struct bpf_insn *insn = &p->insns[below(g, p->nr)];
	u8 class = BPF_CLASS(insn->code);

	switch (below(g, 7)) {
	case 0:
		insn->imm = some_imm(g);
		break;
	case 1:
		insn->off = (s16)(insn->off + (s32)below(g, 17) - 8);
		break;
	case 2:
		insn->dst_reg = below(g, FP + 1) & 0xf;
		break;
	case 3:
		insn->src_reg = below(g, FP + 1) & 0xf;
		break;
	case 4:
		if (class == BPF_ALU || class == BPF_ALU64 ||
		    class == BPF_JMP || class == BPF_JMP32)
			insn->code = (u8)(insn->code & 0xf) |
				     (u8)(below(g, 16) << 4);
		else
			insn->code ^= (u8)(below(g, 4) << 3);
		break;
	case 5: /* the other width */
		if (class == BPF_ALU || class == BPF_ALU64)
			insn->code ^= BPF_ALU ^ BPF_ALU64;
		if (class == BPF_JMP || class == BPF_JMP32)
			insn->code ^= BPF_JMP ^ BPF_JMP32;
		break;
	default:
		if (without(p, below(g, p->nr), 1, &less))
			*p = less;
	}
}

static void changed_program(struct gen_random *r, struct gen_program *p)
{
	struct gen g = { .r = r, .p = p };
	static struct gen_program first;
	struct subject s;

	gen_program(r, false, &first);
	/* A few tries: most changes make it one that is refused. */
	for (u32 i = 0; i < 12; i++) {
		*p = first;
		for (u32 n = 1 + below(&g, 4); n; n--)
			change_one(&g, p);
		if (verify(p, &s)) {
			drop(&s);
			if (below(&g, 3))
				return;
			first = *p;
		} else {
			drop(&s);
		}
	}
	*p = first;
}

/*
 * Programs: grown ones
 */

#define MAX_GROWN 60

/* A function under way: what is there of it; jumps beyond lead to its end. */
struct part {
	u32 nr;
	struct bpf_insn insns[MAX_GROWN];
};

static void put(struct gen_program *p, struct bpf_insn insn)
{
	p->insns[p->nr++] = insn;
}

static void put_part(struct gen_program *p, const struct part *part)
{
	for (u32 i = 0; i < part->nr; i++) {
		struct bpf_insn insn = part->insns[i];

		if (insn.code && weir_insn_is_jump(&insn) &&
		    insn.off >= (s32)(part->nr - i))
			insn.off = (s16)(part->nr - i - 1);
		put(p, insn);
	}
	put(p, (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K });
	put(p, (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT });
}

/* The program of both parts; the second only if it is called, which is told. */
static bool assemble(struct gen_program *p, const struct part *main_part,
		     const struct part *sub)
{
	u32 start = main_part->nr + 2;
	bool called = false;

	p->nr = 0;
	put_part(p, main_part);
	for (u32 i = 0; i < main_part->nr; i++) {
		if (!weir_insn_is_subprog_call(&p->insns[i]))
			continue;
		p->insns[i].imm = (s32)(start - i - 1);
		called = true;
	}
	if (called)
		put_part(p, sub);
	return called;
}

static s16 some_off(struct gen *g)
{
	return (s16)(chance(g, 80) ? (s32)below(g, 24)
				   : (s32)below(g, 64) - 32);
}

/* Offsets from R10 that are used again and again. */
static s16 some_slot(struct gen *g, u32 bytes)
{
	s32 off = -8 * (s32)(1 + below(g, 4));

	if (chance(g, 30))
		off += (s32)below(g, 8 / bytes) * (s32)bytes;
	if (chance(g, 5))
		off += (s32)below(g, 8);
	return (s16)off;
}

static struct bpf_insn some_alu(struct gen *g)
{
	static const u8 ops[] = { BPF_ADD, BPF_ADD, BPF_ADD, BPF_SUB,  BPF_SUB,
				  BPF_MUL, BPF_OR,  BPF_AND, BPF_AND,  BPF_XOR,
				  BPF_LSH, BPF_RSH, BPF_RSH, BPF_ARSH, BPF_DIV,
				  BPF_MOD, BPF_MOV, BPF_MOV, BPF_MOV,  BPF_MOV,
				  BPF_NEG, BPF_END };
	static const s32 widths[] = { 16, 32, 64 };
	static const s16 extends[] = { 0, 0, 0, 8, 16, 32 };
	u8 op = ops[below(g, ARRAY_SIZE(ops))];
	bool has_src = chance(g, 55);
	struct bpf_insn insn = {
		.code = (chance(g, 75) ? BPF_ALU64 : BPF_ALU) | op,
		.dst_reg = below(g, FP) & 0xf,
	};

	if (op == BPF_END) {
		insn.code |= BPF_CLASS(insn.code) == BPF_ALU && chance(g, 50)
				     ? BPF_TO_BE
				     : 0;
		insn.imm = widths[below(g, 3)];
		return insn;
	}
	if (op == BPF_NEG)
		return insn;
	if (op == BPF_MOV && has_src)
		insn.off = extends[below(g, 6)];
	if (op == BPF_DIV || op == BPF_MOD)
		insn.off = (s16)below(g, 2);
	if (has_src) {
		insn.code |= BPF_X;
		insn.src_reg = below(g, FP + 1) & 0xf;
	} else {
		insn.imm = op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH
				   ? (s32)below(g, 64)
			   : chance(g, 50) ? (s32)below(g, 40)
					   : some_imm(g);
	}
	return insn;
}

static struct bpf_insn some_jump(struct gen *g, u32 at)
{
	struct bpf_insn insn = {
		.code = (chance(g, 75) ? BPF_JMP : BPF_JMP32) | some_cond(g),
		.dst_reg = below(g, FP) & 0xf,
		.off = (s16)(1 + below(g, 6)),
	};

	if (chance(g, 8) && at)
		insn.off = (s16)(-1 - (s32)below(g, at));
	if (chance(g, 60)) {
		insn.code |= BPF_X;
		insn.src_reg = below(g, FP) & 0xf;
	} else {
		insn.imm = chance(g, 50) ? (s32)below(g, 40) : some_imm(g);
	}
	return insn;
}

static struct bpf_insn some_memory(struct gen *g)
{
	static const s32 atomics[] = { BPF_ADD, BPF_XCHG, BPF_CMPXCHG,
				       BPF_OR | BPF_FETCH };
	u8 size = chance(g, 40) ? BPF_DW : some_size(g);
	bool own = chance(g, 50);
	struct bpf_insn insn = {
		.dst_reg = below(g, FP) & 0xf,
		.src_reg = below(g, FP) & 0xf,
		.off = own ? some_slot(g, weir_insn_size(size)) : some_off(g),
		.imm = some_imm(g),
	};
	u32 what = below(g, 20);

	if (what < 10) {
		insn.code =
			BPF_LDX | size |
			(chance(g, 15) && size != BPF_DW ? BPF_MEMSX : BPF_MEM);
		insn.imm = 0;
		if (own)
			insn.src_reg = FP;
		return insn;
	}
	if (own)
		insn.dst_reg = FP;
	if (what < 13) {
		insn.code = BPF_ST | BPF_MEM | size;
		insn.src_reg = 0;
	} else if (what < 19) {
		insn.code = BPF_STX | BPF_MEM | size;
		insn.imm = 0;
	} else {
		insn.code = BPF_STX | BPF_ATOMIC |
			    (chance(g, 50) ? BPF_W : BPF_DW);
		insn.imm = atomics[below(g, 4)];
	}
	return insn;
}

static struct bpf_insn some_insn(struct gen *g, u32 at)
{
	u32 what = below(g, 100);

	if (what < 40)
		return some_alu(g);
	if (what < 65)
		return some_memory(g);
	if (what < 90)
		return some_jump(g, at);
	if (what < 94)
		return (struct bpf_insn){ .code = BPF_JMP | BPF_CALL,
					  .imm = 7 };
	if (what < 96)
		return (struct bpf_insn){ .code = BPF_JMP | BPF_CALL,
					  .src_reg = BPF_PSEUDO_CALL };
	return (struct bpf_insn){
		.code = BPF_LD | (chance(g, 30) ? BPF_ABS : BPF_IND) |
			(u8)(below(g, 3) << 3),
		.imm = (s32)below(g, 20) - (chance(g, 20) ? 10 : 0),
	};
}

/* A far number: pointers that it is added to wrap. */
static void grow_imm64(struct gen *g, struct part *part)
{
	u64 x = chance(g, 50) ? some_imm64(g) : ~0ULL << below(g, 64);

	part->insns[part->nr++] = (struct bpf_insn){
		.code = BPF_LD | BPF_IMM | BPF_DW,
		.dst_reg = below(g, FP) & 0xf,
		.imm = (s32)x,
	};
	part->insns[part->nr++] = (struct bpf_insn){ .imm = (s32)(x >> 32) };
}

/* A helper that fills the stack; its buffer may also lie badly. */
static void grow_fill(struct gen *g, struct part *part)
{
	static const s32 helpers[] = { 26, 26, 68, 189, 105, 106 };
	s32 helper = helpers[below(g, ARRAY_SIZE(helpers))];
	s32 size = 1 + (s32)below(g, 16);
	bool parses = helper == 105 || helper == 106;
	u32 to = parses ? 4 : 3, nr = parses ? 2 : 4;
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X,
		  .dst_reg = 1,
		  .src_reg = parses ? FP : 6 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K,
		  .dst_reg = parses ? 3 : 2,
		  .imm = parses ? 0 : (s32)below(g, 40) },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X,
		  .dst_reg = to & 0xf,
		  .src_reg = FP },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K,
		  .dst_reg = to & 0xf,
		  .imm = parses ? some_slot(g, 8) : -size - (s32)below(g, 8) },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K,
		  .dst_reg = nr & 0xf,
		  .imm = size },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K,
		  .dst_reg = 5,
		  .imm = (s32)below(g, 2) },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K,
		  .dst_reg = 1,
		  .imm = parses ? -size - (s32)below(g, 16) : 0 },
		{ .code = BPF_JMP | BPF_CALL, .imm = helper },
	};

	for (u32 i = 0; i < ARRAY_SIZE(insns); i++)
		if (i != 6 || insns[i].imm)
			part->insns[part->nr++] = insns[i];
}

static void grow(struct gen *g, struct part *part)
{
	if (part->nr + 10 <= MAX_GROWN && chance(g, 3)) {
		grow_fill(g, part);
		return;
	}
	if (chance(g, 4)) {
		grow_imm64(g, part);
		return;
	}
	part->insns[part->nr] = some_insn(g, part->nr);
	part->nr++;
}

static void first_insns(struct gen *g, struct part *m)
{
	enum weir_kind kind = g->p->kind;
	bool xdp = kind == WEIR_KIND_XDP;
	s16 data = xdp ? offsetof(struct xdp_md, data)
		       : offsetof(struct __sk_buff, data);
	s16 meta = xdp ? offsetof(struct xdp_md, data_meta)
		       : offsetof(struct __sk_buff, data_meta);
	const struct bpf_insn copy = { .code = BPF_ALU64 | BPF_MOV | BPF_X,
				       .dst_reg = 6,
				       .src_reg = 1 };
	struct bpf_insn read = { .code = BPF_LDX | BPF_MEM | BPF_W,
				 .src_reg = 6 };

	m->insns[m->nr++] = copy;
	if (kind == WEIR_KIND_MEM) {
		m->insns[m->nr] = copy;
		m->insns[m->nr++].dst_reg = 7;
		m->insns[m->nr++] = (struct bpf_insn){
			.code = BPF_ALU64 | BPF_ADD | BPF_X,
			.dst_reg = 7,
			.src_reg = 2,
		};
	}
	if (kind != WEIR_KIND_XDP && kind != WEIR_KIND_TC)
		return;
	read.dst_reg = 7;
	read.off = data;
	m->insns[m->nr++] = read;
	read.dst_reg = 8;
	read.off = (s16)(data + 4);
	m->insns[m->nr++] = read;
	read.dst_reg = 9;
	read.off = meta;
	if (chance(g, 30))
		m->insns[m->nr++] = read;
}

static void grown_program(struct gen_random *r, struct gen_program *p)
{
	static struct part parts[2];
	struct gen g = { .r = r, .p = p };
	bool called = false;
	u32 tries;

	memset(p, 0, sizeof(*p));
	memset(parts, 0, sizeof(parts));
	p->kind = (enum weir_kind)(1 + gen_below(r, 4));
	p->fail_verdict = gen_random(r);
	first_insns(&g, &parts[0]);
	assemble(p, &parts[0], &parts[1]);
	tries = 40 + below(&g, 200);
	while (tries--) {
		struct part *part = &parts[called && chance(&g, 30)];
		struct part was = *part;
		struct subject s;
		bool good;

		if (part->nr + 2 > MAX_GROWN)
			break;
		grow(&g, part);
		called = assemble(p, &parts[0], &parts[1]);
		good = verify(p, &s);
		drop(&s);
		if (good)
			continue;
		*part = was;
		called = assemble(p, &parts[0], &parts[1]);
	}
}

/*
 * Failures: shrinking, showing
 */

static bool still_fails(const struct gen_program *p, const struct scene *sc)
{
	const char *sort = sort_of_why;
	struct subject s;
	bool same = make(p, &s) && !one_run(&s, sc) && sort_of_why == sort;

	sort_of_why = sort;
	drop(&s);
	return same;
}

static void shrink(struct gen_program *p, const struct scene *sc)
{
	static struct gen_program less;
	bool any;

	do {
		any = false;
		for (u32 nr = 16; nr; nr /= 2)
			for (s64 at = (s64)p->nr - nr; at >= 0; at--) {
				if (!without(p, (u32)at, nr, &less) ||
				    !still_fails(&less, sc))
					continue;
				*p = less;
				any = true;
				at = min_t(s64, at, (s64)p->nr - nr + 1);
			}
	} while (any);
	still_fails(p, sc);
}

static const char *const kinds[] = {
	[WEIR_KIND_SOCKET] = "socket",
	[WEIR_KIND_TC] = "tc",
	[WEIR_KIND_XDP] = "xdp",
	[WEIR_KIND_MEM] = "mem",
};

static void show(FILE *f, const struct gen_program *p, const struct scene *sc,
		 u64 seed)
{
	char *text = weir_text_print(p->insns, p->nr);

	fprintf(f, "# at %u: %s\n", last_pc, why);
	fprintf(f, "# facts --seed %llu --programs 1; fuel %u, meta %u\n", seed,
		sc->fuel, sc->meta);
	fprintf(f, "kind    %s\nprog\n%s", kinds[p->kind], text ? text : "");
	fprintf(f, "# packet=");
	for (u32 i = 0; i < sc->size; i++)
		fprintf(f, "%02x", sc->bytes[i]);
	fprintf(f, "\n");
	free(text);
}

static void report(const struct gen_program *found, const struct scene *sc,
		   u64 seed)
{
	static struct gen_program p;
	char path[512];
	FILE *f;

	ksft_print_msg("seed %llu: at %u: %s\n", (unsigned long long)seed,
		       last_pc, why);
	p = *found;
	shrink(&p, sc);
	show(stdout, &p, sc, seed);
	mkdir(options.save, 0777);
	snprintf(path, sizeof(path), "%s/facts-%llu.case", options.save,
		 (unsigned long long)seed);
	f = fopen(path, "w");
	if (!f)
		return;
	show(f, &p, sc, seed);
	fclose(f);
}

/*
 * The loop
 */

static void some_scene(struct gen_random *r, const struct gen_program *p,
		       struct scene *sc)
{
	memset(sc, 0, sizeof(*sc));
	sc->size = gen_below(r, 3) ? gen_below(r, 24) : gen_below(r, 120);
	sc->fuel = gen_below(r, 3) ? gen_below(r, 30) : gen_below(r, 300);
	sc->low = gen_below(r, 2);
	sc->seed = gen_random(r);
	if ((p->kind == WEIR_KIND_XDP || p->kind == WEIR_KIND_TC) &&
	    !gen_below(r, 3))
		sc->meta = 4 * gen_below(r, 9);
	for (u32 i = 0; i < sc->size; i++)
		sc->bytes[i] = gen_below(r, 2) ? (u8)gen_random(r)
					       : (u8)gen_below(r, 24);
}

static void one_program(u64 seed)
{
	static struct gen_program p;
	struct gen_random r = { .state = seed * 0xd1342543de82ef95ULL + 7 };
	u32 source = (u32)(seed % 3);
	struct scene sc;
	struct subject s;

	if (source == 0)
		gen_program(&r, false, &p);
	else if (source == 1)
		changed_program(&r, &p);
	else
		grown_program(&r, &p);
	totals.programs[source]++;
	if (!make(&p, &s)) {
		drop(&s);
		return;
	}
	totals.accepted[source]++;
	totals.insns += p.nr;
	for (u32 i = 0; i < options.runs; i++) {
		some_scene(&r, &p, &sc);
		if (one_run(&s, &sc))
			continue;
		totals.failures++;
		report(&p, &sc, seed);
		break;
	}
	drop(&s);
}

static void usage(void)
{
	fprintf(stderr, "usage: facts [--seed N] [--programs N] [--runs N]\n"
			"             [--seconds N] [--save DIRECTORY]\n");
	exit(2);
}

static void parse(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "programs", required_argument, NULL, 'p' },
		{ "runs", required_argument, NULL, 'r' },
		{ "seconds", required_argument, NULL, 't' },
		{ "save", required_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	options.seed = weir_host_random();
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 's')
			options.seed = strtoull(optarg, NULL, 0);
		else if (c == 'p')
			options.programs = strtoull(optarg, NULL, 0);
		else if (c == 'r')
			options.runs = (u32)strtoul(optarg, NULL, 0);
		else if (c == 't')
			options.seconds = (u32)strtoul(optarg, NULL, 0);
		else if (c == 'd')
			options.save = optarg;
		else
			usage();
	}
}

static void loop_programs(void)
{
	time_t end = options.seconds ? time(NULL) + options.seconds : 0;
	u64 i;

	for (i = 0; i < options.programs; i++) {
		if (totals.failures >= MAX_FAILURES ||
		    (end && time(NULL) > end))
			break;
		one_program(options.seed + i);
	}
	ksft_print_msg("seeds %llu to %llu\n", options.seed,
		       options.seed + i - (i > 0));
}

static void show_totals(void)
{
	static const char *const sources[] = { "generated", "changed",
					       "grown" };

	for (int i = 0; i < 3; i++)
		ksft_print_msg("%s: %llu programs, %llu accepted\n", sources[i],
			       totals.programs[i], totals.accepted[i]);
	ksft_print_msg(
		"%llu instructions; %llu runs, %llu ended by a guard, %llu of code\n",
		totals.insns, totals.runs, totals.guards, totals.code);
	ksft_print_msg(
		"%llu steps, %llu values checked; %llu counted loops, %llu rounds, %llu runs cut\n",
		totals.steps, totals.values, totals.counted, totals.rounds,
		totals.cut);
	ksft_print_msg("%llu buffers filled by helpers\n", totals.filled);
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	ksft_print_header();
	make_fences();
	catch_signals();
	loop_programs();
	show_totals();
	ksft_test_result(!totals.failures, "no run contradicts the verifier");
	if (options.programs >= 500)
		ksft_test_result(totals.runs > 1000 && totals.guards &&
					 totals.counted && totals.rounds &&
					 totals.filled,
				 "programs run, to the end and to guards");
	return ksft_finished();
}
