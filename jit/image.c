// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Images as data. */
#include "base/host.h"
#include "base/run.h"
#include "jit/image.h"

void weir_image_exit(const struct weir_image *image, struct weir_run *run)
{
	u32 guard = run->exit.guard - image->first_guard;

	run->exit.guard = guard;
	if (guard >= image->nr_guards)
		return;
	run->exit.pc = image->guard[guard].pc;
	weir_places_values(&image->places, guard, run);
}

void weir_image_free(struct weir_image *image)
{
	if (!image)
		return;
	weir_host_free(image->words);
	weir_host_free(image->guard);
	weir_places_free(&image->places);
	weir_host_free(image->pc_off);
	weir_host_free(image->reloc);
	weir_host_free(image->maps);
	weir_host_free(image->callback);
	weir_host_free(image);
}
