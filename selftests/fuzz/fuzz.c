// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Differential fuzz: random programs on random packets, in the interpreter and
 * in a second engine; verdict, exit record, packet and context must agree.
 *
 *	fuzz [--engine-b jit|linux] [--seed N] [--programs N] [--runs N]
 *	     [--seconds N] [--save DIRECTORY]
 *
 * Program i of seed s is a function of s + i alone, so that `--seed` with the
 * number that a failure prints and `--programs 1` shows it again. Each fact is
 * held against each interpreted run. A failure is shrunk (instructions deleted,
 * immediates and packet simplified, while it still fails) and saved as a text
 * case. In the end every opcode, operand form and register must have occurred
 * in an accepted program.
 */
#include <alloca.h>
#include <getopt.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <linux/types.h>
#include <linux/kernel.h>
#include "base/helper.h"
#include "base/host.h"
#include "base/insn.h"
#include "base/log.h"
#include "base/prog.h"
#include "jit/arch.h"
#include "jit/codemem.h"
#include "jit/compile.h"
#include "runtime/interp.h"
#include "runtime/packet.h"
#include "runtime/tail_call.h"
#include "tools/lib/text.h"
#include "verifier/facts.h"
#include "selftests/harness.h"
#include "selftests/fuzz/fuzz.h"
#include "selftests/fuzz/gen.c"
#include "selftests/fuzz/linux.c"
#include "selftests/fuzz/maps.c"

#define SECONDS_PER_RUN 10
#define MAX_FAILURES 10

static struct options {
	bool vs_linux;
	u64 seed;
	u64 programs;
	u32 runs;
	u32 seconds;
	const char *save;
} options = { .programs = 1000, .runs = 10, .seconds = 0, .save = "build/fuzz" };

static struct totals {
	u64 programs, accepted, refused, by_linux, runs, guards, no_opinion;
	u64 insns, failures;
	u64 rejects[256];
} totals;

/* What the last difference was, in words; and of what sort. */
static char why[2048];
static const char *sort_of_why;

__attribute__((format(printf, 1, 2))) static enum outcome
differ(const char *fmt, ...)
{
	va_list ap;

	sort_of_why = fmt;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return DIFFERENT;
}

/*
 * A run that crashes or never ends is a difference too.
 */

static sigjmp_buf crashed;
static volatile sig_atomic_t running;

