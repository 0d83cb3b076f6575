// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Images as data. */
#include "base/host.h"
#include "jit/image.h"

void weir_image_free(struct weir_image *image)
{
	if (!image)
		return;
	weir_host_free(image->words);
	weir_host_free(image->guard);
	weir_host_free(image->pc_off);
	weir_host_free(image->reloc);
	weir_host_free(image);
}
