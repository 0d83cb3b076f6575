// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Code that calls, is called back, and does not come back: what publication puts
 * into the pool, how deep the stack is in the thousandth tail call, what a
 * function of the program gets from C. What can be seen in images is tested on
 * any host, the rest on those that execute them.
 */
#include <stdlib.h>
#include <string.h>
#include <linux/types.h>
#include <linux/kernel.h>
#include <linux/errno.h>
#include <uapi/linux/bpf.h>
#include "base/helper.h"
#include "base/host.h"
#include "base/log.h"
#include "base/map.h"
#include "base/prog.h"
#include "base/run.h"
#include "jit/arch.h"
#include "jit/compile.h"
#include "tools/lib/text.h"
#include "verifier/facts.h"
#include "selftests/harness.h"

/* The production file follows, with its statics, and helpers of the test's own.
 */
static weir_helper_fn test_helper_func(u32 id);

#define weir_helper_func(id) test_helper_func(id)
#include "selftests/unit/own_codemem.h"
#undef weir_helper_func

/* --- Helpers ------------------------------------------------------------------ */

static struct {
	u64 target; /* where tail calls lead */
	u32 left; /* before there are no more */
	u32 nr_seen;
	u32 nr_deeper; /* of those, not as deep as the first */
	unsigned long first;
} stack;

/* How deep is it here? */
static u64 note_depth(struct weir_run *run, u64 a, u64 b, u64 c, u64 d, u64 e)
{
	unsigned long at = (unsigned long)__builtin_frame_address(0);

	(void)run, (void)a, (void)b, (void)c, (void)d, (void)e;
	if (!stack.nr_seen++)
		stack.first = at;
	stack.nr_deeper += at != stack.first;
	return 0;
}

static u64 next_target(struct weir_run *run, u64 ctx, u64 array, u64 index,
		       u64 d, u64 e)
{
	(void)run, (void)ctx, (void)array, (void)index, (void)d, (void)e;
	if (!stack.left)
		return 0;
	stack.left--;
	return stack.target;
}

static weir_helper_fn test_helper_func(u32 id)
{
	switch (id) {
	case WEIR_HELPER_ktime_get_ns:
		return note_depth;
	case WEIR_HELPER_tail_entry:
		return next_target;
	default:
		return weir_helper_func(id);
	}
}

/* --- Programs ------------------------------------------------------------------ */

static u64 values[4];

static struct weir_map progs = {
	.def = { .type = BPF_MAP_TYPE_PROG_ARRAY,
		 .key_size = 4,
		 .value_size = 4,
		 .max_entries = 1,
		 .lock_off = WEIR_NO_FIELD,
		 .timer_off = WEIR_NO_FIELD },
	.refs = 1,
};

static struct weir_map array = {
	.def = { .type = BPF_MAP_TYPE_ARRAY,
		 .key_size = 4,
		 .value_size = 32,
		 .max_entries = 1,
		 .lock_off = WEIR_NO_FIELD,
		 .timer_off = WEIR_NO_FIELD },
	.refs = 1,
	.elem_bytes = 32,
	.values = (u8 *)values,
};

/* A program that was verified. */
struct subject {
	struct weir_prog *prog;
	struct weir_facts *facts;
};

static bool load(const char *text, struct subject *s)
{
	static const char *const names[] = { "progs", "array" };
	struct weir_map *maps[] = { &progs, &array };
	const struct weir_text_opts opts = {
		.kind = WEIR_KIND_XDP,
		.maps = names,
		.nr_maps = ARRAY_SIZE(names),
	};
	struct weir_text_error err;
	struct weir_rejection rej = { 0 };
	struct bpf_insn *insns;
	u32 nr;

	*s = (struct subject){ NULL, NULL };
	if (weir_text_assemble_opts(&opts, text, strlen(text), &insns, &nr,
				    &err)) {
		ksft_print_msg("line %u: %s\n", err.line, err.what);
		return false;
	}
	if (weir_prog_load_maps(WEIR_KIND_XDP, insns, nr, maps,
				ARRAY_SIZE(maps), &rej, &s->prog) ||
	    weir_verify(s->prog, false, NULL, &rej, &s->facts))
		ksft_print_msg("refused at %u: %s\n", rej.pc, rej.detail);
	free(insns);
	return s->facts;
}

static void unload(struct subject *s)
{
	weir_facts_free(s->facts);
	weir_prog_free(s->prog);
}

static struct weir_image *compile(const struct subject *s,
				  const struct weir_arch *arch, u32 features,
				  u32 passes)
{
	const struct weir_compile_opts opts = {
		.arch = arch,
		.features = features,
		.passes = passes,
	};
	struct weir_image *image = NULL;

	return weir_compile(s->prog, s->facts, &opts, &image) ? NULL : image;
}

/* --- Addresses ------------------------------------------------------------------ */

static const char *const direct = "r1 = value[array + 8]\n"
				  "r0 = *(u64 *)(r1 + 0)\n"
				  "exit\n";

