#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=dash
#
# Inside the test kernel: real traffic between two network namespaces while the
# programs in its path are watched, replaced and taken away. TAP on stdout.
#
#	a 10.0.0.1, 10.0.0.3   --- veth ---   10.0.0.2 b
#
# Whatever comes from 10.0.0.3 is to be dropped, and nothing else.

g=/test/guest
libs=$(echo $g/lib/*-linux-gnu* $g/usr/lib/*-linux-gnu* | tr ' ' :)
export PATH=$g/bin:$g/sbin:$g/usr/bin:$g/usr/sbin:$PATH LD_LIBRARY_PATH="$libs"
ln -s $g/lib/ld-linux* $g/lib/*-linux-gnu*/ld-linux* /lib/ 2>/dev/null
# This shell prefers its own.
ip() { $g/bin/ip "$@"; }
cd /test || exit 1
replaces=1000 tcp_seconds=10 cycles=10000
# shellcheck disable=SC1091 # what the caller wants instead
. ./load
n=0 failed=0
object=/test/drop_list.o

ok()
{
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		failed=1
	fi
}

# quiet COMMAND...: its output only if it fails.
quiet() { "$@" >/tmp/out 2>&1 || { s=$?; sed 's/^/# /' /tmp/out; return $s; }; }

# refused WORDS COMMAND...: it must fail, and say WORDS.
refused()
{
	words=$1
	shift
	if "$@" >/tmp/out 2>&1; then
		echo "# not refused: $*"
		return 1
	fi
	# one line, or two with the usage
	if ! head -1 /tmp/out | grep -qF -- "$words" ||
	   [ "$(grep -vc '^usage: ' /tmp/out)" -ne 1 ]; then
		sed 's/^/# /' /tmp/out
		return 1
	fi
}

in_a() { ip netns exec a "$@"; }
in_b() { ip netns exec b "$@"; }
field() { sed -n "s/.*\"$1\": \([^,}]*\).*/\1/p" /tmp/stats; }

ip netns add a && ip netns add b &&
ip link add va netns a type veth peer name vb netns b &&
in_a ip addr add 10.0.0.1/24 dev va && in_a ip addr add 10.0.0.3/24 dev va &&
in_b ip addr add 10.0.0.2/24 dev vb &&
in_a ip link set lo up && in_b ip link set lo up &&
in_a ip link set va up && in_b ip link set vb up
ok $? "two namespaces and a wire"
quiet in_a ping -q -c 3 -w 20 10.0.0.2
ok $? "the wire works"

#
# What cannot be
#

refused "no such device" weir attach --hook ingress -i nix icmp
ok $? "no such device"
refused "wants a device" weir attach --hook ingress --linktype EN10MB icmp
ok $? "ingress without a device"; refused "--hook nowhere" \
	weir attach --hook nowhere icmp
ok $? "no such hook"
refused "xdp programs attach to ingress only" \
	weir attach --hook input --prog drop_a $object
ok $? "a program that wants a link-layer header, where there is none"
refused "--drop is for expressions" \
	weir attach --netns b --hook ingress -i vb --drop --prog drop_a $object
ok $? "--drop with a program that decides by itself"
refused "nothing has this name" weir detach nix
ok $? "no such name"
refused "--netns nix" weir attach --netns nix --hook input icmp
ok $? "no such namespace"

#
# An expression, at each hook
#

# at HOOK PLACE [DEVICE]: attach there, where `in_a` or `in_b` leads
at()
{
	quiet "$2" weir attach --hook "$1" ${3:+-i "$3"} --drop --name "$1" \
		'src host 10.0.0.3'
	ok $? "$1: attached"
	quiet in_a ping -q -c 2 -w 10 -I 10.0.0.1 10.0.0.2
	ok $? "$1: others pass"
	! quiet in_a ping -q -c 2 -w 3 -I 10.0.0.3 10.0.0.2 >/dev/null
	ok $? "$1: 10.0.0.3 does not"
	quiet "$2" weir detach "$1"
	ok $? "$1: detached"
}

at prerouting in_b
at input in_b
at output in_a
at postrouting in_a
at egress in_a va
at ingress in_b vb
quiet in_a ping -q -c 2 -w 10 -I 10.0.0.3 10.0.0.2
ok $? "and it passes again"

# Two on one hook: the first that drops decides.
quiet in_b weir attach --hook ingress -i vb --name first --drop 'icmp and src host 10.0.0.3' &&
quiet in_b weir attach --hook ingress -i vb --name second --drop 'icmp'
ok $? "two on one hook"
in_a ping -q -c 2 -i 0.2 -w 1 -I 10.0.0.3 10.0.0.2 >/dev/null
weir stats --json second >/tmp/stats 2>&1 || in_b weir stats --json second >/tmp/stats
[ "$(field dropped)" = 0 ]
ok $? "what the first drops, the second does not see"
refused "there is one" in_b weir attach --hook ingress -i vb --name first icmp
ok $? "a name that is taken"
quiet in_b weir detach --all
ok $? "detach --all"

#
# Capture
#

in_b weir capture 'icmp and src host 10.0.0.1' -i vb -Q in -c 5 -w /tmp/cap \
	2>/tmp/err &
tap=$!
sleep 2
quiet in_a ping -q -c 8 -i 0.3 -w 20 -I 10.0.0.1 10.0.0.2
wait $tap && [ "$(weir filter -c -r /tmp/cap 'icmp[0] == 8' 2>/dev/null)" = 5 ]
ok $? "five packets captured, as pcapng"
grep -q '^5 packets captured, 0 lost' /tmp/err
ok $? "and counted"
# Not by a function: it is weir itself that is stopped.
$g/bin/ip netns exec b weir capture icmp -i vb --ring 4 -c 20 -w /tmp/cap \
	2>/tmp/err &
tap=$!
sleep 2
kill -STOP $tap
in_a ping -q -f -c 500 -w 30 -I 10.0.0.1 10.0.0.2 >/tmp/ping 2>&1
grep -q ' 0% packet loss' /tmp/ping
ok $? "a reader that stands still loses records, not packets"
kill -CONT $tap
wait $tap
sed 's/^/# /' /tmp/err
grep -qE '^20 packets captured, [1-9][0-9]* lost' /tmp/err
ok $? "and hears how many"
refused "which device" weir capture icmp
ok $? "capture without a device"
refused "no such device" weir capture icmp -i nix
ok $? "capture of no such device"

# To a pipe, until ^C, which a shell keeps from what runs in its background.
$g/bin/ip netns exec b weir capture icmp -i vb -w - 2>/tmp/err >/tmp/cap &
tap=$!
sleep 2
quiet in_a ping -q -c 3 -i 0.3 -w 20 -I 10.0.0.1 10.0.0.2
sleep 1
kill -INT $tap
wait $tap && [ "$(weir filter -c -r - icmp </tmp/cap 2>/dev/null)" = 6 ]
ok $? "captured to standard output, until ^C"
grep -q '^6 packets captured, 0 lost' /tmp/err
ok $? "and the end is written then"
mkdir -p out
cp /tmp/cap out/cap.pcapng

#
# Packets in many pieces
#

# Of a datagram in fragments, the input hook sees the whole.
for byte in 5b 5a; do
	quiet in_b weir attach --hook input --drop --name pieces \
		"icmp and len > 15000 and ip[15000] == 0x$byte"
	in_a ping -q -c 2 -w 4 -s 20000 -p 5a 10.0.0.2 >/tmp/ping 2>&1
	case $byte in
	5b) grep -q ' 0% packet loss' /tmp/ping ;;
	5a) grep -q ' 100% packet loss' /tmp/ping ;;
	esac
	ok $? "fragments: byte 15000 is compared with $byte"
	quiet in_b weir detach pieces
