# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Builds the userspace half for one architecture: libweir.a, weir, the tests.
# The Makefile calls it once per architecture:
#
#	make -f tools/build.mk A=arm64 [V=asan] [goals]
#
# A is x86, arm64 or arm; V=asan makes a second build with ASan and UBSan.
# Another architecture than this machine's is cross-compiled and linked
# statically, so that it runs under qemu-user and in a test kernel as it is.

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:

HOST := $(subst x86_64,x86,$(subst aarch64,arm64,$(subst armv7l,arm,$(shell uname -m))))
A ?= $(HOST)
V ?=
O := build/$(A)$(if $(V),-$(V))

include Kbuild
include tools/objects.mk
CPPFLAGS := -I. -Itools/include -Itools/lib -D_GNU_SOURCE
# Hidden: of the shared library, others see what libweir.h declares.
CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror -fno-strict-aliasing \
	  -fvisibility=hidden
LDFLAGS :=
libs := -lm -lpcap -lbpf -lelf -lz -lcapstone -lurcu-bp -lurcu-common -lpthread

ifeq ($(A),$(HOST))
CC := gcc
AR := ar
CFLAGS += -fPIC
else
cross := $(shell tools/setup/paths cross $(A))
CC := $(cross)gcc
AR := $(cross)ar
CPPFLAGS += $(shell tools/setup/paths cppflags $(A))
LDFLAGS += -static $(shell tools/setup/paths ldflags $(A))
LDFLAGS += -Wl,--no-warnings	# glibc's remark on getaddrinfo
libs += -lzstd
static := y
endif
ifeq ($(A),arm)
CFLAGS += -march=armv7-a+fp
endif

ifeq ($(V),asan)
CFLAGS += -fsanitize=address,undefined -fno-sanitize-recover=all \
	  -fno-omit-frame-pointer -O1
LDFLAGS += -fsanitize=address,undefined
endif

# Data races are looked for by hammering on what is shared; nothing else is
# built this way. GCC says that fences are not seen: what is fenced is atomic.
ifeq ($(V),tsan)
CFLAGS += -fsanitize=thread -Wno-tsan
LDFLAGS += -fsanitize=thread
endif

lib-objs := $(addprefix $(O)/,$(weir-core-y) $(libweir-user-y) \
	      $(if $(static),$(libweir-static-y)))
tool-objs := $(addprefix $(O)/,$(weir-tool-y) $(weir-bench-y))

