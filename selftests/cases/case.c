// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reading a text case. Included by the programs that want it. */
#include "tools/lib/libweir.h"
#include "tools/lib/text.h"
#include "selftests/cases/case.h"
#include "selftests/cases/case_words.h"
#include "selftests/cases/case_map.c"

#define MAX_REPT 1000000
#define LINKTYPE_ETHERNET 1

/* Programs */

/* A program in the textual form, by the library's own assembler. */
static void assemble(struct reader *r, enum weir_kind kind,
		     struct bpf_insn **insns, size_t *nr_insns)
{
	const char *names[CASE_MAX_MAPS];
	const struct weir_text_opts opts = {
		.kind = kind,
		.maps = names,
		.nr_maps = (uint32_t)r->c->nr_maps,
		.params = insns == &r->c->insns ? &r->c->params : NULL,
	};
	struct weir_text_error text_err;
	uint32_t nr;
	int err;

	for (size_t i = 0; i < r->c->nr_maps; i++)
		names[i] = r->c->maps[i].create.name;
	err = weir_text_assemble_opts(&opts, r->body.s, r->body.len, insns, &nr,
				      &text_err);
	if (err)
		fail(r, "program's line %u, column %u: %s", text_err.line,
		     text_err.column, text_err.what);
	else
		*nr_insns = nr;
}

/* `program`: one more, for tail calls. */
static void assemble_more(struct reader *r)
{
	struct case_program *p = &r->c->programs[r->c->nr_programs];

	assemble(r, p->kind, &p->insns, &p->nr_insns);
	r->c->nr_programs++;
}

/* `raw`: instructions as 16 hex digits each, in memory order. */
static void assemble_raw(struct reader *r)
{
	char *s = r->body.s, *word;
	size_t nr = 0;
	uint32_t size;

	r->c->insns = calloc(r->body.len / 16 + 1, sizeof(*r->c->insns));
	while ((s += strspn(s, " \t\n")), *s) {
		uint8_t *bytes;

		word = s;
		s += strcspn(s, " \t\n");
		if (*s)
			*s++ = 0;
		bytes = hex(r, word, &size);
		if (size != 8)
			fail(r, "'%s' is not 8 bytes", word);
		memcpy(&r->c->insns[nr++], bytes, 8);
		free(bytes);
	}
	r->c->nr_insns = nr;
}

