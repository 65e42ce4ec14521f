/* unit.h - one student's submission to one exercise: the unit of work that grading a class is made of.
 *
 * A unit needs the course, its file and nothing else: no other unit, no state, no order. Its id is
 * the hash of all that its grade follows from, so one id is one grade, on whatever machine it is
 * found, and grading a unit twice, or in two places at once, harms nothing.
 *
 * Interface: units_list units_free unit_identify unit_grade unit_give_up unit_read_record unit_stands
 */
#ifndef SYSLAB_GRADER_UNIT_H
#define SYSLAB_GRADER_UNIT_H

#include <stdbool.h>

#include "grader/class/submissions.h"
#include "grader/engine/engine.h"

struct unit {
    const char *student, *path; /* owned by whoever listed the unit */
    const char *handed_in; /* what the record is to call the file, where path is a copy; or NULL */
    const struct manifest *manifest;
    char submission_hash[65], suite_hash[65], grader_hash[65];
    char toolchain[64]; /* "gcc 12.2.0" */
    /* The file is there, and the machine does not give it out: no earlier grade is this one's. */
    bool unreadable;
    char id
        [65]; /* SHA-256 of student, exercise, the hashes and the toolchain: fit for a file's name */
};

struct units {
    struct unit *all;
    size_t count;
};

/* The units of a class, in its order: all submissions and suites are hashed now.
 * Returns: 0 and *out, which borrows from the submissions; or -errno with the reason in error.
 * Owns: units_free. */
int units_list(struct engine *engine, const struct submissions *submissions, struct units *out,
               char *error, size_t error_bytes);
void units_free(struct units *units);

/* Derive the id from the other fields. Returns: 0 or -ENOMEM. */
int unit_identify(struct unit *unit);

/* Grade it. A file or tests that are no longer what was listed give a grader_error.
 * Returns: 0 and *json, the record, for unit_read_record; or -errno where no record could be made.
 * Owns: the caller frees *json. Threads: as engine_grade. */
int unit_grade(struct engine *engine, const struct unit *unit, char **json);

/* The record of a unit that could not be graded, through no fault of the student's: a grader_error
 * with the reason, of the grader and compiler that the unit was listed for. Returns: as unit_grade. */
int unit_give_up(struct engine *engine, const struct unit *unit, const char *reason, char **json);

/* Read a record, hold it to its unit, and put the graded file beside it. Every grade passes through here, wherever it was made, so
 * that it is the same to the last digit.
 * Returns: 0 and *out; -EINVAL with what is wrong in `why` (200 bytes are enough), or -ENOMEM.
 * Owns: record_destroy. */
int unit_read_record(const struct unit *unit, const char *json, struct record **out, char *why,
                     size_t why_bytes);

/* Whether a record settles its unit: a grader_error does not, nor does one made without a sandbox
 * unless `unsandboxed` says that this is good enough. */
bool unit_stands(const struct record *record, bool unsandboxed);

#endif
