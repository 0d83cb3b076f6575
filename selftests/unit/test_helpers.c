// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Helpers, where no program shows it: the numbers of the table, formats, who
 * gets the lines, and which programs share a program array.
 */
#include <errno.h>
#include <linux/types.h>
#include <linux/kernel.h>
#include <uapi/linux/bpf.h>
#include "base/helper.h"
#include "runtime/format.h"
#include "selftests/harness.h"
#include "tools/lib/libweir.h"

/* Each number is that of its name in Linux. */
static void test_numbers(void)
{
	static const struct {
		const char *name;
		u32 id;
	} rows[] = {
#define _(nr, text, ret, a1, a2, a3, a4, a5, kinds, does) { #text, nr },
#include "base/helper.def"
#undef _
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].id >= WEIR_HELPER_OWN)
			continue;
		ksft_test_result(
			!strcmp(weir_helper_linux_name((s32)rows[i].id),
				rows[i].name),
			"number %u is %s", rows[i].id, rows[i].name);
	}
}

static void test_formats(void)
{
	static const struct {
		const char *fmt, *text; /* NULL: refused */
	} rows[] = {
		{ "", "" },
		{ "%d %u", "-1 4294967295" },
		{ "%ld %lu", "-1 18446744073709551615" },
		{ "%lld%%", "-1%" },
		{ "%x%X", "ffffffffFFFFFFFF" },
		{ "%lx", "ffffffffffffffff" },
		{ "%5d|%-5d|%05d", "   -1|-1   |-0002" },
		{ "%+d % d", "-1 -1" },
		{ "%c|%3c|%-3c", "\377|  \377|\376  " },
		{ "%i\n", "-1\n" },
		{ "%d%d%d%d", NULL }, /* four of three */
		{ "%s", NULL },
		{ "%p", NULL },
		{ "%pI4", NULL },
		{ "%", NULL },
		{ "%5", NULL },
		{ "%llld", NULL },
		{ "%n", NULL },
		{ "\001", NULL },
		{ "\xc3\xa4", NULL },
	};
	static const u64 args[] = { (u64)-1, (u64)-1, (u64)-2 };
	char text[64];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		u32 size = (u32)strlen(rows[i].fmt) + 1;
		int len = weir_format(text, sizeof(text), rows[i].fmt, size,
				      args, ARRAY_SIZE(args));
		bool ok = rows[i].text ? len == (int)strlen(rows[i].text) &&
						 !strcmp(text, rows[i].text)
				       : len == -EINVAL && !text[0];

		if (!ok)
			ksft_print_msg("%d '%s'\n", len, text);
		ksft_test_result(ok, "format %zu", i);
	}
	ksft_test_result(weir_format(text, sizeof(text), "abc", 3, NULL, 0) ==
				 -EINVAL,
			 "format: without an end");
	ksft_test_result(weir_format(text, 4, "%d%d", 5, args, 2) == 4 &&
				 !strcmp(text, "-1-"),
			 "format: cut, and the whole length comes back");
	ksft_test_result(weir_format(NULL, 0, "%d", 3, args, 1) == 2,
			 "format: no room at all");
}

static char printed[64];
static unsigned int nr_printed;

static void on_print(const char *line)
{
	snprintf(printed, sizeof(printed), "%s", line);
	nr_printed++;
}

static struct weir_program *load(enum weir_kind kind,
				 const struct bpf_insn *insns, size_t nr,
				 struct weir_map_handle *array)
{
	struct weir_load_opts opts = {
		.sz = sizeof(opts),
		.kind = kind,
		.engine = WEIR_ENGINE_INTERP,
		.maps = &array,
		.nr_maps = array ? 1 : 0,
	};

	return weir_program__load(insns, nr, &opts);
}