done

# TCP's packets of many segments have their payload in pages.
deep='tcp dst port 5001 and len > 3000'
quiet in_b weir attach --hook ingress -i vb --drop --name wrong \
	"$deep and ip[2500] != 0x41" &&
quiet in_b weir attach --hook ingress -i vb --drop --name computed \
	"$deep and tcp[((tcp[12] & 0xf0) >> 2) + 2000] != 0x41"
ok $? "pages: attached"
before=$(in_b weir stats 2>/dev/null | wc -l)
timeout -s INT 60 $g/bin/ip netns exec b weir capture \
	"$deep and ip[2500] == 0x41" -i vb -Q in -c 3 -w /tmp/cap 2>/tmp/err &
tap=$!
# It would end with the end of its input.
sleep 60 | in_b nc -l -p 5001 >/tmp/received &
receiver=$!
# All of it may be over before a slow machine has the capture attached.
for _ in 1 2 3 4 5 6 7 8 9 10; do
	[ "$(in_b weir stats 2>/dev/null | wc -l)" -gt "$before" ] && break
	sleep 1
done
head -c 3000000 /dev/zero | tr '\0' A | in_a nc 10.0.0.2 5001 &
sender=$!
wait $tap
[ "$(weir filter -c -r /tmp/cap 'len > 3000 and ip[2900] == 0x41' 2>/dev/null)" = 3 ]
ok $? "pages: large packets are seen, and copied, whole"
sed 's/^/# /' /tmp/err
for _ in 1 2 3 4 5 6 7 8 9 10; do
	[ "$(wc -c </tmp/received)" -ge 3000000 ] && break
	sleep 1
