/* operation.h - what an atomic operation makes of the value that it reads: arithmetic, with no state.
 *
 * An operation that has read a value may still go several ways, which are numbered; 0 is the usual one:
 *
 *     a weak compare-and-exchange      1: it fails, although the values are equal
 *     a wait on a condition variable   1: it wakes for nothing; with a deadline, 2: that comes
 *     another wait with a deadline     1: that comes
 *     a signal                         n: which of those that wait it wakes; one way for each set of them
 *
 * All but the last are for no reason (spurious): a search allows so many of them in one execution.
 *
 * Threads: any. Interface: operation_*
 */
#ifndef SYSLAB_INTERLEAVE_OPERATION_H
#define SYSLAB_INTERLEAVE_OPERATION_H

#include "02_concurrency/interleave/graph.h"

/* As many of its bytes as the operation has. */
graph_value operation_cut(graph_value value, int size);
/* How many ways there are, having read this: 1 or more. */
int operation_ways(const struct operation *operation, graph_value value);
/* Whether that way is for no reason. */
bool operation_is_spurious(const struct operation *operation, int way);
/* What a read-modify-write that read this value, and went this way, writes. */
graph_value operation_result(const struct operation *operation, graph_value value, int way);
/* Whether it writes at all. */
bool operation_writes(const struct operation *operation, graph_value value, int way);
/* Whether its thread does not go on, unless for no reason: the lock was taken, the semaphore was empty. */
bool operation_waits(const struct operation *operation, graph_value value);

#endif