static void on_signal(int sig)
{
	if (!running) {
		signal(sig, SIG_DFL);
		raise(sig);
		return;
	}
	running = 0;
	siglongjmp(crashed, sig);
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
 * Calling emitted code: registers that a callee must keep, and x18, hold marks
 * during the call. Returns R0; *bad counts those that changed.
 */
#if defined(__aarch64__)
u64 fuzz_call(weir_entry_fn fn, struct weir_run *run, u64 *bad);

#define KEPT(_) \
	_(18) _(19) _(20) _(21) _(22) _(23) _(24) _(25) _(26) _(27) _(28)
#define MARK(n) "movz x" #n ", #" #n #n "\n"
#define TEST(n)                  \
	"movz x11, #" #n #n "\n" \
	"cmp x" #n ", x11\n"     \
	"cinc x10, x10, ne\n"

/* clang-format off */
asm(".text\n"
    ".globl fuzz_call\n"
    ".type fuzz_call, %function\n"
    "fuzz_call:\n"
    "stp x29, x30, [sp, #-112]!\n"
    "mov x29, sp\n"
    "stp x19, x20, [sp, #16]\n"
    "stp x21, x22, [sp, #32]\n"
    "stp x23, x24, [sp, #48]\n"
    "stp x25, x26, [sp, #64]\n"
    "stp x27, x28, [sp, #80]\n"
    "stp x2, x18, [sp, #96]\n"
    "mov x9, x0\n"
    "mov x0, x1\n"
    KEPT(MARK)
    "blr x9\n"
    "mov x10, #0\n"
    KEPT(TEST)
    "cmp sp, x29\n"
    "cinc x10, x10, ne\n"
    "ldp x2, x18, [sp, #96]\n"
    "str x10, [x2]\n"
    "ldp x19, x20, [sp, #16]\n"
    "ldp x21, x22, [sp, #32]\n"
    "ldp x23, x24, [sp, #48]\n"
    "ldp x25, x26, [sp, #64]\n"
    "ldp x27, x28, [sp, #80]\n"
    "ldp x29, x30, [sp], #112\n"
    "ret\n"
    ".size fuzz_call, . - fuzz_call\n");
/* clang-format on */
#else
static u64 fuzz_call(weir_entry_fn fn, struct weir_run *run, u64 *bad)
{
	*bad = 0;
	return fn(run);
}
#endif

/*
 * Engines
 */

/*
 * The packet and the context lie at the same place in every run. What a run left
 * in the maps is taken with it.
 */
static u8 *place;
static struct weir_run context;
static struct weir_packet buffer;
static u32 maps_used;
static u32 least_fuel;
static bool moves;

static void again(const struct weir_prog *prog, const struct packet *packet)
{
	u32 headroom, room;

	room = weir_packet_room(prog, moves, packet->size, &headroom);
	memset(place, 0x5a, headroom);
	memset(place + headroom + packet->size, 0x5a,
	       min_t(u32, 1024, room - headroom - packet->size));
	memcpy(place + headroom, packet->bytes, packet->size);
	weir_packet_init(&buffer, &context, prog, moves, place, packet->size,
			 0);
	maps_reset(false, maps_used);
	context.fuel = max(packet->fuel, least_fuel);
	context.tail_calls = WEIR_MAX_TAIL_CALLS;
	context.cpu = weir_host_cpu();
	context.exit.kind = WEIR_EXIT_RETURN;
	context.exit.guard = WEIR_NO_GUARD;
}

static void prepare(const struct weir_prog *prog, const struct packet *packet)
{
	u32 headroom, room;

	/* The packet's end is that of the memory, so that ASan sees beyond. */
	free(place);
	moves = weir_packet_may_move(prog);
	room = weir_packet_room(prog, moves, packet->size, &headroom);
	place = malloc(room ? room : 1);
	again(prog, packet);
}

static void keep(struct result *out)
{
	out->exit = context.exit;
	out->run = context;
	out->size = (u32)context.linear_len;
	memcpy(out->bytes, (void *)(uintptr_t)context.data,
	       min_t(u32, out->size, MAX_OUT));
	maps_take(false, maps_used, &out->maps);
}

/* What a tail call went on with, and what a guard's exit must give back. */
static u64 go_on(u64 verdict)
{
	if (context.next)
		verdict = weir_loaded_execute(context.next, &context);
	if (context.exit.kind == WEIR_EXIT_GUARD)
		weir_loaded_release(&context);
	return verdict;
}

/* @deeper moves the stack: what depends on its place shows. */
static __attribute__((noinline)) void
interpret(const struct weir_prog *prog, const struct weir_facts *facts,
	  u32 deeper, struct weir_audit *audit, struct result *out)
{
	volatile u8 *room = alloca(deeper + 16);

	room[0] = 0;
	weir_host_rcu_lock();
	out->verdict = go_on(weir_interp_audit(prog, facts, &context, audit));
	weir_host_rcu_unlock();
	keep(out);
}

/*
 * A helper calls back: a function of the code at hand, or of the program that a
 * tail call has put in its place.
 */
static u64 call_code(struct weir_run *run, u64 pc, u64 a1, u64 a2, u64 a3,
		     u64 a4)
{
	const struct weir_loaded *target = run->program;
	const struct weir_code *code = target ? target->code : run->engine;

	return weir_code_callback(code, pc)(run, a1, a2, a3, a4);
}

/* False if it crashed, in words in `why`. */
static bool execute(const struct weir_code *code, struct result *out)
{
	u64 bad = 0;
	int sig = sigsetjmp(crashed, 1);

	if (sig) {
		set_alarm(0);
		weir_host_rcu_unlock();
		differ("code: %s", strsignal(sig));
		return false;
	}
	running = 1;
	set_alarm(SECONDS_PER_RUN);
	weir_host_rcu_lock();
	context.call = call_code;
	context.engine = (void *)code;
	out->verdict = go_on(
		fuzz_call((weir_entry_fn)(void *)code->rx, &context, &bad));
	weir_host_rcu_unlock();
	set_alarm(0);
	running = 0;
	out->clobbered = (u32)bad;
	keep(out);
	return true;
}

/*
 * Comparison
 */

/* Elements of hashes lie elsewhere each time; so do the numbers made of that. */
static bool is_address(u64 x, u64 y)
{
	return (x >> 16 && y >> 16) && x != y;
}

static enum outcome same_exit(const struct result *a, const struct result *b,
			      const struct result *moved,
			      const struct weir_image *image)
{
	const struct weir_exit_record *x = &a->exit, *y = &b->exit;
	struct weir_place place[WEIR_NR_REGS];

	if (x->kind != y->kind)
		return differ("interpreter %s, code %s",
			      x->kind == WEIR_EXIT_GUARD ? "left by a guard"
							 : "returned",
			      y->kind == WEIR_EXIT_GUARD ? "left by a guard"
							 : "returned");
	if (x->kind == WEIR_EXIT_RETURN)
		return SAME;
	if (a->run.program != b->run.program)
		return differ("the guard is another program's");
	if (a->run.program) /* a tail call led there: registers are its own */
		return x->guard == y->guard ? SAME
					    : differ("guard #%u, code #%u",
						     x->guard, y->guard);
	if (x->guard != y->guard)
		return differ("guard #%u at %u, code #%u", x->guard, x->pc,
			      y->guard);
	weir_places_of(&image->places, x->guard, place);
	for (int i = 0; i < 10; i++) {
		bool low = place[i].kind == WEIR_PLACE_LOW;
		u64 code = place[i].kind == WEIR_PLACE_CONST
				   ? place[i].value
				   : y->regs[place[i].from];

		if (place[i].kind == WEIR_PLACE_HOLE ||
		    place[i].kind == WEIR_PLACE_RUN ||
		    x->regs[i] != moved->exit.regs[i])
			continue;
		if (maps_used && is_address(x->regs[i], code))
			continue;
		if ((x->regs[i] ^ code) & (low ? U32_MAX : U64_MAX))
			return differ("at guard #%u (pc %u) r%d is 0x%llx, "
				      "code 0x%llx",
				      x->guard, x->pc, i, x->regs[i], code);
	}
	return SAME;
}

static enum outcome same_bytes(const struct result *a, const struct result *b)
{
	if (a->size != b->size)
		return differ("packet has %u bytes, not %u", b->size, a->size);
	for (u32 i = 0; i < min_t(u32, a->size, MAX_OUT); i++)
		if (a->bytes[i] != b->bytes[i])
			return differ("packet[%u] is 0x%02x, not 0x%02x", i,
				      b->bytes[i], a->bytes[i]);
	return SAME;
}

static enum outcome same_maps(const struct result *a, const struct result *b)
{
	u32 i, nr = min(a->maps.bytes, b->maps.bytes);

	for (i = 0; i < nr && a->maps.at[i] == b->maps.at[i]; i++)
		;
	if (i == nr && a->maps.bytes == b->maps.bytes)
		return SAME;
	return differ("the maps differ, from byte %u of %u and %u on", i,
		      a->maps.bytes, b->maps.bytes);
}

/* The fields that a program may write to. */
static enum outcome same_context(const struct result *a, const struct result *b)
{
	const size_t from = offsetof(struct weir_run, pkt_type);
	const size_t to = offsetof(struct weir_run, exit);

	if (memcmp((const u8 *)&a->run + from, (const u8 *)&b->run + from,
		   to - from))
		return differ("the context differs");
	return SAME;
}

static enum outcome compare(const struct result *a, const struct result *b,
			    const struct result *moved,
			    const struct weir_image *image)
{
	enum outcome out = SAME;

	if (b->clobbered)
		return differ("code changed %u registers that it must keep",
			      b->clobbered);
	if (image)
		out = same_exit(a, b, moved, image);
	if (out == SAME && a->verdict != b->verdict)
		out = differ("verdict 0x%llx, not 0x%llx", b->verdict,
			     a->verdict);
	if (out == SAME)
		out = same_bytes(a, b);
	if (out == SAME)
		out = same_maps(a, b);
	if (out == SAME && image)
		out = same_context(a, b);
	return out;
}

/*
 * One program
 */

struct subject {
	struct weir_prog *prog;
	struct weir_facts *facts;
	struct weir_code *code;
	u32 maps;
	int fd; /* Linux's */
};

static void drop(struct subject *s)
{
	if (s->fd >= 0)
		close(s->fd);
	if (s->code)
		weir_code_free(s->code);
	weir_facts_free(s->facts);
	weir_prog_free(s->prog);
}

static enum outcome make_code(struct subject *s, const struct config *config)
{
	const struct weir_compile_opts opts = {
		.arch = weir_arch_native(),
		.features = config->features,
		.passes = config->passes,
	};
	struct weir_image *image;
	int err = weir_compile(s->prog, s->facts, &opts, &image);

	if (err)
		return differ("does not compile: %s", strerror(-err));
	err = weir_code_publish(image, &s->code);
	if (!err)
		return SAME;
	weir_image_free(image);
	return differ("not published: %s", strerror(-err));
}

static int load_prog(const struct gen_program *p, struct weir_rejection *rej,
		     struct weir_prog **out)
{
	struct weir_map *maps[GEN_NR_MAPS];

	for (u32 i = 0; i < GEN_NR_MAPS; i++)
		maps[i] = own_maps[i]->core;
	return weir_prog_load_maps(p->kind, p->insns, p->nr, maps,
				   p->maps ? GEN_NR_MAPS : 0, rej, out);
}

static enum outcome make(const struct gen_program *p,
			 const struct config *config, struct subject *s)
{
	struct weir_rejection rej = { 0 };
	int err;

	*s = (struct subject){ .fd = -1, .maps = p->maps };
	err = load_prog(p, &rej, &s->prog);
	if (!err) {
		s->prog->fail_verdict = p->fail_verdict;
		err = weir_verify(s->prog, false, NULL, &rej, &s->facts);
	}
	if (err) {
		totals.rejects[rej.nr & 255]++;
		snprintf(why, sizeof(why), "%s at %u: %.400s",
			 weir_reject_name(rej.nr), rej.pc, rej.detail);
		return REFUSED;
	}
	if (!options.vs_linux)
		return make_code(s, config);
	s->fd = linux_load(p);
	return s->fd < 0 ? REFUSED_BY_LINUX : SAME;
}

/* Does the interpreter itself stand by the facts, wherever its stack is? */
static enum outcome first_opinion(const struct subject *s,
				  const struct packet *packet, struct result *a,
				  struct result *moved)
{
	struct weir_audit audit = { 0 };

	maps_used = s->maps;
	/* where helpers call back without a guard, there has to be enough */
	least_fuel = s->facts->fuel == WEIR_MAX_RUN_INSNS ? s->facts->fuel : 0;
	prepare(s->prog, packet);
	interpret(s->prog, s->facts, 0, &audit, a);
	if (audit.what)
		return differ("at pc %u: %s", audit.pc, audit.what);
	again(s->prog, packet);
	interpret(s->prog, s->facts, 8192 + 16, NULL, moved);
	if (a->verdict != moved->verdict || a->exit.kind != moved->exit.kind ||
	    a->size != moved->size ||
	    memcmp(a->bytes, moved->bytes, min_t(u32, a->size, MAX_OUT)) ||
	    a->maps.bytes != moved->maps.bytes ||
	    memcmp(a->maps.at, moved->maps.at, a->maps.bytes))
		return NO_OPINION;
	return SAME;
}

static enum outcome run(const struct subject *s, const struct packet *packet)
{
	static struct result a, moved, b;
	enum outcome out = first_opinion(s, packet, &a, &moved);
	int err;

	totals.runs++;
	if (a.exit.kind == WEIR_EXIT_GUARD)
		totals.guards++;
	if (out != SAME)
		return out;
	memset(&b, 0, sizeof(b));
	if (!options.vs_linux) {
		again(s->prog, packet);
		if (!execute(s->code, &b))
			return DIFFERENT;
		return compare(&a, &b, &moved, s->code->image);
	}
	maps_reset(true, s->maps);
	err = linux_run(s->fd, s->prog->kind, packet, &b);
	maps_take(true, s->maps, &b.maps);
	if (err == -EINVAL) /* it wants IP packets with all of their header */
		return NO_OPINION;
	if (err)
		return differ("Linux's test run: %s", strerror(-err));
	a.verdict = (u32)a.verdict;
	return compare(&a, &b, &moved, NULL);
}

static enum outcome try(const struct gen_program *p,
			const struct packet *packet,
			const struct config *config)
{
	struct subject s;
	enum outcome out = make(p, config, &s);

	if (out == SAME)
		out = run(&s, packet);
	drop(&s);
	return out;
}

/*
 * Shrinking
 */

/* Still a difference, of the same sort? */
static bool fails(const struct gen_program *p, const struct packet *packet,
		  const struct config *config)
{
	const char *sort = sort_of_why;
	bool same = try(p, packet, config) == DIFFERENT && sort_of_why == sort;

	sort_of_why = sort;
	return same;
}

/* The program without the slots [at, at + nr); false if none is left. */
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
		s64 target;

		if (i >= at && i < at + nr)
			continue;
		if (i && weir_insn_is_wide(&p->insns[i - 1]))
			continue;
		if (!weir_insn_is_jump(old) && !call)
			continue;
		target = call ? (s64)i + 1 + old->imm
			      : weir_insn_target(old, i);
		if (target > at)
			target = max_t(s64, at, target - nr);
		if (call || old->code == (BPF_JMP32 | BPF_JA))
			out->insns[now].imm = (s32)(target - now - 1);
		else
			out->insns[now].off = (s16)(target - now - 1);
	}
	return true;
}

