/* switch_off.h - whether a submission switches off a sanitizer for some of its functions, or reaches
 * memory past all of them.
 *
 * A race in a function that the thread sanitizer does not instrument is not seen. Compilers name every
 * such attribute in a few ways, with more underscores around it or fewer, so the names are looked for,
 * in the preprocessed source: there no macro hides them, and that text is what is then compiled.
 *
 * No sanitizer looks at memory that is reached by a processor's own instructions, __builtin_ia32_lddqu
 * and its like, or through a segment, __seg_gs. The headers that have them (immintrin.h) have a pragma
 * for the target too, and go with them; a line of text cannot be trusted to say which file it is from.
 *
 * The sanitizers' own functions, __asan_unpoison_memory_region and its like, are refused by their names: a
 * source that the optimizer reads otherwise in each build could call them in one alone.
 *
 * A file cannot ask which build it is in: toolchain.c undefines the macros that say so. clang also tells by
 * __has_feature, which cannot be undefined; and who wants to know finds out, by what the optimizer folds, or by
 * where the stack lies. So a sanitizer speaks of what runs under it, and cannot be told to look away.
 *
 * What the compiler expands in place, __builtin_memcpy of a few bytes, the thread sanitizer does not see. Plain
 * memcpy does the same, so that is refused only where threads are looked at.
 *
 * Interface: switch_off_find switch_off_find_copies
 */
#ifndef SYSLAB_GRADER_SWITCH_OFF_H
#define SYSLAB_GRADER_SWITCH_OFF_H

#include <stdbool.h>
#include <stddef.h>

/* Returns: whether there is such a name in the code; the first is put into name, cut to fit. */
bool switch_off_find(const char *preprocessed, char *name, size_t name_bytes);

/* The same of copies that the thread sanitizer does not see. */
bool switch_off_find_copies(const char *preprocessed, char *name, size_t name_bytes);

#endif
