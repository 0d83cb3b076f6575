// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Links from the outside: what attaches and what does not, and why; who may;
 * devices that go meanwhile, replacements at once; everything out by force.
 */
#include <pthread.h>
#include <sched.h>
#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include "selftests/kernel/guest.h"

static int dev = -1;

/*
 * Programs
 */

#define MOV(dst_, imm_)                                                 \
	{                                                               \
		.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (dst_), \
		.imm = (imm_)                                           \
	}
#define EXIT                               \
	{                                  \
		.code = BPF_JMP | BPF_EXIT \
	}
#define LDW(dst_, src_, off_)                                         \
	{                                                             \
		.code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = (dst_), \
		.src_reg = (src_), .off = (off_)                      \
	}
#define JEQ(dst_, imm_, off_)                                         \
	{                                                             \
		.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = (dst_), \
		.imm = (imm_), .off = (off_)                          \
	}
#define JA(off_)                                        \
	{                                               \
		.code = BPF_JMP | BPF_JA, .off = (off_) \
	}

static const struct bpf_insn ret_1[] = { MOV(0, 1), EXIT };
static const struct bpf_insn ret_2[] = { MOV(0, 2), EXIT };
static const struct bpf_insn ret_3[] = { MOV(0, 3), EXIT };
static const struct bpf_insn ret_4[] = { MOV(0, 4), EXIT };
static const struct bpf_insn ret_6[] = { MOV(0, 6), EXIT };
static const struct bpf_insn ret_7[] = { MOV(0, 7), EXIT };
/* clang's shapes: one exit for all, a default made before the question */
static const struct bpf_insn one_exit[] = {
	LDW(1, 1, 12), JEQ(1, 7, 2), MOV(0, 2), JA(1), MOV(0, 4), EXIT,
};
static const struct bpf_insn default_first[] = {
	LDW(2, 1, 12), MOV(0, 3), JEQ(2, 7, 1), MOV(0, 2), EXIT,
};
/* 3 is compared, not returned */
static const struct bpf_insn not_returned[] = {
	LDW(2, 1, 12), MOV(0, 3), JEQ(2, 7, 0), MOV(0, 2), EXIT,
};
/* nobody comes to the 4 */
static const struct bpf_insn not_reached[] = {
	MOV(1, 1), MOV(0, 2), JEQ(1, 1, 1), MOV(0, 4), EXIT,
};
/* 4 is what a subprogram returns, which is no verdict */
static const struct bpf_insn in_subprog[] = {
	{ .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_CALL, .imm = 2 },
	MOV(0, 2),
	EXIT,
	MOV(0, 4),
	EXIT,
};

static int load(const struct bpf_insn *insns, size_t nr, int kind,
		uint64_t fail_verdict)
{
	struct weir_load attr = {
		.size = sizeof(attr),
		.kind = (uint32_t)kind,
		.nr_insns = (uint32_t)nr,
		.insns = ptr(insns),
		.fail_verdict = fail_verdict,
		.name = "test",
	};

	return do_ioctl(dev, WEIR_IOC_LOAD, &attr);
}
#define LOAD(insns, kind) load(insns, NR(insns), kind, 0)

static char line[WEIR_MAX_LINE];

static struct weir_attach on_loopback(int prog, int hook)
{
	memset(line, 'x', sizeof(line));
	return (struct weir_attach){
		.size = sizeof(struct weir_attach),
		.prog_fd = prog,
		.hook = (uint32_t)hook,
		.ifindex = hook >= WEIR_HOOK_INGRESS ? if_nametoindex("lo") : 0,
		.netns_fd = -1,
		.name = "test",
		.log = ptr(line),
		.log_size = sizeof(line),
	};
}

static int attach(struct weir_attach *attr)
{
	return do_ioctl(dev, WEIR_IOC_ATTACH, attr);
}