static bool shrink_length(struct gen_program *p, const struct packet *packet,
			  const struct config *config)
{
	static struct gen_program less;
	bool any = false;

	for (u32 nr = 32; nr; nr /= 2)
		for (s64 at = (s64)p->nr - nr; at >= 0; at--) {
			if (!without(p, (u32)at, nr, &less) ||
			    !fails(&less, packet, config))
				continue;
			*p = less;
			any = true;
			at = min_t(s64, at, (s64)p->nr - nr + 1);
		}
	return any;
}

static bool shrink_imm(struct gen_program *p, const struct packet *packet,
		       const struct config *config)
{
	static const s32 simpler[] = { 0, 1, -1 };
	static struct gen_program less;
	bool any = false;

	for (u32 i = 0; i < p->nr; i++) {
		u8 class = BPF_CLASS(p->insns[i].code);

		if (class == BPF_STX || class == BPF_JMP ||
		    class == BPF_JMP32 || BPF_OP(p->insns[i].code) == BPF_END)
			continue;
		for (size_t j = 0; j < ARRAY_SIZE(simpler); j++) {
			if (p->insns[i].imm == simpler[j])
				break;
			less = *p;
			less.insns[i].imm = simpler[j];
			if (!fails(&less, packet, config))
				continue;
			*p = less;
			any = true;
			break;
		}
	}
	return any;
}

