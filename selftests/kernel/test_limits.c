// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Limits from the outside: of one open /dev/weir and of all; what they say when
 * they are met; that what is counted is exact, and comes back.
 *
 * test_limits CYCLES: loads and unloads so many programs and maps; 400.
 */
#include <pthread.h>
#include "selftests/kernel/guest.h"

static int dev = -1;
static char line[1 << 20];

static const struct sock_filter ret_42[] = { BPF_STMT(BPF_RET | BPF_K, 42) };

static const char *const names[WEIR_NR_RESOURCES] = {
	[WEIR_RESOURCE_PROGRAMS] = "programs",
	[WEIR_RESOURCE_CODE_BYTES] = "code_bytes",
	[WEIR_RESOURCE_MAPS] = "maps",
	[WEIR_RESOURCE_MAP_BYTES] = "map_bytes",
};

static int load(int flags)
{
	struct weir_load attr = CLASSIC(ret_42, flags);

	line[0] = 0;
	attr.log = ptr(line);
	attr.log_size = sizeof(line);
	return do_ioctl(dev, WEIR_IOC_LOAD, &attr);
}

static int create(uint32_t type, uint32_t flags, uint32_t max_entries)
{
	struct weir_map_create attr = {
		.size = sizeof(attr),
		.type = type,
		.key_size = 4,
		.value_size = 8,
		.max_entries = max_entries,
		.flags = flags,
		.lock_off = WEIR_NO_FIELD,
		.timer_off = WEIR_NO_FIELD,
		.inner_fd = -1,
		.name = "test",
		.log = ptr(line),
		.log_size = WEIR_MAX_LINE,
	};

	line[0] = 0;
	return do_ioctl(dev, WEIR_IOC_MAP_CREATE, &attr);
}

/* What the log ends with: before it, the verifier may have said something. */
static const char *last_line(void)
{
	size_t len = strlen(line);
	char *at;

	if (!len || line[len - 1] != '\n')
		return "no line";
	line[len - 1] = 0;
	at = strrchr(line, '\n');
	return at ? at + 1 : line;
}

static struct weir_limits now(void)
{
	struct weir_limits limits = { .size = sizeof(limits) };

	if (do_ioctl(dev, WEIR_IOC_LIMITS, &limits))
		ksft_exit_fail_msg("no limits\n");
	return limits;
}

/* Sets a limit by its file. Return: what it was. */
static unsigned long set_limit(int resource, bool per_file, unsigned long to)
{
	unsigned long was = 0;
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), PARAMETERS "max_%s%s", names[resource],
		 per_file ? "_per_file" : "");
	file = fopen(path, "r+");
	if (!file || fscanf(file, "%lu", &was) != 1)
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	rewind(file);
	fprintf(file, "%lu\n", to);
	fclose(file);
	return was;
}

static uint64_t used(int resource)
{
	return now().host[resource].used;
}

/* Makes one that uses the resource. */
static int make(int resource)
{
	return resource == WEIR_RESOURCE_PROGRAMS ||
			       resource == WEIR_RESOURCE_CODE_BYTES
		       ? load(0)
		       : create(BPF_MAP_TYPE_ARRAY, 0, 16);
}

/* Up to the limit and not beyond; what was there stays, and goes. */
static void test_limit(int resource, bool per_file)
{
	const char *whose = per_file ? "one open /dev/weir" : "the host";
	uint64_t before = used(resource), one;
	const char *said;
	unsigned long was;
	int fds[3], over;
	bool ok;

	fds[0] = make(resource);
	one = used(resource) - before;
	was = set_limit(resource, per_file, (unsigned long)(3 * one + one / 2));
	fds[1] = make(resource);
	fds[2] = make(resource);
	over = make(resource);
	ok = fds[0] >= 0 && fds[1] >= 0 && fds[2] >= 0 && one &&
	     over == -EDQUOT;
	if (!ok)
		ksft_print_msg("%d %d %d %d, %llu each\n", fds[0], fds[1],
			       fds[2], over, (unsigned long long)one);
	ksft_test_result(ok, "%s of %s: three fit, four do not\n",
			 names[resource], whose);
	said = last_line();
	ok = !strncmp(said, names[resource], strlen(names[resource])) &&
	     strstr(said, whose);
	if (!ok)
		ksft_print_msg("%s\n", said);
	ksft_test_result(ok, "%s of %s: one line with the numbers\n",
			 names[resource], whose);
	ksft_test_result(used(resource) == before + 3 * one,
			 "%s of %s: what was refused is not counted\n",
			 names[resource], whose);
	close(fds[1]);
	fds[1] = make(resource);
	ksft_test_result(fds[1] >= 0, "%s of %s: one goes, one comes\n",
			 names[resource], whose);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	ksft_test_result(used(resource) == before,
			 "%s of %s: all is given back\n", names[resource],
			 whose);
	set_limit(resource, per_file, was);
}

