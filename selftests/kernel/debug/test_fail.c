// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Each allocation, and each access to the user's memory, that a call to the
 * module makes is made to fail, one after the other, by the kernel's fault
 * injection. The call must then fail with the errno of that, or do without;
 * after a failure all must be as before: what there is, descriptors, code
 * memory, elements. Runs in the debugging kernel, as root.
 */
#include <dirent.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include "selftests/kernel/debug/device.h"

#define MAX_FAULTS 4000
#define PARAMETERS "/sys/module/weir/parameters/"

/*
 * Faults
 */

static int nth_fd = -1;

/* The @nth chance from here on is taken; 0: none. */
static void set_nth(unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	/* Handing in a number may be what fails. */
	while (pwrite(nth_fd, text, (size_t)len, 0) != len)
		;
}

/* Was there no such chance? Asking may be what fails. */
static bool is_left(void)
{
	char text[16] = "";

	if (pread(nth_fd, text, sizeof(text) - 1, 0) < 0)
		return true;
	return strtoul(text, NULL, 10) > 0;
}

static bool set_up(const char *file, const char *value)
{
	char path[128];
	FILE *out;
	bool ok;

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s", file);
	out = fopen(path, "w");
	ok = out && fputs(value, out) >= 0;
	if (out && fclose(out))
		ok = false;
	if (!ok)
		ksft_print_msg("%s: %s\n", path, strerror(errno));
	return ok;
}

/* All allocations may fail, and none is reported by the kernel. */
static bool faults_are_ready(void)
{
	nth_fd = open("/proc/self/fail-nth", O_RDWR);
	return nth_fd >= 0 && set_up("failslab/ignore-gfp-wait", "N") &&
	       set_up("failslab/verbose", "0") &&
	       set_up("fail_page_alloc/ignore-gfp-wait", "N") &&
	       set_up("fail_page_alloc/ignore-gfp-highmem", "N") &&
	       set_up("fail_page_alloc/min-order", "0") &&
	       set_up("fail_page_alloc/verbose", "0") &&
	       set_up("fail_usercopy/verbose", "0");
}

/*
 * What there is
 */

struct state {
	uint64_t ids; /* of everything, folded */
	long programs, code_used;
	int next_fd;
};

static long parameter(const char *name)
{
	char path[128];
	long value = -1;
	FILE *file;

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%ld", &value) != 1)
		value = -1;
	if (file)
		fclose(file);
	return value;
}

static void take_state(struct state *s)
{
	struct weir_pin pin = { .size = sizeof(pin), .op = WEIR_PIN_NEXT };

	s->ids = 0;
	for (uint32_t o = WEIR_OBJECT_PROG; o <= WEIR_OBJECT_LINK; o++) {
		struct weir_next next = { .size = sizeof(next), .object = o };

		while (!do_ioctl(dev, WEIR_IOC_NEXT, &next))
			s->ids = s->ids * 31 + next.id * 4 + o;
	}
	while (!do_ioctl(dev, WEIR_IOC_PIN, &pin))
		s->ids = s->ids * 31 + pin.id;
	s->programs = parameter("programs");
	s->code_used = parameter("code_used");
	s->next_fd = dup(0);
	close(s->next_fd);
}

static bool same_state(const struct state *a, const struct state *b)
{
	return a->ids == b->ids && a->programs == b->programs &&
	       a->code_used == b->code_used && a->next_fd == b->next_fd;
}

/* What is freed a grace period later takes its time. */
static bool comes_back(const struct state *before)
{
	const struct timespec ms = { 0, 5000000 };
	struct state now;

	for (int i = 0; i < 2000; i++) {
		take_state(&now);
		if (same_state(before, &now))
			return true;
		nanosleep(&ms, NULL);
	}
	ksft_print_msg("ids %s, programs %ld -> %ld, code %ld -> %ld, "
		       "descriptor %d -> %d\n",
		       before->ids == now.ids ? "same" : "differ",
		       before->programs, now.programs, before->code_used,
		       now.code_used, before->next_fd, now.next_fd);
	return false;
}

