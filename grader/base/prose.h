/* prose.h - text on its way to a person: made harmless, wrapped, and misspelt names put right.
 *
 * What a submission printed, what a compiler said of it and what a folder is called are all chosen
 * by a student. Shown as they are they could move the cursor, rewrite lines above or set the window
 * title, so nothing of theirs reaches a terminal but through prose_put or prose_wrap; and
 * a name, which could hold a newline and after it a line that claims a verdict, through
 * prose_put_name.
 *
 * Interface: prose_neutral prose_neutral_name prose_put prose_put_name prose_wrap prose_columns
 *            prose_nearest. Do not fputs a string that came from outside.
 */
#ifndef SYSLAB_GRADER_PROSE_H
#define SYSLAB_GRADER_PROSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A copy in which every control character but newline and tab is spelt out (^[ for escape), as are
 * the direction marks that can reorder a line and the noncharacters, and a byte that is not UTF-8 is
 * \xNN.
 * Returns: the copy, which is valid UTF-8, or NULL without memory. Owns: the caller frees it. */
char *prose_neutral(const char *text);

/* Write the neutral form; with utf8 off, a character outside ASCII becomes '?'. */
void prose_put(FILE *out, const char *text, bool utf8);

/* The same for a name or a path, which keeps to its line: newline is ^J, tab is ^I. */
char *prose_neutral_name(const char *name);
void prose_put_name(FILE *out, const char *name, bool utf8);

/* How a paragraph lies on the screen: `indent` columns in from the left (the first line starts at
 * the cursor, which is there already), nothing beyond `columns`. */
struct prose_layout {
    unsigned indent, columns;
    bool utf8;
};

/* Write the neutral form, broken between words. A word longer than the line is not broken: it may
 * be a path to be clicked. Ends with a newline. */
void prose_wrap(FILE *out, const char *text, struct prose_layout layout);

/* How many columns the text takes, one a code point. */
size_t prose_columns(const char *text);

/* The name that `wrong` most likely meant: least edit distance (Levenshtein 1966) to a name or to
 * what follows its last slash.
 * Returns: one of names, or NULL when none is near. Cost: O(name length squared) a name. */
const char *prose_nearest(const char *wrong, char *const *names, size_t count);

#endif
