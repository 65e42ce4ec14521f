/* format.h - what grades can be written as. Each format is a view of the record (record.h) and adds
 * nothing to it, so what two programs are told about one grade cannot differ.
 *
 *     csv json html                    a class: students by exercises
 *     gradescope exercism classroom    one grade, for the program that shows it to its student
 *     junit                            either: a suite for each grade
 *
 * A grader_error is no grade. Where a format has a way to say so, that is used; where it has none
 * but a number, the number is withheld from whoever would take it for a grade (each file says how).
 *
 * Interface: struct format, formats, format_find
 */
#ifndef SYSLAB_GRADER_FORMAT_H
#define SYSLAB_GRADER_FORMAT_H

#include "grader/record/record.h"
#include "grader/store/gradebook.h"

/* Returns: the text, or NULL without memory. Owns: the caller frees it. */
typedef char *(*format_class_fn)(const struct gradebook *book);
typedef char *(*format_grade_fn)(const struct record *record);

struct format {
    const char *name;
    format_class_fn of_class; /* NULL: of one grade only */
    format_grade_fn of_grade; /* NULL: of a class only */
};

/* In the order of help; the last has no name. */
extern const struct format formats[];

/* For the usage of a command. */
#define FORMAT_NAMES       "csv|json|html|junit|gradescope|exercism|classroom"
#define FORMAT_GRADE_NAMES "junit|gradescope|exercism|classroom"

/* Returns: the format, or NULL after a complaint that gives the names that fit: FORMAT_NAMES or
 * FORMAT_GRADE_NAMES. */
const struct format *format_find(const char *name, const char *names);

#endif