# Tests: one program per source file.
unit-src := $(wildcard selftests/unit/test_*.c)
enc-src := $(wildcard selftests/encodings/*_encodings.c)
prog-src := $(wildcard selftests/cases/run_cases.c \
	      selftests/pcap/pcap_compare.c selftests/fuzz/fuzz.c \
	      selftests/fuzz/facts.c tools/bench/load_cost.c tools/bench/map_read.c \
	      tools/bench/map_ops.c \
	      selftests/soak/soak_maps.c selftests/soak/soak_bridges.c \
	      selftests/soak/soak_live.c selftests/kernel/assume_cost.c \
	      selftests/corpus/run_corpus.c $(wildcard selftests/objects/*.c) \
	      selftests/kernel/test_*.c selftests/kernel/ioctl_fuzz.c \
	      selftests/kernel/net/stress.c \
	      selftests/kernel/debug/*.c)
test-src := $(unit-src) $(enc-src) $(prog-src)
tests := $(test-src:%.c=$(O)/%)

soak := $(O)/selftests/soak/soak_maps

.PHONY: all tool lib installed tests soak
all: $(if $(filter tsan,$(V)),soak,tool tests)
soak: $(soak)
lib: $(O)/libweir.a
installed: $(O)/weir $(O)/installed/libweir.a $(O)/installed/libweir.so
tool: $(O)/weir $(O)/weir-conformance-plugin
	@:
tests: $(tests)

# liburcu's inline functions: its records are less aligned than they say.
ifeq ($(V),asan)
$(O)/tools/lib/host_user.o: CFLAGS += -fno-sanitize=alignment
endif

$(O)/libweir.a: $(lib-objs)
	@rm -f $@
	$(quiet)$(AR) rcs $@ $^

# For other people's programs: all of it in one object, and of its names only
# those that start with weir_.
$(O)/installed/libweir.a: $(O)/libweir.a
	@mkdir -p $(@D)
	@rm -f $@
	$(quiet)$(CC) -r -nostdlib -o $(@D)/libweir.o \
		-Wl,--whole-archive $< -Wl,--no-whole-archive
	$(quiet)$(cross)objcopy --wildcard --keep-global-symbol='weir_*' \
		$(@D)/libweir.o
	$(quiet)$(AR) rcs $@ $(@D)/libweir.o

# The same to be shared. What programs ask for is the major version (soname);
# tools/lib/libweir.map says which names it has. Compatible additions raise the
# minor version.
lib-version := $(shell sed -n 's/.define WEIR_VERSION "\(.*\)"/\1/p' tools/lib/libweir.h)
lib-soname := libweir.so.$(firstword $(subst ., ,$(lib-version)))
shared-libs := $(filter-out -lcapstone,$(libs))
$(O)/installed/libweir.so: $(O)/libweir.a tools/lib/libweir.map
	@mkdir -p $(@D)
	@echo "  LD      $@"
	$(quiet)$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(lib-soname) \
		-Wl,--version-script=tools/lib/libweir.map -Wl,-z,defs \
		-Wl,--whole-archive $< -Wl,--no-whole-archive -o $@ \
		$(shared-libs)

$(O)/weir: $(tool-objs) $(O)/libweir.a
	@echo "  LD      $@"
	$(quiet)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(libs)

$(O)/weir-conformance-plugin: $(O)/tools/conformance/plugin.o $(O)/libweir.a
	@echo "  LD      $@"
	$(quiet)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(libs)

# What is installed is made anew when the flags are others than last time.
ifeq ($(A)$(V),$(HOST))
flags-file := $(O)/flags
$(shell mkdir -p $(O); echo '$(CFLAGS)' | cmp -s - $(O)/flags || \
	echo '$(CFLAGS)' >$(O)/flags)
endif

$(O)/%.o: %.c $(flags-file)
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(quiet)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The encoders are tested by themselves, on any host.
enc-objs := $(addprefix $(O)/,selftests/encodings/encodings.o \
	      jit/arm64/imm.o jit/arm/imm.o)
$(enc-src:%.c=$(O)/%): extra-objs := $(enc-objs)
$(enc-src:%.c=$(O)/%): $(enc-objs)

# A test that stands between the maps and the host.
wrapped := weir_host_alloc weir_host_alloc_now weir_host_free \
	   weir_host_pages_alloc weir_host_pages_free \
	   weir_host_wait_init weir_host_wait_exit
$(O)/tools/bench/map_read: extra-objs := -lurcu-cds
$(O)/selftests/unit/test_map_alloc: extra-objs := $(wrapped:%=-Wl,--wrap=%)

$(tests): $(O)/%: %.c $(O)/libweir.a
	@mkdir -p $(@D)
	@echo "  CCLD    $@"
	$(quiet)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< \
		$(extra-objs) $(O)/libweir.a $(libs)

# Memory that runs out, for libweir's own calls.
$(O)/selftests/objects/test_alloc: LDFLAGS += -Wl,--wrap=malloc \
	-Wl,--wrap=calloc -Wl,--wrap=realloc -Wl,--wrap=strdup

# What the guests filter real traffic with.
.PHONY: net-objects
net-objects: build/selftests/net/drop_list.o build/selftests/net/tail_write.o
build/selftests/net/%.o: selftests/kernel/net/%.c
	@mkdir -p $(@D)
	$(quiet)clang -target bpf -O2 -g -mcpu=v3 -Wall -Wextra -Werror \
		-idirafter /usr/include/$(shell gcc -print-multiarch) -c -o $@ $<

# The programs of the benchmark, as instructions. clang for BPF has no idea where
# this machine keeps its asm/.
bench-src := $(wildcard tools/bench/programs/*.c)
.PHONY: bench-programs
bench-programs: $(bench-src:tools/bench/programs/%.c=build/bench/%.insns)

build/bench/%.o: tools/bench/programs/%.c tools/bench/programs/packet.h
	@mkdir -p $(@D)
	$(quiet)clang -target bpf -O2 -mcpu=v3 -Wall -Wextra -Werror \
		-idirafter /usr/include/$(shell gcc -print-multiarch) -c -o $@ $<

# With types, since they have maps.
.PHONY: bench-maps
bench-maps: build/bench/map_programs.o
build/bench/map_programs.o: tools/bench/maps/map_programs.c
	@mkdir -p $(@D)
	$(quiet)clang -target bpf -O2 -g -mcpu=v3 -Wall -Wextra -Werror \
		-Wno-unused-parameter \
		-idirafter /usr/include/$(shell gcc -print-multiarch) -c -o $@ $<

build/bench/%.insns: build/bench/%.o
	$(quiet)llvm-objcopy -O binary --only-section=xdp $< $@

# The corpus: programs in C at each level of optimization, for each version of
# the instruction set. v4 needs a newer clang than the others, and is left out
# where there is none.
ifneq ($(filter corpus,$(MAKECMDGOALS)),)
clang-v4 := $(shell for c in clang clang-19; do echo | \
	$$c -target bpf -mcpu=v4 -x c -c -o /dev/null - 2>/dev/null && \
	echo $$c && break; done)
multiarch := $(shell gcc -print-multiarch)
corpus-src := $(wildcard selftests/corpus/programs/*.c)
corpus-names := $(corpus-src:selftests/corpus/programs/%.c=build/corpus/%)
corpus-levels := O1 O2 Os
corpus-cpus := v1 v2 v3 $(if $(clang-v4),v4)

# What the tests of objects read: with types, but for one that had none.
objects-src := $(wildcard selftests/objects/programs/*.c)
bench-objects := $(bench-src:tools/bench/programs/%.c=build/bench/%.o)
objects := $(objects-src:selftests/objects/programs/%.c=build/objects/%.o) \
	   build/objects/no_types.o

build/objects/%.o: selftests/objects/programs/%.c
	@mkdir -p $(@D)
	$(quiet)clang -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror \
		-Wno-unused-parameter -I. \
		-idirafter /usr/include/$(multiarch) -c -o $@ $<

build/objects/no_types.o: selftests/objects/programs/legacy.c
	@mkdir -p $(@D)
	$(quiet)clang -target bpf -mcpu=v3 -O2 -Wall -Wextra -Werror \
		-Wno-unused-parameter \
		-idirafter /usr/include/$(multiarch) -c -o $@ $<

.PHONY: corpus
corpus: $(objects) $(bench-objects) $(foreach l,$(corpus-levels),$(foreach v,$(corpus-cpus),\
	  $(corpus-names:%=%.$l.$v.o)))

define corpus-rule
build/corpus/%.$1.$2.o: selftests/corpus/programs/%.c \
			selftests/corpus/programs/headers.h
	@mkdir -p $$(@D)
	$$(quiet)$(if $(filter v4,$2),$(clang-v4),clang) -target bpf \
		-mcpu=$2 -$1 -g -Wall -Wextra -Werror \
		-idirafter /usr/include/$(multiarch) -c -o $$@ $$<
endef
$(foreach l,$(corpus-levels),$(foreach v,$(corpus-cpus),\
	$(eval $(call corpus-rule,$l,$v))))
endif

quiet := $(if $(VERBOSE),,@)

-include $(lib-objs:.o=.d) $(tool-objs:.o=.d) $(tests:=.d)
-include $(O)/tools/conformance/plugin.d $(enc-objs:.o=.d)
