// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The ioctls: LOAD on /dev/weir makes a program descriptor; PROG_INFO and
 * TEST_RUN work on that. Nothing is believed: sizes are checked before memory
 * is taken for them, structures are fetched once, and a descriptor becomes
 * visible only when nothing can fail any more.
 *
 * Life: a descriptor's file owns its program, and a run borrows the file, so
 * the last reference to the file is also the end of every run: release may
 * free at once, without a grace period. A file's operations hold the module.
 */
#include <linux/anon_inodes.h>
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "base/host.h"
#include "base/log.h"
#include "base/prog.h"
#include "base/run.h"
#include "jit/codemem.h"
#include "jit/compile.h"
#include "jit/image.h"
#include "module/ctl.h"
#include "runtime/loaded.h"
#include "runtime/test_run.h"
#include "verifier/facts.h"

/* What the first version of each structure had: never less. */
#define LOAD_MIN offsetofend(struct weir_load, name)
#define PROG_INFO_MIN offsetofend(struct weir_prog_info, name)
#define TEST_RUN_MIN offsetofend(struct weir_test_run, exit)

static atomic_t nr_programs = ATOMIC_INIT(0);

u32 weir_ctl_nr_programs(void)
{
	return atomic_read(&nr_programs);
}

/*
 * Size-tagged structures
 */

/*
 * Fetch a structure that starts with its size as its user knows it, which goes
 * to @usize: -EINVAL if it lacks fields that always were there, -E2BIG if it
 * has fields set that are not known here, -EFAULT.
 */
static int get_tagged(void *to, size_t size, size_t min, void __user *from,
		      u32 *usize)
{
	int err;

	if (get_user(*usize, (u32 __user *)from))
		return -EFAULT;
	if (*usize < min)
		return -EINVAL;
	if (*usize > PAGE_SIZE)
		return -E2BIG;
	err = copy_struct_from_user(to, size, from, *usize);
	/* It may have changed since; what counts is the first one. */
	*(u32 *)to = *usize;
	return err;
}

/* Hand a structure back, as much of it as the user knows. */
static int put_tagged(void __user *to, const void *from, size_t size, u32 usize)
{
	return copy_to_user(to, from, min_t(size_t, size, usize)) ? -EFAULT : 0;
}

static void __user *user_ptr(u64 ptr)
{
	return u64_to_user_ptr(ptr);
}

/* A pointer of a 64-bit user must not lose bits on a 32-bit kernel. */
static bool fits_pointer(u64 ptr)
{
	return ptr == (u64)(uintptr_t)ptr;
}

/*
 * LOAD
 */

/* Printable ASCII that ends within the array. */
static bool name_is_good(const char *name)
{
	u32 i;

	for (i = 0; i < WEIR_NAME_LEN; i++) {
		if (!name[i])
			return true;
		if (name[i] < ' ' || name[i] > '~')
			return false;
	}
	return false;
}

static int check_load(const struct weir_load *load)
{
	bool classic = load->flags & WEIR_LOAD_CLASSIC;

	if (load->flags & ~WEIR_LOAD_FLAGS || load->reserved)
		return -EINVAL;
	if (load->kind >= WEIR_NR_KINDS)
		return -EINVAL;
	/* Classic programs are of kind socket, named or not. */
	if (classic && load->kind != WEIR_KIND_UNSPEC &&
	    load->kind != WEIR_KIND_SOCKET)
		return -EINVAL;
	if (!classic && load->kind == WEIR_KIND_UNSPEC)
		return -EINVAL;
	if (classic && load->fail_verdict)
		return -EINVAL;
	if (!load->log != !load->log_size || load->log_size > WEIR_MAX_LOG)
		return -EINVAL;
	if (!fits_pointer(load->insns) || !fits_pointer(load->log))
		return -EFAULT;
	return name_is_good(load->name) ? 0 : -EINVAL;
}

/*
 * The instructions; NULL where there are none or more than may be, which the
 * pipeline refuses by their number alone, with a reason.
 */
static void *get_insns(const struct weir_load *load)
{
	bool classic = load->flags & WEIR_LOAD_CLASSIC;
	u32 max = classic ? WEIR_MAX_CLASSIC : WEIR_MAX_INSNS;

	BUILD_BUG_ON(sizeof(struct bpf_insn) != sizeof(struct sock_filter));
	if (!load->nr_insns || load->nr_insns > max)
		return NULL;
	return vmemdup_user(user_ptr(load->insns),
			    load->nr_insns * sizeof(struct bpf_insn));
}

