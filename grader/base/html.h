/* html.h - pages for an instructor's browser: one file that needs nothing else, made of text that
 * students chose.
 *
 * Two walls stand between a submission and the page. All text passes through html_text or html_name,
 * so that it is shown and never read as markup. And the page's own policy (Content-Security-Policy)
 * loads nothing from anywhere and runs only the one script that html_begin was given, which it names
 * by its SHA-256: what got past the first wall would still not run.
 *
 * Interface: html_begin html_end html_text html_name. Do not text_append a string that came from
 *            outside, also not inside an attribute's quotes.
 */
#ifndef SYSLAB_GRADER_HTML_H
#define SYSLAB_GRADER_HTML_H

#include "grader/base/text.h"

/* What each page begins with, by which an older one is known (outlet.h). */
#define HTML_BEGINNING                                                                             \
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"                      \
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'"

/* Begin a page, up to and with its <h1>. The style comes after the house's own (html.c), which a
 * page should need little more than; style and script are the program's, and may be NULL.
 * Errors: page->failed, also where the script could not be hashed. */
void html_begin(struct text *page, const char *title, const char *style, const char *script);
void html_end(struct text *page);

/* Add text that is safe between tags and inside quoted attributes: markup is escaped; control
 * characters, direction marks and bytes that are not UTF-8 are spelt out; newline and tab stay. */
void html_text(struct text *page, const char *bytes, size_t length);

/* The same for a name, which keeps to its line: newline is ^J, tab is ^I. */
void html_name(struct text *page, const char *name);

#endif
