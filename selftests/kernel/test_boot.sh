#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# test_boot.sh [ARCH [KERNEL]]: does `boot` tell the truth?  TAP on stdout; exit
# status 0 all pass, 1 some fail, 4 skipped because there is no such kernel.
#
# shellcheck disable=SC2317 # functions called by a computed name

set -u
here=$(cd "$(dirname "$0")" && pwd)
arch=${1:-arm64}
kernel=${2:-6.12}

if [ ! -e "$("$here/../../tools/setup/paths" kernel "$arch" "$kernel")/vmlinuz" ]
then
	echo "TAP version 13"
	echo "1..0 # SKIP no kernel $kernel for $arch; tools/setup/setup kernels"
	exit 4
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/files" "$tmp/files/below"
echo beside >"$tmp/beside"
echo below >"$tmp/files/below/file"

# guest NAME [OPTION...]: run the script on stdin; its output is in $tmp/stdout
# and $tmp/stderr, its status in $status.
guest()
{
	local script=$tmp/$1.sh
	shift

	cat >"$script"
	status=0
	"$here/boot" --no-module --timeout 60 "$@" "$arch" "$kernel" "$script" \
		"$tmp/beside" "$tmp/files" >"$tmp/stdout" 2>"$tmp/stderr" ||
		status=$?
}

# same TEXT FILE: FILE holds just TEXT.
same() { [ "$(cat "$2")" = "$1" ]; }

test_status_and_output()
{
	guest output <<-'END'
	echo one; echo two >&2; echo three >/dev/stderr; printf four
	exit 7
	END
	[ "$status" -eq 7 ] && [ ! -s "$tmp/stderr" ] &&
		same $'one\ntwo\nthree\nfour' "$tmp/stdout"
}

test_files_and_out()
{
	guest files --out "$tmp/out" <<-'END'
	cat beside files/below/file
	mkdir out out/deep
	head -c 1000000 /dev/urandom >out/deep/random
	sha256sum <out/deep/random >out/sum
	END
	[ "$status" -eq 0 ] && same $'beside\nbelow' "$tmp/stdout" &&
		[ "$(sha256sum <"$tmp/out/deep/random")" = "$(cat "$tmp/out/sum")" ]
}

# What a kernel under test is expected to offer.
test_environment()
{
	guest environment --modules "veth" <<-'END'
	set -e
	grep -q '^veth ' /proc/modules
	ping -c 1 -W 5 127.0.0.1 >/dev/null
	[ -d /sys/class/net/lo ]
	[ -c /dev/null ]
	echo x >/tmp/x
	END
	[ "$status" -eq 0 ]
}

test_stray_process()
{
	guest stray <<-'END'
	sleep 1000 &
	exit 3
	END
	[ "$status" -eq 3 ]
}

# The serial port gets its time: what it has not sent when the kernel dies is
# lost.
test_panic()
{
	guest panic <<-'END'
	echo before
	sleep 1
	echo c >/proc/sysrq-trigger
	echo after
	END
	[ "$status" -eq 1 ] && same before "$tmp/stdout" &&
		grep -q 'Kernel panic' "$tmp/stderr"
}

# A warning does not stop the kernel, and the script's status says all is well.
# A message that reads like one serves, and needs no broken module.
test_warning()
{
	guest warning --keep-log "$tmp/log" <<-'END'
	echo "WARNING: CPU: 0 PID: 1 at test_boot" >/dev/kmsg
	exit 0
	END
	[ "$status" -eq 1 ] && grep -q 'at test_boot' "$tmp/stderr" &&
		grep -q 'at test_boot' "$tmp/log"
}

test_timeout()
{
	guest timeout --timeout 8 <<-'END'
	echo before
	sleep 1000
	END
	[ "$status" -eq 1 ] && same before "$tmp/stdout" &&
		grep -q 'no end after 8 s' "$tmp/stderr"
}

# Time is the number of executed instructions: more for more work, and the same
# in the next boot but for what interrupts did meanwhile (a tenth is plenty).
test_icount()
{
	local once twice again

	count_spins || return
	read -r once twice <"$tmp/stdout" || return
	count_spins || return
	read -r again _ <"$tmp/stdout" || return
	[ "$once" -gt 1000000 ] &&
		[ $((twice * 10)) -gt $((once * 19)) ] &&
		[ $((twice * 10)) -lt $((once * 21)) ] &&
		[ $((again * 10)) -gt $((once * 9)) ] &&
		[ $((again * 10)) -lt $((once * 11)) ]
}

# count_spins: guest nanoseconds of a loop, and of twice as many rounds.
count_spins()
{
	guest icount --icount <<-'END'
	spin() { i=0; while [ $i -lt $1 ]; do i=$((i + 1)); done; }
	now() { sed -n 's/^now at \([0-9]*\).*/\1/p' /proc/timer_list; }
	a=$(now); spin 20000; b=$(now); spin 40000; c=$(now)
	echo $((b - a)) $((c - b))
	END
	[ "$status" -eq 0 ]
}

# An interrupted boot leaves neither an emulator nor files.
test_interrupt()
{
	local boot line

	mkdir "$tmp/tmp"
	mkfifo "$tmp/fifo"
	echo 'echo ready; sleep 1000' >"$tmp/interrupt"
	TMPDIR=$tmp/tmp "$here/boot" --no-module "$arch" "$kernel" \
		"$tmp/interrupt" >"$tmp/fifo" 2>"$tmp/stderr" &
	boot=$!
	exec 3<"$tmp/fifo"
	read -r line <&3
	kill -TERM "$boot"
	wait "$boot"
	[ $? -eq 143 ] && [ "$line" = ready ] && [ -z "$(ls -A "$tmp/tmp")" ] &&
		! pgrep -f "$tmp/tmp" >/dev/null
}

test_usage()
{
	"$here/boot" "$arch" "$kernel" >/dev/null 2>&1
	[ $? -eq 2 ] || return
	"$here/boot" "$arch" 9.9 "$0" >/dev/null 2>"$tmp/stderr"
	[ $? -eq 1 ] && grep -q "there is:.* $kernel" "$tmp/stderr" || return
	WEIR_KO=$tmp/missing.ko "$here/boot" "$arch" "$kernel" "$0" \
		>/dev/null 2>"$tmp/stderr"
	[ $? -eq 1 ] && [ "$(wc -l <"$tmp/stderr")" -eq 1 ]
}

tests=(usage status_and_output files_and_out environment stray_process panic
       warning timeout icount interrupt)

echo "TAP version 13"
echo "1..${#tests[@]}"
failed=0 number=0
for name in "${tests[@]}"; do
	number=$((number + 1))
	if "test_$name"; then
		echo "ok $number boot: $name ($arch $kernel)"
	else
		echo "not ok $number boot: $name ($arch $kernel)"
		sed 's/^/# /' "$tmp/stdout" "$tmp/stderr" | tail -n 20
		failed=1
	fi
done
exit $failed
