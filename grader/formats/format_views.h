/* format_views.h - the views themselves, for format.c and for their tests. All return text to be
 * freed by the caller, or NULL without memory.
 *
 * Interface: format_gradescope format_exercism format_classroom format_classroom_json format_junit
 *            format_junit_class format_html. csv and json: gradebook.h
 */
#ifndef SYSLAB_GRADER_FORMAT_VIEWS_H
#define SYSLAB_GRADER_FORMAT_VIEWS_H

#include "grader/record/record.h"
#include "grader/store/gradebook.h"

/* All of them return the text, to be freed, or NULL without memory. */

/* Source: https://gradescope-autograders.readthedocs.io/en/latest/specs/ */
char *format_gradescope(const struct record *record);

/* Source: https://github.com/exercism/docs, building/tooling/test-runners/interface.md, version 3 */
char *format_exercism(const struct record *record);

/* The base64 text that a step of a workflow gives as its output `result`, on one line; and what is
 * in it. Source: https://github.com/classroom-resources, autograding-grading-reporter */
char *format_classroom(const struct record *record);
char *format_classroom_json(const struct record *record);

/* Source: https://github.com/windyroad/JUnit-Schema, JUnit.xsd */
char *format_junit(const struct record *record);
char *format_junit_class(const struct gradebook *book);

/* A page that needs nothing else: the table, and below it why each grade is what it is. */
char *format_html(const struct gradebook *book);

#endif
