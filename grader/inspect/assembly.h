/* assembly.h - whether a submission brings assembly of its own.
 *
 * Machine code that no compiler chose can hide whatever it likes: a system call inside another
 * instruction's operand, a jump into the middle of the harness. No disassembler sees all of that, so
 * assembly is refused where it cannot hide: in the text between the compiler and the assembler, where
 * gcc and clang write #APP before every asm statement, those outside of functions too. A name given by
 * a label or an attribute reaches that text as it is spelled, so names are looked at in the
 * preprocessed source.
 *
 * The compiler's own functions that give away where a caller's frame is, or leave by it, would do what
 * assembly does there, so they go with it.
 *
 * An exercise that is about assembly allows it (`assembly: true` in the manifest), and gives up these three
 * looks. What is left: the object's sections, names and references (object.h); system calls that a
 * disassembler sees; and, for one that it does not see, the harness's guard, which ends the program in
 * the plain build.
 *
 * Interface: assembly_find assembly_may_be_named assembly_find_in_names assembly_find_frames
 *            assembly_chooses_section
 */
#ifndef SYSLAB_GRADER_ASSEMBLY_H
#define SYSLAB_GRADER_ASSEMBLY_H

#include <stdbool.h>
#include <stddef.h>

/* Look for an asm statement in a compiler's assembly text.
 * Returns: 1 and *line, that of the source or 0 where it is not known; 0 if there is none; -errno. */
int assembly_find(const char *path, unsigned *line);

/* Whether the source could spell a label, an attribute or a pragma, itself or by a macro: else there is
 * no need to preprocess it. */
bool assembly_may_be_named(const char *source);

/* Look in preprocessed source for a label or an attribute whose string an assembler would read as more
 * than a name. Messages, as of deprecated("..."), reach no assembler. */
bool assembly_find_in_names(const char *preprocessed);

/* Look in preprocessed source for a function of the compiler's that reaches into the callers' frames.
 * Returns: whether there is one; its name is put into name, cut to fit. */
bool assembly_find_frames(const char *preprocessed, char *name, size_t name_bytes);

/* Whether preprocessed source puts something into a section of its choice. */
bool assembly_chooses_section(const char *preprocessed);

#endif
