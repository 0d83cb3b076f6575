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
	build/selftests/net/tail_write.o "$files/"
echo "replaces=${3:-1000} tcp_seconds=${4:-10} cycles=${5:-10000}" \
	>"$files/load"
status=0
selftests/kernel/boot --out "$files/out" --smp 2 --timeout 900 \
	--modules veth "$1" "$2" selftests/kernel/net/guest.sh "$files"/* || status=$?
# What a tool of others makes of the capture; the plan has been made by then.
if command -v tcpdump >/dev/null && [ -e "$files/out/cap.pcapng" ]; then
	read=$(tcpdump -nr - <"$files/out/cap.pcapng" 2>/dev/null |
		grep -c 'ICMP echo re[qp]') || true
	echo "# tcpdump reads $read packets of the capture"
	[ "$read" -eq 6 ] || status=1
else
	echo "# no tcpdump here, or no capture: not read by another"
fi
exit $status