/* `classic`: code jt jf k, one instruction to a line, as tcpdump -ddd. */
static void assemble_classic(struct reader *r)
{
	char *line, *save = NULL, *words[5];
	size_t nr = 0, room = r->body.len / 2 + 1;

	r->c->classic = calloc(room, sizeof(*r->c->classic));
	for (line = strtok_r(r->body.s, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *s = line;
		int n = 0;

		while (n < 5 && (words[n] = next_word(&s)))
			n++;
		if (!n)
			continue;
		if (n != 4) {
			fail(r, "classic instructions are: code jt jf k");
			break;
		}
		r->c->classic[nr++] = (struct sock_filter){
			.code = (uint16_t)number(r, words[0]),
			.jt = (uint8_t)number(r, words[1]),
			.jf = (uint8_t)number(r, words[2]),
			.k = (uint32_t)number(r, words[3]),
		};
	}
	r->c->nr_insns = nr;
}

/* `expr`: a tcpdump expression over Ethernet. */
static void compile_expr(struct reader *r, const char *expr)
{
	char why[256];
	int err = weir_expr__compile(expr, LINKTYPE_ETHERNET, 262144,
				     &r->c->classic, &r->c->nr_insns, why,
				     sizeof(why));

	if (err)
		fail(r, "libpcap: %s", why);
}

/* The body of a .rept, as often as it says; '@' is the number of the copy. */
static void end_rept(struct reader *r)
{
	char nr[32];

	for (unsigned long i = 0; i < r->times; i++) {
		const char *s = r->rept.s ? r->rept.s : "", *at;

		snprintf(nr, sizeof(nr), "%lu", i);
		while ((at = strchr(s, '@'))) {
			text_add(&r->body, s, (size_t)(at - s));
			text_add(&r->body, nr, strlen(nr));
			s = at + 1;
		}
		text_add(&r->body, s, strlen(s));
	}
	free(r->rept.s);
	memset(&r->rept, 0, sizeof(r->rept));
	r->times = 0;
}

static void program_line(struct reader *r, char *line)
{
	char copy[512], *s = copy, *word;

	snprintf(copy, sizeof(copy), "%s", line);
	word = next_word(&s);
	if (word && !strcmp(word, ".rept")) {
		word = next_word(&s);
		r->times = word ? number(r, word) : 0;
		if (!r->times || r->times > MAX_REPT) {
			fail(r, ".rept needs a count up to %d", MAX_REPT);
			r->times = 1;
		}
	} else if (word && !strcmp(word, ".endr")) {
		end_rept(r);
	} else {
		struct text *to = r->times ? &r->rept : &r->body;

		text_add(to, line, strlen(line));
		text_add(to, "\n", 1);
	}
}

static void end_section(struct reader *r)
{
	if (!r->section)
		return;
	if (r->times)
		fail(r, ".rept without .endr");
	text_add(&r->body, "", 0);
	if (r->section == 'p')
		assemble(r, r->c->kind, &r->c->insns, &r->c->nr_insns);
	else if (r->section == 'm')
		assemble_more(r);
	else if (r->section == 'r')
		assemble_raw(r);
	else
		assemble_classic(r);
	free(r->body.s);
	memset(&r->body, 0, sizeof(r->body));
	r->section = 0;
}

/* Expectations */

/* A number in memory order (little-endian) at the packet's end. */
static void append(struct reader *r, struct case_run *run, uint64_t value,
		   uint32_t size)
{
	if (run->size + size > CASE_MAX_PACKET) {
		fail(r, "packet is too long");
		return;
	}
	memcpy(run->packet + run->size, &value, size);
	run->size += size;
}

static void run_input(struct reader *r, struct case_run *run, const char *word)
{
	const char *value;

	if ((value = value_of(word, "packet"))) {
		free(run->packet);
		run->packet = hex(r, value, &run->size);
	} else if ((value = value_of(word, "len"))) {
		/* Zeros behind what is there, or less of it. */
		run->size = (uint32_t)number(r, value);
		if (run->size > CASE_MAX_PACKET) {
			fail(r, "packet is too long");
			run->size = 0;
		}
	} else if ((value = value_of(word, "u32"))) {
		append(r, run, number(r, value), 4);
	} else if ((value = value_of(word, "u64"))) {
		append(r, run, number(r, value), 8);
	} else if ((value = value_of(word, "wire"))) {
		run->wire_len = (uint32_t)number(r, value);
	} else {
		fail(r, "'%s' is no input of a run", word);
	}
}

static void run_result(struct reader *r, struct case_run *run, const char *word)
{
	const char *value;
	uint32_t reg;

	if (!strcmp(word, "guard")) {
		run->guard = CASE_SOME_GUARD;
	} else if ((value = value_of(word, "guard"))) {
		run->guard = (uint32_t)number(r, value + (*value == '#'));
	} else if ((value = value_of(word, "pc"))) {
		run->pc = (uint32_t)number(r, value);
	} else if ((value = value_of(word, "out"))) {
		free(run->out);
		run->out = hex(r, value, &run->out_size);
	} else if (word[0] == 'r' && isdigit(word[1]) && strchr(word, '=')) {
		reg = (uint32_t)strtoul(word + 1, NULL, 10);
		if (reg >= WEIR_NR_REGS) {
			fail(r, "no register '%s'", word);
			return;
		}
		run->regs[reg] = number(r, strchr(word, '=') + 1);
		run->has_reg |= 1u << reg;
	} else {
		fail(r, "'%s' is no result of a run", word);
	}
}

static void read_run(struct reader *r, char *s)
{
	struct case_run *run = &r->c->runs[r->c->nr_runs];
	char *word;

	if (r->c->nr_runs == CASE_MAX_RUNS) {
		fail(r, "more than %d runs", CASE_MAX_RUNS);
		return;
	}
	r->c->nr_runs++;
	run->line = r->line;
	run->guard = WEIR_NO_GUARD;
	run->pc = CASE_ANY;
	run->packet = calloc(1, CASE_MAX_PACKET + 1);
	while ((word = next_word(&s)) && strcmp(word, "->"))
		run_input(r, run, word);
	if (!word || !(word = next_word(&s))) {
		fail(r, "a run is: input -> verdict");
		return;
	}
	run->verdict = number(r, word);
	while ((word = next_word(&s)))
		run_result(r, run, word);
}

/* NAME=VALUE, and "-> refused" */
static void read_set(struct reader *r, char *s)
{
	struct case_set *set = &r->c->sets[r->c->nr_sets];
	char *word = next_word(&s);
	char *equals = word ? strchr(word, '=') : NULL;

	if (!equals || r->c->nr_sets == CASE_MAX_RUNS ||
	    (size_t)(equals - word) >= sizeof(set->name)) {
		fail(r, "set is: NAME=VALUE, up to %d of them", CASE_MAX_RUNS);
		return;
	}
	r->c->nr_sets++;
	set->line = r->line;
	set->run = r->c->nr_runs;
	memcpy(set->name, word, (size_t)(equals - word));
	set->value = equals[1] == '-' ? -number(r, equals + 2)
				      : number(r, equals + 1);
	word = next_word(&s);
	if (!word)
		return;
	word = strcmp(word, "->") ? NULL : next_word(&s);
	set->refused = word && !strcmp(word, "refused");
	if (!set->refused)
		fail(r, "set is: NAME=VALUE [-> refused]");
}

static void read_reject(struct reader *r, char *s)
{
	char *word = next_word(&s);

	if (!word) {
		fail(r, "reject needs a name");
		return;
	}
	r->c->reject = strdup(word);
	word = next_word(&s);
	if (word && !strcmp(word, "pc") && (word = next_word(&s)))
		r->c->reject_pc = (uint32_t)number(r, word);
	else if (word)
		fail(r, "reject is: reject name [pc N]");
}

/* Is it a word that starts a line of the case, not of the program? */
static bool is_directive(const char *line)
{
	static const char *const words[] = {
		"kind",	   "prog",   "raw",    "classic", "expr",
		"accept",  "reject", "guards", "fail",	  "strict",
		"run",	   "map",    "elem",   "program", "end",
		"differs", "set",    "update", "assume",
	};
	size_t len = strcspn(line, " \t:");

	if (line[len] == ':')
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == len && !strncmp(line, words[i], len))
			return true;
	return false;
}