static void expect_attach(struct weir_attach attr, int want, const char *name)
{
	int fds = next_fd(), got = attach(&attr);

	expect(got < 0 ? got : 0, want, name);
	close(got);
	if (next_fd() != fds)
		ksft_test_result(false, "%s: leaves a descriptor\n", name);
}

/*
 * What is no place, and no program for it
 */

static void test_fields(void)
{
	int prog = LOAD(ret_1, WEIR_KIND_SOCKET), other = dup(0);
	const struct weir_attach good = on_loopback(prog, WEIR_HOOK_INGRESS);
	const struct weir_attach input = on_loopback(prog, WEIR_HOOK_INPUT);
	struct weir_attach attr;

#define WITH(base, field, value, want, name)     \
	do {                                     \
		attr = base;                     \
		attr.field = value;              \
		expect_attach(attr, want, name); \
	} while (0)
	expect_attach(good, 0, "attach: ingress");
	expect_attach(input, 0, "attach: input");
	WITH(good, size, 8, -EINVAL, "attach: size too small");
	WITH(good, size, 64, 0, "attach: the first version's size");
	WITH(good, hook, WEIR_NR_HOOKS, -EINVAL, "attach: no such hook");
	WITH(good, hook, 0xffffffff, -EINVAL, "attach: hook -1");
	WITH(good, flags, 1u << 31, -EINVAL, "attach: unknown flag");
	WITH(good, flags, WEIR_ATTACH_IPV4, -EINVAL,
	     "attach: a family of a device's hook");
	WITH(good, flags, WEIR_ATTACH_CAPTURE, -EINVAL,
	     "attach: capture without rings");
	WITH(good, flags, WEIR_ATTACH_CAPTURE | WEIR_ATTACH_MATCH_DROPS,
	     -EINVAL, "attach: capture that drops");
	WITH(good, ifindex, 0, -EINVAL, "attach: ingress of no device");
	WITH(good, ifindex, 12345, -ENODEV, "attach: no such device");
	WITH(good, ifindex, 0xffffffff, -ENODEV, "attach: device -1");
	WITH(input, ifindex, 12345, -ENODEV, "attach: input, no such device");
	WITH(good, prog_fd, -1, -EBADF, "attach: no program");
	WITH(good, prog_fd, other, -EINVAL, "attach: not a program");
	WITH(good, netns_fd, 12345, -EBADF, "attach: no such namespace");
	WITH(good, netns_fd, other, -EINVAL, "attach: not a namespace");
	WITH(good, priority, INT32_MIN, 0, "attach: the first of all");
	WITH(good, priority, INT32_MAX, 0, "attach: the last of all");
	WITH(input, priority, INT32_MIN, 0, "attach: input, the first of all");
	WITH(good, reserved, 1, -EINVAL, "attach: reserved field");
	WITH(good, reserved2, 1, -EINVAL, "attach: second reserved field");
	WITH(good, log_size, 0, -EINVAL, "attach: log without size");
	WITH(good, log_size, WEIR_MAX_LINE + 1, -EINVAL,
	     "attach: log too large");
	WITH(good, snaplen, 1, -EINVAL, "attach: snaplen without capture");
	WITH(good, ring_fds, ptr(line), -EINVAL, "attach: rings, none");
#undef WITH
	close(other);
	close(prog);
}

static void test_kinds(void)
{
	static const char *const kinds[] = {
		[WEIR_KIND_SOCKET] = "socket",
		[WEIR_KIND_TC] = "tc",
		[WEIR_KIND_XDP] = "xdp",
		[WEIR_KIND_MEM] = "mem",
	};
	char name[64];

	for (int kind = WEIR_KIND_SOCKET; kind < WEIR_NR_KINDS; kind++) {
		int prog = LOAD(ret_2, kind);

		for (int hook = 0; hook < WEIR_NR_HOOKS; hook++) {
			bool fits = kind == WEIR_KIND_SOCKET ||
				    kind == WEIR_KIND_TC ||
				    (kind == WEIR_KIND_XDP &&
				     hook == WEIR_HOOK_INGRESS);

			snprintf(name, sizeof(name), "kinds: %s at hook %d",
				 kinds[kind], hook);
			expect_attach(on_loopback(prog, hook),
				      fits ? 0 : -EINVAL, name);
		}
		close(prog);
	}
}