done
[ "$(tr -d A </tmp/received | wc -c)" = 0 ] &&
[ "$(wc -c </tmp/received)" = 3000000 ]
ok $? "pages: the transfer is what it was"
in_b weir stats --json wrong >/tmp/stats
[ "$(field dropped)" = 0 ] && [ "$(field packets)" -gt 0 ]
ok $? "pages: no byte behind the linear ones was taken for another"
in_b weir stats --json computed >/tmp/stats
[ "$(field dropped)" = 0 ] && [ "$(field packets)" -gt 0 ]
ok $? "pages: nor where the offset is computed"
kill $sender $receiver 2>/dev/null
wait $sender $receiver 2>/dev/null
quiet in_b weir detach wrong computed

# A program that is tail-called writes to its own bytes, not to a clone's.
in_b ./stress hold /test/tail_write.o vb 10 >/tmp/hold 2>&1 &
holder=$!
sleep 2
in_a ./stress sniff va 100 >/tmp/sniff 2>&1 &
sniffer=$!
sleep 1
in_a ping -q -c 2 -w 5 -s 200 -p 5a 10.0.0.2 >/tmp/ping 2>&1
wait $sniffer
s=$?
sed 's/^/# /' /tmp/sniff
ok $s "tail call: who shares the packet does not see what is written"
wait $holder
s=$?
sed 's/^/# /' /tmp/hold
ok $s "tail call: and the program was there"

#
# Numbers for people and for scrapers
#

quiet in_b weir attach --hook input --time --name counted icmp
in_a ping -q -c 3 -i 0.3 -w 20 10.0.0.2 >/dev/null
in_b weir stats --prometheus counted >/tmp/prometheus
grep -q '^weir_link_packets_total{link="counted",hook="input",device="-",id="[0-9]*"} 3$' \
	/tmp/prometheus
