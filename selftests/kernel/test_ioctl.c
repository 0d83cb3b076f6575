// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * /dev/weir from the outside: what it answers to good and to bad input, and
 * that nothing stays behind. Runs in a test kernel, as root, with the module
 * loaded from /lib/weir.ko; talks to the kernel directly, so that what is
 * tested is the interface and not libweir.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include "selftests/kernel/guest.h"

static int dev = -1;
static unsigned char *guarded; /* a page, and after it one that is not there */
static long page;

/*
 * Small things
 */

/* Ends of accessible memory: an address @bytes before the missing page. */
static void *at_the_edge(size_t bytes)
{
	return guarded + page - bytes;
}

/*
 * Programs
 */

static const struct sock_filter ret_42[] = {
	BPF_STMT(BPF_RET | BPF_K, 42),
};

static const struct sock_filter ret_len[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
	BPF_STMT(BPF_RET | BPF_A, 0),
};

/* The last byte of a packet of 64 KiB, plus one. */
static const struct sock_filter ret_last[] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 65535),
	BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 1),
	BPF_STMT(BPF_RET | BPF_A, 0),
};

static const struct sock_filter ret_beyond[] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 65536),
	BPF_STMT(BPF_RET | BPF_K, 1),
};

static const struct sock_filter ret_word[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2),
	BPF_STMT(BPF_RET | BPF_A, 0),
};

/* Ethernet, IPv4, TCP, not a fragment, port 80 either way. */
static const struct sock_filter tcp_80[] = {
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x0800, 0, 10),
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 23),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 6, 0, 8),
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 20),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 6, 0),
	BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 14),
	BPF_STMT(BPF_LD | BPF_H | BPF_IND, 14),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 80, 2, 0),
	BPF_STMT(BPF_LD | BPF_H | BPF_IND, 16),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 80, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, 262144),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

static const struct sock_filter arithmetic[] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
	BPF_STMT(BPF_ST, 3),
	BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, 1000),
	BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 7),
	BPF_STMT(BPF_LDX | BPF_W | BPF_MEM, 3),
	BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0),
	BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 3),
	BPF_STMT(BPF_ALU | BPF_NEG, 0),
	BPF_STMT(BPF_RET | BPF_A, 0),
};

static const struct sock_filter divide_by_zero[] = {
	BPF_STMT(BPF_LD | BPF_IMM, 7),
	BPF_STMT(BPF_LDX | BPF_IMM, 0),
	BPF_STMT(BPF_ALU | BPF_DIV | BPF_X, 0),
	BPF_STMT(BPF_RET | BPF_K, 1),
};

static const unsigned char packet_tcp_80[] = {
	2,  0, 0,  0, 0, 1,    2, 0,  0,    0,	  0, 2,	 0x08, 0x00, 0x46,
	0,  0, 44, 0, 1, 0x40, 0, 64, 6,    0,	  0, 10, 0,    0,    1,
	10, 0, 0,  2, 1, 1,    1, 0,  0x12, 0x34, 0, 80, 0,    0,    0,
	1,  0, 0,  0, 0, 0x50, 2, 0,  0,    0,	  0, 0,	 0,
};

static unsigned char packet_64k[WEIR_MAX_PACKET + 1];

static int load(struct weir_load *attr)
{
	return do_ioctl(dev, WEIR_IOC_LOAD, attr);
}

static int load_classic(const struct sock_filter *insns, size_t nr, int flags)
{
	struct weir_load attr = {
		.size = sizeof(attr),
		.flags = WEIR_LOAD_CLASSIC | flags,
		.nr_insns = nr,
		.insns = ptr(insns),
		.name = "test",
	};

	return load(&attr);
}

static int load_42(void)
{
	return load_classic(ret_42, NR(ret_42), 0);
}

/* One run; the verdict, or -errno. */
static long long run(int fd, const void *data, size_t size, int wire_len)
{
	struct weir_test_run test = {
		.size = sizeof(test),
		.data = ptr(data),
		.data_size = size,
		.wire_len = wire_len,
	};
	int err = do_ioctl(fd, WEIR_IOC_TEST_RUN, &test);

	return err ? err : (long long)test.verdict;
}

/* Is there machine code for this processor? Else all is interpreted. */
static bool compiles(void)
{
	struct weir_prog_info info = { .size = sizeof(info) };
	int fd = load_42();

	do_ioctl(fd, WEIR_IOC_PROG_INFO, &info);
	close(fd);
	return info.image_bytes;
}

static uint64_t guard_exits(int fd)
{
	struct weir_prog_info info = { .size = sizeof(info) };

	if (do_ioctl(fd, WEIR_IOC_PROG_INFO, &info))
		return -1;
	return info.guard_exits;
}

/*
 * Programs do what they say
 */

