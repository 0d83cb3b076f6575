#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# In the test kernel: the tests of /dev/weir, then what an ordinary load leaves
# in the kernel's log.  test_ioctl lies beside.
#
#	boot ARCH KERNEL ioctl.sh build/ARCH/selftests/kernel/test_ioctl

exec ./test_ioctl