/* Each open file has its own; what it made stays charged when it is closed. */
static void test_files(void)
{
	const int programs = WEIR_RESOURCE_PROGRAMS;
	unsigned long was = set_limit(programs, true, 1);
	int first = dev, a = load(0), over = load(0), b;
	struct weir_limits limits;

	dev = open(DEVICE, O_RDWR | O_CLOEXEC);
	b = load(0);
	limits = now();
	ksft_test_result(a >= 0 && over == -EDQUOT && b >= 0,
			 "files: each has a limit of its own\n");
	ksft_test_result(limits.file[programs].used == 1 &&
				 limits.file[programs].limit == 1 &&
				 limits.host[programs].used == 2,
			 "files: what is used of each\n");
	close(dev);
	dev = first;
	expect((long)used(programs), 2,
	       "files: what a closed one made is counted");
	close(a);
	close(b);
	expect((long)used(programs), 0, "files: until it is gone");
	set_limit(programs, true, was);
}

/* Maps that grow are charged as they do. */
static void test_growth(void)
{
	const int bytes = WEIR_RESOURCE_MAP_BYTES;
	int map = create(BPF_MAP_TYPE_HASH, BPF_F_NO_PREALLOC, 1000);
	uint64_t before = used(bytes), one, value = 1;
	uint32_t key = 1;
	struct weir_map_elem elem = {
		.size = sizeof(elem),
		.op = WEIR_MAP_UPDATE,
		.key = ptr(&key),
		.value = ptr(&value),
	};
	struct weir_map_info info = { .size = sizeof(info) };
	unsigned long was;

	do_ioctl(map, WEIR_IOC_MAP_ELEM, &elem);
	one = used(bytes) - before;
	do_ioctl(map, WEIR_IOC_MAP_INFO, &info);
	ksft_test_result(one && info.bytes == before + one,
			 "growth: an element is charged\n");
	was = set_limit(bytes, false, (unsigned long)(before + one));
	key = 2;
	expect(do_ioctl(map, WEIR_IOC_MAP_ELEM, &elem), -ENOMEM,
	       "growth: and refused over the limit");
	elem.op = WEIR_MAP_DELETE;
	key = 1;
	do_ioctl(map, WEIR_IOC_MAP_ELEM, &elem);
	elem.op = WEIR_MAP_UPDATE;
	key = 2;
	expect(do_ioctl(map, WEIR_IOC_MAP_ELEM, &elem), 0,
	       "growth: in the place of one that went");
	set_limit(bytes, false, was);
	close(map);
	expect((long)used(bytes), 0, "growth: all is given back");
}

static void test_arena(void)
{
	static int fds[1 << 16];
	struct weir_limits limits;
	unsigned long was = set_limit(WEIR_RESOURCE_PROGRAMS, true, 1 << 16);
	unsigned long was_all =
		set_limit(WEIR_RESOURCE_PROGRAMS, false, 1 << 16);
	static struct sock_filter insns[20000];
	struct weir_load attr = CLASSIC(insns, 0);
	unsigned int nr = 0;
	const char *said;
	int got;

	/* Nothing that a compiler could save: a handful fills the arena. */
	insns[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0);
	for (size_t i = 1; i < NR(insns); i++)
		insns[i] = (struct sock_filter)BPF_STMT(
			BPF_ALU | BPF_K | (i % 2 ? BPF_XOR : BPF_MUL),
			(uint32_t)i * 0x9e3779b9 | 1);
	insns[NR(insns) - 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_A, 0);
	attr.log = ptr(line);
	attr.log_size = sizeof(line);
	while ((got = do_ioctl(dev, WEIR_IOC_LOAD, &attr)) >= 0)
		fds[nr++] = got;
	limits = now();
	said = last_line();
	ksft_print_msg("%u programs; %s\n", nr, said);
	expect(got, -ENOSPC, "arena: full");
	ksft_test_result(!strncmp(said, "code memory: ", 13) &&
				 strstr(said, "largest free piece"),
			 "arena: full, with the numbers\n");
	ksft_test_result(limits.code_used == used(WEIR_RESOURCE_CODE_BYTES) &&
				 limits.code_used <= limits.code_total &&
				 limits.code_free <=
					 limits.code_total - limits.code_used,
			 "arena: as the limits say\n");
	while (nr)
		close(fds[--nr]);
	set_limit(WEIR_RESOURCE_PROGRAMS, true, was);
	set_limit(WEIR_RESOURCE_PROGRAMS, false, was_all);
}