/* Run the pipeline; the log and the rejection are filled in either way. */
static int create_program(const struct weir_load *load, struct weir_log *log,
			  struct weir_rejection *rej, struct weir_loaded **out)
{
	struct weir_loaded_attr attr = {
		.kind = load->flags & WEIR_LOAD_CLASSIC ? WEIR_KIND_SOCKET
							: load->kind,
		.flags = load->flags,
		.nr_insns = load->nr_insns,
		.fail_verdict = load->fail_verdict,
		.name = load->name,
		.features = WEIR_CPU_ALL,
		.passes = WEIR_PASSES_ALL,
	};
	void *insns = get_insns(load);
	int err;

	if (IS_ERR(insns))
		return PTR_ERR(insns);
	attr.insns = insns;
	err = weir_loaded_create(&attr, log, rej, out);
	kvfree(insns);
	if (!err)
		atomic_inc(&nr_programs);
	return err;
}

static void destroy_program(struct weir_loaded *loaded)
{
	weir_loaded_put(loaded);
	atomic_dec(&nr_programs);
}

/* Hand back the log, cut to fit, and what the structure says about the end. */
static int put_load(void __user *arg, struct weir_load *load, u32 usize,
		    const struct weir_log *log,
		    const struct weir_rejection *rej)
{
	size_t len = log->len + 1;

	load->reject = rej->nr;
	load->reject_pc = rej->pc;
	load->log_len = min_t(size_t, len, U32_MAX);
	if (load->log && copy_to_user(user_ptr(load->log), log->buf,
				      min_t(size_t, len, load->log_size)))
		return -EFAULT;
	return put_tagged(arg, load, sizeof(*load), usize);
}

static const struct file_operations prog_fops;

/*
 * Give a program to a new descriptor. The user hears of everything else first:
 * once the descriptor is installed, another thread may already close it.
 */
static int install_program(struct weir_loaded *loaded, void __user *arg,
			   struct weir_load *load, u32 usize,
			   const struct weir_log *log,
			   const struct weir_rejection *rej)
{
	struct file *file;
	int fd, err;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		err = fd;
		goto err_program;
	}
	file = anon_inode_getfile("[weir-prog]", &prog_fops, loaded, O_RDWR);
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
		goto err_fd;
	}
	err = put_load(arg, load, usize, log, rej);
	if (err)
		goto err_file;
	fd_install(fd, file);
	return fd;

err_file:
	put_unused_fd(fd);
	fput(file); /* the program goes with it */
	return err;
err_fd:
	put_unused_fd(fd);
err_program:
	destroy_program(loaded);
	return err;
}