static bool shrink_packet(const struct gen_program *p, struct packet *packet,
			  const struct config *config)
{
	struct packet less;
	bool any = false;

	for (u32 cut = 64; cut; cut /= 2)
		while (packet->size >= cut) {
			less = *packet;
			less.size -= cut;
			if (!fails(p, &less, config))
				break;
			*packet = less;
			any = true;
		}
	for (u32 i = 0; i < packet->size; i++) {
		if (!packet->bytes[i])
			continue;
		less = *packet;
		less.bytes[i] = 0;
		if (!fails(p, &less, config))
			continue;
		*packet = less;
		any = true;
	}
	return any;
}

static void shrink(struct gen_program *p, struct packet *packet,
		   struct config *config)
{
	const struct config plain = { 0 };

	if (fails(p, packet, &plain))
		*config = plain;
	while (shrink_length(p, packet, config) |
	       shrink_imm(p, packet, config) | shrink_packet(p, packet, config))
		;
	try(p, packet, config); /* for `why` */
}

/*
 * Saving
 */

static const char *const kinds[] = {
	[WEIR_KIND_SOCKET] = "socket",
	[WEIR_KIND_TC] = "tc",
	[WEIR_KIND_XDP] = "xdp",
	[WEIR_KIND_MEM] = "mem",
};

