/* compile.h - from a program's sources to the shared object that is explored.
 *
 * Compiled for the thread sanitizer and linked without its library: what the compiler calls for an access, and the
 * calls of the C library that matter to threads, are left to the program that loads it.
 *
 * Interface: interleave_compile INTERLEAVE_WRAPS
 */
#ifndef SYSLAB_INTERLEAVE_COMPILE_H
#define SYSLAB_INTERLEAVE_COMPILE_H

#include "02_concurrency/interleave/wrap_list.h"

/* A linker's word: the calls that go to us instead of the C library. */
#define INTERLEAVE_WRAP(name) ",--wrap=" #name
#define INTERLEAVE_WRAPS      "-Wl" WRAP_LIST(INTERLEAVE_WRAP)

/* Compile and link. words: sources, archives, and what else the compiler is to be told, up to NULL.
 * Headers are found from $SYSLAB_ROOT on. Ends the process when it fails: the compiler has said why. */
void interleave_compile(const char *compiler, char **words, const char *out);

#endif
