/* interleave.h - what an explored program may say to the explorer. A program needs none of it.
 *
 *     interleave_note("r1", r1);      this value is part of the execution's outcome (--outcomes lists them)
 *     interleave_assume(condition);   executions in which it does not hold are not looked at further
 *
 * Threads: any of the program's. Interface: interleave_note interleave_assume
 */
#ifndef SYSLAB_INTERLEAVE_H
#define SYSLAB_INTERLEAVE_H

#include <stdbool.h>

void interleave_note(const char *name, long value);
void interleave_assume(bool condition);

#endif
