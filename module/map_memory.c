// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Map memory in the user's address space: arrays made for it, and ring buffers,
 * which can be waited on as well.
 */
#include <linux/bpf.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/version.h>
#include <linux/vmalloc.h>

#include "module/map_memory.h"
#include "module/wait.h"
#include "runtime/map/ringbuf.h"
#include "runtime/map/user.h"

/* A copy of the mapping, by fork or because a part of it was unmapped. */
static void vma_open(struct vm_area_struct *vma)
{
	/* One is there already: the map cannot have been frozen. */
	if (vma->vm_flags & VM_MAYWRITE)
		WARN_ON_ONCE(weir_map_user_map_begin(vma->vm_private_data));
}

static void vma_close(struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_MAYWRITE)
		weir_map_user_map_end(vma->vm_private_data);
}

static const struct vm_operations_struct array_vm_ops = {
	.open = vma_open,
	.close = vma_close,
};

static void forbid_writing(struct vm_area_struct *vma)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_clear(vma, VM_MAYWRITE);
#else
	vma->vm_flags &= ~VM_MAYWRITE;
#endif
}

/* The part of the memory that is asked for: is it there, and may be written? */
static int check_part(const struct weir_map_mapping *m,
		      const struct vm_area_struct *vma)
{
	size_t bytes = vma->vm_end - vma->vm_start;
	size_t off = (size_t)vma->vm_pgoff << PAGE_SHIFT;

	if (vma->vm_pgoff > m->bytes >> PAGE_SHIFT || bytes > m->bytes - off)
		return -EINVAL;
	if (vma->vm_flags & VM_WRITE &&
	    (off > m->writable || bytes > m->writable - off))
		return -EPERM;
	return vma->vm_flags & VM_SHARED ? 0 : -EINVAL;
}

/* Writers of arrays are counted: none may be left when a map is frozen. */
static int map_array(struct weir_map *map, struct vm_area_struct *vma)
{
	int err = 0;

	if (vma->vm_flags & VM_WRITE)
		err = weir_map_user_map_begin(map);
	else
		forbid_writing(vma);
	if (err)
		return err;
	vma->vm_private_data = map;
	vma->vm_ops = &array_vm_ops;
	return 0;
}

int weir_map_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct weir_map *map = file->private_data;
	struct weir_map_mapping m;
	int err;

	err = weir_map_user_mapping(map, &m);
	if (!err)
		err = check_part(&m, vma);
	if (err)
		return err;
	err = remap_vmalloc_range(vma, m.addr, vma->vm_pgoff);
	if (err)
		return err;
	if (!weir_map_is_ring(map))
		return map_array(map, vma);
	if (!(vma->vm_flags & VM_WRITE))
		forbid_writing(vma);
	return 0;
}

__poll_t weir_map_poll(struct file *file, struct poll_table_struct *pt)
{
	struct weir_map *map = file->private_data;

	if (!weir_map_is_ring(map))
		return EPOLLERR;
	poll_wait(file, weir_host_wait_queue(weir_ringbuf_wait(map)), pt);
	return weir_ringbuf_query(map, BPF_RB_AVAIL_DATA)
		       ? EPOLLIN | EPOLLRDNORM
		       : 0;
}
