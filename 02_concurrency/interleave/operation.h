/* operation.h - what an atomic operation makes of the value that it reads: arithmetic, with no state.
 *
 * Threads: any. Interface: operation_*
 */
#ifndef SYSLAB_INTERLEAVE_OPERATION_H
#define SYSLAB_INTERLEAVE_OPERATION_H

#include "02_concurrency/interleave/graph.h"

/* As many of its bytes as the operation has. */
graph_value operation_cut(graph_value value, int size);
/* What a read-modify-write that read this value writes. */
graph_value operation_result(const struct operation *operation, graph_value value);
/* Whether it writes at all, having read this. spurious: and failed all the same. */
bool operation_writes(const struct operation *operation, graph_value value, bool spurious);
/* Whether its thread does not go on, having read this: the lock was taken, the semaphore was empty. */
bool operation_waits(const struct operation *operation, graph_value value);

#endif
