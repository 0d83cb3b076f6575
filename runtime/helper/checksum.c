// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Checksums of the Internet (RFC 1071, RFC 1624): sums of 16-bit words in ones'
 * complement, kept in 32 bits until they are folded. Words are taken as this
 * host reads them; the sum comes out right in either byte order (RFC 1071, 2B).
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <uapi/linux/bpf.h>
#include "base/run.h"
#include "runtime/helpers.h"

#define MANGLED_0 0xffff /* a checksum of 0 as UDP writes it */
#define MAX_OFFSET 0xffff

static u64 result(int err)
{
	return (u64)(s64)err;
}

/* Addition with the carry added in again. */
static u32 add(u32 a, u32 b)
{
	u32 sum = a + b;

	return sum + (sum < b);
}

static u32 sub(u32 a, u32 b)
{
	return add(a, ~b);
}

/* 16 bits of the same sum: the carries go round. */
static u16 fold(u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (u16)(sum + (sum >> 16));
}

/* The sum of words at @p, the last one perhaps cut, and @seed. */
static u32 sum_up(const void *p, u32 bytes, u32 seed)
{
	const u8 *at = p;
	u64 sum = seed;
	u16 word;

	for (; bytes > 1; at += 2, bytes -= 2) {
		memcpy(&word, at, 2);
		sum += word;
	}
	if (bytes) {
		word = 0;
		memcpy(&word, at, 1);
		sum += word;
	}
	while (sum >> 32)
		sum = (u32)sum + (sum >> 32);
	return (u32)sum;
}

/*
 * As Linux has it since 6.13, when all architectures came to one result, and
 * sizes need no more be multiples of 4.
 */
WEIR_HELPER(csum_diff)
{
	const void *from = weir_helper_pointer(a), *to = weir_helper_pointer(c);
	u32 from_bytes = (u32)b, to_bytes = (u32)d, seed = (u32)e;
	u32 sum = seed;

	if (from_bytes && to_bytes)
		sum = sub(sum_up(to, to_bytes, seed),
			  sum_up(from, from_bytes, 0));
	else if (to_bytes)
		sum = sum_up(to, to_bytes, seed);
	else if (from_bytes)
		sum = ~sum_up(from, from_bytes, ~seed);
	return fold(sum);
}

/*
 * The checksum that covers @from once it covers @to instead. @bytes is 0 (@to is
 * the difference), 2 or 4. Two bytes of a layer 3 header are summed in 16 bits,
 * which can give the other one of the two zeroes: @narrow.
 */
static int replaced(u16 *check, u64 bytes, u64 from, u64 to, bool narrow)
{
	u32 sum = (u16) ~*check;

	/* Unfolded first, then inverted, as 32 bits. */
	switch (bytes) {
	case 0:
		if (from)
			return -EINVAL;
		*check = (u16)~fold(add((u32)to, ~(u32)*check));
		return 0;
	case 2:
		if (narrow) {
			sum += (u16)~from;
			sum = (u16)(sum + (sum >> 16)) + (u16)to;
			*check = (u16) ~(u16)(sum + (sum >> 16));
			return 0;
		}
		from = (u16)from;
		to = (u16)to;
		break;
	case 4:
		break;
	default:
		return -EINVAL;
	}
	*check = (u16)~fold(add(sub(~(u32)*check, (u32)from), (u32)to));
	return 0;
}

/* Where a checksum may stand, and that it is there. */
static int load_check(struct weir_run *run, u32 off, u16 *check)
{
	if (off > MAX_OFFSET || (off & 1))
		return -EFAULT;
	return run->packet->load(run, off, check, 2);
}

WEIR_HELPER(l3_csum_replace)
{
	u16 check;
	int err;

	if (e & ~(u64)BPF_F_HDR_FIELD_MASK)
		return result(-EINVAL);
	err = load_check(run, (u32)b, &check);
	if (!err)
		err = replaced(&check, e, c, d, true);
	if (!err)
		err = run->packet->store(run, (u32)b, &check, 2);
	return result(err);
}

WEIR_HELPER(l4_csum_replace)
{
	u64 known = BPF_F_HDR_FIELD_MASK | BPF_F_PSEUDO_HDR |
		    BPF_F_MARK_MANGLED_0 | BPF_F_MARK_ENFORCE;
	u16 check;
	int err;

	if (e & ~known)
		return result(-EINVAL);
	err = load_check(run, (u32)b, &check);
	if (err)
		return result(err);
	/* UDP: no checksum, and it stays that way. */
	if ((e & BPF_F_MARK_MANGLED_0) && !(e & BPF_F_MARK_ENFORCE) && !check)
		return 0;
	err = replaced(&check, e & BPF_F_HDR_FIELD_MASK, c, d, false);
	if (err)
		return result(err);
	if ((e & BPF_F_MARK_MANGLED_0) && !check)
		check = MANGLED_0;
	return result(run->packet->store(run, (u32)b, &check, 2));
}

/* Of a sum over the whole packet, which no packet here comes with. */
WEIR_HELPER(csum_update)
{
	return result(-524); /* ENOTSUPP, as the kernel says it inside */
}
