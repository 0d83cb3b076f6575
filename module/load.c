// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * LOAD: from a user's instructions to a program descriptor. Nothing is
 * believed: sizes are checked before memory is taken for them, structures are
 * fetched once, and a descriptor becomes visible only when nothing can fail any
 * more.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "base/host.h"
#include "base/log.h"
#include "base/map.h"
#include "jit/codemem.h"
#include "jit/compile.h"
#include "jit/image.h"
#include "module/load.h"
#include "module/map.h"
#include "module/prog.h"
#include "module/registry.h"
#include "module/user.h"
#include "runtime/loaded.h"

/* What the first version of the structure had: never less. */
#define LOAD_MIN offsetofend(struct weir_load, name)

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
	if (classic && load->assume)
		return -EINVAL;
	if (!load->lines != !load->nr_lines || load->nr_lines > load->nr_insns)
		return -EINVAL;
	if (!load->nr_params != !load->params ||
	    !load->nr_params != !load->params_bytes ||
	    load->nr_params > WEIR_MAX_PARAMS)
		return -EINVAL;
	if (!load->log != !load->log_size || load->log_size > WEIR_MAX_LOG)
		return -EINVAL;
	if ((load->nr_maps && !load->map_fds) || load->nr_maps > WEIR_MAX_MAPS)
		return -EINVAL;
	if (!weir_user_fits(load->insns) || !weir_user_fits(load->log) ||
	    !weir_user_fits(load->map_fds) || !weir_user_fits(load->params) ||
	    !weir_user_fits(load->lines))
		return -EFAULT;
	return weir_user_name(load->name) ? 0 : -EINVAL;
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
	return vmemdup_user(weir_user_ptr(load->insns),
			    load->nr_insns * sizeof(struct bpf_insn));
}

/* The lines that guards come from; NULL where there are none to take. */
static void *get_lines(const struct weir_load *load)
{
	if (!load->nr_lines || load->nr_lines > WEIR_MAX_INSNS)
		return NULL;
	return vmemdup_user(weir_user_ptr(load->lines),
			    load->nr_lines * sizeof(struct weir_line_of));
}

/*
 * Maps
 */

/* The maps of one program, with a reference on each. */
struct map_list {
	struct weir_map *map[WEIR_MAX_MAPS];
	s32 fd[WEIR_MAX_MAPS];
	u32 nr;
};

static void put_maps(struct map_list *list)
{
	while (list->nr)
		weir_map_put(list->map[--list->nr]);
}

static int add_map(struct map_list *list, s32 fd)
{
	struct weir_map *map;

	if (list->nr == WEIR_MAX_MAPS)
		return -E2BIG;
	map = weir_map_from_fd(fd);
	if (IS_ERR(map))
		return PTR_ERR(map);
	list->fd[list->nr] = fd;
	list->map[list->nr++] = map;
	return 0;
}

static int get_listed_maps(const struct weir_load *load, struct map_list *list)
{
	s32 __user *fds = weir_user_ptr(load->map_fds);
	u32 i;
	int err = 0;
	s32 fd;

	for (i = 0; i < load->nr_maps && !err; i++) {
		if (get_user(fd, &fds[i]))
			return -EFAULT;
		err = add_map(list, fd);
	}
	return err;
}

static bool names_descriptor(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW) &&
	       (insn->src_reg == BPF_PSEUDO_MAP_FD ||
		insn->src_reg == BPF_PSEUDO_MAP_VALUE);
}

/* A map by its descriptor becomes one by its place in the list. */
static int by_index(struct bpf_insn *insn, struct map_list *list)
{
	u32 i;
	int err;

	for (i = 0; i < list->nr; i++)
		if (list->fd[i] == insn->imm)
			break;
	if (i == list->nr) {
		err = add_map(list, insn->imm);
		if (err)
			return err;
	}
	insn->imm = (s32)i;
	insn->src_reg = insn->src_reg == BPF_PSEUDO_MAP_FD
				? BPF_PSEUDO_MAP_IDX
				: BPF_PSEUDO_MAP_IDX_VALUE;
	return 0;
}

static int get_named_maps(struct bpf_insn *insns, u32 nr_insns,
			  struct map_list *list, struct weir_rejection *rej)
{
	u32 pc;
	int err;