static int load_program(void __user *arg)
{
	struct weir_loaded *loaded = NULL;
	struct weir_rejection *rej;
	struct weir_load load;
	struct weir_log log;
	char *text = NULL;
	u32 usize;
	int err;

	err = get_tagged(&load, sizeof(load), LOAD_MIN, arg, &usize);
	if (!err)
		err = check_load(&load);
	if (err)
		return err;

	rej = kzalloc(sizeof(*rej), GFP_KERNEL);
	if (!rej)
		return -ENOMEM;
	if (load.log_size) {
		err = -ENOMEM;
		text = kvzalloc(load.log_size,
				GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
		if (!text)
			goto out;
	}
	weir_log_init(&log, text, load.log_size);

	err = create_program(&load, &log, rej, &loaded);
	if (!err)
		err = install_program(loaded, arg, &load, usize, &log, rej);
	else if (put_load(arg, &load, usize, &log, rej))
		err = -EFAULT;
	kvfree(text);
out:
	kfree(rej);
	return err;
}

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

	if (copy_to_user(user_ptr(info->insns), prog->insns,
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
	struct weir_guard_info __user *to = user_ptr(info->guards);
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

/* Words that say where a helper lies are the kernel's secret. */
static void blank_addresses(const struct weir_image *image, u8 *code)
{
	u32 i;

	for (i = 0; i < image->nr_relocs; i++) {
		const struct weir_reloc *reloc = &image->reloc[i];

		memset(code + reloc->off_bytes, 0,
		       reloc->kind == WEIR_RELOC_HELPER_ABS ? 8 : 4);
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
	if (copy_to_user(user_ptr(info->image), copy,
			 min(info->image_bytes, bytes)))
		err = -EFAULT;
	kvfree(copy);
	return err;
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
	memcpy(info->name, loaded->prog->name, sizeof(info->name));
}

static int prog_info(const struct weir_loaded *loaded, void __user *arg)
{
	struct weir_prog_info info;
	u32 usize;
	int err;

	err = get_tagged(&info, sizeof(info), PROG_INFO_MIN, arg, &usize);
	if (err)
		return err;
	if (info.reserved)
		return -EINVAL;
	if (!fits_pointer(info.insns) || !fits_pointer(info.guards) ||
	    !fits_pointer(info.image))
		return -EFAULT;
	err = put_insns(loaded, &info);
	if (!err)
		err = put_guards(loaded, &info);
	if (!err)
		err = put_image(loaded, &info);
	if (err)
		return err;
	fill_info(loaded, &info);
	return put_tagged(arg, &info, sizeof(info), usize);
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
	if (copy_to_user(user_ptr(test->data_out),
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
	if (!fits_pointer(test->data) || !fits_pointer(test->data_out))
		return -EFAULT;
	return 0;
}

/*
 * The packet gets a buffer of exactly its size, so that a sanitizer sees the
 * first byte read beyond it.
 */
static int test_run(struct weir_loaded *loaded, void __user *arg)
{
	struct weir_test_run test;
	struct weir_run *run;
	void *packet;
	int err, err_put;
	u32 usize;

	err = get_tagged(&test, sizeof(test), TEST_RUN_MIN, arg, &usize);
	if (!err)
		err = check_test_run(&test);
	if (err)
		return err;

	run = kmalloc(sizeof(*run), GFP_KERNEL);
	if (!run)
		return -ENOMEM;
	packet = kmalloc(test.data_size, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	err = -ENOMEM;
	if (!packet)
		goto out_run;
	err = -EFAULT;
	if (copy_from_user(packet, user_ptr(test.data), test.data_size))
		goto out_packet;

	weir_run_init(run, loaded->prog->kind, packet, test.data_size,
		      test.wire_len);
	err = run_repeatedly(loaded, run, test.repeat ?: 1, &test.verdict,
			     &test.duration_ns);
	if (err)
		goto out_packet;

	test.exit = run->exit;
	/* Registers may hold addresses of the kernel. */
	if (!capable(CAP_SYS_ADMIN))
		memset(test.exit.regs, 0, sizeof(test.exit.regs));
	err = put_packet(&test, run);
	if (err && err != -ENOSPC)
		goto out_packet;
	err_put = put_tagged(arg, &test, sizeof(test), usize);
	if (err_put)
		err = err_put;

out_packet:
	kfree(packet);
out_run:
	kfree(run);
	return err;
}

/*
 * Descriptors
 *
 * An ioctl's number is its type and index; the size in it is that of the
 * structure its user was compiled with, and is ignored: the structure says it.
 */

static bool is_ours(unsigned int cmd)
{
	return _IOC_TYPE(cmd) == WEIR_IOC_MAGIC &&
	       _IOC_DIR(cmd) == (_IOC_READ | _IOC_WRITE);
}

static long prog_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct weir_loaded *loaded = file->private_data;

	if (!is_ours(cmd))
		return -ENOTTY;
	switch (_IOC_NR(cmd)) {
	case _IOC_NR(WEIR_IOC_PROG_INFO):
		return prog_info(loaded, (void __user *)arg);
	case _IOC_NR(WEIR_IOC_TEST_RUN):
		return test_run(loaded, (void __user *)arg);
	default:
		return -ENOTTY;
	}
}

static int prog_release(struct inode *inode, struct file *file)
{
	destroy_program(file->private_data);
	return 0;
}

static const struct file_operations prog_fops = {
	.owner = THIS_MODULE,
	.release = prog_release,
	.unlocked_ioctl = prog_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static int ctl_open(struct inode *inode, struct file *file)
{
	return capable(CAP_NET_ADMIN) ? 0 : -EPERM;
}

/* Asked again: a descriptor may have come from someone more powerful. */
static long ctl_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (!is_ours(cmd))
		return -ENOTTY;
	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	switch (_IOC_NR(cmd)) {
	case _IOC_NR(WEIR_IOC_LOAD):
		return load_program((void __user *)arg);
	default:
		return -ENOTTY;
	}
}

const struct file_operations weir_ctl_fops = {
	.owner = THIS_MODULE,
	.open = ctl_open,
	.unlocked_ioctl = ctl_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};
