# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What the userspace parts are made of, beside the lists of Kbuild: one
# variable per program. Read by tools/build.mk; paths are relative to the top.

# libweir, with Kbuild's weir-core-y
libweir-user-y := tools/lib/host_user.o tools/lib/print.o tools/lib/program.o \
		  tools/lib/backend_process.o tools/lib/backend_device.o \
		  tools/lib/map.o tools/lib/map_why.o tools/lib/map_process.o \
		  tools/lib/map_device.o tools/lib/ring_buffer.o tools/lib/link.o tools/lib/carry.o \
		  tools/lib/perf_map.o \
		  tools/lib/expr.o tools/lib/text.o tools/lib/text_print.o tools/lib/words.o \
		  tools/lib/elf_file.o tools/lib/object.o \
		  tools/lib/object_libbpf.o tools/lib/object_btf.o \
		  tools/lib/object_link.o tools/lib/object_map.o tools/lib/object_param.o \
		  tools/lib/btf_check.o
libweir-static-y := tools/lib/pcap_static.o

# the weir command
weir-tool-y := tools/weir/main.o tools/weir/tool.o tools/weir/files.o \
	       tools/weir/source.o tools/weir/insn_file.o \
	       tools/weir/btf_text.o tools/weir/map_text.o \
	       tools/weir/run_capture.o tools/weir/load.o \
	       tools/weir/show.o tools/weir/map.o \
	       tools/weir/prog_find.o tools/weir/param.o \
	       tools/weir/capture.o tools/weir/print.o tools/weir/filter.o \
	       tools/weir/insn_text.o \
	       tools/weir/verified.o tools/weir/explain.o \
	       tools/weir/state_text.o tools/weir/graph.o tools/weir/check.o tools/weir/run.o \
	       tools/weir/image_text.o tools/weir/listing.o tools/weir/dump.o \
	       tools/weir/asm.o tools/weir/attach.o tools/weir/live.o \
	       tools/weir/guards.o tools/weir/guard_text.o tools/weir/bridge.o \
	       tools/weir/bridge_text.o tools/weir/stats.o tools/weir/holders.o \
	       tools/weir/tap.o tools/weir/pcapng.o
weir-bench-y := tools/bench/bench.o tools/bench/suite.o tools/bench/measure.o \
		tools/bench/elements.o tools/bench/counter.o tools/bench/mca.o \
		tools/bench/engine_weir.o tools/bench/engine_linux.o \
		tools/bench/engine_libpcap.o tools/bench/engine_native.o \
		tools/bench/rows.o tools/bench/rows_read.o tools/bench/groups.o \
		tools/bench/report_text.o tools/bench/report_html.o \
		tools/bench/report_compare.o
