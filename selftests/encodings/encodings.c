// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Assembles what a test has stated, disassembles its words, compares both ways
 * and reports as TAP.
 */
#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if __has_include(<capstone/capstone.h>)
#include <capstone/capstone.h>
#define HAVE_CAPSTONE 1
#else
#define HAVE_CAPSTONE 0
#endif

#include "encodings.h"

#define MAX_CLASSES 128
#define MAX_TEXT 96
#define MAX_REPORTS 10 /* of failures, per class */

#define KSFT_PASS 0
#define KSFT_FAIL 1
#define KSFT_SKIP 4

struct item {
	u32 class;
	u32 word;
	char text[MAX_TEXT];
};

struct items {
	struct item *item;
	size_t nr, room;
};

static struct class
{
	const char *name;
	u32 nr_encodings, nr_checks, nr_refused, nr_trips, nr_failed;
	char *reports;
	size_t reports_size;
} classes[MAX_CLASSES];
static u32 nr_classes;

static struct items stated, refused;
static char *dir;

static void die(const char *what)
{
	perror(what);
	exit(KSFT_FAIL);
}

u64 enc_random(void)
{
	static u64 x = 0x9e3779b97f4a7c15;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x * 0x2545f4914f6cdd1d;
}

/* --- What the test states ------------------------------------------------- */

void enc_class(const char *name)
{
	if (nr_classes == MAX_CLASSES) {
		fprintf(stderr, "more than %u classes\n", MAX_CLASSES);
		exit(KSFT_FAIL);
	}
	classes[nr_classes++].name = name;
}

__printf(2, 0) static void vfail(u32 nr, const char *fmt, va_list args)
{
	struct class *class = &classes[nr];
	char line[4 * MAX_TEXT];
	size_t len;

	if (class->nr_failed++ >= MAX_REPORTS)
		return;
	vsnprintf(line, sizeof(line), fmt, args);
	len = strlen(line);
	class->reports = realloc(class->reports, class->reports_size + len + 4);
	if (!class->reports)
		die("realloc");
	class->reports_size += (size_t)sprintf(
		class->reports + class->reports_size, "# %s\n", line);
}

__printf(2, 3) static void fail(u32 nr, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vfail(nr, fmt, args);
	va_end(args);
}

__printf(3, 0) static void append(struct items *items, u32 word,
				  const char *fmt, va_list args)
{
	struct item *item;

	if (items->nr == items->room) {
		items->room = items->room ? 2 * items->room : 4096;
		items->item = realloc(items->item,
				      items->room * sizeof(*items->item));
		if (!items->item)
			die("realloc");
	}
	item = &items->item[items->nr++];
	item->class = nr_classes - 1;
	item->word = word;
	vsnprintf(item->text, sizeof(item->text), fmt, args);
}

void enc_is(u32 word, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	append(&stated, word, fmt, args);
	va_end(args);
	classes[nr_classes - 1].nr_encodings++;
}

void enc_refused(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	append(&refused, 0, fmt, args);
	va_end(args);
	classes[nr_classes - 1].nr_refused++;
}

void enc_check(bool holds, const char *fmt, ...)
{
	va_list args;

	classes[nr_classes - 1].nr_checks++;
	if (holds)
		return;
	va_start(args, fmt);
	vfail(nr_classes - 1, fmt, args);
	va_end(args);
}

/* --- The assembler -------------------------------------------------------- */

static char *path(const char *file)
{
	static char paths[4][512];
	static int turn;
	char *p = paths[turn++ & 3];

	snprintf(p, sizeof(paths[0]), "%s/%s", dir, file);
	return p;
}

__printf(1, 2) static int run(const char *fmt, ...)
{
	char command[2048];
	va_list args;

	va_start(args, fmt);
	vsnprintf(command, sizeof(command), fmt, args);
	va_end(args);
	return system(command);
}

static int assemble_once(const struct enc_arch *arch, const struct items *items,
			 const bool *bad)
{
	FILE *f = fopen(path("t.s"), "w");
	size_t i;

	if (!f)
		die("t.s");
	fprintf(f, "%s\n", arch->prologue);
	for (i = 0; i < items->nr; i++)
		fprintf(f, "%s\n", bad[i] ? ".word 0" : items->item[i].text);
	if (fclose(f))
		die("t.s");
	return run("%sas %s -W -o %s %s 2>%s", arch->tools, arch->as_flags,
		   path("t.o"), path("t.s"), path("t.err"));
}

