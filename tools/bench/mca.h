/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Cycles per packet: llvm-mca over the instructions of a program's code that a
 * packet really ran, in their order, as the plugin saw them (counter.h).
 */
#ifndef WEIR_BENCH_MCA_H
#define WEIR_BENCH_MCA_H

struct weir_program;
struct mca;
struct row;

/** mca_new() - for this program; NULL if out of memory or it has no code. */
struct mca *mca_new(struct weir_program *prog);

/** mca_add_packet() - what ran between the last two marks is a packet's. */
void mca_add_packet(struct mca *mca);

/**
 * mca_run() - ask for each of @cpus that is of the code's architecture
 *
 * Into row->cycles, the mean over the packets; into row->note if llvm-mca is not
 * there, or says nothing.
 */
void mca_run(struct mca *mca, const char *const *cpus, struct row *row);

/** mca_free() - NULL is allowed. */
void mca_free(struct mca *mca);

#endif
