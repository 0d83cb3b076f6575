// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Program descriptors: PROG_INFO and TEST_RUN.
 *
 * Life: a descriptor's file holds a reference on its program, and a run borrows
 * the file, so a program outlives every run of its descriptor. A file's
 * operations hold the module.
 */
#include <linux/anon_inodes.h>
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "base/map.h"
#include "base/prog.h"
#include "base/run.h"
#include "jit/codemem.h"
#include "jit/image.h"
#include "module/bridge.h"
#include "module/ctl.h"
#include "module/prog.h"
#include "module/user.h"
#include "runtime/assume.h"
#include "runtime/loaded.h"
#include "runtime/packet.h"
#include "verifier/facts.h"

/* What the first version of each structure had: never less. */
#define PROG_INFO_MIN offsetofend(struct weir_prog_info, name)
#define TEST_RUN_MIN offsetofend(struct weir_test_run, exit)
#define ASSUME_MIN offsetofend(struct weir_assume, image_bytes)
#define PARAM_MIN offsetofend(struct weir_param, def)

/*
 * PROG_INFO
 */

/* How many of @have things go to a user with this much room. */
static u32 room(u64 ptr, u32 want, u32 have)
{
	return ptr ? min(want, have) : 0;
}

static int put_insns(const struct weir_loaded *loaded,
		     const struct weir_prog_info *info)
{
	const struct weir_prog *prog = loaded->prog;
	u32 nr = room(info->insns, info->nr_insns, prog->nr_insns);

	if (copy_to_user(weir_user_ptr(info->insns), prog->insns,
			 nr * sizeof(*prog->insns)))
		return -EFAULT;
	return 0;
}

static void guard_info(const struct weir_loaded *loaded, u32 guard,
		       struct weir_guard_info *out)
{
	const struct weir_guard *g = &loaded->facts->guard[guard];

	*out = (struct weir_guard_info){
		.pc = g->pc,
		.kind = g->kind,
		.count = weir_loaded_guard_count(loaded, guard),
	};
	if (loaded->code) {
		const struct weir_image *image = loaded->code->image;

		out->code_off = image->guard[guard].branch_off;
		out->stub_off = image->guard[guard].stub_off;
	}
}

static int put_guards(const struct weir_loaded *loaded,
		      const struct weir_prog_info *info)
{
	struct weir_guard_info __user *to = weir_user_ptr(info->guards);
	u32 nr = room(info->guards, info->nr_guards, loaded->facts->nr_guards);
	struct weir_guard_info guard;
	u32 i;

	for (i = 0; i < nr; i++) {
		guard_info(loaded, i, &guard);
		if (copy_to_user(&to[i], &guard, sizeof(guard)))
			return -EFAULT;
		cond_resched();
	}
	return 0;
}

/* Words that say where a helper or a map lies are the kernel's secret. */
static void blank_addresses(const struct weir_image *image, u8 *code)
{
	u32 i;

	for (i = 0; i < image->nr_relocs; i++) {
		const struct weir_reloc *reloc = &image->reloc[i];

		memset(code + reloc->off_bytes, 0, reloc->bytes);
	}
}

static int put_image(const struct weir_loaded *loaded,
		     const struct weir_prog_info *info)
{
	const struct weir_code *code = loaded->code;
	u32 bytes;
	u8 *copy;
	int err = 0;

	if (!code || !info->image)
		return 0;
	/* Blanked as a whole: a reference may straddle where the room ends. */
	bytes = code->image->nr_words * sizeof(u32);
	copy = kvmalloc(bytes, GFP_KERNEL | __GFP_NOWARN);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, code->rx, bytes);
	if (!capable(CAP_SYS_ADMIN))
		blank_addresses(code->image, copy);
	if (copy_to_user(weir_user_ptr(info->image), copy,
			 min(info->image_bytes, bytes)))
		err = -EFAULT;
	kvfree(copy);
	return err;
}

static int put_map_ids(const struct weir_loaded *loaded,
		       const struct weir_prog_info *info)
{
	u32 nr = room(info->map_ids, info->nr_maps, loaded->prog->params);
	u32 __user *to = weir_user_ptr(info->map_ids);
	u32 i;

	for (i = 0; i < nr; i++)
		if (put_user(loaded->prog->maps[i]->id, &to[i]))
			return -EFAULT;
	return 0;
}

static void fill_info(const struct weir_loaded *loaded,
		      struct weir_prog_info *info)
{
	const struct weir_image *image = loaded->code ? loaded->code->image
						      : NULL;
	u32 i;