/*
 * Verdicts that no hook can do
 */

static void expect_verdict(int prog, const char *words, const char *name)
{
	struct weir_attach attr = on_loopback(prog, WEIR_HOOK_INGRESS);
	int got = attach(&attr);
	bool ok = words ? got == -EOPNOTSUPP && strstr(line, words) : got >= 0;

	if (!ok)
		ksft_print_msg("%s: %d, %.80s\n", name, got, line);
	ksft_test_result(ok, "%s\n", name);
	close(got);
	close(prog);
}

static void test_verdicts(void)
{
	static const struct bpf_insn guarded[] = {
		{ .code = BPF_LD | BPF_ABS | BPF_B, .imm = 3 },
		MOV(0, 1),
		EXIT,
	};
	static const struct bpf_insn save_ctx = {
		.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 6, .src_reg = 1
	};
	struct bpf_insn with_guard[4] = { save_ctx, guarded[0], guarded[1],
					  guarded[2] };
	const int tc = WEIR_KIND_TC, xdp = WEIR_KIND_XDP;

	expect_verdict(LOAD(ret_3, xdp), "3 (XDP_TX), made by instruction 0",
		       "verdicts: XDP_TX");
	expect_verdict(LOAD(ret_4, xdp), "4 (XDP_REDIRECT)",
		       "verdicts: XDP_REDIRECT");
	expect_verdict(LOAD(ret_7, xdp), "returns 7, made",
		       "verdicts: a number that is none");
	expect_verdict(LOAD(ret_2, xdp), NULL, "verdicts: XDP_PASS");
	expect_verdict(LOAD(ret_7, tc), "7 (TC_ACT_REDIRECT)",
		       "verdicts: TC_ACT_REDIRECT");
	expect_verdict(LOAD(ret_6, tc), "6 (TC_ACT_REPEAT)",
		       "verdicts: TC_ACT_REPEAT");
	expect_verdict(LOAD(ret_4, tc), NULL, "verdicts: TC_ACT_STOLEN");
	expect_verdict(LOAD(ret_7, WEIR_KIND_SOCKET), NULL,
		       "verdicts: of a socket any");
	expect_verdict(LOAD(one_exit, xdp),
		       "4 (XDP_REDIRECT), made by "
		       "instruction 4",
		       "verdicts: one exit for all");
	expect_verdict(LOAD(default_first, xdp),
		       "3 (XDP_TX), made by "
		       "instruction 1",
		       "verdicts: a default made first");
	expect_verdict(LOAD(not_returned, xdp), NULL,
		       "verdicts: made, and made anew");
	expect_verdict(LOAD(not_reached, xdp), NULL,
		       "verdicts: where nobody comes");
	expect_verdict(LOAD(in_subprog, xdp), NULL,
		       "verdicts: of a subprogram none");
	expect_verdict(load(with_guard, 4, tc, 7),
		       "fail verdict is 7 (TC_ACT_REDIRECT)",
		       "verdicts: the fail verdict");
	expect_verdict(load(ret_1, NR(ret_1), tc, 7), NULL,
		       "verdicts: the fail verdict of what cannot fail");
}

