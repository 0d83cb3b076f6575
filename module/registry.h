/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What there is, by id, and what is kept alive by name. An object is listed
 * from its making until its last reference is gone; a name is a reference.
 */
#ifndef WEIR_MODULE_REGISTRY_H
#define WEIR_MODULE_REGISTRY_H

#include <linux/types.h>
#include "uapi/weir.h"

struct net;

/**
 * weir_registry_add() - list an object
 * @type:	what it is
 * @id:		its id
 * @object:	itself; no reference is taken
 *
 * May sleep. Return: 0, -ENOMEM.
 */
int weir_registry_add(enum weir_object_type type, u32 id, void *object);

/**
 * weir_registry_remove() - its last reference is gone
 *
 * When it returns, nobody finds it any more. May sleep.
 */
void weir_registry_remove(enum weir_object_type type, u32 id);

/** weir_pin_ioctl() - struct weir_pin of the user. May sleep. */
int weir_pin_ioctl(void __user *arg);

/** weir_next_ioctl() - struct weir_next of the user. May sleep. */
int weir_next_ioctl(void __user *arg);

/** weir_open_ioctl() - struct weir_next of the user. May sleep. */
int weir_open_ioctl(void __user *arg);

/** weir_evict_ioctl() - struct weir_evict of the user. May sleep. */
int weir_evict_ioctl(void __user *arg);

/** weir_registry_init() - names go with their namespace. May sleep. */
int weir_registry_init(void);
void weir_registry_exit(void);

#endif