/*
 * One call
 *
 * @run does it, and nothing else; @undo takes back what it did when it did; with
 * @intact, what else must be as before when it did not.
 */
struct call {
	int (*run)(void);
	void (*undo)(int result);
	bool (*intact)(void);
};

static bool is_fault(int result)
{
	return result == -ENOMEM || result == -EFAULT;
}

static bool fails_well(const struct call *call, const struct state *before,
		       unsigned int nth, int result)
{
	if (result >= 0) {
		if (call->undo)
			call->undo(result);
	} else if (!is_fault(result)) {
		ksft_print_msg("fault %u: got %d\n", nth, result);
		return false;
	}
	if (!comes_back(before)) {
		ksft_print_msg("after fault %u, result %d\n", nth, result);
		return false;
	}
	if (result < 0 && call->intact && !call->intact()) {
		ksft_print_msg("fault %u, result %d: not intact\n", nth,
			       result);
		return false;
	}
	return true;
}

static void test_call(const struct call *call, const char *fmt,
		      const char *what)
{
	unsigned int nth, without = 0;
	struct state before;
	char name[128];
	bool left, ok = true;
	int result;

	snprintf(name, sizeof(name), fmt, what);
	take_state(&before);
	for (nth = 1; nth < MAX_FAULTS && ok; nth++) {
		set_nth(nth);
		result = call->run();
		left = is_left();
		set_nth(0);
		if (left)
			break;
		without += result >= 0;
		ok = fails_well(call, &before, nth, result);
	}
	if (ok && result < 0) {
		ksft_print_msg("without a fault: %d\n", result);
		ok = false;
	}
	if (result >= 0 && call->undo)
		call->undo(result);
	ok = ok && nth > 1 && nth < MAX_FAULTS && comes_back(&before);
	ksft_print_msg("%u faults, %u did no harm\n", nth - 1, without);
	ksft_test_result(ok, "%s\n", name);
}

static void close_it(int fd)
{
	close(fd);
}

/*
 * Opening
 */

