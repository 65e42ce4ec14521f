/* plagiarist.h - copies C code as a student does who does not want it to be seen.
 *
 * Each trick keeps what the program does: the copies compile and pass where the original does
 * (plagiarise.c makes files of them; cli_similar.sh grades some).
 *
 * Interface: enum plagiarist_trick, plagiarist_copy
 */
#ifndef SYSLAB_GRADER_TESTS_PLAGIARIST_H
#define SYSLAB_GRADER_TESTS_PLAGIARIST_H

#include <stdint.h>

enum plagiarist_trick {
    PLAGIARIST_RENAME = 1,     /* every name that the file itself chose */
    PLAGIARIST_REFORMAT = 2,   /* other white space, other comments */
    PLAGIARIST_REORDER = 4,    /* the functions in another order, declared up front */
    PLAGIARIST_DEAD_CODE = 8,  /* statements that do nothing */
    PLAGIARIST_SWAP_ELSE = 16, /* if (a) x else y: if (!(a)) y else x */
    PLAGIARIST_LOOPS = 32,     /* for as while, while as for */
};

struct plagiarist {
    unsigned tricks;
    unsigned percent; /* of the places where dead code, a swap or another loop could go */
    uint64_t seed;
    const char *given; /* code whose names are not the student's to choose: headers */
};

/* Returns: the copy, or NULL without memory. Owns: the caller frees it. */
char *plagiarist_copy(const struct plagiarist *how, const char *source);

#endif