static u64 run(struct weir_program *prog)
{
	u8 packet[64] = { 0 };
	struct weir_run_opts opts = {
		.sz = sizeof(opts),
		.data = packet,
		.data_size = sizeof(packet),
	};

	return weir_program__run(prog, &opts) ? U64_MAX : opts.verdict;
}

static void test_print(void)
{
	/* "n=%d\n" on the stack, printed with 7 */
	static const struct bpf_insn insns[] = {
		{ .code = BPF_LD | BPF_IMM | BPF_DW,
		  .dst_reg = 1,
		  .imm = 0x64253d6e },
		{ .imm = 0x0a },
		{ .code = BPF_STX | BPF_MEM | BPF_DW,
		  .dst_reg = 10,
		  .src_reg = 1,
		  .off = -8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X,
		  .dst_reg = 1,
		  .src_reg = 10 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 1, .imm = -8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = 7 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 4 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 5 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_trace_printk },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct weir_program *prog =
		load(WEIR_KIND_XDP, insns, ARRAY_SIZE(insns), NULL);
	weir_print_fn before = weir_set_print(on_print);

	ksft_test_result(prog && run(prog) == 4 && nr_printed == 1 &&
				 !strcmp(printed, "n=7"),
			 "a program's line, without its end");
	ksft_test_result(weir_set_print(before) == on_print,
			 "who got the lines");
	weir_program__free(prog);
}

/* r2 = array; r3 = 0; tail_call; r0 = 5; exit */
static const struct bpf_insn calls[] = {
	{ .code = BPF_LD | BPF_IMM | BPF_DW,
	  .dst_reg = 2,
	  .src_reg = BPF_PSEUDO_MAP_IDX },
	{ 0 },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3 },
	{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_tail_call },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 5 },
	{ .code = BPF_JMP | BPF_EXIT },
};
static const struct bpf_insn returns[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 9 },
	{ .code = BPF_JMP | BPF_EXIT },
};

static void test_arrays(void)
{
	struct weir_map_opts opts = {
		.sz = sizeof(opts),
		.type = BPF_MAP_TYPE_PROG_ARRAY,
		.key_size = 4,
		.value_size = 4,
		.max_entries = 2,
	};
	struct weir_map_handle *array = weir_map__create(&opts);
	struct weir_program *caller, *other, *target, *wrong;
	u32 key = 0;

	caller = load(WEIR_KIND_XDP, calls, ARRAY_SIZE(calls), array);
	ksft_test_result(caller && run(caller) == 5, "nothing to call yet");
	other = load(WEIR_KIND_TC, calls, ARRAY_SIZE(calls), array);
	ksft_test_result(!other && errno == EINVAL,
			 "callers of one array are of one kind");
	wrong = load(WEIR_KIND_TC, returns, ARRAY_SIZE(returns), NULL);
	ksft_test_result(weir_map__set_program(array, &key, 4, wrong, 0) ==
				 -EINVAL,
			 "a program of another kind is refused");
	target = load(WEIR_KIND_XDP, returns, ARRAY_SIZE(returns), NULL);
	ksft_test_result(!weir_map__set_program(array, &key, 4, target, 0) &&
				 run(caller) == 9,
			 "the program in the array is called");
	weir_program__free(target);
	ksft_test_result(run(caller) == 9, "and lives as long as it is there");
	ksft_test_result(!weir_map__delete_elem(array, &key, 4, 0) &&
				 run(caller) == 5,
			 "out of the array it is not called");
	/* A program that holds the array that holds it: users come first. */
	ksft_test_result(!weir_map__set_program(array, &key, 4, caller, 0) &&
				 run(caller) == 5,
			 "a program that calls itself does so 33 times");
	weir_program__free(wrong);
	weir_map__close(array);
	ksft_test_result(run(caller) == 5, "the array's last user has gone");
	weir_program__free(caller);
}

int main(void)
{
	ksft_print_header();
	test_numbers();
	test_formats();
	test_print();
	test_arrays();
	return ksft_finished();
}
