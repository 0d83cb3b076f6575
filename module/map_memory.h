/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* mmap() and poll() of map descriptors. */
#ifndef WEIR_MODULE_MAP_MEMORY_H
#define WEIR_MODULE_MAP_MEMORY_H

#include <linux/types.h>

struct file;
struct poll_table_struct;
struct vm_area_struct;

/**
 * weir_map_mmap() - as mmap() of an array with BPF_F_MMAPABLE, or a ring buffer
 *
 * Shared mappings only. Return: 0; -EOPNOTSUPP other maps; -EPERM written to
 * what is read-only or frozen; -EINVAL.
 */
int weir_map_mmap(struct file *file, struct vm_area_struct *vma);

/** weir_map_poll() - a ring buffer is readable when it holds records */
__poll_t weir_map_poll(struct file *file, struct poll_table_struct *pt);

#endif
