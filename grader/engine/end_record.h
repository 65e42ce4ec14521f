/* end_record.h - reads the record that a subject writes at the end of its test.
 *
 * Its shape is written down in exercises/support/subject_record.h and is exact: the keys in that order, the
 * nonce of this run, this test's name, and nothing before or after. Anything else is a forgery.
 *
 * Interface: end_record_parse end_record_fini
 */
#ifndef SYSLAB_GRADER_END_RECORD_H
#define SYSLAB_GRADER_END_RECORD_H

#include <stdbool.h>
#include <stddef.h>

struct end_record {
    char verdict[16]; /* "pass", "fail" or "leak"; under interleave also others of a run's */
    double score;
    char *measured;                             /* of a pass, may be NULL */
    char *at, *requirement, *expected, *actual; /* of a failure */
    char *replay, *trace;                       /* of one under interleave, or NULL */
};

/* Parse exactly one record; strings come out clean (see text.h).
 * Returns: NULL and *out; or what is wrong with the text, in words, as a constant string. */
const char *end_record_parse(const char *text, size_t length, const char *nonce, const char *test,
                             struct end_record *out);
void end_record_fini(struct end_record *record);

#endif