	info->kind = loaded->prog->kind;
	info->flags = loaded->flags;
	info->nr_insns = loaded->prog->nr_insns;
	info->nr_guards = loaded->facts->nr_guards;
	info->image_bytes = image ? image->nr_words * sizeof(u32) : 0;
	info->body_off = image ? image->body_off : 0;
	info->stubs_off = image ? image->stubs_off : 0;
	info->pool_off = image ? image->pool_off : 0;
	info->runs = weir_loaded_runs(loaded);
	info->guard_exits = 0;
	for (i = 0; i < info->nr_guards; i++)
		info->guard_exits += weir_loaded_guard_count(loaded, i);
	info->load_ns = loaded->load_ns;
	info->nr_maps = loaded->prog->params;
	info->id = loaded->id;
	memcpy(info->name, loaded->prog->name, sizeof(info->name));
}

static int prog_info(const struct weir_loaded *loaded, void __user *arg)
{
	struct weir_prog_info info;
	u32 usize;
	int err;

	err = weir_user_get(&info, sizeof(info), PROG_INFO_MIN, arg, &usize);
	if (err)
		return err;
	if (info.reserved)
		return -EINVAL;
	if (!weir_user_fits(info.insns) || !weir_user_fits(info.guards) ||
	    !weir_user_fits(info.image) || !weir_user_fits(info.map_ids))
		return -EFAULT;
	err = put_insns(loaded, &info);
	if (!err)
		err = put_guards(loaded, &info);
	if (!err)
		err = put_image(loaded, &info);
	if (!err)
		err = put_map_ids(loaded, &info);
	if (err)
		return err;
	fill_info(loaded, &info);
	return weir_user_put(arg, &info, sizeof(info), usize);
}

/*
 * PARAM
 */

static int param_op(struct weir_loaded *loaded, struct weir_param *param)
{
	switch (param->op) {
	case WEIR_PARAM_GET:
		return weir_loaded_param(loaded, param->index, &param->def);
	case WEIR_PARAM_SET:
		if (strnlen(param->def.name, sizeof(param->def.name)) ==
		    sizeof(param->def.name))
			return -EINVAL;
		return weir_loaded_set_param(loaded, &param->def);
	default:
		return -EINVAL;
	}
}

static int prog_param(struct weir_loaded *loaded, void __user *arg)
{
	struct weir_param param;
	u32 usize;
	int err, put;

	err = weir_user_get(&param, sizeof(param), PARAM_MIN, arg, &usize);
	if (err)
		return err;
	if (param.reserved)
		return -EINVAL;
	err = param_op(loaded, &param);
	if (err && err != -ERANGE)
		return err;
	put = weir_user_put(arg, &param, sizeof(param), usize);
	return err ? err : put;
}

/*
 * ASSUME
 */

static int prog_assume(struct weir_loaded *loaded, void __user *arg)
{
	struct weir_assume op;
	u32 usize;
	int err;

	err = weir_user_get(&op, sizeof(op), ASSUME_MIN, arg, &usize);
	if (!err)
		err = weir_assume_op(loaded->assume, &op);
	return err ? err : weir_user_put(arg, &op, sizeof(op), usize);
}

/*
 * TEST_RUN
 */

/*
 * Run @repeat times, as a hook would: on one CPU, inside an RCU read side. The
 * CPU is given away between two runs, outside the time that is taken.
 * Return: 0, or -EINTR if a signal came first.
 */
static int run_repeatedly(struct weir_loaded *loaded, struct weir_run *run,
			  u32 repeat, u64 *verdict, u64 *ns)
{
	u64 start;
	u32 i;

	*ns = 0;
	preempt_disable();
	start = ktime_get_ns();
	for (i = 0; i < repeat; i++) {
		if (unlikely(need_resched() || signal_pending(current))) {
			*ns += ktime_get_ns() - start;
			preempt_enable();
			if (signal_pending(current))
				return -EINTR;
			cond_resched();
			preempt_disable();
			start = ktime_get_ns();
		}
		*verdict = weir_loaded_run(loaded, run);
	}
	*ns += ktime_get_ns() - start;
	preempt_enable();
	return 0;
}

/* The packet as the program left it: -ENOSPC if there is no room for all. */
static int put_packet(struct weir_test_run *test, const struct weir_run *run)
{
	u32 size = run->data_end - run->data;
	u32 have = test->data_out_size;

	test->data_out_size = size;
	if (!test->data_out)
		return 0;
	if (copy_to_user(weir_user_ptr(test->data_out),
			 (const void *)(uintptr_t)run->data, min(size, have)))
		return -EFAULT;
	return size > have ? -ENOSPC : 0;
}

