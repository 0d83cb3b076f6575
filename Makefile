# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The targets people type. `make help` lists them. How userspace is built is in
# tools/build.mk, what Weir is made of in Kbuild, what machines need in
# tools/setup/.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
SHELL := /bin/bash

HOST := $(subst x86_64,x86,$(subst aarch64,arm64,$(subst armv7l,arm,$(shell uname -m))))
KERNELS := 6.1 6.12
# The architectures whose code we emit; under qemu-user where we are not one.
ARCHS := arm64 arm
JIT := $(or $(filter $(ARCHS),$(HOST)),arm64)
RUN_JIT := $(if $(filter $(JIT),$(HOST)),,qemu-$(subst arm64,aarch64,$(JIT)))
CAPTURE := selftests/pcap/traffic.pcap

.DEFAULT_GOAL := all

## all:	the weir tool and the library for this machine (build/weir)
.PHONY: all
all: setup-build
	@$(BUILD) build/weir

## demo:	filter a capture of real traffic with machine code made by Weir
.PHONY: demo
demo: setup
	@$(BUILD) build/weir userspace-$(JIT) module-$(JIT)-6.12
	@tools/demo $(JIT) "$(RUN_JIT)" $(CAPTURE)

## check:	all tests: unit, encodings, cases, captures, fuzz, booted kernels
.PHONY: check
check: setup
	@$(BUILD) userspace modules
	@selftests/run

## check-debug-kernel:	the kernels' tests in one that watches memory and locks
.PHONY: check-debug-kernel
check-debug-kernel: setup
	@tools/setup/setup debug
	@tools/setup/debug_kernel
	@$(BUILD) userspace-arm64 corpus net-objects module-arm64-debug
	@selftests/run --debug-kernel

## quick:	the tests that need no booted kernel
.PHONY: quick
quick: setup
	@$(BUILD) userspace
	@selftests/run --quick

## fuzz:	50,000 random programs, interpreter = machine code (SEED= PROGRAMS= RUNS=)
PROGRAMS ?= 52000
RUNS ?= 21
.PHONY: fuzz
fuzz: setup $(ARCHS:%=fuzz-%)
fuzz-%:
	@$(BUILD) userspace-$*
	$(shell tools/setup/paths emulator $*) build/$*/selftests/fuzz/fuzz \
		$(if $(SEED),--seed $(SEED)) --save build/fuzz \
		--programs $(PROGRAMS) --runs $(RUNS)

## soak-maps:	readers and writers over every type of map, under TSan (SECONDS=)
.PHONY: soak-maps
SECONDS ?= 60
soak-maps: setup-build userspace-$(HOST)-tsan
	build/$(HOST)-tsan/selftests/soak/soak_maps --seconds $(SECONDS)

## soak-bridges:	1,000,000 packets while handlers of guards come and go
.PHONY: soak-bridges
PACKETS ?= 1000000
soak-bridges: setup
	@$(BUILD) userspace modules
	@echo "./soak_bridges --engine device --packets $(PACKETS)" \
		>build/soak-bridges.guest
	@for a in $(ARCHS); do \
		echo "# $$a, in a process"; \
		$$(tools/setup/paths emulator $$a) \
			build/$$a/selftests/soak/soak_bridges --engine jit \
			--packets $(PACKETS) --changes 500 || exit 1; \
		for k in $(KERNELS); do \
			echo "# $$a $$k"; \
			selftests/kernel/boot --smp 2 --timeout 3600 $$a $$k \
				build/soak-bridges.guest \
				build/$$a/selftests/soak/soak_bridges || exit 1; \
		done; \
	done

## stress-live:	1,000,000 packets while assumptions and parameters change
.PHONY: stress-live
stress-live: setup
	@$(BUILD) userspace modules
	@echo "./soak_live --engine device --packets $(PACKETS)" \
		>build/stress-live.guest
	@for a in $(ARCHS); do \
		echo "# $$a, in a process"; \
		$$(tools/setup/paths emulator $$a) \
			build/$$a/selftests/soak/soak_live --engine jit \
			--packets $(PACKETS) --changes 500 || exit 1; \
		for k in $(KERNELS); do \
			echo "# $$a $$k"; \
			selftests/kernel/boot --smp 2 --timeout 3600 $$a $$k \
				build/stress-live.guest \
				build/$$a/selftests/soak/soak_live || exit 1; \
		done; \
	done

## bench:	the report on what packets cost, against Linux, libpcap, native (ARCH=)
.PHONY: bench
bench: setup
	@tools/bench/measure $(ARCH)

## soak-cases:	every case with every subset of the passes (an hour)
.PHONY: soak-cases
soak-cases: setup
	@$(BUILD) userspace
	@for a in $(ARCHS); do \
		$$(tools/setup/paths emulator $$a) \
			build/$$a/selftests/cases/run_cases --engine jit \
			--every-subset selftests/cases || exit 1; \
	done

