#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# fuzz_ioctl.sh ARCH KERNEL [SECONDS [SEED]]: ioctl_fuzz in that kernel, on two
# processors; 60 seconds, a seed by the clock.

set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# -ge 2 ] || { sed -n '4,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }

script=$(mktemp -d)
trap 'rm -rf "$script"' EXIT
printf '#!/bin/sh\nexec ./ioctl_fuzz %q %q\n' "${3:-60}" "${4:-$(date +%s)}" \
	>"$script/run"
selftests/kernel/boot --smp 2 --timeout $((${3:-60} * 4 + 120)) "$1" "$2" \
	"$script/run" "build/$1/selftests/kernel/ioctl_fuzz"