static int check_test_run(const struct weir_test_run *test)
{
	if (test->flags || test->repeat > WEIR_MAX_REPEAT)
		return -EINVAL;
	if (test->data_size > WEIR_MAX_PACKET)
		return -EMSGSIZE;
	if (!weir_user_fits(test->data) || !weir_user_fits(test->data_out))
		return -EFAULT;
	return 0;
}

/* What a test run takes, but for the packet's bytes. */
struct test_run {
	struct weir_run run;
	struct weir_packet packet;
};

/* -ENOMEM, -EFAULT. The buffer is to be freed. */
static int get_packet(const struct weir_loaded *loaded,
		      const struct weir_test_run *test, struct test_run *on,
		      u8 **buffer)
{
	bool moves = loaded->moves_packet;
	u32 headroom, room;

	room = weir_packet_room(loaded->prog, moves, test->data_size,
				&headroom);
	*buffer = kvmalloc(room, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!*buffer)
		return -ENOMEM;
	if (copy_from_user(*buffer + headroom, weir_user_ptr(test->data),
			   test->data_size))
		return -EFAULT;
	weir_packet_init(&on->packet, &on->run, loaded->prog, moves, *buffer,
			 test->data_size, test->wire_len);
	return 0;
}

static int test_run(struct weir_loaded *loaded, void __user *arg)
{
	struct weir_test_run test;
	struct test_run *on;
	struct weir_run *run;
	u8 *buffer = NULL;
	int err, err_put;
	u32 usize;

	err = weir_user_get(&test, sizeof(test), TEST_RUN_MIN, arg, &usize);
	if (!err)
		err = check_test_run(&test);
	if (err)
		return err;

	on = kmalloc(sizeof(*on), GFP_KERNEL);
	if (!on)
		return -ENOMEM;
	run = &on->run;
	err = get_packet(loaded, &test, on, &buffer);
	if (err)
		goto out;
	err = run_repeatedly(loaded, run, test.repeat ?: 1, &test.verdict,
			     &test.duration_ns);
	if (err)
		goto out;

	test.exit = run->exit;
	/* Registers may hold addresses of the kernel. */
	if (!capable(CAP_SYS_ADMIN))
		memset(test.exit.regs, 0, sizeof(test.exit.regs));
	err = put_packet(&test, run);
	if (err && err != -ENOSPC)
		goto out;
	err_put = weir_user_put(arg, &test, sizeof(test), usize);
	if (err_put)
		err = err_put;

out:
	kvfree(buffer);
	kfree(on);
	return err;
}

/*
 * Descriptors
 */

static long prog_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct weir_loaded *loaded = file->private_data;

	if (!weir_ctl_is_ours(cmd))
		return -ENOTTY;
	switch (_IOC_NR(cmd)) {
	case _IOC_NR(WEIR_IOC_PROG_INFO):
		return prog_info(loaded, (void __user *)arg);
	case _IOC_NR(WEIR_IOC_ASSUME):
		return prog_assume(loaded, (void __user *)arg);
	case _IOC_NR(WEIR_IOC_PARAM):
		return prog_param(loaded, (void __user *)arg);
	case _IOC_NR(WEIR_IOC_TEST_RUN):
		return test_run(loaded, (void __user *)arg);
	case _IOC_NR(WEIR_IOC_GUARDS):
		return weir_guards_ioctl(loaded, (void __user *)arg);
	case _IOC_NR(WEIR_IOC_BRIDGE):
		return weir_bridge_ioctl(loaded, (void __user *)arg);
	default:
		return -ENOTTY;
	}
}

static int prog_release(struct inode *inode, struct file *file)
{
	weir_loaded_put(file->private_data);
	return 0;
}

const struct file_operations weir_prog_fops = {
	.owner = THIS_MODULE,
	.release = prog_release,
	.unlocked_ioctl = prog_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

int weir_prog_new_fd(struct weir_loaded *loaded)
{
	return anon_inode_getfd("[weir-prog]", &weir_prog_fops, loaded,
				O_RDWR | O_CLOEXEC);
}

struct weir_loaded *weir_prog_from_fd(int fd)
{
	struct file *file = fget(fd);
	struct weir_loaded *loaded = ERR_PTR(-EINVAL);

	if (!file)
		return ERR_PTR(-EBADF);
	if (file->f_op == &weir_prog_fops)
		loaded = weir_loaded_get(file->private_data);
	fput(file);
	return loaded;
}
