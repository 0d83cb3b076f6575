// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Patching under running threads: code that returns 1 by way of a nop, or 2 by
 * way of a branch. Whoever calls it gets one of the two, and after a patch has
 * returned the new one.
 */
#include <pthread.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include "base/host.h"
#include "jit/arch.h"
#include "jit/codemem.h"
#include "jit/emit.h"
#include "jit/patch.h"
#include "selftests/harness.h"

#define READERS 3
#define ROUNDS 300

#if defined(__aarch64__)
#define RETURN(n) (0x52800000u | (n) << 5), 0xd65f03c0u /* mov w0, #n; ret */
#define CONDITIONAL 0x54000040u /* b.eq .+8 */
#else
#define RETURN(n) (0xe3a00000u | (n)), 0xe12fff1eu /* mov r0, #n; bx lr */
#define CONDITIONAL 0x0a000000u /* beq .+8 */
#endif

static struct weir_code *publish(const u32 *words, u32 nr)
{
	struct weir_image *image = weir_host_alloc(sizeof(*image));
	struct weir_code *code = NULL;

	image->arch = weir_arch_native();
	image->nr_words = nr;
	image->words = weir_host_alloc(nr * sizeof(*words));
	memcpy(image->words, words, nr * sizeof(*words));
	if (weir_code_publish(image, &code))
		weir_image_free(image);
	return code;
}

static u32 call(const struct weir_code *code)
{
	return ((u32(*)(void))(void *)code->rx)();
}

struct readers {
	const struct weir_code *code;
	u32 stop;
	u32 wrong; /* neither 1 nor 2 */
	u32 old; /* what a patch had replaced before the call began */
	u32 calls;
	u32 now; /* the word since the last patch returned; 0: one is under way */
};

static void *keep_calling(void *arg)
{
	struct readers *r = arg;

	while (!__atomic_load_n(&r->stop, __ATOMIC_RELAXED)) {
		u32 before = __atomic_load_n(&r->now, __ATOMIC_ACQUIRE);
		u32 got = call(r->code);
		u32 after = __atomic_load_n(&r->now, __ATOMIC_ACQUIRE);

		if (got != 1 && got != 2)
			__atomic_add_fetch(&r->wrong, 1, __ATOMIC_RELAXED);
		if (before && before == after && (before & 3) != got)
			__atomic_add_fetch(&r->old, 1, __ATOMIC_RELAXED);
		__atomic_add_fetch(&r->calls, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* Each state has a number of its own, so that two of a kind are not one. */
static bool patch_rounds(struct readers *r, const struct weir_code *to)
{
	u32 round;
	bool ok = true;

	for (round = 1; round <= ROUNDS && ok; round++) {
		__atomic_store_n(&r->now, 0, __ATOMIC_SEQ_CST);
		ok = !weir_patch_branch(r->code, 0, to->rx) &&
		     call(r->code) == 2;
		__atomic_store_n(&r->now, round << 2 | 2, __ATOMIC_SEQ_CST);
		weir_host_resched();
		__atomic_store_n(&r->now, 0, __ATOMIC_SEQ_CST);
		ok = ok && !weir_patch_nop(r->code, 0) && call(r->code) == 1;
		__atomic_store_n(&r->now, round << 2 | 1, __ATOMIC_SEQ_CST);
		weir_host_resched();
	}
	return ok;
}

static void test_threads(const struct weir_code *from,
			 const struct weir_code *to)
{
	struct readers r = { .code = from };
	pthread_t thread[READERS];
	bool ok;
	u32 i;

	for (i = 0; i < READERS; i++)
		pthread_create(&thread[i], NULL, keep_calling, &r);
	ok = patch_rounds(&r, to);
	__atomic_store_n(&r.stop, 1, __ATOMIC_RELAXED);
	for (i = 0; i < READERS; i++)
		pthread_join(thread[i], NULL);
	ksft_print_msg("%u calls during %u patches\n", r.calls, 2 * ROUNDS);
	ksft_test_result(ok, "patches are seen by who made them\n");
	ksft_test_result(r.calls && !r.wrong,
			 "old or new word, never another\n");
	ksft_test_result(r.calls && !r.old, "no old word after the patch\n");
}

static void test_words(const struct weir_code *from, const struct weir_code *to)
{
	const u8 *far = from->rx + ((u64)1 << 28);

	ksft_test_result(weir_patch_branch(from, 0, far) == -ERANGE &&
				 call(from) == 1,
			 "a branch that does not reach\n");
	ksft_test_result(!weir_patch_branch(from, 0, to->rx) && call(from) == 2,
			 "nop to branch\n");
	ksft_test_result(!weir_patch_nop(from, 0) && call(from) == 1,
			 "branch to nop\n");
}

static void test_states(void)
{
	u32 state = WEIR_PATCH_IDLE;

	ksft_test_result(weir_patch_claim(&state, WEIR_PATCH_PATCHED) ==
				 -ENOENT,
			 "no branch to take away\n");
	ksft_test_result(!weir_patch_claim(&state, WEIR_PATCH_IDLE) &&
				 weir_patch_state(&state) == WEIR_PATCH_BUSY,
			 "claimed\n");
	ksft_test_result(weir_patch_claim(&state, WEIR_PATCH_IDLE) == -EBUSY &&
				 weir_patch_claim(&state, WEIR_PATCH_PATCHED) ==
					 -EBUSY,
			 "claimed by somebody else\n");
	weir_patch_settle(&state, WEIR_PATCH_PATCHED);
	ksft_test_result(weir_patch_claim(&state, WEIR_PATCH_IDLE) == -EEXIST,
			 "a branch is there already\n");
	ksft_test_result(!weir_patch_claim(&state, WEIR_PATCH_PATCHED),
			 "claimed to take it away\n");
	weir_patch_settle(&state, WEIR_PATCH_IDLE);
}

int main(void)
{
	const struct weir_arch *arch = weir_arch_native();
	struct weir_code *from, *to;

	ksft_print_header();
	test_states();
	if (!arch) {
		ksft_test_result_skip("this host does not execute ARM code",
				      "words under running threads\n");
		return ksft_finished();
	}
	from = publish((const u32[]){ arch->nop, RETURN(1) }, 3);
	to = publish((const u32[]){ RETURN(2) }, 2);
	if (!from || !to)
		ksft_exit_fail_msg("no code memory\n");
	if (!weir_host_code_can_patch()) {
		ksft_test_result(weir_patch_branch(from, 0, to->rx) ==
						 -EOPNOTSUPP &&
					 call(from) == 1,
				 "without membarrier nothing is patched\n");
	} else {
		test_words(from, to);
		test_threads(from, to);
	}
	weir_code_free(from);
	weir_code_free(to);
	weir_codemem_exit();
	return ksft_finished();
}
