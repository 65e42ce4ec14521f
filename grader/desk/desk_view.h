/* desk_view.h - the desk as a student reads it: the exercises, one task, its hints.
 *
 * Interface: desk_view_list desk_view_task desk_view_hints
 */
#ifndef SYSLAB_GRADER_DESK_VIEW_H
#define SYSLAB_GRADER_DESK_VIEW_H

#include "grader/base/terminal.h"
#include "grader/desk/desk.h"

/* A line for each exercise: state, points, prerequisites; and a bar for all of the course. */
void desk_view_list(const struct terminal *terminal, struct desk *desk);

/* Title, the handout's first paragraph, and where everything lies. */
void desk_view_task(const struct terminal *terminal, const struct desk *desk,
                    const struct desk_exercise *exercise);

/* Show one more hint than the last time, below those shown before, and remember it.
 * Returns: 0, or -errno of the store; the hint is shown in any case. */
int desk_view_hints(const struct terminal *terminal, struct desk *desk,
                    const struct desk_exercise *exercise);

#endif