/* Mark the lines about which as complained; false if there are none. */
static bool mark_bad(const struct items *items, bool *bad)
{
	FILE *f = fopen(path("t.err"), "r");
	unsigned long line;
	bool some = false;
	char text[1024];
	char *p;

	if (!f)
		die("t.err");
	while (fgets(text, sizeof(text), f)) {
		p = strstr(text, "t.s:");
		if (!p || sscanf(p, "t.s:%lu: Error", &line) != 1)
			continue;
		if (line < 2 || line - 2 >= items->nr)
			continue;
		bad[line - 2] = true;
		some = true;
	}
	fclose(f);
	return some;
}

/*
 * Assemble @items to @words; bad[] tells which ones as refused. False if the
 * tools failed in another way.
 */
static bool assemble(const struct enc_arch *arch, const struct items *items,
		     u32 *words, bool *bad)
{
	size_t nr;
	FILE *f;

	memset(bad, 0, items->nr * sizeof(*bad));
	if (assemble_once(arch, items, bad) &&
	    (!mark_bad(items, bad) || assemble_once(arch, items, bad)))
		return false;
	if (run("%sld -e 0 -Ttext=%s -o %s %s 2>>%s", arch->tools,
		arch->text_base, path("t.elf"), path("t.o"), path("t.err")) ||
	    run("%sobjcopy -O binary -j .text %s %s 2>>%s", arch->tools,
		path("t.elf"), path("t.bin"), path("t.err")))
		return false;

	f = fopen(path("t.bin"), "r");
	if (!f)
		die("t.bin");
	nr = fread(words, sizeof(*words), items->nr, f);
	if (fgetc(f) != EOF)
		nr = 0;
	fclose(f);
	return nr == items->nr;
}

static void show_tool_errors(void)
{
	run("head -5 %s | sed 's/^/# /'", path("t.err"));
}

static bool compare(const struct enc_arch *arch)
{
	u32 *words = calloc(stated.nr + 1, sizeof(*words));
	bool *bad = calloc(stated.nr + 1, sizeof(*bad));
	const struct item *item;
	size_t i;
	bool ok;

	if (!words || !bad)
		die("calloc");
	ok = assemble(arch, &stated, words, bad);
	for (i = 0; ok && i < stated.nr; i++) {
		item = &stated.item[i];
		if (bad[i])
			fail(item->class, "as refuses: %s (ours %08x)",
			     item->text, item->word);
		else if (words[i] != item->word)
			fail(item->class, "%s: as %08x, ours %08x", item->text,
			     words[i], item->word);
	}
	free(words);
	free(bad);
	return ok;
}

static void compare_refused(const struct enc_arch *arch)
{
	bool *bad = calloc(refused.nr + 1, sizeof(*bad));
	size_t i;

	if (!bad)
		die("calloc");
	if (assemble_once(arch, &refused, bad))
		mark_bad(&refused, bad);
	for (i = 0; i < refused.nr; i++)
		if (!bad[i])
			fail(refused.item[i].class, "as accepts: %s",
			     refused.item[i].text);
	free(bad);
}

/* --- Capstone ------------------------------------------------------------- */

#if HAVE_CAPSTONE

#define MAX_EXCEPTIONS 64
static u32 nr_excepted[MAX_EXCEPTIONS];

static bool excepted(const struct enc_arch *arch, const struct item *item,
		     bool unknown)
{
	const struct enc_exception *ex;
	u32 i;

	for (i = 0; arch->exceptions[i].class && i < MAX_EXCEPTIONS; i++) {
		ex = &arch->exceptions[i];
		if (strcmp(classes[item->class].name, ex->class) ||
		    fnmatch(ex->text, item->text, 0) ||
		    (ex->unknown && !unknown))
			continue;
		nr_excepted[i]++;
		return true;
	}
	return false;
}

static void report_exceptions(const struct enc_arch *arch)
{
	const struct enc_exception *ex;
	u32 i;

	for (i = 0; arch->exceptions[i].class && i < MAX_EXCEPTIONS; i++) {
		ex = &arch->exceptions[i];
		if (nr_excepted[i])
			printf("# capstone exception: %u in %s: %s: %s\n",
			       nr_excepted[i], ex->class, ex->text, ex->reason);
	}
}

