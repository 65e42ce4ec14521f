/* subject_record.h - the end record: what a test says to the grader, and the grader believes.
 *
 * It is text, one `key value` a line, with newlines and backslashes escaped:
 *
 *     syslab 1
 *     nonce 3f9c...      32 hexadecimal digits, read from SUBJECT_NONCE_FD when the test is over
 *     test alloc_respects_alignment
 *     verdict pass       or fail, or leak; of interleave also race, deadlock, undefined, signal, timeout_cpu
 *     score 1.000        what part of the points a pass earns
 *     measured ...       optional
 *     at test_arena.c:41            of a failure only, with the next three
 *     requirement ...
 *     expected ...
 *     actual ...
 *     replay ...         of a failure under interleave only, with the next: the schedule of the execution
 *     trace ...          that fails, and its events
 *     end
 *
 * It is built in memory and written by one write(2), so a record is whole or absent. Nothing here calls what goes
 * through a table that a submission could have written to, as the C library's printf does.
 *
 * Interface: subject_is_graded subject_record_begin subject_record_add subject_record_write
 */
#ifndef SYSLAB_EXERCISES_SUBJECT_RECORD_H
#define SYSLAB_EXERCISES_SUBJECT_RECORD_H

#include <stdbool.h>
#include <stddef.h>

enum { SUBJECT_RECORD_MAX_BYTES = 15000 };

struct subject_record {
    char text[SUBJECT_RECORD_MAX_BYTES];
    size_t length;
};

/* Whether a grader listens. Asked once, before the guard: then the two descriptors are its alone. */
bool subject_is_graded(void);

/* Read the nonce and begin. What does not fit is cut. */
void subject_record_begin(struct subject_record *record, const char *test, const char *verdict);
void subject_record_add(struct subject_record *record, const char *key, const char *value);

/* A failed write leaves no record, which the grader reports by name. */
void subject_record_write(struct subject_record *record);

#endif
