/* similar.h - look-alikes among the answers to one exercise.
 *
 *     base        what the course gave everybody: starter, header, handout, lesson
 *     texts       the course's published answers, an archive's, the class's, in this order
 *        |        each as codes (similar_stream.h), each winnowed (fingerprint.h)
 *        v
 *     subtract    fingerprints of the base, and those that too many texts have: boilerplate, unless
 *                 it is so large a part of them that it is the answer
 *     index       fingerprint -> the texts that have it: so a pair that shares nothing costs nothing
 *     match       of the pairs that share enough: the runs themselves, token by token, as regions
 *
 * Equal sequences of one source are compared once: the first of them stands for the others (its twins), and
 * each twin is paired with it alone, and with what the course and the archive have of the sequence. So thirty
 * copies of one file are 29 pairs and not 435, and copies do not make a text look like what everybody writes.
 *
 * A pair is a suspicion and proves nothing: docs/similar.md says how often it is wrong on known data,
 * and where the thresholds come from.
 *
 * Interface: struct similar_text similar_region similar_pair similar_set
 *            similar_set_add_base similar_set_add similar_set_compare similar_set_fini
 */
#ifndef SYSLAB_GRADER_SIMILAR_H
#define SYSLAB_GRADER_SIMILAR_H

#include <stdbool.h>
#include <stddef.h>

#include "grader/similar/fingerprint.h"
#include "grader/similar/similar_stream.h"

enum {
    SIMILAR_GRAM = 16,
    SIMILAR_WINDOW = 5,        /* so a shared run of 20 codes, some three lines, is never missed */
    SIMILAR_COMMON_TEXTS = 10, /* boilerplate: what more than this many texts have, */
    SIMILAR_COMMON_PERCENT = 10, /* and more than this part of them, but no large part of most */
    SIMILAR_MIN_PERCENT = 40,    /* of either side's fingerprints: below, a pair is not listed, */
    SIMILAR_MIN_CODES = 60,      /* nor below that many matched */
};

enum similar_source { SIMILAR_COURSE, SIMILAR_ARCHIVE, SIMILAR_CLASS };

struct similar_text {
    enum similar_source source;
    char *name; /* the student; of the course's, the path below the exercise's folder */
    char *path;
    char *code;
    size_t length;
    struct similar_stream stream;
    bool *given;                /* of each code: it lies in a gram of the base */
    struct fingerprint *prints; /* what is left of them, by place */
    size_t print_count;
    size_t twin_of; /* the first text of the same sequence and source, which may be this one */
};

/* A run, or several with little between them: codes [from, to) of both sides. */
struct similar_region {
    uint32_t left_from, left_to, right_from, right_to;
    uint32_t codes; /* that match */
};

struct similar_pair {
    size_t left, right;             /* texts; left is the class's */
    double left_share, right_share; /* matched of each side's fingerprints, 0 to 1 */
    unsigned codes;                 /* matched, the base's not counted */
    unsigned longest;               /* codes of the longest region */
    struct similar_region *regions; /* by place on the left */
    size_t region_count;
};

/* One exercise's. All zero is empty. */
struct similar_set {
    struct similar_text *texts;
    size_t count, capacity;
    uint64_t *base; /* hashes of its grams */
    size_t base_count, base_capacity;
    struct similar_pair *pairs; /* most matched first */
    size_t pair_count, pair_capacity;
    size_t common;   /* fingerprints left out as boilerplate */
    size_t starters; /* the class's texts in which nothing is left */
    size_t own_work; /* pairs left out: a student's with their own in the archive */
};

/* Code that everybody was given. Returns: 0, -ENOMEM, -EFBIG. */
int similar_set_add_base(struct similar_set *set, const char *code, size_t length);

/* Add an answer: the course's first, then the archive's, then the class's. What is set of `text` is its
 * source, name, path, code and length; all strings are from malloc, and NULL
 * where there was no memory for one.
 * Returns: as above. Owns: takes the strings, also when it fails. */
int similar_set_add(struct similar_set *set, const struct similar_text *text);

/* Find the pairs: of the class with anybody, of the course's only the one most like each student's.
 * Returns: 0 or -ENOMEM. Cost: linear in the texts, and in what pairs share. */
int similar_set_compare(struct similar_set *set, unsigned min_percent);
void similar_set_fini(struct similar_set *set);

#endif
