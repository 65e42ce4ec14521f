/* switch_off.h - whether a submission switches off a sanitizer for some of its functions.
 *
 * A race in a function that the thread sanitizer does not instrument is not seen. Compilers name every
 * such attribute in a few ways, with more underscores around it or fewer, so the names are looked for,
 * in the preprocessed source: there no macro hides them, and that text is what is then compiled.
 *
 * A file cannot ask which build it is in either: toolchain.c undefines the macros that say so. clang
 * also tells by __has_feature, which cannot be undefined.
 *
 * Interface: switch_off_find
 */
#ifndef SYSLAB_GRADER_SWITCH_OFF_H
#define SYSLAB_GRADER_SWITCH_OFF_H

#include <stdbool.h>
#include <stddef.h>

/* Returns: whether there is such a name outside of literals; the first is put into name, cut to fit. */
bool switch_off_find(const char *preprocessed, char *name, size_t name_bytes);

#endif
