// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The way from a patched stub to the trampoline. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include "base/host.h"
#include "jit/codemem.h"
#include "jit/detour.h"
#include "jit/emit.h"

/* A constant, a jump. Return: the word of the jump. */
static u32 emit(struct weir_asmbuf *buf, const struct weir_image *image,
		const void *handler)
{
	enum weir_fixup_kind kind;
	u32 jump;

	image->arch->constant(buf, image->bridge_reg, (uintptr_t)handler);
	jump = weir_asmbuf_word(buf, image->arch->jump(&kind));
	weir_asmbuf_pool(buf, image->arch->nop);
	weir_asmbuf_settle(buf);
	return jump;
}

/* An image of its own. It takes the words of @buf. */
static struct weir_image *make_image(struct weir_asmbuf *buf,
				     const struct weir_code *to, u32 jump)
{
	struct weir_image *image = weir_host_alloc(sizeof(*image));

	if (!image)
		return NULL;
	image->reloc = weir_host_alloc(sizeof(*image->reloc));
	if (!image->reloc) {
		weir_host_free(image);
		return NULL;
	}
	image->arch = to->image->arch;
	image->nr_words = buf->nr_words;
	image->words = buf->words;
	buf->words = NULL;
	image->nr_relocs = 1;
	image->reloc[0] = (struct weir_reloc){
		.off_bytes = jump * 4,
		.kind = WEIR_RELOC_JUMP,
		.bytes = 4,
	};
	image->jump_to = to->rx + to->image->bridge_off;
	image->bridge_off = WEIR_NO_OFFSET;
	return image;
}

int weir_detour_publish(const struct weir_code *code, const void *handler,
			struct weir_code **out)
{
	struct weir_image *image = NULL;
	struct weir_asmbuf buf;
	u32 jump;
	int err;

	if (code->image->bridge_off == WEIR_NO_OFFSET)
		return -ENOENT;
	weir_asmbuf_init(&buf);
	jump = emit(&buf, code->image, handler);
	err = buf.err;
	if (!err) {
		image = make_image(&buf, code, jump);
		err = image ? weir_code_publish(image, out) : -ENOMEM;
	}
	if (err)
		weir_image_free(image);
	weir_asmbuf_exit(&buf);
	return err;
}