static void test_replace_verdict(void)
{
	int good = LOAD(ret_2, WEIR_KIND_XDP), bad = LOAD(ret_4, WEIR_KIND_XDP);
	struct weir_attach attr = on_loopback(good, WEIR_HOOK_INGRESS);
	int link = attach(&attr);
	struct weir_link_info before = { .size = sizeof(before) };
	struct weir_link_info after = { .size = sizeof(after) };
	struct weir_link_update update = {
		.size = sizeof(update),
		.prog_fd = bad,
		.old_prog_fd = -1,
		.log = ptr(line),
		.log_size = sizeof(line),
	};

	do_ioctl(link, WEIR_IOC_LINK_INFO, &before);
	expect(do_ioctl(link, WEIR_IOC_LINK_UPDATE, &update), -EOPNOTSUPP,
	       "replace: by one with such a verdict");
	do_ioctl(link, WEIR_IOC_LINK_INFO, &after);
	ksft_test_result(before.prog_id == after.prog_id &&
				 strstr(line, "XDP_REDIRECT"),
			 "replace: said why, and the old one stays\n");
	update.size = 16;
	update.prog_fd = good;
	expect(do_ioctl(link, WEIR_IOC_LINK_UPDATE, &update), 0,
	       "replace: the first version's size");
	close(link);
	close(good);
	close(bad);
}

/*
 * Who may: CAP_NET_ADMIN in the user namespace that owns the network
 * namespace. The children have a user namespace of their own, and in it all
 * capabilities.
 */

/* Its exit status, of a child in namespaces of its own. */
static int in_own_namespaces(int flags, int (*child)(int arg), int arg)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (unshare(flags))
			_exit(99);
		_exit(child(arg));
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status)
		       ? WEXITSTATUS(status)
		       : 98;
}

/* In a network namespace of its own: all of it. */
static int child_attaches(int prog)
{
	struct weir_attach attr = on_loopback(prog, WEIR_HOOK_INPUT);
	int mine = LOAD(ret_1, WEIR_KIND_SOCKET), link;

	if (mine < 0)
		return -mine;
	link = attach(&attr);
	return link < 0 ? -link : 0;
}

/* By a descriptor of the namespace that the parent is in. */
static int child_attaches_outside(int netns)
{
	int prog = LOAD(ret_1, WEIR_KIND_SOCKET), link;
	struct weir_attach attr = on_loopback(prog, WEIR_HOOK_INPUT);

	attr.netns_fd = netns;
	link = attach(&attr);
	return link < 0 ? -link : 0;
}

static int child_opens(int unused)
{
	(void)unused;
	return open(DEVICE, O_RDWR) < 0 ? errno : 0;
}

static int child_lists(int unused)
{
	struct weir_next next = { .size = sizeof(next),
				  .object = WEIR_OBJECT_PROG };

	(void)unused;
	return -do_ioctl(dev, WEIR_IOC_NEXT, &next);
}

static int child_evicts(int unused)
{
	struct weir_evict evict = { .size = sizeof(evict) };

	(void)unused;
	return -do_ioctl(dev, WEIR_IOC_EVICT, &evict);
}

static int child_sees_limits(int unused)
{
	struct weir_limits limits = { .size = sizeof(limits) };

	(void)unused;
	return -do_ioctl(dev, WEIR_IOC_LIMITS, &limits);
}

/* Words of the image that lead to helpers are zero, registers too. */
static int child_sees_addresses(int prog)
{
	static unsigned char mine[65536];
	struct weir_prog_info info = {
		.size = sizeof(info),
		.image = ptr(mine),
		.image_bytes = sizeof(mine),
	};
	struct weir_test_run run = { .size = sizeof(run) };
	static const unsigned char a64_nop[] = { 0x1f, 0x20, 0x03, 0xd5 };
	uint32_t i;

	if (do_ioctl(prog, WEIR_IOC_PROG_INFO, &info) ||
	    do_ioctl(prog, WEIR_IOC_TEST_RUN, &run))
		return 97;
	/* its pool holds the address of a helper, and what aligns that */
	i = info.pool_off;
	if (!memcmp(mine + i, a64_nop, sizeof(a64_nop)))
		i += sizeof(a64_nop);
	for (; i < info.image_bytes; i++)
		if (mine[i])
			return 1;
	for (i = 0; i < WEIR_NR_REGS; i++)
		if (run.exit.regs[i])
			return 2;
	return 0;
}