#define UNKNOWN "(unknown)"

/* Replace every text by capstone's for the word. */
static void disassemble(const struct enc_arch *arch, struct items *trips)
{
	const u8 *code;
	size_t i, size;
	uint64_t address;
	cs_insn *insn;
	csh handle;

	if (cs_open((cs_arch)arch->cs_arch, (cs_mode)arch->cs_mode, &handle))
		die("cs_open");
	insn = cs_malloc(handle);
	for (i = 0; i < trips->nr; i++) {
		code = (const u8 *)&trips->item[i].word;
		size = sizeof(u32);
		address = 0;
		if (cs_disasm_iter(handle, &code, &size, &address, insn))
			arch->normalise(insn->mnemonic, insn->op_str,
					trips->item[i].text, MAX_TEXT);
		else
			strcpy(trips->item[i].text, UNKNOWN);
	}
	cs_free(insn, 1);
	cs_close(&handle);
}

static struct items copy(const struct items *items)
{
	struct items new = { NULL, items->nr, items->nr };

	new.item = malloc((items->nr + 1) * sizeof(*items->item));
	if (!new.item)
		die("malloc");
	memcpy(new.item, items->item, items->nr * sizeof(*items->item));
	return new;
}

static bool round_trip(const struct enc_arch *arch)
{
	u32 *words = calloc(stated.nr + 1, sizeof(*words));
	bool *bad = calloc(stated.nr + 1, sizeof(*bad));
	struct items trips = copy(&stated);
	const struct item *item;
	const char *text;
	size_t i;
	bool ok;

	if (!words || !bad)
		die("calloc");
	disassemble(arch, &trips);
	ok = assemble(arch, &trips, words, bad);
	for (i = 0; ok && i < stated.nr; i++) {
		item = &stated.item[i];
		text = trips.item[i].text;
		if (!bad[i] && words[i] == item->word)
			classes[item->class].nr_trips++;
		else if (!excepted(arch, item, !strcmp(text, UNKNOWN)))
			fail(item->class, "%s (%08x): capstone says: %s",
			     item->text, item->word, text);
	}
	report_exceptions(arch);
	free(words);
	free(bad);
	free(trips.item);
	return ok;
}

#else

static bool round_trip(const struct enc_arch *arch)
{
	(void)arch;
	printf("# skipped: the round trip, built without capstone\n");
	return true;
}

#endif

/* --- The report ----------------------------------------------------------- */

static int report(void)
{
	const struct class *c;
	u32 i, nr_failed = 0;

	for (i = 0; i < nr_classes; i++) {
		c = &classes[i];
		if (c->reports)
			fputs(c->reports, stdout);
		printf("%sok %u - %s: %u encodings, %u round trips, "
		       "%u refused by as, %u checks",
		       c->nr_failed ? "not " : "", i + 1, c->name,
		       c->nr_encodings, c->nr_trips, c->nr_refused,
		       c->nr_checks);
		if (c->nr_failed)
			printf(", %u failed", c->nr_failed);
		putchar('\n');
		nr_failed += !!c->nr_failed;
	}
	printf("# %zu encodings, %zu refused, %u of %u classes failed\n",
	       stated.nr, refused.nr, nr_failed, nr_classes);
	return nr_failed ? KSFT_FAIL : KSFT_PASS;
}

static int run_all(const struct enc_arch *arch)
{
	printf("1..%u\n", nr_classes);
	if (!compare(arch) || !round_trip(arch)) {
		show_tool_errors();
		printf("Bail out! the assembler or linker failed\n");
		return KSFT_FAIL;
	}
	compare_refused(arch);
	return report();
}

int enc_run(const struct enc_arch *arch)
{
	const char *tmp = getenv("TMPDIR");
	char template[256];
	int rc;

	printf("TAP version 13\n");
	if (run("command -v %sas >/dev/null && command -v %sld >/dev/null",
		arch->tools, arch->tools)) {
		printf("1..0 # SKIP no %sas and ld: install that binutils\n",
		       arch->tools);
		return KSFT_SKIP;
	}

	snprintf(template, sizeof(template), "%s/weir-enc-XXXXXX",
		 tmp ? tmp : "/tmp");
	dir = mkdtemp(template);
	if (!dir)
		die("mkdtemp");
	rc = run_all(arch);
	run("rm -r -- %s", dir);
	return rc;
}