ok $? "prometheus: packets"
grep -qE '^weir_link_run_seconds_total\{.*\} 0\.0*[1-9][0-9]*$' /tmp/prometheus &&
grep -qE '^weir_used\{resource="programs"\} [1-9]' /tmp/prometheus
ok $? "prometheus: seconds, and what is used"
timeout -s INT 5 $g/bin/ip netns exec b weir stats -w 1 counted >/tmp/watch
[ "$(grep -c 'input' /tmp/watch)" -ge 2 ] && [ "$(grep -c LINK /tmp/watch)" = 1 ]
ok $? "stats -w: a line each second, until ^C"
weir show >/tmp/show && grep -q '^limit programs: [1-9][0-9]* used of ' /tmp/show &&
weir show --json >/tmp/show && grep -q '"resource": "map_bytes", "used": ' /tmp/show
ok $? "show: what is used, and the limits"
quiet in_b weir detach counted

#
# Under load: replaced again and again
#

quiet weir attach --netns b --hook ingress -i vb --name drops --prog drop_a $object
ok $? "drop list: attached"
quiet in_b ./stress add drops $object 10.0.0.3
ok $? "drop list: an address"
in_b iperf3 -s -1 >/tmp/iperf.s 2>&1 &
in_b ./stress replace drops $object "$replaces" >/tmp/replace 2>&1 &
replacer=$!
sleep 1
in_a iperf3 -c 10.0.0.2 -B 10.0.0.1 -t "$tcp_seconds" >/tmp/iperf.c 2>&1 &
tcp=$!
rounds=0 lost=0 leaked=0
while :; do
	in_a ping -q -f -c 1000 -w 60 -I 10.0.0.1 10.0.0.2 >/tmp/ping 2>&1
	grep -q ' 0% packet loss' /tmp/ping || { lost=1; sed 's/^/# /' /tmp/ping; }
	in_a ping -q -f -c 100 -w 1 -I 10.0.0.3 10.0.0.2 >/tmp/ping 2>&1
	grep -q ' 100% packet loss' /tmp/ping || { leaked=1; sed 's/^/# /' /tmp/ping; }
	rounds=$((rounds + 1))
	kill -0 $replacer 2>/dev/null || break
done
wait $replacer
s=$?
sed 's/^/# /' /tmp/replace | tail -5
ok $s "replaced $replaces times under load"
wait $tcp
s=$?
grep -E 'receiver|error' /tmp/iperf.c | sed 's/^/# /'
ok $s "a TCP transfer went through it all"
[ $rounds -gt 0 ] && [ $lost -eq 0 ]
ok $? "no packet that should pass was lost ($rounds rounds of 1000)"
[ $leaked -eq 0 ]
ok $? "none that should be dropped passed"
sleep 1
in_b ./stress counters drops $object
ok $? "counters of programs and link agree"

#
# Ends
#

refused "" rmmod weir
ok $? "the module stays while something is attached"
in_b ip link del vb
sleep 1
in_b weir stats drops >/tmp/stats 2>&1
grep -q '(detached)' /tmp/stats
ok $? "a device that goes detaches"
quiet in_b weir detach drops
ok $? "and its name can go"
quiet weir attach --netns a --hook output --name early icmp
ok $? "attached in a namespace"
weir detach --all --force >/tmp/out 2>&1 &&
grep -q '^1 links detached, 1 names forgotten' /tmp/out
s=$?
sed 's/^/# /' /tmp/out
ok $s "detach --all --force, in all namespaces"
refused "--force goes with --all" weir detach --force early
ok $? "--force of one"
quiet weir attach --netns a --hook output --name late icmp
ok $? "attached again"
ip netns del a && ip netns del b
for _ in 1 2 3 4 5 6 7 8 9 10; do
	weir stats --json >/tmp/stats 2>&1
	grep -q late /tmp/stats || break
	sleep 1
done
! grep -q late /tmp/stats
ok $? "a namespace that goes takes its links and names along"

./stress cycle "$cycles"
ok $? "loading and unloading leaves nothing"
[ "$(cat /sys/module/weir/parameters/programs)" = 0 ]
ok $? "no program is left"
rmmod weir
ok $? "the module goes"
echo "1..$n"
exit $failed
