/* twin.h - whether two sources are one program: compiled to the same instructions.
 *
 * Trivial compiler equivalence (Papadakis, Jia, Harman and Le Traon 2015): where an optimising
 * compiler makes the same of a mutant and of its original, no test can tell them apart. It has to make
 * the same in every build: the thread sanitizer sees a memory order that x86's instructions do not
 * show. Compared is the assembly text without debug information; and sanitizers only trap there, for
 * their messages name columns, which differ between any two sources.
 *
 * Threads: a twin_place belongs to the thread that opened it.
 * Interface: struct twin_place, twin_open twin_close twin_write twin_compile
 */
#ifndef SYSLAB_GRADER_TWIN_H
#define SYSLAB_GRADER_TWIN_H

#include "grader/engine/engine.h"

struct twin_place;

/* A folder and a sandbox for the sources of one exercise. Returns: 0, or -errno and words in error.
 * Owns: twin_close; what a killed process leaves is swept by the next engine. */
int twin_open(struct engine *engine, const struct manifest *manifest, struct twin_place **out,
              char *error, size_t error_bytes);
void twin_close(struct twin_place *place);

/* Put a source where the last one was. Returns: 0 and its path, for engine_grade, which stays valid
 * until the next; or -errno. */
int twin_write(struct twin_place *place, const char *text, const char **path);

/* Compile what was written last. Returns: 0 and *key, the hash of the code, "" if it does not
 * compile; or -errno. */
int twin_compile(struct twin_place *place, enum build build, char key[65]);

#endif
