/* screen.h - a page that is redrawn calmly: over the old one, line by line, in one write.
 *
 * Nothing is cleared before it is overwritten, so nothing flickers. A page that is longer than the
 * window is cut, and says so. Where the output is no terminal, pages follow one another.
 *
 * Interface: screen_draw screen_leave screen_rows screen_lines
 */
#ifndef SYSLAB_GRADER_SCREEN_H
#define SYSLAB_GRADER_SCREEN_H

#include "grader/base/terminal.h"

/* Draw body, and status as the line below it. */
void screen_draw(const struct terminal *terminal, const char *body, const char *status);

/* Put the cursor on a line of its own below the page, which stays. */
void screen_leave(const struct terminal *terminal);

/* The window's height; a large number where there is none. */
unsigned screen_rows(const struct terminal *terminal);

/* How many rows a text takes in the window, long lines broken; escape sequences take none. */
unsigned screen_lines(const struct terminal *terminal, const char *text);

#endif
