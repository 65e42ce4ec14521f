/* hostile.h - the attacks of grader/hostile/, what is expected of each, and on which machine they may run.
 *
 * An attack's folder names its verdict with the full sandbox. One that a single layer stops says in its
 * first comment what becomes of it on a machine that lacks the layer: "Without landlock: forged."
 *
 * Interface: hostile_course hostile_exercise hostile_add hostile_expect hostile_is_held
 */
#ifndef SYSLAB_GRADER_HOSTILE_H
#define SYSLAB_GRADER_HOSTILE_H

#include "grader/verify/samples.h"

/* The exercise that the attacks pretend to solve lies in a course of its own, below the root. */
extern const char hostile_course[];
extern const char hostile_exercise[];

/* Add every attack, those that take up a time limit first. root: that of the attacks' own course.
 * Returns: as samples_add. */
int hostile_add(struct samples *samples, const char *root);

/* Put the verdict that the file states for a layer that its record does not have into its folder. */
void hostile_expect(struct sample *sample);

/* Whether something keeps attacks from the machine's other processes: namespaces, or Landlock's scopes. */
bool hostile_is_held(const struct sandbox_settings *sandbox);

#endif
