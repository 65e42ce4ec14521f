/* count.h - instruction counts of ours, for the gate. Internal to bench/.
 *
 * Under `valgrind --tool=callgrind --instr-atstart=no` only the timed loop is counted; without
 * valgrind the requests cost a few instructions and do nothing.
 *
 * Interface: count_row count_toolchain
 */
#ifndef SYSLAB_BENCH_COUNT_H
#define SYSLAB_BENCH_COUNT_H

#include "bench/bench.h"

/* Run ours once uncounted (lazy binding, first use) and once counted, and dump under the row's
 * name. Rows with two threads are left out: how long a thread spins is no property of the program.
 * Returns: the operations counted; 0 for a row that is left out. */
uint64_t count_row(const struct bench_row *row, uint64_t operations_max);

/* All that a count depends on: compiler, C library, machine, kind of build. */
const char *count_toolchain(void);

#endif