/* Nothing in an image depends on where things lie in this process. */
static void test_addresses(const struct weir_arch *arch)
{
	struct weir_image *image;
	struct subject s;
	bool ok = false;
	u32 i;

	if (load(direct, &s)) {
		image = compile(&s, arch, WEIR_CPU_ALL, WEIR_PASSES_ALL);
		ok = image && image->nr_relocs == 1;
		for (i = 0; image && i < image->nr_relocs; i++) {
			const struct weir_reloc *reloc = &image->reloc[i];

			ok = ok && reloc->kind == WEIR_RELOC_VALUES &&
			     reloc->target == 1 &&
			     image->words[reloc->off_bytes / 4] == 8;
		}
		weir_image_free(image);
	}
	unload(&s);
	ksft_test_result(ok, "%s: a byte of a value is a relocation\n",
			 arch->name);
}

/* --- Runs --------------------------------------------------------------------------- */

static u32 have;

/* Each, all and none of the passes and features. */
static bool each_choice(const struct subject *s,
			bool (*one)(const struct weir_code *code))
{
	u32 passes[] = { 0, WEIR_PASSES_ALL };
	u32 features[] = { 0, have, have & ~WEIR_CPU_PAC,
			   have & ~WEIR_CPU_BTI };
	bool ok = true;
	u32 p, f;

	for (p = 0; p < ARRAY_SIZE(passes); p++) {
		for (f = 0; f < ARRAY_SIZE(features); f++) {
			struct weir_image *image = compile(
				s, weir_arch_native(), features[f], passes[p]);
			struct weir_code *code;

			if (!image || test_publish(image, &code)) {
				weir_image_free(image);
				return false;
			}
			ok = ok && one(code);
			test_free(code);
		}
	}
	return ok;
}

static bool reads_value(const struct weir_code *code)
{
	struct weir_run run = { 0 };

	values[1] = 0x1122334455667788ULL;
	return ((weir_entry_fn)(void *)code->rx)(&run) == values[1];
}

/* A frame, registers to be saved, and memory below the frame. */
static const char *const tail = "r6 = r1\n"
				"*(u64 *)(r10 - 40) = 7\n"
				"r7 = *(u32 *)(r1 + ingress_ifindex)\n"
				"r8 = *(u32 *)(r1 + rx_queue_index)\n"
				"call ktime_get_ns\n"
				"r1 = r6\n"
				"r2 = map[progs]\n"
				"r3 = 0\n"
				"call tail_call\n"
				"r0 = *(u64 *)(r10 - 40)\n"
				"r0 += r7\n"
				"r0 += r8\n"
				"exit\n";

#define NR_TAILS 1000

static bool stays_shallow(const struct weir_code *code)
{
	struct weir_run run = { .ingress_ifindex = 100, .rx_queue_index = 20 };
	u64 verdict;

	memset(&stack, 0, sizeof(stack));
	stack.target = (unsigned long)code->rx;
	stack.left = NR_TAILS;
	verdict = ((weir_entry_fn)(void *)code->rx)(&run);
	if (verdict == 127 && stack.nr_seen == NR_TAILS + 1 && !stack.nr_deeper)
		return true;
	ksft_print_msg("verdict %llu, %u frames, %u deeper\n",
		       (unsigned long long)verdict, stack.nr_seen,
		       stack.nr_deeper);
	return false;
}

/* R1 to R4 as helpers give them, from registers and from the stack. */
static const char *const callback = "r1 = map[array]\n"
				    "r2 = &each\n"
				    "r3 = 0\n"
				    "r4 = 0\n"
				    "call for_each_map_elem\n"
				    "r0 = 0\n"
				    "exit\n"
				    "each:\n"
				    "r6 = *(u32 *)(r2 + 0)\n"
				    "r7 = *(u64 *)(r3 + 0)\n"
				    "r8 = *(u64 *)(r3 + 24)\n"
				    "*(u64 *)(r10 - 8) = r8\n"
				    "r0 = r6\n"
				    "r0 += r7\n"
				    "r9 = *(u64 *)(r10 - 8)\n"
				    "r0 += r9\n"
				    "exit\n";

static bool is_called_back(const struct weir_code *code)
{
	const u32 key = 3;
	weir_callback_fn each = test_callback(code, 9);
	struct weir_run run = { .fuel = 5 };
	u64 sum;

	if (!each || test_callback(code, 8) || test_callback(code, 1ULL << 40))
		return false;
	values[0] = 1ULL << 33;
	values[3] = 1ULL << 35;
	sum = each(&run, (unsigned long)&array, (unsigned long)&key,
		   (unsigned long)values, 0);
	return sum == 3 + values[0] + values[3] && run.fuel == 5 &&
	       run.exit.kind == WEIR_EXIT_RETURN;
}

static void test_runs(const char *name, const char *text,
		      bool (*one)(const struct weir_code *code))
{
	struct subject s;
	bool ok = load(text, &s);

	if (ok && !weir_arch_native())
		ksft_test_result_skip("this host does not execute ARM code",
				      "%s", name);
	else
		ksft_test_result(ok && each_choice(&s, one), "%s\n", name);
	unload(&s);
}

int main(void)
{
	ksft_print_header();
	have = weir_host_cpu_features();
	test_addresses(&weir_arch_arm64);
	test_addresses(&weir_arch_arm);
	test_runs("published, it is its address", direct, reads_value);
	test_runs("a thousand tail calls take no stack", tail, stays_shallow);
	test_runs("a function as C calls it", callback, is_called_back);
	return ksft_finished();
}
