/* program.h - the explored program: a shared object whose variables are put back before each execution.
 *
 * Its writable data is copied when it has been loaded, and copied back for each run; thread-local variables are swapped as
 * its threads are. What other libraries keep (stdio's buffers) is not undone.
 *
 * Threads: one. Interface: program_*
 */
#ifndef SYSLAB_INTERLEAVE_PROGRAM_H
#define SYSLAB_INTERLEAVE_PROGRAM_H

#include "02_concurrency/interleave/memory.h"

enum { PROGRAM_RANGES_MAX = 16 };

/* Returns: 0; -1, and a message on stderr. */
int program_load(const char *path);
/* A function of it, or NULL. */
void *program_symbol(const char *name);

void program_reset(void);
/* That thread goes on, or is left: its thread-local variables come and go. */
void program_enter(int thread);
void program_leave(int thread);
/* Whether a thread-local variable is there: every thread's own, though all have the same address. */
bool program_is_local(uintptr_t address);
/* Whether it is in one of the program's writable segments. */
bool program_has(uintptr_t address);
/* Its variables. Returns: how many ranges. */
int program_ranges(struct memory_range *out);
/* From its first byte of code to its last, and what lies between. */
struct memory_range program_code(void);

/* "file.c:12" of an address in its code, and "count+4" of one in its variables. Returns: text, or what is known. */
void program_line(const void *code, char *text, size_t text_bytes);
bool program_variable(uintptr_t address, char *text, size_t text_bytes);

#endif
