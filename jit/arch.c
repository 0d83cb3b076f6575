// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The back ends there are. */
#include <linux/kernel.h>
#include <linux/string.h>
#include "jit/arch.h"
#include "jit/emit.h"

static const struct weir_arch *const archs[] = {
	&weir_arch_arm64,
	&weir_arch_arm,
};

const char *weir_arch_name(const struct weir_arch *arch)
{
	return arch->name;
}

const struct weir_arch *weir_arch_by_name(const char *name)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(archs); i++)
		if (!strcmp(archs[i]->name, name))
			return archs[i];
	return NULL;
}

const struct weir_arch *weir_arch_native(void)
{
#if defined(__aarch64__)
	return weir_arch_by_name("arm64");
#elif defined(__arm__)
	return weir_arch_by_name("arm");
#else
	return NULL;
#endif
}