static void test_verdicts(int flags, const char *engine)
{
	static const struct {
		const char *name;
		const struct sock_filter *insns;
		size_t nr;
		const void *data;
		size_t size;
		int wire_len;
		long long verdict;
	} rows[] = {
#define ROW(what, insns, data, size, wire_len, verdict) \
	{ what, insns, NR(insns), data, size, wire_len, verdict }
		ROW("constant, no packet", ret_42, NULL, 0, 0, 42),
		ROW("length, no packet", ret_len, NULL, 0, 0, 0),
		ROW("length", ret_len, packet_64k, 100, 0, 100),
		ROW("length on the wire", ret_len, packet_64k, 100, 1500, 1500),
		ROW("wire length of 0 bytes", ret_len, NULL, 0, 9000, 9000),
		ROW("last byte of 64 KiB", ret_last, packet_64k, 65536, 0, 8),
		ROW("one byte less", ret_last, packet_64k, 65535, 0, 0),
		ROW("beyond 64 KiB", ret_beyond, packet_64k, 65536, 0, 0),
		ROW("word", ret_word, packet_tcp_80, 6, 0, 0x00000001),
		ROW("word, cut by one", ret_word, packet_tcp_80, 5, 0, 0),
		ROW("word, cut, long on the wire", ret_word, packet_tcp_80, 5,
		    1500, 0),
		ROW("word of nothing", ret_word, NULL, 0, 0, 0),
		ROW("tcp port 80", tcp_80, packet_tcp_80, sizeof(packet_tcp_80),
		    0, 262144),
		ROW("tcp port 80, ports cut", tcp_80, packet_tcp_80, 41, 0, 0),
		ROW("tcp port 80, header cut", tcp_80, packet_tcp_80, 14, 0, 0),
		ROW("arithmetic", arithmetic, packet_tcp_80, 1, 0,
		    (uint32_t) - ((2000 / 7 ^ 2) << 3)),
		ROW("division by zero", divide_by_zero, NULL, 0, 0, 0),
#undef ROW
	};

	for (size_t i = 0; i < NR(rows); i++) {
		int fd = load_classic(rows[i].insns, rows[i].nr, flags);
		long long got = fd < 0 ? fd
				       : run(fd, rows[i].data, rows[i].size,
					     rows[i].wire_len);

		if (got != rows[i].verdict)
			ksft_print_msg("got %lld, expected %lld\n", got,
				       rows[i].verdict);
		ksft_test_result(got == rows[i].verdict, "verdict, %s: %s\n",
				 engine, rows[i].name);
		close(fd);
	}
}