static void test_rights(void)
{
	const int both = CLONE_NEWUSER | CLONE_NEWNET;
	int prog = LOAD(ret_1, WEIR_KIND_SOCKET);
	int netns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (in_own_namespaces(CLONE_NEWUSER, child_sees_limits, 0) == 99) {
		ksft_test_result_skip("no user namespaces in this kernel",
				      "rights in namespaces\n");
		goto out;
	}
	expect(in_own_namespaces(both, child_attaches, prog), 0,
	       "rights: root of a namespace filters there");
	expect(in_own_namespaces(both, child_attaches_outside, netns), EPERM,
	       "rights: and nowhere else");
	expect(in_own_namespaces(CLONE_NEWUSER, child_attaches, prog), EPERM,
	       "rights: nor in the host's network namespace");
	expect(in_own_namespaces(CLONE_NEWUSER, child_opens, 0), EPERM,
	       "rights: there the device does not open");
	expect(in_own_namespaces(both, child_opens, 0), 0,
	       "rights: in a namespace of one's own it does");
	expect(in_own_namespaces(both, child_lists, 0), EPERM,
	       "rights: ids are for the host's administrator");
	expect(in_own_namespaces(both, child_evicts, 0), EPERM,
	       "rights: so is eviction");
	expect(in_own_namespaces(both, child_sees_limits, 0), 0,
	       "rights: limits are for all who may load");
	expect(in_own_namespaces(CLONE_NEWNET, child_attaches_outside, netns),
	       0, "rights: the host's administrator filters everywhere");
out:
	close(netns);
	close(prog);
}

static void test_addresses(void)
{
	/* r0 = ktime_get_ns(); guard; return */
	static const struct bpf_insn calls[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X,
		  .dst_reg = 6,
		  .src_reg = 1 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_ktime_get_ns },
		{ .code = BPF_LD | BPF_ABS | BPF_B, .imm = 3 },
		EXIT,
	};
	int prog = LOAD(calls, WEIR_KIND_SOCKET);

	if (in_own_namespaces(CLONE_NEWUSER, child_sees_limits, 0) == 99)
		ksft_test_result_skip("no user namespaces in this kernel",
				      "addresses\n");
	else
		expect(in_own_namespaces(CLONE_NEWUSER | CLONE_NEWNET,
					 child_sees_addresses, prog),
		       0, "addresses: none for who has no right in the host");
	close(prog);
}

/*
 * Devices that come and go
 */

static int rtnl = -1;

static void put_attr(struct nlmsghdr *msg, int type, const void *data,
		     size_t size)
{
	struct rtattr *attr =
		(void *)((char *)msg + NLMSG_ALIGN(msg->nlmsg_len));

	attr->rta_type = (unsigned short)type;
	attr->rta_len = (unsigned short)RTA_LENGTH(size);
	memcpy(RTA_DATA(attr), data, size);
	msg->nlmsg_len = NLMSG_ALIGN(msg->nlmsg_len) + RTA_ALIGN(attr->rta_len);
}

/* Ask, and hear: 0 or -errno. */
static int talk(struct nlmsghdr *msg)
{
	char answer[1024];
	ssize_t got;

	if (send(rtnl, msg, msg->nlmsg_len, 0) < 0)
		return -errno;
	got = recv(rtnl, answer, sizeof(answer), 0);
	return got < (ssize_t)sizeof(struct nlmsgerr)
		       ? -EIO
		       : ((struct nlmsgerr *)NLMSG_DATA(answer))->error;
}

static int device(int command, const char *name)
{
	static const char kind[] = "dummy";
	struct {
		struct nlmsghdr head;
		struct ifinfomsg info;
		char attrs[256];
	} msg = {
		.head.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
		.head.nlmsg_type = (unsigned short)command,
		.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK |
				    (command == RTM_NEWLINK ? NLM_F_CREATE : 0),
	};
	struct rtattr *info = (void *)((char *)&msg + msg.head.nlmsg_len);

	put_attr(&msg.head, IFLA_IFNAME, name, strlen(name) + 1);
	if (command == RTM_NEWLINK) {
		info = (void *)((char *)&msg + msg.head.nlmsg_len);
		put_attr(&msg.head, IFLA_LINKINFO, "", 0);
		put_attr(&msg.head, IFLA_INFO_KIND, kind, sizeof(kind));
		info->rta_len =
			(unsigned short)((char *)&msg + msg.head.nlmsg_len -
					 (char *)info);
	}
	return talk(&msg.head);
}

