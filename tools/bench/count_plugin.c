// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A plugin of qemu's user emulation that counts instructions, exactly, between
 * two marks which the program sets (tools/bench/counter.c).
 *
 *	qemu-aarch64 -plugin insn_count.so,out=FILE PROGRAM ...
 *
 * A mark is a system call that does not exist. COUNTER_START sets all to 0;
 * COUNTER_STOP writes FILE: a struct counter_file and the addresses of the
 * instructions that ran in generated code, that is, outside of the program's
 * own text, in the order in which they ran.
 *
 * What is used of qemu's interface is declared here: distributions do not
 * package its header.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/bench/counter.h"

#define EXPORT __attribute__((visibility("default")))
#define PLUGIN_API 1
#define INLINE_ADD_U64 0
#define CALLBACK_NO_REGS 0

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*tb_trans_fn)(plugin_id id, struct qemu_plugin_tb *tb);
typedef void (*insn_exec_fn)(unsigned int vcpu, void *arg);
typedef void (*syscall_fn)(plugin_id id, unsigned int vcpu, int64_t number,
			   uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
			   uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8);

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, tb_trans_fn fn);
void qemu_plugin_register_vcpu_syscall_cb(plugin_id id, syscall_fn fn);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *,
						 size_t i);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op,
					      void *sum, uint64_t addend);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    insn_exec_fn fn, int flags,
					    void *arg);
uint64_t qemu_plugin_start_code(void);
uint64_t qemu_plugin_end_code(void);

EXPORT int qemu_plugin_version = PLUGIN_API;
EXPORT int qemu_plugin_install(plugin_id id, const void *info, int argc,
			       char **argv);

static struct {
	struct counter_file file;
	uint64_t trace[COUNTER_MAX_TRACE];
} now;

static uint64_t all_insns;
static int fd = -1;

static void in_generated(unsigned int vcpu, void *address)
{
	uint64_t nr = now.file.code_insns++;

	(void)vcpu;
	if (nr < COUNTER_MAX_TRACE)
		now.trace[nr] = (uintptr_t)address;
}

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	size_t nr = qemu_plugin_tb_n_insns(tb);

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64, &all_insns,
						 nr);
	for (size_t i = 0; i < nr; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t address = qemu_plugin_insn_vaddr(insn);

		if (address >= qemu_plugin_start_code() &&
		    address < qemu_plugin_end_code())
			continue;
		qemu_plugin_register_vcpu_insn_exec_cb(
			insn, in_generated, CALLBACK_NO_REGS,
			(void *)(uintptr_t)address);
	}
}

static void save(void)
{
	uint64_t nr = now.file.code_insns;
	size_t bytes;

	if (nr > COUNTER_MAX_TRACE)
		nr = COUNTER_MAX_TRACE;
	bytes = sizeof(now.file) + nr * sizeof(now.trace[0]);
	now.file.all_insns = all_insns;
	now.file.marks++;
	if (pwrite(fd, &now, bytes, 0) != (ssize_t)bytes)
		perror("insn_count");
}

static void mark(plugin_id id, unsigned int vcpu, int64_t number, uint64_t what,
		 uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
		 uint64_t a6, uint64_t a7, uint64_t a8)
{
	(void)id, (void)vcpu, (void)a2, (void)a3, (void)a4;
	(void)a5, (void)a6, (void)a7, (void)a8;
	if (number != COUNTER_SYSCALL)
		return;
	if (what == COUNTER_STOP) {
		save();
		return;
	}
	now.file.code_insns = 0;
	all_insns = 0;
}

EXPORT int qemu_plugin_install(plugin_id id, const void *info, int argc,
			       char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++)
		if (!strncmp(argv[i], "out=", 4))
			fd = open(argv[i] + 4, O_RDWR | O_CREAT, 0644);
	if (fd < 0) {
		fprintf(stderr, "insn_count: out=FILE that can be written\n");
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_vcpu_syscall_cb(id, mark);
	return 0;
}