static void directive(struct reader *r, char *line)
{
	char *s = line, *word = next_word(&s);
	char *arg;

	end_section(r);
	s += strspn(s, " \t");
	if (!strcmp(word, "run")) {
		read_run(r, s);
		return;
	}
	if (!strcmp(word, "reject")) {
		read_reject(r, s);
		return;
	}
	if (!strcmp(word, "expr")) {
		compile_expr(r, s);
		return;
	}
	if (!strcmp(word, "differs")) {
		free(r->c->differs);
		r->c->differs = strdup(s);
		return;
	}
	if (!strcmp(word, "map")) {
		read_map(r, s);
		return;
	}
	if (!strcmp(word, "elem")) {
		read_elem(r, s);
		return;
	}
	if (!strcmp(word, "assume")) {
		read_assume(r, s);
		return;
	}
	if (!strcmp(word, "update")) {
		read_update(r, s);
		return;
	}
	if (!strcmp(word, "set")) {
		read_set(r, s);
		return;
	}
	if (!strcmp(word, "program")) {
		read_program(r, s);
		return;
	}
	arg = next_word(&s);
	if (!strcmp(word, "kind"))
		r->c->kind = kind_by_name(r, arg);
	else if (!strcmp(word, "strict"))
		r->c->strict = true;
	else if (!strcmp(word, "guards"))
		r->c->guards = (uint32_t)number(r, arg ? arg : "");
	else if (!strcmp(word, "fail"))
		r->c->fail_verdict = number(r, arg ? arg : "");
	else if (strcmp(word, "accept") && strcmp(word, "end"))
		/* prog, raw, classic */
		r->section = word[0];
}

static void read_lines(struct reader *r, FILE *f)
{
	char *line = NULL;
	size_t room = 0;

	while (!r->failed && getline(&line, &room, f) >= 0) {
		r->line++;
		line[strcspn(line, "\r\n")] = 0;
		if (line[0] == '#')
			continue;
		if (is_directive(line))
			directive(r, line);
		else if (r->section)
			program_line(r, line);
		else if (line[strspn(line, " \t")])
			fail(r, "neither a directive nor a program: %s", line);
	}
	free(line);
	if (r->failed)
		return;
	end_section(r);
	if (!r->c->insns && !r->c->classic)
		fail(r, "no program");
	if (!r->c->reject && !r->c->nr_runs && r->c->guards == CASE_ANY)
		fail(r, "expects nothing: no reject, no guards, no run");
}

struct case_file *case_read(const char *path, char *err, size_t size)
{
	struct case_file *c = calloc(1, sizeof(*c));
	struct reader r = {
		.c = c,
		.path = path,
		.err = err,
		.err_size = size,
	};
	FILE *f = fopen(path, "r");

	c->path = strdup(path);
	c->kind = WEIR_KIND_SOCKET;
	c->reject_pc = CASE_ANY;
	c->guards = CASE_ANY;
	if (!f) {
		snprintf(err, size, "%s", strerror(errno));
		case_free(c);
		return NULL;
	}
	read_lines(&r, f);
	fclose(f);
	free(r.body.s);
	free(r.rept.s);
	if (!r.failed)
		return c;
	case_free(c);
	return NULL;
}

void case_free(struct case_file *c)
{
	for (size_t i = 0; i < c->nr_runs; i++) {
		free(c->runs[i].packet);
		free(c->runs[i].out);
	}
	free_maps(c);
	free(c->path);
	free(c->insns);
	free(c->classic);
	free(c->reject);
	free(c->differs);
	free(c);
}
