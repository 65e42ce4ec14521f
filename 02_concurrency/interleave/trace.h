/* trace.h - an execution for a reader: threads in columns, a line an event, and which store each load read.
 *
 * Interface: trace_print trace_failure trace_screen trace_name
 */
#ifndef SYSLAB_INTERLEAVE_TRACE_H
#define SYSLAB_INTERLEAVE_TRACE_H

#include <stdint.h>
#include <stdio.h>

/* The last run of the machine, its failure, and the string that reproduces it. */
void trace_print(FILE *out);
/* What the program calls that memory: a variable of its own, or a block by where it was allocated. */
void trace_name(uintptr_t address, char *text, size_t text_bytes);

/* Its parts: what failed, in one line; and the events, in narrower columns and in lines_max lines and a few. */
void trace_failure(FILE *out);
void trace_screen(FILE *out, int lines_max);

#endif
