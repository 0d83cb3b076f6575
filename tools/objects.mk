# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What the userspace parts are made of, beside the lists of Kbuild. Read by the
# Makefile; paths are relative to the top.

# libweir: with Kbuild's weir-core-y
libweir-user-y := tools/lib/host_user.o

# flags that every userspace object needs beside the common ones
weir-user-cppflags := -D_GNU_SOURCE -I. -Itools/include
