/* format_html_internal.h - shared by the files of the HTML page.
 *
 * Interface: format_html_grade format_html_verdict
 */
#ifndef SYSLAB_GRADER_FORMAT_HTML_INTERNAL_H
#define SYSLAB_GRADER_FORMAT_HTML_INTERNAL_H

#include "grader/base/text.h"
#include "grader/store/gradebook.h"

/* Why a grade is what it is: an <article> with the id that the table's cell leads to.
 * Returns: 0, or -ENOMEM. */
int format_html_grade(struct text *page, const struct gradebook *book,
                      const struct gradebook_cell *cell);

/* A verdict with its mark, in its colour: nobody has to tell it by the colour alone. */
void format_html_verdict(struct text *page, enum verdict verdict);

#endif
