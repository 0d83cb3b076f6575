#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=dash
#
# commands.sh WEIR: objects and maps in the kernel, as people drive them. TAP.
# Runs in a test kernel, where the shell is busybox's.

weir=$PWD/$1
o=build/objects
nr=0 failed=0

# result STATUS NAME
result()
{
	nr=$((nr + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $nr - $2"
	else
		failed=$((failed + 1))
		sed 's/^/# /' /tmp/out /tmp/said 2>/dev/null | head -n 20
		echo "not ok $nr - $2"
	fi
}

# good NAME PATTERN COMMAND...: succeeds, and prints what matches; or nothing
good()
{
	name=$1 pattern=$2
	shift 2
	"$@" >/tmp/out 2>/tmp/said &&
		if [ -n "$pattern" ]; then
			grep -qE -e "$pattern" /tmp/out
		else
			[ ! -s /tmp/out ]
		fi
	result $? "$name"
}

# bad NAME PATTERN COMMAND...: status 1, and a line that says what is wrong
bad()
{
	name=$1 pattern=$2
	shift 2
	"$@" >/tmp/out 2>/tmp/said
	[ $? -eq 1 ] && [ "$(wc -l </tmp/said)" -eq 1 ] &&
		grep -qE -e "$pattern" /tmp/said
	result $? "$name"
}

echo "TAP version 13"
good "load into the kernel, and give back" 'loaded, and given back' \
	"$weir" load $o/maps.o --device
good "nothing is left" '^limit programs: 0 used' "$weir" show --device
good "load and keep" '^map counts: array' "$weir" load $o/maps.o --device --pin m
good "names" '^name m.counts: map ' "$weir" show
good "programs" '^program [0-9]+: count, kind xdp' "$weir" show
bad "names are there already" 'm.count: File exists' \
	"$weir" load $o/maps.o --device --pin m
good "map show" '^flows: hash, key 8' "$weir" map show
good "map lookup by name" '^key 02000000  value 0+$' "$weir" map lookup m.counts =2
good "map update" '' "$weir" map update m.counts =2 =77
good "map lookup by its own name, by type" '^key 2  value 77$' \
	"$weir" map lookup counts =2 --types $o/maps.o
bad "map update of what is there" 'File exists' \
	"$weir" map update m.counts =2 =1 noexist
bad "a key of another size" '1 bytes, it has 4' "$weir" map lookup m.counts 02
bad "map delete in an array" 'Invalid argument' "$weir" map delete m.counts =2
good "map update of a per-CPU map" '' "$weir" map update m.percpu =1 =5
good "map dump of a per-CPU map" 'key 1  value \[5(, 5)*\]' \
	"$weir" map dump m.percpu --types $o/maps.o
good "map dump --json" '"key": "02000000", "value": "4d00000000000000"' \
	"$weir" map dump m.counts --json
good "map freeze" '' "$weir" map freeze m.counts
bad "map update of a frozen map" 'not permitted' "$weir" map update m.counts =2 =1
good "map create" '^made: lru_hash' \
	"$weir" map create made --type lru_hash --key 4 --value 4 --entries 8
good "what was made stays" '' "$weir" map update made =1 =2
good "and can be read" 'key 01000000  value 02000000' "$weir" map dump made
good "map delete" '' "$weir" map delete made =1
bad "and is gone" 'lookup: No such file' "$weir" map lookup made =1
bad "map create of nothing" 'it has no entries' \
	"$weir" map create zero --type hash --key 4 --value 4
bad "no such map" 'no such map' "$weir" map show nothing
good "a run in the kernel, and its maps" '"count": 3' \
	"$weir" run $o/data.o --device --maps
good "a name is forgotten" '' "$weir" map unpin made
bad "and is gone, too" 'made: No such file' "$weir" map unpin made
bad "not a map's name" 'not the name of a map' "$weir" map unpin m.count
good "all names are forgotten" '^6 names' "$weir" load --device --unpin m
good "load with parameters" '^program sum' \
	"$weir" load $o/params.o --device --pin p
good "param lists" '^bias: 4 bytes, -5 to 5, now -2$' "$weir" param p.sum
good "param sets" '' "$weir" param p.sum threshold=7 bias=-5
good "param has set" '"name": "threshold", .*"value": 7' \
	"$weir" param p.sum --json
good "each program has its own" '^threshold: .*now 1000$' "$weir" param p.other
bad "param out of range" 'threshold may be 1 to 65536; it stays 7' \
	"$weir" param p.sum threshold=0
bad "param below its sign" 'threshold may be 1 to 65536' \
	"$weir" param p.sum threshold=-1
bad "no such parameter" 'no parameter thresh$' "$weir" param p.sum thresh=1
bad "no such program" 'no such program' "$weir" param nobody a=1
good "parameters go with their program" '^[0-9]+ names' \
	"$weir" load --device --unpin p
good "load --assume" '^program pick' \
	"$weir" load $o/assume.o --device --pin a --assume conf
good "what it assumes holds" 'assumption valid .built 1' "$weir" show --device
good "an update of it" '' "$weir" map update a.conf =1 =2
good "takes it back" 'assumption revoked .built 1, revoked 1' \
	"$weir" show --device
good "and it is forgotten" '^2 names' "$weir" load --device --unpin a
good "run --assume" '^verdict 5' "$weir" run $o/assume.o --device \
	--assume conf --set-map conf =1 =5
bad "a map that a program writes" 'read_only' \
	"$weir" load $o/maps.o --device --assume counts
bad "no such map to assume" 'no map nothing' \
	"$weir" load $o/maps.o --device --assume nothing
good "nothing is left at the end" '^limit programs: 0 used' \
	"$weir" show --device
good "nor any map" '^limit maps: 0 used' "$weir" show --device

echo "1..$nr"
[ $failed -eq 0 ]
