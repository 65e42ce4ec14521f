/* trace.h - an execution for a reader: threads in columns, a line an event, and which store each load read.
 *
 * Interface: trace_print
 */
#ifndef SYSLAB_INTERLEAVE_TRACE_H
#define SYSLAB_INTERLEAVE_TRACE_H

#include <stdio.h>

/* The last run of the machine, its failure, and the string that reproduces it. */
void trace_print(FILE *out);

#endif
