#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# test_net.sh ARCH KERNEL [REPLACES [SECONDS [CYCLES]]]: net/guest.sh in that
# kernel, on two processors. REPLACES programs are put one into the other's
# place under load, with a TCP transfer of SECONDS, and CYCLES programs loaded
# and unloaded; by default 1000, 10 and 10000.

set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# -ge 2 ] || { sed -n '4,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }

files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT
cp -a "$(tools/setup/paths guest "$1")" "$files/guest"
cp "build/$1/selftests/kernel/net/stress" build/selftests/net/drop_list.o \
	"$files/"
echo "replaces=${3:-1000} tcp_seconds=${4:-10} cycles=${5:-10000}" \
	>"$files/load"
selftests/kernel/boot --smp 2 --timeout 900 --modules "veth" "$1" "$2" \
	selftests/kernel/net/guest.sh "$files"/*