static void print_hex(FILE *f, const char *key, const u8 *bytes, u32 size)
{
	fprintf(f, " %s=", key);
	for (u32 i = 0; i < size; i++)
		fprintf(f, "%02x", bytes[i]);
}

static void print_case(FILE *f, const struct gen_program *p,
		       const struct packet *packet, const struct config *config,
		       u64 seed)
{
	struct subject s;
	struct result a, moved;
	char *text = weir_text_print(p->insns, p->nr);
	enum outcome out = make(p, config, &s);

	fprintf(f, "# %s\n", why);
	fprintf(f, "# fuzz --seed %llu; features 0x%x, passes 0x%x, fuel %u\n",
		(unsigned long long)seed, config->features, config->passes,
		packet->fuel);
	fprintf(f, "kind    %s\n", kinds[p->kind]);
	if (p->fail_verdict)
		fprintf(f, "fail    0x%llx\n",
			(unsigned long long)p->fail_verdict);
	maps_declare(f, p->maps);
	fprintf(f, "prog\n%s", text ? text : "");
	free(text);
	if (s.facts && out != REFUSED) {
		first_opinion(&s, packet, &a, &moved);
		fprintf(f, "run    ");
		if (packet->size)
			print_hex(f, "packet", packet->bytes, packet->size);
		else
			fprintf(f, " len=0");
		fprintf(f, " -> 0x%llx", (unsigned long long)a.verdict);
		if (a.exit.kind == WEIR_EXIT_GUARD)
			fprintf(f, " guard=#%u", a.exit.guard);
		if (packet->size && p->kind != WEIR_KIND_SOCKET)
			print_hex(f, "out", a.bytes,
				  min_t(u32, a.size, MAX_OUT));
		fprintf(f, "\n");
	}
	drop(&s);
}

