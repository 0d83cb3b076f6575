/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Keys of hash maps: one word made of their bytes, and are two the same?
 *
 * The hash is seeded per map, since whoever sends packets chooses the keys. It
 * multiplies two 32-bit halves of eight bytes at a time, each with a part of the
 * seed and of the state added, into 64 bits: one instruction on either ARM. The
 * state is turned and kept beside the product, so that a product of zero loses
 * nothing. At the end the halves are put together and their bits spread.
 *
 * All is inline: where the size is known, little is left.
 */
#ifndef WEIR_RUNTIME_MAP_KEY_H
#define WEIR_RUNTIME_MAP_KEY_H

#include <linux/types.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

struct weir_key_seed {
	u32 lo;
	u32 hi;
};

static __always_inline u64 weir_key_mix(u64 state, struct weir_key_seed seed,
					u32 lo, u32 hi)
{
	u32 a = lo + seed.lo + (u32)state;
	u32 b = hi + seed.hi + (u32)(state >> 32);

	return (state << 29 | state >> 35) ^ (u64)a * b ^ lo ^ (u64)hi << 32;
}

/** weir_key_hash() - of @size bytes, any alignment. Any context. */
static __always_inline u32 weir_key_hash(const void *key, u32 size,
					 struct weir_key_seed seed)
{
	u64 state = 0x9e3779b97f4a7c15ULL * (size + 1);
	const u8 *at = key;
	u32 word[2];
	u32 h;

	for (; size >= 8; size -= 8, at += 8) {
		memcpy(word, at, 8);
		state = weir_key_mix(state, seed, word[0], word[1]);
	}
	if (size == 4) {
		memcpy(word, at, 4);
		state = weir_key_mix(state, seed, word[0], 0);
	} else if (size) {
		word[0] = word[1] = 0;
		memcpy(word, at, size);
		state = weir_key_mix(state, seed, word[0], word[1]);
	}
	h = (u32)state ^ (u32)(state >> 32);
	h = (h ^ h >> 15) * 0x2c1b3c6d;
	return h ^ h >> 13;
}

/** weir_key_words() - u64 that a key of @size bytes takes in an element. */
static inline u32 weir_key_words(u32 size)
{
	return (size + 7) / 8;
}

/**
 * weir_key_store() - into an element, which others may be reading
 * @to:	weir_key_words() of them; the last is filled up with zeroes
 */
static inline void weir_key_store(u64 *to, const void *key, u32 size)
{
	const u8 *from = key;
	u32 *half = (u32 *)to;
	u32 word;

	for (; size >= 4; size -= 4, from += 4) {
		memcpy(&word, from, 4);
		WRITE_ONCE(*half++, word);
	}
	if (size) {
		word = 0;
		memcpy(&word, from, size);
		WRITE_ONCE(*half, word);
	}
}

/** weir_key_load() - out of an element. */
static inline void weir_key_load(void *key, const u64 *from, u32 size)
{
	const u32 *half = (const u32 *)from;
	u8 *to = key;
	u32 word;

	for (; size >= 4; size -= 4, to += 4) {
		word = READ_ONCE(*half++);
		memcpy(to, &word, 4);
	}
	if (size) {
		word = READ_ONCE(*half);
		memcpy(to, &word, size);
	}
}

/** weir_key_equal() - is the key of an element @key? */
static __always_inline bool weir_key_equal(const u64 *elem, const void *key,
					   u32 size)
{
	const u32 *half = (const u32 *)elem;
	const u8 *from = key;
	u32 word;

	for (; size >= 4; size -= 4, from += 4) {
		memcpy(&word, from, 4);
		if (READ_ONCE(*half++) != word)
			return false;
	}
	if (!size)
		return true;
	word = 0;
	memcpy(&word, from, size);
	return READ_ONCE(*half) == word;
}

#endif