static void test_kinds(void)
{
	static const struct bpf_insn ret_7[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 7 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	static const char *const names[] = {
		[WEIR_KIND_SOCKET] = "kind socket",
		[WEIR_KIND_TC] = "kind tc",
		[WEIR_KIND_XDP] = "kind xdp",
		[WEIR_KIND_MEM] = "kind mem",
	};

	for (int kind = WEIR_KIND_SOCKET; kind < WEIR_NR_KINDS; kind++) {
		struct weir_load attr = EXTENDED(ret_7, kind);
		int fd = load(&attr);

		expect(fd < 0 ? fd : run(fd, packet_64k, 60, 0), 7,
		       names[kind]);
		close(fd);
	}
}

static void test_counts(int flags, const char *engine)
{
	struct weir_guard_info guards[8] = {};
	struct weir_prog_info info = { .size = sizeof(info) };
	struct weir_test_run test = {
		.size = sizeof(test),
		.repeat = 1000,
		.data = ptr(packet_tcp_80),
		.data_size = 3,
	};
	int fd = load_classic(ret_word, NR(ret_word), flags);

	do_ioctl(fd, WEIR_IOC_TEST_RUN, &test);
	ksft_test_result(test.exit.kind == WEIR_EXIT_GUARD &&
				 test.exit.guard == 0 && test.verdict == 0,
			 "%s: the exit record names the guard\n", engine);
	test.data_size = 6;
	test.repeat = 500;
	do_ioctl(fd, WEIR_IOC_TEST_RUN, &test);
	ksft_test_result(test.exit.kind == WEIR_EXIT_RETURN &&
				 test.exit.guard == WEIR_NO_GUARD,
			 "%s: the exit record of a return\n", engine);

	info.guards = ptr(guards);
	info.nr_guards = NR(guards);
	do_ioctl(fd, WEIR_IOC_PROG_INFO, &info);
	ksft_test_result(info.runs == 1500 && info.guard_exits == 1000,
			 "%s: runs and guard exits are counted\n", engine);
	ksft_test_result(info.nr_guards == 1 && guards[0].count == 1000 &&
				 guards[0].kind == WEIR_GUARD_PACKET,
			 "%s: the guard has its count\n", engine);
	close(fd);
}

/*
 * Sizes, pointers, numbers
 */

/* Structures that lie about their size, or lie where they cannot. */
static void test_tagged(int fd, unsigned long cmd, const void *good,
			size_t size, size_t first, const char *name)
{
	/* what the first version of the interface had, and it always will */
	const uint32_t sizes[] = { 0, 1, 4, (uint32_t)first - 8,
				   (uint32_t)first - 1 };
	union {
		uint32_t size;
		uint64_t words[1024];
	} room = {};
	unsigned char *edge;
	char what[64];
	int got;

	memcpy(&room, good, size);
	for (size_t i = 0; i < NR(sizes); i++) {
		room.size = sizes[i];
		snprintf(what, sizeof(what), "%s: size %u", name, sizes[i]);
		expect(do_ioctl(fd, cmd, &room), -EINVAL, what);
	}
	room.size = (uint32_t)first;
	memset((char *)&room + first, 0xff, sizeof(room) - first);
	got = do_ioctl(fd, cmd, &room);
	ksft_test_result(got >= 0, "%s: the first version's\n", name);
	if (cmd == WEIR_IOC_LOAD)
		close(got);
	memset(&room, 0, sizeof(room));
	memcpy(&room, good, size);
	room.size = size + 16;
	got = do_ioctl(fd, cmd, &room);
	ksft_test_result(got >= 0, "%s: a longer one with zeros\n", name);
	if (cmd == WEIR_IOC_LOAD)
		close(got);
	ksft_test_result(room.size == size + 16,
			 "%s: the size comes back as it was\n", name);
	memcpy(&room, good, size);
	room.size = size + 16;
	room.words[size / 8 + 1] = 1;
	snprintf(what, sizeof(what), "%s: a longer one with more set", name);
	expect(do_ioctl(fd, cmd, &room), -E2BIG, what);
	room.size = page + 1;
	snprintf(what, sizeof(what), "%s: size over a page", name);
	expect(do_ioctl(fd, cmd, &room), -E2BIG, what);
	room.size = 0xffffffff;
	snprintf(what, sizeof(what), "%s: size 4 GiB", name);
	expect(do_ioctl(fd, cmd, &room), -E2BIG, what);

	snprintf(what, sizeof(what), "%s: at NULL", name);
	expect(do_ioctl(fd, cmd, NULL), -EFAULT, what);
	snprintf(what, sizeof(what), "%s: in kernel memory", name);
	expect(do_ioctl(fd, cmd, (void *)(uintptr_t)0xffff800000000000ULL),
	       -EFAULT, what);
	edge = at_the_edge(size);
	memcpy(edge, good, size);
	got = do_ioctl(fd, cmd, edge);
	ksft_test_result(got >= 0, "%s: before a missing page\n", name);
	if (cmd == WEIR_IOC_LOAD)
		close(got);
	edge = at_the_edge(size - 1);
	memcpy(edge, good, size - 1);
	snprintf(what, sizeof(what), "%s: into a missing page", name);
	expect(do_ioctl(fd, cmd, edge), -EFAULT, what);
	snprintf(what, sizeof(what), "%s: at a missing page", name);
	expect(do_ioctl(fd, cmd, at_the_edge(0)), -EFAULT, what);
	edge = at_the_edge(size);
	memcpy(edge, good, size);
	mprotect(guarded, page, PROT_READ);
	snprintf(what, sizeof(what), "%s: in read-only memory", name);
	expect(do_ioctl(fd, cmd, edge), -EFAULT, what);
	mprotect(guarded, page, PROT_READ | PROT_WRITE);

	memcpy(&room, good, size);
	got = do_ioctl(fd,
		       _IOC(_IOC_READ | _IOC_WRITE, _IOC_TYPE(cmd),
			    _IOC_NR(cmd), 8),
		       &room);
	ksft_test_result(got >= 0, "%s: the command's own size is ignored\n",
			 name);
	if (cmd == WEIR_IOC_LOAD)
		close(got);
}

static void test_sizes(void)
{
	struct weir_load attr = CLASSIC(ret_42, 0);
	struct weir_prog_info info = { .size = sizeof(info) };
	struct weir_test_run test = { .size = sizeof(test) };
	int fd = load_42();

	test_tagged(dev, WEIR_IOC_LOAD, &attr, sizeof(attr), 72, "load");
	test_tagged(fd, WEIR_IOC_PROG_INFO, &info, sizeof(info), 104, "info");
	test_tagged(fd, WEIR_IOC_TEST_RUN, &test, sizeof(test), sizeof(test),
		    "run");
	close(fd);
}

static void test_commands(void)
{
	struct weir_load attr = CLASSIC(ret_42, 0);
	struct weir_prog_info info = { .size = sizeof(info) };
	int fd = load_42(), other = open("/dev/null", O_RDWR);
	char byte = 0;

	expect(do_ioctl(dev, _IOWR(WEIR_IOC_MAGIC, 99, struct weir_load),
			&attr),
	       -ENOTTY, "unknown command on the device");
	expect(do_ioctl(dev, _IOWR('w', 1, struct weir_load), &attr), -ENOTTY,
	       "foreign command on the device");
	expect(do_ioctl(dev, _IO(WEIR_IOC_MAGIC, 1), &attr), -ENOTTY,
	       "command without direction");
	expect(do_ioctl(dev, WEIR_IOC_PROG_INFO, &info), -ENOTTY,
	       "program's command on the device");
	expect(do_ioctl(fd, WEIR_IOC_LOAD, &attr), -ENOTTY,
	       "device's command on a program");
	expect(do_ioctl(fd, _IOWR(WEIR_IOC_MAGIC, 99, struct weir_load), &attr),
	       -ENOTTY, "unknown command on a program");
	expect(do_ioctl(other, WEIR_IOC_PROG_INFO, &info), -ENOTTY,
	       "program's command on another device");
	expect(do_ioctl(-1, WEIR_IOC_LOAD, &attr), -EBADF, "bad descriptor");
	expect(read(fd, &byte, 1) < 0 ? -errno : 0, -EINVAL,
	       "a program cannot be read");
	expect(write(fd, &byte, 1) < 0 ? -errno : 0, -EINVAL,
	       "a program cannot be written");
	expect(mmap(NULL, page, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED
		       ? -errno
		       : 0,
	       -ENODEV, "a program cannot be mapped");
	expect(fcntl(fd, F_GETFD), FD_CLOEXEC, "a program closes on exec");
	close(other);
	close(fd);
}

/*
 * LOAD
 */

static void expect_load(struct weir_load attr, int want, const char *name)
{
	int fds = next_fd(), got = load(&attr);

	expect(got, want, name);
	close(got);
	if (next_fd() != fds)
		ksft_test_result(false, "%s: leaves a descriptor\n", name);
}

static void test_load_fields(void)
{
	const struct weir_load good = CLASSIC(ret_42, 0);
	struct weir_load attr;

#define WITH(field, value, want, name)         \
	do {                                   \
		attr = good;                   \
		attr.field = value;            \
		expect_load(attr, want, name); \
	} while (0)
	WITH(flags, good.flags | 1u << 31, -EINVAL, "load: unknown flag");
	WITH(flags, 0, -EINVAL, "load: no kind");
	WITH(kind, WEIR_NR_KINDS, -EINVAL, "load: unknown kind");
	WITH(kind, 0xffffffff, -EINVAL, "load: kind -1");
	WITH(kind, WEIR_KIND_XDP, -EINVAL, "load: classic program for xdp");
	WITH(fail_verdict, 1, -EINVAL, "load: classic with a fail verdict");
	WITH(insns, 0, -EFAULT, "load: instructions at NULL");
	WITH(insns, 0xffff800000000000ULL, -EFAULT,
	     "load: instructions in kernel memory");
	WITH(insns, ptr(at_the_edge(0)), -EFAULT,
	     "load: instructions at a missing page");
	WITH(insns, ptr(at_the_edge(7)), -EFAULT,
	     "load: instructions into a missing page");
	WITH(log_size, 16, -EINVAL, "load: log size without a log");
	WITH(log, ptr(guarded), -EINVAL, "load: log without a size");
#undef WITH
	attr = good;
	attr.insns = ptr(at_the_edge(8));
	attr.nr_insns = 2;
	expect_load(attr, -EFAULT, "load: more instructions than there are");
	attr = good;
	attr.log = ptr(guarded);
	attr.log_size = WEIR_MAX_LOG + 1;
	expect_load(attr, -EINVAL, "load: log over the limit");
	attr = good;
	memset(attr.name, 'n', sizeof(attr.name));
	expect_load(attr, -EINVAL, "load: name without an end");
	memcpy(attr.name, "a\nb", 4);
	expect_load(attr, -EINVAL, "load: name with a line end");
	memcpy(attr.name, "\x1b[2J", 5);
	expect_load(attr, -EINVAL, "load: name with an escape");
	memcpy(attr.name, "\xc3\xa4", 3);
	expect_load(attr, -EINVAL, "load: name that is not ASCII");
}

static void expect_reject(struct weir_load attr, int want, unsigned int reject,
			  unsigned int pc, const char *name)
{
	char log[512] = "";
	int got;

	attr.log = ptr(log);
	attr.log_size = sizeof(log);
	attr.reject = attr.reject_pc = 12345;
	got = load(&attr);
	close(got);
	if (got != want || attr.reject != reject || attr.reject_pc != pc)
		ksft_print_msg("got %d, reject %u at %u: %s\n", got,
			       attr.reject, attr.reject_pc, log);
	ksft_test_result(got == want && attr.reject == reject &&
				 attr.reject_pc == pc && log[0] &&
				 strlen(log) + 1 == attr.log_len,
			 "reject: %s\n", name);
}

static void test_rejects(void)
{
	static const struct sock_filter bad_opcode[] = {
		BPF_STMT(BPF_LD | BPF_IMM, 0),
		BPF_STMT(0xff, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	static const struct sock_filter falls_off[] = {
		BPF_STMT(BPF_LD | BPF_IMM, 0),
	};
	static const struct sock_filter jumps_out[] = {
		BPF_JUMP(BPF_JMP | BPF_JA, 0x7fffffff, 0, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	static const struct bpf_insn bad_insn[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = 0xff },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	static const struct bpf_insn unreachable[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	static const struct bpf_insn uninit[] = {
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct weir_load attr = CLASSIC(ret_42, 0);

	attr.insns = 0;
	attr.nr_insns = 0;
	expect_reject(attr, -EINVAL, WEIR_REJECT_EMPTY, 0, "no instructions");
	attr.nr_insns = WEIR_MAX_CLASSIC + 1;
	expect_reject(attr, -E2BIG, WEIR_REJECT_TOO_LONG, 0,
		      "too long, classic");
	attr.flags = 0;
	attr.kind = WEIR_KIND_SOCKET;
	attr.nr_insns = WEIR_MAX_INSNS + 1;
	expect_reject(attr, -E2BIG, WEIR_REJECT_TOO_LONG, 0, "too long");
	attr.nr_insns = 0xffffffff;
	expect_reject(attr, -E2BIG, WEIR_REJECT_TOO_LONG, 0,
		      "32 GiB of instructions");
	expect_reject(CLASSIC(bad_opcode, 0), -EINVAL,
		      WEIR_REJECT_CLASSIC_OPCODE, 1, "classic opcode");
	expect_reject(CLASSIC(falls_off, 0), -EINVAL, WEIR_REJECT_FALL_OFF, 0,
		      "falls off the end");
	expect_reject(CLASSIC(jumps_out, 0), -EINVAL, WEIR_REJECT_JUMP_RANGE, 0,
		      "jumps out");
	expect_reject(CLASSIC(ret_word, WEIR_LOAD_STRICT), -EACCES,
		      WEIR_REJECT_STRICT_GUARD, 0, "strict");
	expect_reject(EXTENDED(bad_insn, WEIR_KIND_TC), -EINVAL,
		      WEIR_REJECT_BAD_OPCODE, 1, "opcode");
	expect_reject(EXTENDED(unreachable, WEIR_KIND_TC), -EINVAL,
		      WEIR_REJECT_UNREACHABLE, 2, "unreachable");
	expect_reject(EXTENDED(uninit, WEIR_KIND_XDP), -EACCES,
		      WEIR_REJECT_UNINIT_REGISTER, 0, "uninitialised R0");
}

/* A log is cut to fit, has an end, and nothing beyond it is touched. */
static void test_log(void)
{
	static const struct sock_filter bad[] = { BPF_STMT(0xff, 0) };
	struct weir_load attr = CLASSIC(bad, 0);
	char whole[512], log[512];
	unsigned int i, full;
	bool cut = true;

	attr.log = ptr(whole);
	attr.log_size = sizeof(whole);
	load(&attr);
	full = attr.log_len;
	ksft_test_result(full > 1 && full < sizeof(whole) &&
				 strlen(whole) == full - 1,
			 "log: whole, with its length\n");
	for (i = 1; i < full; i++) {
		memset(log, 'x', sizeof(log));
		attr.log = ptr(log);
		attr.log_size = i;
		cut = cut && load(&attr) == -EINVAL && attr.log_len == full &&
		      !memcmp(log, whole, i - 1) && !log[i - 1] &&
		      log[i] == 'x';
	}
	ksft_test_result(cut, "log: cut at every length\n");

	attr.log = ptr(at_the_edge(8));
	attr.log_size = 512;
	expect_load(attr, -EFAULT, "log: into a missing page");
	attr = CLASSIC(ret_42, 0);
	attr.log = 0xffff800000000000ULL;
	attr.log_size = 512;
	expect_load(attr, -EFAULT, "log: in kernel memory, good program");
	attr.log = ptr(log);
	attr.log_size = WEIR_MAX_LOG;
	i = load(&attr);
	ksft_test_result((int)i >= 0, "log: as large as the limit says\n");
	close(i);
}

/*
 * TEST_RUN
 */

static void expect_run(int fd, struct weir_test_run test, int want,
		       const char *name)
{
	expect(do_ioctl(fd, WEIR_IOC_TEST_RUN, &test), want, name);
}

static void test_run_fields(void)
{
	const struct weir_test_run good = {
		.size = sizeof(good),
		.data = ptr(packet_64k),
		.data_size = 64,
	};
	struct weir_test_run test;
	int fd = load_42();

#define WITH(field, value, want, name)            \
	do {                                      \
		test = good;                      \
		test.field = value;               \
		expect_run(fd, test, want, name); \
	} while (0)
	WITH(flags, 1, -EINVAL, "run: unknown flag");
	WITH(repeat, WEIR_MAX_REPEAT + 1, -EINVAL,
	     "run: repeat over the limit");
	WITH(data_size, WEIR_MAX_PACKET, 0, "run: packet of 64 KiB");
	WITH(data_size, WEIR_MAX_PACKET + 1, -EMSGSIZE,
	     "run: packet over the limit");
	WITH(data_size, 0xffffffff, -EMSGSIZE, "run: packet of 4 GiB");
	WITH(data_size, 0, 0, "run: packet of length 0");
	WITH(data, 0, -EFAULT, "run: packet at NULL");
	WITH(data, ptr(at_the_edge(63)), -EFAULT,
	     "run: packet into a missing page");
	WITH(data, ptr(at_the_edge(64)), 0,
	     "run: packet before a missing page");
	WITH(data, 0xffff800000000000ULL, -EFAULT,
	     "run: packet in kernel memory");
	WITH(wire_len, 0xffffffff, 0, "run: wire length of 4 GiB");
	WITH(wire_len, 1, 0, "run: shorter on the wire than here");
#undef WITH
	test = good;
	test.data_out = 0xffff800000000000ULL;
	test.data_out_size = 64;
	expect_run(fd, test, -EFAULT, "run: packet out to kernel memory");
	close(fd);
}

static void test_packet_out(void)
{
	unsigned char out[sizeof(packet_tcp_80) + 1];
	struct weir_test_run test = {
		.size = sizeof(test),
		.data = ptr(packet_tcp_80),
		.data_size = sizeof(packet_tcp_80),
		.data_out = ptr(out),
		.data_out_size = sizeof(out),
	};
	int fd = load_42(), got;

	memset(out, 'x', sizeof(out));
	got = do_ioctl(fd, WEIR_IOC_TEST_RUN, &test);
	ksft_test_result(got == 0 &&
				 test.data_out_size == sizeof(packet_tcp_80) &&
				 !memcmp(out, packet_tcp_80, sizeof(out) - 1) &&
				 out[sizeof(out) - 1] == 'x',
			 "run: the packet comes back\n");
	memset(out, 'x', sizeof(out));
	test.data_out_size = 10;
	got = do_ioctl(fd, WEIR_IOC_TEST_RUN, &test);
	ksft_test_result(
		got == -ENOSPC && test.data_out_size == sizeof(packet_tcp_80) &&
			test.verdict == 42 && !memcmp(out, packet_tcp_80, 10) &&
			out[10] == 'x',
		"run: the packet is cut to the room there is\n");
	test.data_out = 0;
	got = do_ioctl(fd, WEIR_IOC_TEST_RUN, &test);
	ksft_test_result(got == 0 &&
				 test.data_out_size == sizeof(packet_tcp_80),
			 "run: the packet's size without the packet\n");
	close(fd);
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void test_signal(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval in_100_ms = { .it_value.tv_usec = 100000 };
	struct weir_test_run test = {
		.size = sizeof(test),
		.repeat = WEIR_MAX_REPEAT,
	};
	int fd = load_42();

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &in_100_ms, NULL);
	expect_run(fd, test, -EINTR, "run: a signal ends it");
	close(fd);
}

/*
 * PROG_INFO
 */

static unsigned char image[65536];

static void test_info(void)
{
	struct weir_prog_info info = { .size = sizeof(info) };
	struct weir_load attr = CLASSIC(tcp_80, 0);
	struct bpf_insn insns[64];
	unsigned int nr_insns;
	int fd;

	memcpy(attr.name, "a name, 15 long", 16);
	fd = load(&attr);
	do_ioctl(fd, WEIR_IOC_PROG_INFO, &info);
	ksft_test_result(!strcmp(info.name, attr.name) &&
				 info.kind == WEIR_KIND_SOCKET &&
				 info.flags == WEIR_LOAD_CLASSIC,
			 "info: name, kind, flags\n");
	ksft_test_result(info.nr_insns >= NR(tcp_80) &&
				 info.nr_insns < NR(insns) &&
				 info.nr_guards > 0 && info.load_ns,
			 "info: numbers without buffers\n");

	nr_insns = info.nr_insns;
	info.insns = ptr(insns);
	info.nr_insns = NR(insns);
	do_ioctl(fd, WEIR_IOC_PROG_INFO, &info);
	ksft_test_result(info.nr_insns == nr_insns &&
				 insns[nr_insns - 1].code ==
					 (BPF_JMP | BPF_EXIT),
			 "info: instructions, an exit at the end\n");
	memset(insns, 'x', sizeof(insns));
	info.nr_insns = 2;
	do_ioctl(fd, WEIR_IOC_PROG_INFO, &info);
	ksft_test_result(info.nr_insns == nr_insns && insns[1].code != 'x' &&
				 insns[2].code == 'x',
			 "info: instructions cut to the room there is\n");

	info.reserved = 1;
	expect(do_ioctl(fd, WEIR_IOC_PROG_INFO, &info), -EINVAL,
	       "info: reserved field");
	info.reserved = 0;
	info.insns = ptr(at_the_edge(4));
	info.nr_insns = 1;
	expect(do_ioctl(fd, WEIR_IOC_PROG_INFO, &info), -EFAULT,
	       "info: instructions into a missing page");
	info.insns = 0;
	info.guards = 0xffff800000000000ULL;
	info.nr_guards = 1;
	expect(do_ioctl(fd, WEIR_IOC_PROG_INFO, &info), -EFAULT,
	       "info: guards in kernel memory");
	close(fd);

	fd = load_classic(tcp_80, NR(tcp_80), WEIR_LOAD_INTERP);
	memset(&info, 0, sizeof(info));
	info.size = sizeof(info);
	do_ioctl(fd, WEIR_IOC_PROG_INFO, &info);
	ksft_test_result(info.nr_insns == nr_insns && !info.image_bytes,
			 "info: an interpreted program has no image\n");
	close(fd);
}

static bool guards_lie_well(const struct weir_prog_info *info,
			    const struct weir_guard_info *guard)
{
	for (unsigned int i = 0; i < info->nr_guards; i++)
		if (guard[i].pc >= info->nr_insns ||
		    (i && guard[i].pc < guard[i - 1].pc) ||
		    guard[i].code_off < info->body_off ||
		    guard[i].code_off >= info->stubs_off ||
		    guard[i].stub_off < info->stubs_off ||
		    guard[i].stub_off >= info->pool_off)
			return false;
	return true;
}

static void test_image(void)
{
	static unsigned char part[sizeof(image)];
	struct weir_guard_info guards[64];
	struct weir_prog_info info = {
		.size = sizeof(info),
		.guards = ptr(guards),
		.nr_guards = NR(guards),
		.image = ptr(image),
		.image_bytes = sizeof(image),
	};
	int fd = load_classic(tcp_80, NR(tcp_80), 0);
	unsigned int bytes;

	do_ioctl(fd, WEIR_IOC_PROG_INFO, &info);
	bytes = info.image_bytes;
	ksft_test_result(!(bytes & 3) && bytes <= sizeof(image) &&
				 0 < info.body_off &&
				 info.body_off < info.stubs_off &&
				 info.stubs_off <= info.pool_off &&
				 info.pool_off <= bytes,
			 "image: its parts\n");
	ksft_test_result(info.nr_guards <= NR(guards) &&
				 guards_lie_well(&info, guards),
			 "image: guards and where they lie\n");
	memset(part, 'x', sizeof(part));
	info.image = ptr(part);
	info.image_bytes = 5;
	info.nr_guards = 0;
	do_ioctl(fd, WEIR_IOC_PROG_INFO, &info);
	ksft_test_result(!memcmp(part, image, 5) && part[5] == 'x' &&
				 info.image_bytes == bytes,
			 "image: cut to the room there is\n");
	info.image = ptr(at_the_edge(4));
	info.image_bytes = sizeof(image);
	expect(do_ioctl(fd, WEIR_IOC_PROG_INFO, &info), -EFAULT,
	       "image: into a missing page");
	close(fd);
}

/*
 * Who may
 */

/* Runs @child as nobody in a process of its own; its exit status. */
static int as_nobody(int (*child)(int fd), int fd)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(syscall(SYS_setresuid, 65534, 65534, 65534) ? 99
								  : child(fd));
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status)
		       ? WEXITSTATUS(status)
		       : 99;
}

static int nobody_opens(int fd)
{
	(void)fd;
	return open(DEVICE, O_RDWR) < 0 ? errno : 0;
}

static int nobody_loads(int fd)
{
	(void)fd;
	return -load_42();
}

static int nobody_runs(int fd)
{
	return run(fd, packet_64k, 64, 0);
}

/* A guard's exit record has no registers for nobody. */
static int nobody_reads_registers(int fd)
{
	struct weir_test_run test = { .size = sizeof(test) };

	if (do_ioctl(fd, WEIR_IOC_TEST_RUN, &test) ||
	    test.exit.kind != WEIR_EXIT_GUARD)
		return 98;
	for (int i = 0; i < WEIR_NR_REGS; i++)
		if (test.exit.regs[i])
			return 1;
	return 0;
}

static void test_rights(void)
{
	int fd = load_42();
	struct stat st;

	stat(DEVICE, &st);
	expect(st.st_mode & 07777, 0600, "rights: the device's mode");
	expect(as_nobody(nobody_opens, fd), EACCES, "rights: nobody opens");
	expect(as_nobody(nobody_loads, fd), EPERM,
	       "rights: nobody loads through an open device");
	expect(as_nobody(nobody_runs, fd), 42,
	       "rights: nobody runs a program it was given");
	close(fd);
	fd = load_classic(ret_word, NR(ret_word), 0);
	expect(as_nobody(nobody_reads_registers, fd), 0,
	       "rights: nobody sees no registers");
	close(fd);
}

/*
 * Life: descriptors, processes, threads
 */

static void test_life(void)
{
	int fd = load_42(), copy, status;
	pid_t pid;

	expect(parameter("programs"), 1, "life: one program");
	copy = dup(fd);
	close(fd);
	expect(run(copy, NULL, 0, 0), 42, "life: a copy keeps it");
	pid = fork();
	if (!pid) {
		close(dev);
		_exit(unload() == -EAGAIN && run(copy, NULL, 0, 0) == 42 ? 0
									 : 1);
	}
	close(copy);
	waitpid(pid, &status, 0);
	expect(status, 0, "life: a child runs it after its parent closed it");
	expect(parameter("programs"), 0, "life: the last close frees it");
	expect(parameter("code_used"), 0, "life: and its code");
}

static void test_no_descriptors_left(void)
{
	struct rlimit old, none;
	struct weir_load attr = CLASSIC(ret_42, 0);

	getrlimit(RLIMIT_NOFILE, &old);
	none = old;
	none.rlim_cur = next_fd();
	setrlimit(RLIMIT_NOFILE, &none);
	expect(load(&attr), -EMFILE, "life: no descriptor to be had");
	setrlimit(RLIMIT_NOFILE, &old);
	expect(parameter("programs"), 0, "life: then there is no program");
}

/* The module stays while anything is open, and goes when nothing is. */
static void test_unload(void)
{
	int fd, ko, got;

	expect(unload(), -EAGAIN, "unload: refused with the device open");
	fd = load_42();
	close(dev);
	expect(unload(), -EAGAIN, "unload: refused with a program open");
	expect(run(fd, NULL, 0, 0), 42, "unload: that runs on");
	close(fd);
	expect(unload(), 0, "unload: done when all is closed");
	expect(access(DEVICE, F_OK) ? -errno : 0, -ENOENT,
	       "unload: the device is gone");
	ko = open(MODULE, O_RDONLY);
	got = syscall(SYS_finit_module, ko, "programs=7", 0) ? -errno : 0;
	expect(got, -EPERM, "reload: numbers for reading cannot be set");
	got = syscall(SYS_finit_module, ko, "", 0) ? -errno : 0;
	close(ko);
	expect(got, 0, "reload");
	dev = open(DEVICE, O_RDWR | O_CLOEXEC);
	fd = load_42();
	expect(run(fd, NULL, 0, 0), 42, "reload: works");
	close(fd);
}

#define LEAK_LOADS 2000
#define LEAK_KB 1024 /* half a kilobyte each would show */

static void test_leaks(void (*once)(void), const char *name)
{
	int fds = next_fd();
	long before, after;

	for (int i = 0; i < LEAK_LOADS / 4; i++)
		once();
	before = kernel_memory();
	for (int i = 0; i < LEAK_LOADS; i++)
		once();
	after = kernel_memory();
	if (after - before >= LEAK_KB)
		ksft_print_msg("%ld kB before, %ld kB after\n", before, after);
	ksft_test_result(after - before < LEAK_KB && next_fd() == fds &&
				 parameter("programs") == 0 &&
				 parameter("code_used") == 0,
			 "leaks: %s\n", name);
}

static void once_good(void)
{
	int fd = load_classic(tcp_80, NR(tcp_80), 0);

	run(fd, packet_tcp_80, sizeof(packet_tcp_80), 0);
	close(fd);
}

static void once_rejected(void)
{
	load_classic(tcp_80, NR(tcp_80) - 1, 0);
}

/* The log cannot be written when all else has been done. */
static void once_faulting(void)
{
	struct weir_load attr = CLASSIC(tcp_80, 0);

	attr.log = ptr(at_the_edge(0));
	attr.log_size = 4096;
	load(&attr);
}

/* A long program with nothing to leave out; of zeros it makes 5. */
static void fill_long(struct sock_filter *insns, size_t nr)
{
	static const struct sock_filter step[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
		BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
	};
	size_t i;

	for (i = 0; i + NR(step) <= nr - 2; i += NR(step)) {
		memcpy(&insns[i], step, sizeof(step));
		insns[i].k = i & 15;
	}
	for (; i < nr - 1; i++)
		insns[i] = (struct sock_filter)BPF_STMT(
			BPF_ALU | BPF_OR | BPF_K, 5);
	insns[i] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_A, 0);
}

/* Fill the code memory; then all is given back. */
static void test_code_full(void)
{
	static struct sock_filter insns[20000];
	static int fds[1024];
	int nr = 0, got = 0;
	long total;

	fill_long(insns, NR(insns));
	while (nr < (int)NR(fds)) {
		got = load_classic(insns, NR(insns), 0);
		if (got < 0)
			break;
		fds[nr++] = got;
	}
	total = parameter("code_total");
	ksft_print_msg("%d programs in %ld of %ld bytes\n", nr,
		       parameter("code_used"), total);
	expect(got, -ENOSPC, "code memory: full");
	ksft_test_result(nr > 1 && parameter("programs") == nr,
			 "code memory: what fitted is there\n");
	if (nr)
		expect(run(fds[nr - 1], packet_64k, 16, 0), 5,
		       "code memory: the last one runs");
	got = load_classic(insns, NR(insns), WEIR_LOAD_INTERP);
	expect(run(got, packet_64k, 16, 0), 5,
	       "code memory: interpreted programs need none");
	close(got);
	while (nr)
		close(fds[--nr]);
	expect(parameter("code_used"), 0, "code memory: all given back");
}

struct race {
	int fd;
	bool closing; /* the descriptor may vanish */
	bool failed;
};

static void *runner(void *arg)
{
	struct race *race = arg;

	for (int i = 0; i < 200; i++) {
		struct weir_test_run test = {
			.size = sizeof(test),
			.repeat = 100,
		};
		int err = do_ioctl(race->fd, WEIR_IOC_TEST_RUN, &test);

		if (err == -EBADF && race->closing)
			break;
		if (err || test.verdict != 0)
			race->failed = true;
	}
	return NULL;
}

static void *loader(void *arg)
{
	struct race *race = arg;

	for (int i = 0; i < 300; i++) {
		int fd = load_classic(tcp_80, NR(tcp_80), 0);

		if (fd < 0 ||
		    run(fd, packet_tcp_80, sizeof(packet_tcp_80), 0) != 262144)
			race->failed = true;
		close(fd);
	}
	return NULL;
}

#define THREADS 4

static void start(pthread_t *threads, void *(*fn)(void *), struct race *race)
{
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, fn, race);
}

static void join(pthread_t *threads)
{
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void test_threads(void)
{
	struct race race = {};
	pthread_t threads[THREADS];

	race.fd = load_classic(ret_word, NR(ret_word), 0);
	start(threads, runner, &race);
	join(threads);
	ksft_test_result(!race.failed, "threads: one program, many runs\n");
	ksft_test_result(guard_exits(race.fd) == THREADS * 200 * 100,
			 "threads: no count is lost\n");
	close(race.fd);

	race.failed = false;
	race.closing = true;
	for (int i = 0; i < 30; i++) {
		race.fd = load_classic(ret_word, NR(ret_word), 0);
		start(threads, runner, &race);
		usleep(i * 100);
		close(race.fd);
		join(threads);
	}
	ksft_test_result(!race.failed, "threads: closed while it runs\n");

	race.failed = false;
	start(threads, loader, &race);
	join(threads);
	ksft_test_result(!race.failed, "threads: loaded and closed at once\n");
	expect(parameter("programs"), 0, "threads: nothing is left");
	expect(parameter("code_used"), 0, "threads: no code is left");
}

int main(void)
{
	ksft_print_header();
	page = sysconf(_SC_PAGESIZE);
	guarded = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(guarded + page, page);
	packet_64k[65535] = 7;
	dev = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (dev < 0)
		ksft_exit_skip("%s: %s\n", DEVICE, strerror(errno));

	test_verdicts(0, "compiled");
	test_verdicts(WEIR_LOAD_INTERP, "interpreted");
	test_kinds();
	test_counts(0, "compiled");
	test_counts(WEIR_LOAD_INTERP, "interpreted");
	test_commands();
	test_sizes();
	test_load_fields();
	test_rejects();
	test_log();
	test_run_fields();
	test_packet_out();
	test_signal();
	test_info();
	test_rights();
	test_life();
	test_no_descriptors_left();
	test_unload();
	test_threads();
	if (compiles()) {
		test_image();
		test_code_full();
	} else {
		ksft_test_result_skip("no machine code for this processor",
				      "image and code memory\n");
	}
	test_leaks(once_good, "loaded, run, closed");
	test_leaks(once_rejected, "rejected");
	test_leaks(once_faulting, "log not writable");
	close(dev);
	return ksft_finished();
}