struct race {
	int prog, other;
	int link;
	volatile uint32_t ifindex;
	volatile bool stop;
	int wrong; /* an errno that should not be */
	unsigned int good;
};

/* Attaches to a device that may be gone by then. */
static void *attacher(void *arg)
{
	struct race *race = arg;
	struct weir_attach attr = on_loopback(race->prog, WEIR_HOOK_INGRESS);
	struct weir_link_info info = { .size = sizeof(info) };

	attr.log = attr.log_size = 0;
	while (!race->stop) {
		int link;

		attr.ifindex = race->ifindex;
		if (!attr.ifindex)
			continue;
		link = attach(&attr);
		if (link >= 0) {
			race->good++;
			do_ioctl(link, WEIR_IOC_LINK_INFO, &info);
			close(link);
		} else if (link != -ENODEV) {
			race->wrong = -link;
		}
	}
	return NULL;
}

#define ROUNDS 60

static void test_vanishing(void)
{
	struct race race = { .prog = LOAD(ret_1, WEIR_KIND_SOCKET) };
	struct weir_attach attr;
	struct weir_link_info info = { .size = sizeof(info) };
	pthread_t threads[2];
	bool ok = true;
	int link;

	if (device(RTM_NEWLINK, "gone0")) {
		ksft_test_result_skip("no dummy devices in this kernel",
				      "devices that go\n");
		close(race.prog);
		return;
	}
	attr = on_loopback(race.prog, WEIR_HOOK_INGRESS);
	attr.ifindex = if_nametoindex("gone0");
	link = attach(&attr);
	device(RTM_DELLINK, "gone0");
	do_ioctl(link, WEIR_IOC_LINK_INFO, &info);
	ksft_test_result(link >= 0 && info.detached,
			 "devices: one that goes detaches\n");
	close(link);

	for (size_t i = 0; i < NR(threads); i++)
		pthread_create(&threads[i], NULL, attacher, &race);
	for (int i = 0; ok && i < ROUNDS; i++) {
		ok = !device(RTM_NEWLINK, "gone0");
		race.ifindex = if_nametoindex("gone0");
		usleep(i % 8 * 500);
		ok = ok && !device(RTM_DELLINK, "gone0");
	}
	race.stop = true;
	for (size_t i = 0; i < NR(threads); i++)
		pthread_join(threads[i], NULL);
	if (race.wrong)
		ksft_print_msg("errno %d\n", race.wrong);
	ksft_print_msg("attached %u times\n", race.good);
	ksft_test_result(ok && !race.wrong && race.good,
			 "devices: gone between two steps of an attach\n");
	close(race.prog);
	expect(parameter("programs"), 0, "devices: nothing is left");
}

/*
 * Two replacements at once
 */

/* Puts one in the other's place, if it is still there. */
static void *swapper(void *arg)
{
	struct race *race = arg;
	struct weir_link_update update = { .size = sizeof(update) };

	for (int i = 0; i < 200; i++) {
		int err;

		update.prog_fd = i % 2 ? race->prog : race->other;
		update.old_prog_fd = i % 2 ? race->other : race->prog;
		err = do_ioctl(race->link, WEIR_IOC_LINK_UPDATE, &update);
		if (!err)
			__atomic_add_fetch(&race->good, 1, __ATOMIC_RELAXED);
		else if (err != -EBUSY)
			race->wrong = -err;
	}
	return NULL;
}

