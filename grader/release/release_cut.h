/* release_cut.h - leaves out of a file what is for instructors and authors only.
 *
 *     # instructor only                  <!-- instructor only -->
 *     syslab_exercise(hostile/target)    For instructors: ...
 *     # end instructor only              <!-- end instructor only -->
 *
 * Each mark has a line of its own, as a comment of C, the shell, CMake, YAML or Markdown; parts do not nest.
 *
 * Interface: release_cut
 */
#ifndef SYSLAB_GRADER_RELEASE_CUT_H
#define SYSLAB_GRADER_RELEASE_CUT_H

#include <stddef.h>

/* Remove the marked parts and their marks from the text, in place; *size becomes what is left.
 * Returns: 0, or -EINVAL where a mark has no partner: *line is the mark's, from 1. */
int release_cut(char *text, size_t *size, size_t *line);

#endif