static void test_structure(void)
{
	struct weir_limits limits = now();
	bool ok = limits.nr == WEIR_NR_RESOURCES && limits.code_total;

	for (int i = 0; i < WEIR_NR_RESOURCES; i++)
		ok = ok && limits.host[i].limit && limits.file[i].limit;
	ksft_test_result(ok, "structure: all is filled in\n");
	limits.size = 32;
	expect(do_ioctl(dev, WEIR_IOC_LIMITS, &limits), -EINVAL,
	       "structure: too small");
	limits.size = 0xffffffff;
	expect(do_ioctl(dev, WEIR_IOC_LIMITS, &limits), -E2BIG,
	       "structure: too large");
	expect(do_ioctl(dev, WEIR_IOC_LIMITS, NULL), -EFAULT,
	       "structure: at NULL");
}

/* No thread gets what another has, and at the end it is as at the start. */
static void *crowd(void *arg)
{
	unsigned int *got = arg;

	for (int i = 0; i < 100; i++) {
		struct weir_load attr = CLASSIC(ret_42, 0);
		int fd = do_ioctl(dev, WEIR_IOC_LOAD, &attr);

		if (fd >= 0)
			++*got;
		else if (fd != -EDQUOT)
			*got = 1u << 31;
		if (now().file[WEIR_RESOURCE_PROGRAMS].used > 2)
			*got = 1u << 31;
		close(fd);
	}
	return NULL;
}

static void test_crowd(void)
{
	unsigned long was = set_limit(WEIR_RESOURCE_PROGRAMS, true, 2);
	unsigned int got[4] = { 0 };
	pthread_t threads[4];
	bool ok = true;

	for (size_t i = 0; i < NR(threads); i++)
		pthread_create(&threads[i], NULL, crowd, &got[i]);
	for (size_t i = 0; i < NR(threads); i++) {
		pthread_join(threads[i], NULL);
		ok = ok && got[i] && !(got[i] >> 31);
	}
	ksft_test_result(ok, "threads: never more than two\n");
	set_limit(WEIR_RESOURCE_PROGRAMS, true, was);
}

/* What a cycle leaves behind would be there a thousand times. */
static void test_cycles(long cycles)
{
	long before = 0, after;
	int fds = next_fd();

	for (long i = 0; i < cycles; i++) {
		int prog = load(i % 3 ? 0 : WEIR_LOAD_INTERP);
		int map = create(i % 2 ? BPF_MAP_TYPE_ARRAY : BPF_MAP_TYPE_HASH,
				 i % 4 ? 0 : BPF_F_NO_PREALLOC * (i % 2 == 0),
				 16);

		if (prog < 0 || map < 0)
			ksft_exit_fail_msg("cycle %ld: %d %d\n", i, prog, map);
		close(prog);
		close(map);
		if (i == cycles / 10)
			before = kernel_memory();
	}
	after = kernel_memory();
	ksft_print_msg("%ld kB then, %ld kB after %ld cycles\n", before, after,
		       cycles);
	ksft_test_result(after - before < 1024 && next_fd() == fds,
			 "cycles: no growth\n");
}

int main(int argc, char **argv)
{
	ksft_print_header();
	dev = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (dev < 0)
		ksft_exit_skip("%s: %s\n", DEVICE, strerror(errno));
	test_structure();
	for (int i = 0; i < WEIR_NR_RESOURCES; i++) {
		test_limit(i, true);
		test_limit(i, false);
	}
	test_files();
	test_growth();
	test_arena();
	test_crowd();
	test_cycles(argc > 1 ? atol(argv[1]) : 400);
	for (int i = 0; i < WEIR_NR_RESOURCES; i++)
		ksft_test_result(!used(i), "%s: nothing is left\n", names[i]);
	close(dev);
	return ksft_finished();
}