static int run_open(void)
{
	int fd = open("/dev/weir", O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/*
 * Programs
 */

static const struct bpf_insn ret_7[] = { MOV_K(BPF_REG_0, 7), EXIT() };

static struct bpf_insn insns[256];
static uint32_t nr_insns;
static char log_text[16384];
static struct weir_load attr;
static int hash = -1, array = -1; /* maps that programs use */

/* Branches, a loop, packet accesses, two maps, and helpers. */
static void make_program(void)
{
	const struct bpf_insn start[] = {
		MOV_X(BPF_REG_6, BPF_REG_1),
		INSN(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -8, 1),
		MOV_X(BPF_REG_2, BPF_REG_10),
		ALU_K(BPF_ADD, BPF_REG_2, -8),
		MAP(BPF_REG_1, hash),
		CALL(BPF_FUNC_map_lookup_elem),
		JMP_K(BPF_JEQ, BPF_REG_0, 0, 3),
		MOV_K(BPF_REG_1, 1),
		INSN(BPF_STX | BPF_ATOMIC | BPF_DW, BPF_REG_0, BPF_REG_1, 0,
		     BPF_ADD),
		LOAD(BPF_DW, BPF_REG_7, BPF_REG_0, 8),
		MOV_X(BPF_REG_2, BPF_REG_10),
		ALU_K(BPF_ADD, BPF_REG_2, -8),
		MAP(BPF_REG_1, array),
		CALL(BPF_FUNC_map_lookup_elem),
		MOV_K(BPF_REG_8, 0),
	};
	const struct bpf_insn loop[] = {
		INSN(BPF_LD | BPF_ABS | BPF_B, 0, 0, 0, 3),
		ALU_X(BPF_ADD, BPF_REG_8, BPF_REG_0),
		JMP_K(BPF_JLT, BPF_REG_8, 1000, -3),
		MOV_X(BPF_REG_0, BPF_REG_8),
		EXIT(),
	};

	memcpy(insns, start, sizeof(start));
	nr_insns = NR(start);
	for (uint32_t i = 0; i < 20; i++) {
		insns[nr_insns++] =
			INSN(BPF_LD | BPF_ABS | BPF_H, 0, 0, 0, (int)i * 2);
		insns[nr_insns++] = JMP_K(BPF_JNE, BPF_REG_0, 800 + (int)i, 1);
		insns[nr_insns++] = ALU_K(BPF_ADD, BPF_REG_8, (int)i);
	}
	memcpy(insns + nr_insns, loop, sizeof(loop));
	nr_insns += NR(loop);
}

static void set_load(const struct bpf_insn *what, uint32_t nr, uint32_t flags)
{
	attr = (struct weir_load){
		.size = sizeof(attr),
		.kind = WEIR_KIND_SOCKET,
		.flags = flags,
		.nr_insns = nr,
		.insns = ptr(what),
		.log = ptr(log_text),
		.log_size = sizeof(log_text),
		.name = "test",
	};
}

static int run_load(void)
{
	struct weir_load mine = attr;

	return do_ioctl(dev, WEIR_IOC_LOAD, &mine);
}

/* Refused for its own fault is what this one must be. */
static int run_refused(void)
{
	int result = run_load();

	if (result >= 0)
		close(result);
	return result == -EACCES ? 0 : result >= 0 ? -EEXIST : result;
}

static int prog = -1;
static unsigned char packet[64], packet_out[256], image[65536];

static int run_test_run(void)
{
	struct weir_test_run test = {
		.size = sizeof(test),
		.repeat = 3,
		.data = ptr(packet),
		.data_size = sizeof(packet),
		.data_out = ptr(packet_out),
		.data_out_size = sizeof(packet_out),
	};

	return do_ioctl(prog, WEIR_IOC_TEST_RUN, &test);
}

static int run_prog_info(void)
{
	static struct weir_guard_info guards[64];
	static struct bpf_insn room[256];
	static uint32_t ids[8];
	struct weir_prog_info info = {
		.size = sizeof(info),
		.nr_insns = NR(room),
		.insns = ptr(room),
		.nr_guards = NR(guards),
		.guards = ptr(guards),
		.image_bytes = sizeof(image),
		.image = ptr(image),
		.nr_maps = NR(ids),
		.map_ids = ptr(ids),
	};

	return do_ioctl(prog, WEIR_IOC_PROG_INFO, &info);
}

/* A handler for the first guard of the program. */
static int handler = -1;

static int do_bridge(uint32_t op, int fd)
{
	struct weir_bridge bridge = {
		.size = sizeof(bridge),
		.op = op,
		.handler_fd = fd,
	};

	return do_ioctl(prog, WEIR_IOC_BRIDGE, &bridge);
}

static int run_handle(void)
{
	return do_bridge(WEIR_BRIDGE_ATTACH, handler);
}

static int run_unhandle(void)
{
	return do_bridge(WEIR_BRIDGE_DETACH, -1);
}

static void unhandle(int result)
{
	(void)result;
	run_unhandle();
}

static void handle(int result)
{
	(void)result;
	run_handle();
}

static int get_guard(struct weir_guard_record *record)
{
	struct weir_guards guards = {
		.size = sizeof(guards),
		.nr = 1,
		.record_bytes = sizeof(*record),
		.records = ptr(record),
	};

	return do_ioctl(prog, WEIR_IOC_GUARDS, &guards);
}

static int run_guards(void)
{
	struct weir_guard_record record;

	return get_guard(&record);
}

static bool is_idle(void)
{
	struct weir_guard_record record;

	return !get_guard(&record) && record.state == WEIR_GUARD_IDLE &&
	       !record.handler_id;
}

static bool is_handled(void)
{
	struct weir_guard_record record;

	return !get_guard(&record) && record.state == WEIR_GUARD_PATCHED &&
	       record.handler_id;
}

static void test_guards(void)
{
	const struct call attaching = { run_handle, unhandle, is_idle };
	const struct call detaching = { run_unhandle, handle, is_handled };
	const struct call guards = { run_guards, NULL, NULL };

	set_load(ret_7, NR(ret_7), 0);
	handler = run_load();
	test_call(&attaching, "a guard's handler: attach%s", "");
	run_handle();
	test_call(&detaching, "a guard's handler: detach%s", "");
	test_call(&guards, "guards of a program%s", "");
	run_unhandle();
	close(handler);
}

static void test_programs(void)
{
	const struct call load = { run_load, close_it, NULL };
	const struct call refused = { run_refused, NULL, NULL };
	const struct call run = { run_test_run, NULL, NULL };
	const struct call info = { run_prog_info, NULL, NULL };

	make_program();
	set_load(ret_7, NR(ret_7), 0);
	test_call(&load, "load: %s", "two instructions");
	set_load(insns, nr_insns, 0);
	test_call(&load, "load: %s", "loop, maps, helpers");
	set_load(insns, nr_insns, WEIR_LOAD_INTERP);
	test_call(&load, "load: %s", "the same, interpreted");
	set_load(insns, nr_insns, WEIR_LOAD_STRICT);
	test_call(&refused, "load: %s", "refused");
	set_load(insns, nr_insns, 0);
	prog = run_load();
	ksft_test_result(prog >= 0, "load: without faults\n");
	test_call(&run, "test run%s", "");
	test_call(&info, "information on a program%s", "");
	test_guards();
}

/*
 * Maps
 */

static const struct map_kind *kind;
static int map = -1, inner = -1;
static uint64_t values[MAX_VALUES * WORDS];
static uint32_t element[2]; /* the key that comes and goes */

static int run_create(void)
{
	return create_map(kind, inner);
}

/* What goes into the map under test, or comes out. */
static void *value_of(uint64_t stamp)
{
	static uint32_t object;

	if (of_objects(kind->type)) {
		object = of_maps(kind->type) ? (uint32_t)inner : (uint32_t)prog;
		return &object;
	}
	for (size_t i = 0; i < NR(values); i++)
		values[i] = stamp;
	return values;
}

static int run_update(void)
{
	return do_elem(map, WEIR_MAP_UPDATE, kind->key ? element : NULL,
		       value_of(5), BPF_ANY);
}

static int run_lookup(void)
{
	return do_elem(map, WEIR_MAP_LOOKUP, kind->key ? element : NULL,
		       value_of(5), 0);
}

static int run_delete(void)
{
	return do_elem(map, WEIR_MAP_DELETE, element, NULL, 0);
}

static int run_next_key(void)
{
	uint64_t next;

	return do_elem(map, WEIR_MAP_NEXT_KEY, NULL, &next, 0);
}

static int run_take(void)
{
	return do_elem(map, WEIR_MAP_LOOKUP_DELETE, kind->key ? element : NULL,
		       value_of(0), 0);
}

static void delete_it(int result)
{
	(void)result;
	if (is_list(kind->type))
		run_take();
	else if (is_array(kind->type))
		do_elem(map, WEIR_MAP_UPDATE, element, value_of(0), 0);
	else
		run_delete();
}

static void put_back(int result)
{
	(void)result;
	run_update();
}

/* After an update that failed, or before one. */
static bool is_absent(void)
{
	if (kind->type == BPF_MAP_TYPE_BLOOM_FILTER)
		return true; /* it has no way back */
	if (is_array(kind->type))
		return !run_lookup() && !values[0];
	return run_lookup() == -ENOENT;
}

static bool is_present(void)
{
	return !run_lookup() && (of_objects(kind->type) || values[0] == 5);
}

/* What is taken out, and cannot be handed over, is gone, as in Linux. */
static bool put_back_if_gone(void)
{
	return run_lookup() != -ENOENT || !run_update();
}

static uint64_t batch_keys[16], batch_values[16 * MAX_VALUES * WORDS];

static int run_batch(void)
{
	struct weir_map_batch batch = {
		.size = sizeof(batch),
		.op = WEIR_MAP_LOOKUP,
		.keys = ptr(batch_keys),
		.values = ptr(batch_values),
		.count = 16,
	};
	int err = do_ioctl(map, WEIR_IOC_MAP_BATCH, &batch);

	return err == -ENOENT ? 0 : err;
}

static int run_map_info(void)
{
	struct weir_map_info info = { .size = sizeof(info) };

	return do_ioctl(map, WEIR_IOC_MAP_INFO, &info);
}

static int run_mmap(void)
{
	size_t bytes = (size_t)getpagesize();
	void *at = mmap(NULL, bytes, PROT_READ, MAP_SHARED, map, 0);

	if (at == MAP_FAILED)
		return -errno;
	munmap(at, bytes);
	return 0;
}

static void test_elements(void)
{
	const struct call update = { run_update, delete_it, is_absent };
	const struct call take = { run_take, put_back, put_back_if_gone };
	const struct call delete = { run_delete, put_back, is_present };
	const struct call lookup = { run_lookup, NULL, NULL };
	const struct call next = { run_next_key, NULL, NULL };
	const struct call batch = { run_batch, NULL, NULL };

	make_key(kind->type, 9, element);
	test_call(&update, "%s: update", kind->name);
	run_update();
	test_call(&lookup, "%s: lookup", kind->name);
	if (!is_list(kind->type))
		test_call(&next, "%s: next key", kind->name);
	if (!is_array(kind->type) && !is_list(kind->type))
		test_call(&delete, "%s: delete", kind->name);
	if (kind->type == BPF_MAP_TYPE_QUEUE || kind->type == BPF_MAP_TYPE_HASH)
		test_call(&take, "%s: lookup and delete", kind->name);
	if (!is_list(kind->type) && !of_objects(kind->type))
		test_call(&batch, "%s: batch", kind->name);
}

static void test_maps(void)
{
	const struct call create = { run_create, close_it, NULL };
	const struct call info = { run_map_info, NULL, NULL };
	const struct call mapped = { run_mmap, NULL, NULL };

	for (kind = map_kinds; kind < map_kinds + NR(map_kinds); kind++) {
		test_call(&create, "%s: create", kind->name);
		map = run_create();
		if (!is_ring(kind->type))
			test_elements();
		if (kind->flags & BPF_F_MMAPABLE ||
		    kind->type == BPF_MAP_TYPE_RINGBUF)
			test_call(&mapped, "%s: mmap", kind->name);
		if (kind == map_kinds)
			test_call(&info, "%s: information", kind->name);
		close(map);
	}
}

/*
 * Links
 */

static struct weir_attach attach;
static int prog_a = -1, prog_b = -1, link_fd = -1;

static int run_attach(void)
{
	struct weir_attach mine = attach;

	return do_ioctl(dev, WEIR_IOC_ATTACH, &mine);
}

static int run_replace(void)
{
	struct weir_link_update update = {
		.size = sizeof(update),
		.prog_fd = prog_b,
		.old_prog_fd = prog_a,
	};

	return do_ioctl(link_fd, WEIR_IOC_LINK_UPDATE, &update);
}

static void replace_back(int result)
{
	struct weir_link_update update = {
		.size = sizeof(update),
		.prog_fd = prog_a,
		.old_prog_fd = prog_b,
	};

	(void)result;
	do_ioctl(link_fd, WEIR_IOC_LINK_UPDATE, &update);
}

static uint32_t id_of(int fd)
{
	struct weir_prog_info info = { .size = sizeof(info) };

	return do_ioctl(fd, WEIR_IOC_PROG_INFO, &info) ? 0 : info.id;
}

static int run_link_info(void)
{
	struct weir_link_info info = { .size = sizeof(info) };

	return do_ioctl(link_fd, WEIR_IOC_LINK_INFO, &info);
}

static bool has_first(void)
{
	struct weir_link_info info = { .size = sizeof(info) };

	return !do_ioctl(link_fd, WEIR_IOC_LINK_INFO, &info) &&
	       info.prog_id == id_of(prog_a) && !info.detached;
}

static void test_links(void)
{
	static const char *const hooks[WEIR_NR_HOOKS] = {
		[WEIR_HOOK_PREROUTING] = "prerouting",
		[WEIR_HOOK_OUTPUT] = "output",
		[WEIR_HOOK_INGRESS] = "ingress",
		[WEIR_HOOK_EGRESS] = "egress",
	};
	const struct call attaching = { run_attach, close_it, NULL };
	const struct call replace = { run_replace, replace_back, has_first };
	const struct call info = { run_link_info, NULL, NULL };
	static const struct map_kind ring = { "ring", BPF_MAP_TYPE_RINGBUF,
					      0,      0,
					      8192,   0 };
	int rings[2];

	prog_a = load_program(ret_7, NR(ret_7));
	prog_b = load_program(ret_7, NR(ret_7));
	attach = (struct weir_attach){ .size = sizeof(attach),
				       .prog_fd = prog_a,
				       .netns_fd = -1,
				       .name = "test" };
	for (uint32_t hook = 0; hook < WEIR_NR_HOOKS; hook++) {
		if (!hooks[hook])
			continue;
		attach.hook = hook;
		attach.ifindex =
			hook >= WEIR_HOOK_INGRESS ? if_nametoindex("lo") : 0;
		test_call(&attaching, "attach: %s", hooks[hook]);
	}
	rings[0] = create_map(&ring, -1);
	rings[1] = create_map(&ring, -1);
	attach.flags = WEIR_ATTACH_CAPTURE;
	attach.ring_fds = ptr(rings);
	attach.nr_rings = 2;
	test_call(&attaching, "attach: %s", "capture");
	close(rings[0]);
	close(rings[1]);
	attach.flags = attach.nr_rings = 0;
	attach.ring_fds = 0;
	link_fd = run_attach();
	test_call(&attaching, "attach: %s", "a second one");
	test_call(&replace, "replace%s", "");
	test_call(&info, "information on a link%s", "");
}

/*
 * Names and ids
 */

static struct weir_pin pin = { .size = sizeof(pin), .name = "name" };

static int do_pin(uint32_t op, int fd)
{
	struct weir_pin mine = pin;

	mine.op = op;
	mine.fd = fd;
	return do_ioctl(dev, WEIR_IOC_PIN, &mine);
}

static int run_pin_add(void)
{
	return do_pin(WEIR_PIN_ADD, prog_a);
}

static int run_pin_open(void)
{
	return do_pin(WEIR_PIN_OPEN, 0);
}

static int run_pin_remove(void)
{
	return do_pin(WEIR_PIN_REMOVE, 0);
}

static void remove_pin(int result)
{
	(void)result;
	run_pin_remove();
}

static void add_pin(int result)
{
	(void)result;
	run_pin_add();
}

static uint32_t by_id;

static int run_open_id(void)
{
	struct weir_next next = { .size = sizeof(next),
				  .object = WEIR_OBJECT_PROG,
				  .id = by_id };

	return do_ioctl(dev, WEIR_IOC_OPEN, &next);
}

static void test_names(void)
{
	const struct call add = { run_pin_add, remove_pin, NULL };
	const struct call opened = { run_pin_open, close_it, NULL };
	const struct call removed = { run_pin_remove, add_pin, NULL };
	const struct call id = { run_open_id, close_it, NULL };

	test_call(&add, "name: add%s", "");
	run_pin_add();
	test_call(&opened, "name: open%s", "");
	test_call(&removed, "name: remove%s", "");
	run_pin_remove();
	by_id = id_of(prog_a);
	test_call(&id, "open by id%s", "");
}

int main(void)
{
	const struct call opening = { run_open, close_it, NULL };

	ksft_print_header();
	if (!faults_are_ready())
		ksft_exit_skip("this kernel injects no faults\n");
	dev = open("/dev/weir", O_RDWR | O_CLOEXEC);
	if (dev < 0)
		ksft_exit_fail_msg("no /dev/weir: %s\n", strerror(errno));
	test_call(&opening, "open%s", "");
	hash = create_map(&map_kinds[0], -1);
	array = create_map(&map_kinds[2], -1);
	inner = create_inner();
	test_programs();
	test_maps();
	test_links();
	test_names();
	return ksft_finished();
}