static void report(const struct gen_program *found, const struct packet *packet,
		   const struct config *config, u64 seed)
{
	static struct gen_program p;
	struct packet small = *packet;
	struct config how = *config;
	char path[512];
	FILE *f;

	ksft_print_msg("seed %llu: %s\n", (unsigned long long)seed, why);
	p = *found;
	shrink(&p, &small, &how);
	mkdir(options.save, 0777);
	snprintf(path, sizeof(path), "%s/seed-%llu%s.case", options.save,
		 (unsigned long long)seed, options.vs_linux ? "-linux" : "");
	f = fopen(path, "w");
	if (f) {
		print_case(f, &p, &small, &how, seed);
		fclose(f);
		ksft_print_msg("shrunk to %u instructions: %s\n", p.nr, path);
	}
	print_case(stdout, &p, &small, &how, seed);
}

/*
 * Coverage, over accepted programs
 */

#define NR_ATOMICS 10

static struct {
	u64 opcode[256];
	u64 is_signed[256]; /* division with off 1 */
	u64 extends[256][65]; /* moves by off */
	u64 width[256][65]; /* byte swaps by imm */
	u64 atomic[2][256]; /* by imm */
	u64 subprog, helper[256], map[GEN_NR_MAPS];
	u64 dst[8][11], src[8][11]; /* by class */
} seen;

static void cover_insn(const struct bpf_insn *insn)
{
	u8 class = BPF_CLASS(insn->code), op = BPF_OP(insn->code);
	bool alu = class == BPF_ALU || class == BPF_ALU64;
	u32 fields = weir_insn_row(insn->code)->fields;

	seen.opcode[insn->code]++;
	if (alu && (op == BPF_DIV || op == BPF_MOD) && insn->off)
		seen.is_signed[insn->code]++;
	if (alu && op == BPF_MOV && insn->off <= 64)
		seen.extends[insn->code][insn->off]++;
	if (alu && op == BPF_END && insn->imm <= 64)
		seen.width[insn->code][insn->imm]++;
	if (class == BPF_STX && BPF_MODE(insn->code) == BPF_ATOMIC)
		seen.atomic[BPF_SIZE(insn->code) == BPF_DW][insn->imm & 255]++;
	if (weir_insn_is_subprog_call(insn))
		seen.subprog++;
	else if (weir_insn_is_call(insn))
		seen.helper[insn->imm & 255]++;
	if (weir_insn_is_wide(insn) && insn->src_reg >= BPF_PSEUDO_MAP_IDX)
		seen.map[insn->imm]++;
	if (fields & WEIR_FIELD_DST && insn->dst_reg <= FP)
		seen.dst[class][insn->dst_reg]++;
	if (fields & WEIR_FIELD_SRC && insn->src_reg <= FP)
		seen.src[class][insn->src_reg]++;
}

static void cover(const struct gen_program *p)
{
	for (u32 i = 0; i < p->nr; i++) {
		cover_insn(&p->insns[i]);
		if (weir_insn_is_wide(&p->insns[i]))
			i++;
	}
	totals.insns += p->nr;
}

static u32 missing;

