/* record.h - the one internal record of a graded submission. Every output is a view of it.
 *
 * Strings are never NULL: absent is "". All are owned by the record; change one with record_set.
 * Text in a record is valid UTF-8 without NUL: what a program printed is cleaned before it gets
 * here.
 *
 * The same file graded again by the same suite, grader and toolchain with the same seed gets the same
 * verdict, as far as a program's threads let it.
 *
 * Interface: record_create record_destroy record_set record_add_tests record_add_parts
 *            record_keep_source record_was_sandboxed record_worst record_failing_run record_to_json record_from_json
 */
#ifndef SYSLAB_GRADER_RECORD_H
#define SYSLAB_GRADER_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grader/course/manifest.h"
#include "grader/record/verdict.h"

/* One test in one build. */
struct record_run {
    enum verdict verdict;
    enum build build;
    double score;      /* 0 to 1, of a pass */
    char *measured;    /* the figure behind the score */
    char *requirement; /* of a failure: what was required, in words */
    char *expected, *actual;
    char *detail;     /* a sanitizer's report cut to the student's frames; how a process ended */
    char *test_at;    /* "test_arena.c:41" */
    char *student_at; /* "arena.c:57 in arena_alloc" */
    char *output;     /* what the program printed, cut */
    uint64_t output_cut_bytes;
    uint64_t wall_ns, cpu_ns, memory_peak_bytes;
};

/* One test over all its builds. */
struct record_test {
    char *name;
    char *requirement; /* the manifest's, in words */
    char *lesson;      /* "03_memory/README.md#alignment" */
    unsigned max_points;
    double points;
    enum verdict verdict; /* the first run that did not pass, or pass */
    bool
        hidden; /* the manifest's: what it found is not for the student before grades are published */
    struct record_run runs[BUILD_COUNT];
    unsigned run_count;
};

/* How one build was made. */
struct record_build {
    enum build build;
    char *toolchain; /* "gcc 12.2.0" */
    char *flags;
    uint64_t wall_ns, cpu_ns; /* of compiling, inspecting and linking */
};

/* A part of the suite: see suite.h. */
struct record_part {
    char *name, *hash, *text;
};

struct record {
    char *exercise, *student, *file;
    enum verdict verdict;
    char *message;  /* why nothing ran: the compiler's words, the refused symbol; "" otherwise */
    char *warnings; /* the compiler's, of the plain build; they cost no points */
    double points;
    unsigned max_points;
    struct record_test *tests;
    size_t test_count;
    char *submission_hash, *suite_hash, *grader_hash; /* SHA-256, hexadecimal */
    char *toolchain;                                  /* "gcc 12.2.0" */
    char *layers;    /* the sandbox's that every job was seen to have: see sandbox_name_layers */
    char *graded_at; /* ISO 8601, UTC */
    uint64_t seed;   /* of the random numbers that the tests draw */
    uint64_t wall_ns, cpu_ns;
    uint64_t messages_cut_bytes; /* of what the compiler said */
    struct record_build builds[BUILD_COUNT];
    unsigned build_count;
    struct record_part *parts;
    size_t part_count;
    /* The file as it was graded; not in JSON. NULL where it is not known, or was refused unread. */
    char *source;
    size_t source_bytes;
};

/* Returns: an empty record, or NULL. Owns: record_destroy. */
struct record *record_create(void);
void record_destroy(struct record *record);

/* Replace a string of a record with a copy of value; NULL becomes "".
 * Returns: false without memory; the field is then unchanged. */
bool record_set(char **field, const char *value);

/* Give a record that has none `count` empty tests.
 * Returns: false without memory; the record can still be destroyed. */
bool record_add_tests(struct record *record, size_t count);

/* The same for the suite's parts. */
bool record_add_parts(struct record *record, size_t count);

/* Keep a copy of the graded file with the record. Returns: false without memory. */
bool record_keep_source(struct record *record, const char *text, size_t size_bytes);

/* Whether a record's layers are a sandbox: not so with --no-sandbox. */
bool record_was_sandboxed(const char *layers);

/* The submission's verdict that follows from its tests: see verdict.h. */
enum verdict record_worst(const struct record *record);

/* The run to tell about: the first that failed; but where that says only that the program was
 * killed, a sanitizer that knows why. Returns: NULL if every run passed. */
const struct record_run *record_failing_run(const struct record_test *test);

/* Returns: JSON text to be freed by the caller, or NULL without memory. */
char *record_to_json(const struct record *record);

/* Also a record of an older syslab: what that did not write yet is absent.
 * Returns: 0 and *out, or -EINVAL, -ENOMEM. */
int record_from_json(const char *json, struct record **out);

#endif
