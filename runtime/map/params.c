// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Makes the block of a program's live parameters. */
#include <linux/kernel.h>
#include <linux/errno.h>
#include <linux/string.h>
#include "base/host.h"
#include "base/map.h"
#include "base/param.h"
#include "runtime/map/map.h"
#include "runtime/map/params.h"
#include <uapi/linux/bpf.h>

int weir_params_create(const struct weir_param_def *def, u32 nr, u32 bytes,
		       struct weir_map **out)
{
	/* Programs only load from it, and users have no way to it. */
	const struct weir_map_def block = {
		.type = BPF_MAP_TYPE_ARRAY,
		.key_size = sizeof(u32),
		.value_size = bytes,
		.max_entries = 1,
		.flags = BPF_F_RDONLY_PROG,
		.lock_off = WEIR_NO_FIELD,
		.timer_off = WEIR_NO_FIELD,
		.name = "params",
	};
	struct weir_params *params;
	struct weir_map *map;
	u32 i;
	int err;

	params = weir_host_alloc(sizeof(*params) + nr * sizeof(*def));
	if (!params)
		return -ENOMEM;
	params->nr = nr;
	memcpy(params->def, def, nr * sizeof(*def));
	err = weir_map_create(&block, NULL, &map);
	if (err) {
		weir_host_free(params);
		return err;
	}
	map->params = params;
	for (i = 0; i < nr; i++)
		weir_param_store(map, i,
				 weir_param_bits(&def[i], def[i].value));
	*out = map;
	return 0;
}