__attribute__((format(printf, 2, 3))) static void need(u64 times,
						       const char *fmt, ...)
{
	va_list ap;

	if (times)
		return;
	missing++;
	printf("# never generated: ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

static void check_forms(u32 code)
{
	static const int extends[] = { 8, 16, 32 };
	static const int widths[] = { 16, 32, 64 };
	const struct weir_insn_row *row = weir_insn_row((u8)code);
	bool is64 = BPF_CLASS(code) == BPF_ALU64;

	need(seen.opcode[code], "opcode 0x%02x %s", code, row->mnemonic);
	if (row->form == WEIR_INSN_DIV_K || row->form == WEIR_INSN_DIV_X)
		need(seen.is_signed[code], "0x%02x s%s", code, row->mnemonic);
	for (int i = 0; row->form == WEIR_INSN_MOV_X && i < 2 + is64; i++)
		need(seen.extends[code][extends[i]], "0x%02x %s from %d bits",
		     code, row->mnemonic, extends[i]);
	for (int i = 0; row->form == WEIR_INSN_END && i < 3; i++)
		need(seen.width[code][widths[i]], "0x%02x %s of %d bits", code,
		     row->mnemonic, widths[i]);
}

/* Those that depend on nothing but the run, and for Linux also need no types. */
static void check_helpers(void)
{
	static const u8 both[] = {
		BPF_FUNC_map_lookup_elem, BPF_FUNC_map_update_elem,
		BPF_FUNC_map_delete_elem, BPF_FUNC_map_push_elem,
		BPF_FUNC_map_pop_elem,	  BPF_FUNC_map_peek_elem,
		BPF_FUNC_ringbuf_output,  BPF_FUNC_ringbuf_reserve,
		BPF_FUNC_ringbuf_submit,  BPF_FUNC_ringbuf_discard,
		BPF_FUNC_tail_call,	  BPF_FUNC_ktime_get_ns,
		BPF_FUNC_get_prandom_u32, BPF_FUNC_get_smp_processor_id,
		BPF_FUNC_skb_load_bytes,  BPF_FUNC_skb_store_bytes,
		BPF_FUNC_skb_pull_data,	  BPF_FUNC_skb_change_tail,
		BPF_FUNC_skb_change_head, BPF_FUNC_skb_vlan_push,
		BPF_FUNC_skb_vlan_pop,	  BPF_FUNC_xdp_adjust_head,
		BPF_FUNC_xdp_adjust_tail, BPF_FUNC_xdp_load_bytes,
		BPF_FUNC_xdp_store_bytes, BPF_FUNC_csum_diff,
		BPF_FUNC_l3_csum_replace, BPF_FUNC_l4_csum_replace,
	};
	static const u8 own[] = {
		BPF_FUNC_xdp_adjust_meta,
		BPF_FUNC_loop,
		BPF_FUNC_for_each_map_elem,
	};

	for (size_t i = 0; i < ARRAY_SIZE(both); i++)
		need(seen.helper[both[i]], "call of %s",
		     weir_helper_name(both[i]));
	for (size_t i = 0; !options.vs_linux && i < ARRAY_SIZE(own); i++)
		need(seen.helper[own[i]], "call of %s",
		     weir_helper_name(own[i]));
}

static void check_coverage(void)
{
	static const u8 atomics[NR_ATOMICS] = {
		BPF_ADD,
		BPF_AND,
		BPF_OR,
		BPF_XOR,
		BPF_ADD | BPF_FETCH,
		BPF_AND | BPF_FETCH,
		BPF_OR | BPF_FETCH,
		BPF_XOR | BPF_FETCH,
		BPF_XCHG,
		BPF_CMPXCHG,
	};
	u32 opcodes = 0;

	for (u32 code = 0; code < 256; code++) {
		if (weir_insn_row((u8)code)->form == WEIR_INSN_NONE)
			continue;
		check_forms(code);
		opcodes += !!seen.opcode[code];
	}
	for (int wide = 0; wide < 2; wide++)
		for (int i = 0; i < NR_ATOMICS; i++)
			need(seen.atomic[wide][atomics[i]],
			     "atomic 0x%02x of %d bits", atomics[i],
			     wide ? 64 : 32);
	need(seen.subprog, "call of a subprogram");
	for (u32 i = 0; i < GEN_NR_MAPS; i++)
		need(seen.map[i] || i == GEN_MAP_INNER, "map %s",
		     gen_maps[i].name);
	check_helpers();
	for (int class = 0; class < 8; class ++)
		for (int reg = 0; reg < FP; reg++) {
			need(seen.dst[class][reg], "class %d to r%d", class,
			     reg);
			/* ST has no source; R6 is LD_IND's context. */
			if (class == BPF_ST || (class == BPF_LD && reg == 6))
				continue;
			need(seen.src[class][reg], "class %d from r%d", class,
			     reg);
		}
	ksft_print_msg("%u opcodes, %llu instructions in accepted programs\n",
		       opcodes, totals.insns);
	ksft_test_result(!missing, "every opcode, form and register occurs");
}

/*
 * The loop
 */

static void random_packet(struct gen_random *r, struct packet *packet)
{
	u32 least = options.vs_linux ? LEAST_LINUX : 0;

	memset(packet, 0, sizeof(*packet));
	packet->size = least + gen_below(r, gen_below(r, 4) ? 100 : 20);
	packet->fuel = gen_below(r, 8) ? 1000 : gen_below(r, 20);
	if (options.vs_linux)
		packet->fuel = WEIR_DEFAULT_FUEL;
	for (u32 i = 0; i < packet->size; i++)
		packet->bytes[i] = gen_below(r, 3) ? (u8)gen_random(r)
						   : (u8)gen_below(r, 4);
}

static struct config random_config(struct gen_random *r)
{
	struct config config = {
		.features = weir_host_cpu_features(),
		.passes = WEIR_PASSES_ALL,
	};

	if (gen_below(r, 2)) {
		config.features &= (u32)gen_random(r);
		config.passes &= (u32)gen_random(r);
	}
	return config;
}

static void one_program(u64 seed)
{
	static struct gen_program p;
	struct gen_random r = { .state = seed * 0xd1342543de82ef95ULL + 1 };
	struct config config = random_config(&r);
	struct packet packet;
	struct subject s;
	enum outcome out;

	gen_program(&r, options.vs_linux, &p);
	totals.programs++;
	out = make(&p, &config, &s);
	totals.refused += out == REFUSED;
	totals.by_linux += out == REFUSED_BY_LINUX;
	if (out == SAME) {
		totals.accepted++;
		cover(&p);
	}
	for (u32 i = 0; i < options.runs && out == SAME; i++) {
		random_packet(&r, &packet);
		out = run(&s, &packet);
		if (out == NO_OPINION) {
			totals.no_opinion++;
			out = SAME;
		}
	}
	drop(&s);
	if (out == REFUSED && getenv("FUZZ_SHOW_REFUSED")) {
		char *text = weir_text_print(p.insns, p.nr);

		printf("# seed %llu: %s\n%s", (unsigned long long)seed, why,
		       text);
		free(text);
	}
	if (out == DIFFERENT) {
		totals.failures++;
		report(&p, &packet, &config, seed);
	}
}

static void show_totals(void)
{
	ksft_print_msg("%llu programs: %llu accepted, %llu refused, %llu "
		       "refused by Linux\n",
		       totals.programs, totals.accepted, totals.refused,
		       totals.by_linux);
	ksft_print_msg("%llu runs, %llu ended by a guard, %llu without an "
		       "opinion\n",
		       totals.runs, totals.guards, totals.no_opinion);
	for (u32 i = 1; i < ARRAY_SIZE(totals.rejects); i++)
		if (totals.rejects[i])
			ksft_print_msg("  %llu %s\n", totals.rejects[i],
				       weir_reject_name(i));
}

static void usage(void)
{
	fprintf(stderr,
		"usage: fuzz [--engine-b jit|linux] [--seed N] [--programs N]\n"
		"            [--runs N] [--seconds N] [--save DIRECTORY]\n");
	exit(2);
}

static void parse(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "engine-b", required_argument, NULL, 'b' },
		{ "seed", required_argument, NULL, 's' },
		{ "programs", required_argument, NULL, 'p' },
		{ "runs", required_argument, NULL, 'r' },
		{ "seconds", required_argument, NULL, 't' },
		{ "save", required_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	options.vs_linux = !weir_arch_native();
	options.seed = weir_host_random();
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'b' && !strcmp(optarg, "linux"))
			options.vs_linux = true;
		else if (c == 'b' && !strcmp(optarg, "jit"))
			options.vs_linux = false;
		else if (c == 's')
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

int main(int argc, char **argv)
{
	parse(argc, argv);
	ksft_print_header();
	if (options.vs_linux && linux_absent())
		ksft_exit_skip("no bpf() here: %s\n", linux_absent());
	if (!options.vs_linux && !weir_arch_native())
		ksft_exit_skip("no code for this machine\n");
	if (maps_begin(options.vs_linux))
		ksft_exit_fail_msg("the maps cannot be made\n");
	catch_signals();
	loop_programs();
	show_totals();
	ksft_test_result(!totals.failures, "the engines agree");
	if (options.programs < 500)
		return ksft_finished();
	ksft_test_result(totals.accepted * 10 >= totals.programs * 8,
			 "most programs are accepted");
	check_coverage();
	return ksft_finished();
}