static uint32_t id_of(int prog)
{
	struct weir_prog_info info = { .size = sizeof(info) };

	do_ioctl(prog, WEIR_IOC_PROG_INFO, &info);
	return info.id;
}

/* Each that was done took the place of the one before: by turns. */
static void test_replaces(void)
{
	struct race race = { .prog = LOAD(ret_1, WEIR_KIND_SOCKET),
			     .other = LOAD(ret_2, WEIR_KIND_SOCKET) };
	struct weir_attach attr = on_loopback(race.prog, WEIR_HOOK_INGRESS);
	struct weir_link_info info = { .size = sizeof(info) };
	pthread_t threads[3];

	race.link = attach(&attr);
	for (size_t i = 0; i < NR(threads); i++)
		pthread_create(&threads[i], NULL, swapper, &race);
	for (size_t i = 0; i < NR(threads); i++)
		pthread_join(threads[i], NULL);
	do_ioctl(race.link, WEIR_IOC_LINK_INFO, &info);
	ksft_print_msg("%u of 600 were in time\n", race.good);
	ksft_test_result(!race.wrong && race.good &&
				 info.prog_id == id_of(race.good % 2
							       ? race.other
							       : race.prog),
			 "replaces at once: each saw what it asked for\n");
	close(race.link);
	close(race.prog);
	close(race.other);
}

/*
 * Everything out
 */

static void test_evict(void)
{
	struct weir_evict evict = { .size = sizeof(evict) };
	struct weir_link_info info = { .size = sizeof(info) };
	struct weir_pin pin = { .size = sizeof(pin), .op = WEIR_PIN_ADD };
	int prog = LOAD(ret_1, WEIR_KIND_SOCKET);
	struct weir_attach attr = on_loopback(prog, WEIR_HOOK_INPUT);
	int link = attach(&attr), map;
	struct weir_map_create create = {
		.size = sizeof(create),
		.type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 8,
		.max_entries = 1,
		.lock_off = WEIR_NO_FIELD,
		.timer_off = WEIR_NO_FIELD,
		.inner_fd = -1,
		.name = "kept",
	};

	map = do_ioctl(dev, WEIR_IOC_MAP_CREATE, &create);
	strcpy(pin.name, "a-map");
	pin.fd = map;
	do_ioctl(dev, WEIR_IOC_PIN, &pin);
	strcpy(pin.name, "a-link");
	pin.fd = link;
	do_ioctl(dev, WEIR_IOC_PIN, &pin);
	close(map);
	close(prog);
	close(dev);
	expect(unload(), -EAGAIN, "evict: first the module stays");
	dev = open(DEVICE, O_RDWR | O_CLOEXEC);
	evict.flags = 1;
	expect(do_ioctl(dev, WEIR_IOC_EVICT, &evict), -EINVAL,
	       "evict: unknown flag");
	evict.flags = 0;
	expect(do_ioctl(dev, WEIR_IOC_EVICT, &evict), 0, "evict: done");
	ksft_test_result(evict.nr_links == 1 && evict.nr_names == 2,
			 "evict: says what there was\n");
	do_ioctl(link, WEIR_IOC_LINK_INFO, &info);
	expect(info.detached, 1, "evict: who holds the link finds it detached");
	expect(parameter("maps"), 0, "evict: what only a name kept is gone");
	close(link);
	close(dev);
	expect(unload(), 0, "evict: then the module goes");
}

int main(void)
{
	ksft_print_header();
	dev = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (dev < 0)
		ksft_exit_skip("%s: %s\n", DEVICE, strerror(errno));
	rtnl = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	test_fields();
	test_kinds();
	test_verdicts();
	test_replace_verdict();
	test_rights();
	test_addresses();
	test_vanishing();
	test_replaces();
	test_evict();
	/* the next test wants it again */
	dev = open(MODULE, O_RDONLY);
	expect(syscall(SYS_finit_module, dev, "", 0) ? -errno : 0, 0,
	       "loaded again");
	close(dev);
	return ksft_finished();
}
