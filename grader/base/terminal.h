/* terminal.h - what the place that output goes to can show.
 *
 * Colour on a terminal, unless NO_COLOR is set (https://no-color.org) or TERM is "dumb" or missing;
 * marks beyond ASCII where the locale's encoding is UTF-8; width from the terminal, 80 elsewhere.
 *
 * Interface: terminal_init terminal_style terminal_mark terminal_bar
 */
#ifndef SYSLAB_GRADER_TERMINAL_H
#define SYSLAB_GRADER_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

struct terminal {
    FILE *out;
    bool live; /* a terminal that a person watches, which can be redrawn */
    bool colour;
    bool utf8;
    unsigned columns; /* at least 40, at most 100: longer lines are hard to read */
};

enum style { STYLE_PLAIN, STYLE_GOOD, STYLE_BAD, STYLE_STRONG, STYLE_FAINT, STYLE_PLACE };
enum mark { MARK_PASS, MARK_FAIL, MARK_SKIPPED, MARK_HERE, MARK_DOT, MARK_UNKNOWN };

/* Looks at the stream, the environment and the locale (setlocale must have been called). */
void terminal_init(struct terminal *out, FILE *stream);

/* The escape sequence that starts a style, or "" without colour. Plain ends any. Never NULL. */
const char *terminal_style(const struct terminal *terminal, enum style style);

/* One column wide, or the ASCII word or sign for it: pass and fail are "ok" and "FAIL". */
const char *terminal_mark(const struct terminal *terminal, enum mark mark);

/* A bar of `width` columns of which done/total is filled. */
void terminal_bar(const struct terminal *terminal, double done, double total, unsigned width);

#endif