	for (pc = 0; pc < nr_insns; pc++) {
		if (!names_descriptor(&insns[pc]))
			continue;
		err = by_index(&insns[pc], list);
		if (err == -EBADF || err == -EINVAL)
			return weir_reject(rej, WEIR_REJECT_BAD_MAP, pc,
					   "descriptor %d is not of a map",
					   insns[pc].imm);
		if (err)
			return err;
		pc++;
		if ((pc & 0xffff) == 0xffff)
			cond_resched();
	}
	return 0;
}

/* All maps that the program names; instructions then name them by index. */
static int get_maps(const struct weir_load *load, void *insns,
		    struct map_list *list, struct weir_rejection *rej)
{
	int err = get_listed_maps(load, list);

	if (!err && insns && !(load->flags & WEIR_LOAD_CLASSIC))
		err = get_named_maps(insns, load->nr_insns, list, rej);
	return err;
}

/* Live parameters; the pipeline checks what they say. NULL: there are none. */
static struct weir_param_def *get_params(const struct weir_load *load)
{
	if (!load->nr_params)
		return NULL;
	return memdup_user(weir_user_ptr(load->params),
			   load->nr_params * sizeof(struct weir_param_def));
}

static void program_gone(struct weir_loaded *loaded)
{
	weir_registry_remove(WEIR_OBJECT_PROG, loaded->id);
}

static int list_program(struct weir_loaded *loaded)
{
	int err = weir_registry_add(WEIR_OBJECT_PROG, loaded->id, loaded);

	if (err)
		weir_loaded_put(loaded);
	else
		loaded->gone = program_gone;
	return err;
}

/* Run the pipeline; the log and the rejection are filled in either way. */
static int create_program(const struct weir_load *load,
			  struct weir_account *account, struct weir_log *log,
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
		.account = account,
	};
	struct weir_param_def *params;
	struct map_list *list;
	void *insns, *lines;
	int err;

	list = kzalloc(sizeof(*list), GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	insns = get_insns(load);
	err = PTR_ERR_OR_ZERO(insns);
	if (err)
		goto out_list;
	params = get_params(load);
	err = PTR_ERR_OR_ZERO(params);
	if (err)
		goto out_insns;
	lines = get_lines(load);
	err = PTR_ERR_OR_ZERO(lines);
	if (err)
		goto out_params;
	err = get_maps(load, insns, list, rej);
	if (err)
		goto out_lines;
	attr.insns = insns;
	attr.lines = lines;
	attr.nr_lines = lines ? load->nr_lines : 0;
	attr.maps = list->map;
	attr.nr_maps = list->nr;
	attr.params = params;
	attr.nr_params = load->nr_params;
	attr.params_bytes = load->params_bytes;
	attr.assume = load->assume;
	attr.quiet_ms = load->quiet_ms;
	attr.threshold = load->threshold;
	err = weir_loaded_create(&attr, log, rej, out);
	if (!err)
		err = list_program(*out);
out_lines:
	kvfree(lines);
out_params:
	kfree(params);
out_insns:
	kvfree(insns);
out_list:
	put_maps(list);
	kfree(list);
	return err;
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
	if (load->log && copy_to_user(weir_user_ptr(load->log), log->buf,
				      min_t(size_t, len, load->log_size)))
		return -EFAULT;
	return weir_user_put(arg, load, sizeof(*load), usize);
}

/* 0: it is interpreted. */
static u32 image_bytes(const struct weir_loaded *loaded)
{
	return loaded->code ? loaded->code->image->nr_words * (u32)sizeof(u32)
			    : 0;
}

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
	file = anon_inode_getfile("[weir-prog]", &weir_prog_fops, loaded,
				  O_RDWR);
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
		goto err_fd;
	}
	load->image_bytes = image_bytes(loaded);
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
	weir_loaded_put(loaded);
	return err;
}

int weir_load_ioctl(struct weir_account *account, void __user *arg)
{
	struct weir_loaded *loaded = NULL;
	struct weir_rejection *rej;
	struct weir_load load;
	struct weir_log log;
	char *text = NULL;
	u32 usize;
	int err;

	err = weir_user_get(&load, sizeof(load), LOAD_MIN, arg, &usize);
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

	err = create_program(&load, account, &log, rej, &loaded);
	if (!err)
		err = install_program(loaded, arg, &load, usize, &log, rej);
	else if (put_load(arg, &load, usize, &log, rej))
		err = -EFAULT;
	kvfree(text);
out:
	kfree(rej);
	return err;
}
