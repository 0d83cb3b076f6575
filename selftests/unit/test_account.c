// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Accounts: limits of one and of all, exact at any time, also among threads. */
#include <pthread.h>
#include <linux/types.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "base/account.h"
#include "base/host.h"
#include "base/log.h"
#include "selftests/harness.h"

#define BYTES WEIR_RESOURCE_MAP_BYTES
#define NR_THREADS 4
#define ROUNDS 20000

static unsigned long all_limit[WEIR_NR_RESOURCES];
static unsigned long one_limit[WEIR_NR_RESOURCES];
static struct weir_account *all, *a, *b;

static bool used(u64 of_a, u64 of_b)
{
	return weir_account_used(a, BYTES) == of_a &&
	       weir_account_used(b, BYTES) == of_b &&
	       weir_account_used(all, BYTES) == of_a + of_b;
}

static void test_limits(void)
{
	struct weir_refusal why;
	bool ok;

	all_limit[BYTES] = 100;
	one_limit[BYTES] = 60;
	ok = !weir_account_charge(a, BYTES, 60, &why) && used(60, 0);
	ok &= weir_account_charge(a, BYTES, 1, &why) == -EDQUOT && used(60, 0);
	ok &= why.resource == BYTES && !why.is_total && why.want == 1 &&
	      why.used == 60 && why.limit == 60;
	ksft_test_result(ok, "limit of one\n");

	ok = weir_account_charge(b, BYTES, 41, &why) == -EDQUOT && used(60, 0);
	ok &= why.is_total && why.want == 41 && why.used == 60 &&
	      why.limit == 100;
	ok &= !weir_account_charge(b, BYTES, 40, NULL) && used(60, 40);
	ksft_test_result(ok, "limit of all; one that is refused has nothing\n");

	all_limit[BYTES] = 10;
	ok = weir_account_charge(b, BYTES, 0, NULL) == -EDQUOT && used(60, 40);
	weir_account_return(a, BYTES, 60);
	weir_account_return(b, BYTES, 40);
	ksft_test_result(ok && used(0, 0),
			 "a limit that falls takes nothing\n");

	all_limit[BYTES] = one_limit[BYTES] = ~0ul;
	ok = !weir_account_charge(a, BYTES, 1ull << 62, NULL) &&
	     !weir_account_charge(a, BYTES, 1ull << 62, NULL) &&
	     !weir_account_charge(a, BYTES, 1ull << 62, NULL) &&
	     weir_account_charge(a, BYTES, 1ull << 63, NULL) == -EDQUOT;
	weir_account_return(a, BYTES, 3ull << 62);
	ksft_test_result(ok && used(0, 0), "no sum leaves 64 bits\n");
}

static void test_nobody(void)
{
	bool ok = !weir_account_charge(NULL, BYTES, ~0ull, NULL);

	weir_account_return(NULL, BYTES, ~0ull);
	weir_account_put(NULL);
	ksft_test_result(ok && !weir_account_get(NULL),
			 "without an account all is allowed\n");
}

static void test_words(void)
{
	static const char want[] = "map_bytes: 41 more wanted, 60 of 100 in "
				   "use (limit of the host)\n";
	const struct weir_refusal why = { BYTES, true, 41, 60, 100 };
	char line[128];
	struct weir_log log;

	weir_log_init(&log, line, sizeof(line));
	weir_account_explain(&why, &log);
	ksft_test_result(!strcmp(line, want), "a refusal in words\n");
}

/* No two of them get what only one can have, and nothing is lost. */
static void *work(void *arg)
{
	struct weir_account *mine = arg;
	long refused = 0;

	for (u32 i = 0; i < ROUNDS; i++) {
		u64 amount = i % 7 + 1;

		if (weir_account_charge(mine, BYTES, amount, NULL)) {
			refused++;
			continue;
		}
		if (weir_account_used(all, BYTES) > all_limit[BYTES])
			return (void *)-1;
		weir_account_return(mine, BYTES, amount);
	}
	return (void *)refused;
}

static void test_threads(void)
{
	pthread_t threads[NR_THREADS];
	bool ok = true;
	void *result;

	all_limit[BYTES] = 10;
	one_limit[BYTES] = 9;
	for (int i = 0; i < NR_THREADS; i++)
		pthread_create(&threads[i], NULL, work, i % 2 ? a : b);
	for (int i = 0; i < NR_THREADS; i++) {
		pthread_join(threads[i], &result);
		ok &= result != (void *)-1;
	}
	ksft_test_result(ok && used(0, 0), "%d threads, exact at the end\n",
			 NR_THREADS);
}

int main(void)
{
	ksft_print_header();
	all = weir_account_new(NULL, all_limit);
	a = weir_account_new(all, one_limit);
	b = weir_account_new(all, one_limit);
	if (!all || !a || !b)
		ksft_exit_fail_msg("no accounts\n");
	test_limits();
	test_nobody();
	test_words();
	test_threads();
	ksft_test_result(all->refs == 3, "an account holds the one above\n");
	weir_account_put(a);
	weir_account_put(b);
	ksft_test_result(all->refs == 1, "and lets it go\n");
	weir_account_put(all);
	return ksft_finished();
}
