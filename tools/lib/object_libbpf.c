// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * libbpf, with its complaints collected. libbpf prints through one function
 * for the whole process, so ours is there only while we are in libbpf, and one
 * thread at a time is.
 */
#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "tools/lib/object.h"

static pthread_mutex_t libbpf_lock = PTHREAD_MUTEX_INITIALIZER;
static struct weir_words *libbpf_words; /* under the lock */

/* The first warning is the reason: later ones say what failed because of it. */
static int collect(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	static const char prefix[] = "libbpf: ";
	char line[WEIR_WORDS], *text = line;
	size_t len;

	if (level != LIBBPF_WARN || !libbpf_words)
		return 0;
	vsnprintf(line, sizeof(line), fmt, ap);
	if (strstr(line, "Ignored and continue"))
		return 0;
	if (!strncmp(line, prefix, sizeof(prefix) - 1))
		text += sizeof(prefix) - 1;
	len = strlen(text);
	while (len && text[len - 1] == '\n')
		text[--len] = 0;
	weir_say(libbpf_words, 0, "%s", text);
	return 0;
}

static libbpf_print_fn_t libbpf_enter(struct weir_words *words)
{
	pthread_mutex_lock(&libbpf_lock);
	libbpf_words = words;
	return libbpf_set_print(collect);
}

static void libbpf_leave(libbpf_print_fn_t before)
{
	libbpf_set_print(before);
	libbpf_words = NULL;
	pthread_mutex_unlock(&libbpf_lock);
}

/* libbpf has errors of its own above those of the system. */
static int to_errno(int err)
{
	return err < __LIBBPF_ERRNO__START ? -err : -ENOEXEC;
}

/* libbpf's complaint about a name that nobody defines, in our words. */
static bool is_unresolved(const struct weir_object *obj, const char *text,
			  const char **name)
{
	const char *quote = strchr(text, '\'');

	for (u32 i = 1; quote && i < obj->elf.nr_symbols; i++) {
		const struct elf_symbol *sym = &obj->elf.symbol[i];
		size_t len = strlen(sym->name);

		if (sym->sec || sym->bind != STB_GLOBAL || !len ||
		    strncmp(quote + 1, sym->name, len) ||
		    quote[len + 1] != '\'')
			continue;
		*name = sym->name;
		return true;
	}
	return false;
}

static int open_bytes(struct weir_object *obj, const u8 *bytes,
		      struct weir_words *words)
{
	struct bpf_object_open_opts opts = {
		.sz = sizeof(opts),
		.object_name = obj->name,
	};
	libbpf_print_fn_t before = libbpf_enter(words);
	char text[WEIR_WORDS];
	const char *name;
	int err = 0;

	obj->bpf = bpf_object__open_mem(bytes, obj->elf.size, &opts);
	if (!obj->bpf)
		err = errno;
	libbpf_leave(before);
	if (err && is_unresolved(obj, words->text, &name)) {
		words->text[0] = 0;
		return weir_say(words, -ENOENT, "unresolved symbol %s", name);
	}
	if (err) {
		libbpf_strerror(err, text, sizeof(text));
		return weir_say(words, to_errno(err), "%s", text);
	}
	words->text[0] = 0; /* it got over them */
	return 0;
}

/*
 * libbpf 1.0 and later refuse objects that define maps in "maps". What is
 * wrong with them in its eyes is taken away from a copy: the section's name,
 * the references to it (linking is ours anyhow), and types, which describe the
 * section. Types we read ourselves.
 */