## soak-net:	real traffic through programs replaced 1,000 times, in every kernel
.PHONY: soak-net
soak-net: setup
	@$(BUILD) userspace modules
	@for a in $(ARCHS); do for k in $(KERNELS); do \
		echo "# $$a $$k"; \
		selftests/kernel/test_net.sh $$a $$k || exit 1; \
	done; done

## fuzz-ioctl:	mutated requests from many threads, in every kernel (SECONDS= SEED=)
.PHONY: fuzz-ioctl
fuzz-ioctl: setup
	@$(BUILD) $(ARCHS:%=userspace-%) modules
	@for a in $(ARCHS); do for k in $(KERNELS); do \
		echo "# $$a $$k"; \
		selftests/kernel/fuzz_ioctl.sh $$a $$k $(SECONDS) $(SEED) || exit 1; \
	done; done

## soundness:	prove the operations of the verifier's domain with z3 (long)
.PHONY: soundness
soundness: setup
	/usr/bin/python3 selftests/soundness/domain.py --seconds 100

## modules:	weir.ko for every kernel that is tested (build/module/)
.PHONY: modules
modules: $(foreach a,$(ARCHS),$(foreach k,$(KERNELS),module-$(a)-$(k)))

## capture:	record the test traffic anew (needs root; see selftests/pcap)
.PHONY: capture
capture:
	selftests/pcap/capture

## style:	formatting, layers, licence lines
.PHONY: style
style: setup-build
	@tools/check/layers
	@tools/check/style
	@tools/check/helpers

## setup:	packages, cross compilers and kernels; seconds when all is there
.PHONY: setup setup-build
setup:
	@tools/setup/setup
setup-build:
	@tools/setup/setup build

## install:	libraries, header, tool, pkg-config file (DESTDIR=, PREFIX=)
PREFIX ?= /usr/local
VERSION = $(shell sed -n 's/.define WEIR_VERSION "\(.*\)"/\1/p' tools/lib/libweir.h)
.PHONY: install
install: all
	@$(MAKE) -f tools/build.mk A=$(HOST) installed
	install -D -m 755 build/$(HOST)/weir $(DESTDIR)$(PREFIX)/bin/weir
	install -D -m 644 build/$(HOST)/installed/libweir.a $(DESTDIR)$(PREFIX)/lib/libweir.a
	install -D -m 755 build/$(HOST)/installed/libweir.so $(DESTDIR)$(PREFIX)/lib/libweir.so.$(VERSION)
	ln -sfn libweir.so.$(VERSION) $(DESTDIR)$(PREFIX)/lib/libweir.so.$(firstword $(subst ., ,$(VERSION)))
	ln -sfn libweir.so.$(VERSION) $(DESTDIR)$(PREFIX)/lib/libweir.so
	install -D -m 644 uapi/weir.h $(DESTDIR)$(PREFIX)/include/uapi/weir.h
	install -D -m 644 uapi/reject.def $(DESTDIR)$(PREFIX)/include/uapi/reject.def
	install -D -m 644 tools/lib/libweir.h $(DESTDIR)$(PREFIX)/include/libweir.h
	install -D -m 644 tools/lib/weir_bpf.h $(DESTDIR)$(PREFIX)/include/weir_bpf.h
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' tools/lib/libweir.pc.in > build/libweir.pc
	install -D -m 644 build/libweir.pc $(DESTDIR)$(PREFIX)/lib/pkgconfig/libweir.pc

## clean:	remove build/ (what setup fetched stays)
.PHONY: clean
clean:
	rm -rf build

## help:	this list
.PHONY: help
help:
	@echo "Weir: packet filters at native speed on ARM, proven or guarded."
	@echo "Targets:"
	@sed -n 's/^## \([a-z-]*\):\t\(.*\)/  \1\t\2/p' Makefile | expand -t 12

# What follows a setup is a make of its own: nothing may start before setup is
# done, however many jobs there are.
BUILD = $(MAKE) -j$(shell nproc)

# Userspace for all, or for one architecture: userspace-arm64, -x86-asan ...
.PHONY: userspace
userspace: build/weir corpus net-objects userspace-$(HOST)-asan \
	   $(if $(filter x86 arm64,$(HOST)),userspace-$(HOST)-tsan) \
	   $(addprefix userspace-,$(sort $(HOST) $(ARCHS)))
userspace-%:
	@$(MAKE) -f tools/build.mk A=$(word 1,$(subst -, ,$*)) \
		V=$(word 2,$(subst -, ,$*)) all

# The C programs of selftests/corpus, for all architectures.
.PHONY: corpus
corpus:
	@$(MAKE) -f tools/build.mk corpus

# What the guests filter real traffic with.
.PHONY: net-objects
net-objects:
	@$(MAKE) -f tools/build.mk net-objects

build/weir: userspace-tool
	@ln -sfn $(HOST)/weir $@

# Two makes must not build one directory at the same time.
userspace-$(HOST): userspace-tool
.PHONY: userspace-tool
userspace-tool:
	@$(MAKE) -f tools/build.mk A=$(HOST) tool

# The module for one kernel: module-arm64-6.12
module-%:
	@module/build $(subst -, ,$*)