static void hide_legacy(const struct weir_object *obj, u8 *bytes)
{
	Elf64_Ehdr ehdr;

	memcpy(&ehdr, bytes, sizeof(ehdr));
	for (u32 i = 1; i < obj->elf.nr_sections; i++) {
		const struct elf_section *sec = &obj->elf.section[i];
		u8 *at = bytes + ehdr.e_shoff + (size_t)i * sizeof(Elf64_Shdr);
		Elf64_Shdr hdr = sec->hdr;

		if (hdr.sh_type == SHT_REL) {
			hdr.sh_type = SHT_PROGBITS;
			hdr.sh_flags = 0;
		} else if (!strcmp(sec->name, OBJECT_LEGACY_MAPS) ||
			   !strcmp(sec->name, ".BTF") ||
			   !strcmp(sec->name, ".BTF.ext")) {
			hdr.sh_name = 0;
		} else {
			continue;
		}
		memcpy(at, &hdr, sizeof(hdr));
	}
}

static int open_legacy(struct weir_object *obj, struct weir_words *words)
{
	u32 types = elf_file_section(&obj->elf, ".BTF");
	const struct elf_section *sec = &obj->elf.section[types];
	u8 *bytes = malloc(obj->elf.size);
	libbpf_print_fn_t before;
	int err;

	if (!bytes)
		return -ENOMEM;
	memcpy(bytes, obj->elf.bytes, obj->elf.size);
	hide_legacy(obj, bytes);
	err = open_bytes(obj, bytes, words);
	free(bytes);
	if (err || !sec->data)
		return err;
	before = libbpf_enter(words);
	obj->own_btf = btf__new(sec->data, (u32)sec->hdr.sh_size);
	if (!obj->own_btf)
		err = to_errno(errno);
	libbpf_leave(before);
	return err ? weir_say(words, err, ".BTF: %s", strerror(errno)) : 0;
}

int object_libbpf_open(struct weir_object *obj, struct weir_words *words)
{
	int err;

	if (elf_file_section(&obj->elf, OBJECT_LEGACY_MAPS))
		err = open_legacy(obj, words);
	else
		err = open_bytes(obj, obj->elf.bytes, words);
	if (err)
		return err;
	obj->btf = obj->own_btf ? obj->own_btf : bpf_object__btf(obj->bpf);
	return 0;
}

void object_libbpf_close(struct weir_object *obj)
{
	if (obj->bpf)
		bpf_object__close(obj->bpf);
	btf__free(obj->own_btf);
	obj->bpf = NULL;
	obj->own_btf = NULL;
}

/*
 * What libbpf 1.1 does not know: names of later versions, those that versions
 * before 1.0 took for anything that starts so, and ours.
 */
static const struct {
	const char *prefix;
	enum weir_kind kind;
} sections[] = {
	{ "tcx/", WEIR_KIND_TC },	{ "tc", WEIR_KIND_TC },
	{ "netkit/", WEIR_KIND_TC },	{ "classifier", WEIR_KIND_TC },
	{ "action", WEIR_KIND_TC },	{ "xdp", WEIR_KIND_XDP },
	{ "socket", WEIR_KIND_SOCKET }, { "mem", WEIR_KIND_MEM },
};

/* "xdp", "xdp_pass", "xdp/1", "xdp2" are xdp; "tcp" is not tc. */
static bool starts_with_word(const char *section, const char *prefix)
{
	size_t len = strlen(prefix);

	return !strncmp(section, prefix, len) &&
	       (prefix[len - 1] == '/' ||
		!isalpha((unsigned char)section[len]));
}

enum weir_kind object_kind(const struct bpf_program *prog, const char *section)
{
	switch (bpf_program__type(prog)) {
	case BPF_PROG_TYPE_XDP:
		return WEIR_KIND_XDP;
	case BPF_PROG_TYPE_SCHED_CLS:
	case BPF_PROG_TYPE_SCHED_ACT:
		return WEIR_KIND_TC;
	case BPF_PROG_TYPE_SOCKET_FILTER:
		return WEIR_KIND_SOCKET;
	case BPF_PROG_TYPE_UNSPEC:
		break;
	default:
		return WEIR_KIND_UNSPEC;
	}
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		if (starts_with_word(section, sections[i].prefix))
			return sections[i].kind;
	return WEIR_KIND_UNSPEC;
}
