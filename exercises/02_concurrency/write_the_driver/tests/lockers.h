/* lockers.h - the lockers of the handout, others that are right, and those that are wrong.
 *
 * Interface: lockers_begin
 */
#ifndef SYSLAB_EXERCISE_LOCKERS_H
#define SYSLAB_EXERCISE_LOCKERS_H

#include "write_the_driver.h"

enum lockers_kind {
    LOCKERS_GIVEN, /* the code of the handout */
    LOCKERS_OTHER, /* right, too: a flag for each locker */
    /* The handout's, with one mistake each. */
    LOCKERS_RELAXED,        /* giving back is relaxed */
    LOCKERS_NO_SECOND_LOOK, /* a failed exchange does not look again whether any is free */
    LOCKERS_ONE_TOO_MANY,   /* one more than there are is free at first */
    LOCKERS_TOO_EARLY,      /* a locker is free before its note is there */
    LOCKERS_LOST_UPDATE,    /* giving back is a load and a store */
    LOCKERS_HOPELESS,       /* everybody gets the first locker, and no note ever */
};

/* The lockers that this execution is about, all of them free. */
struct lockers *lockers_begin(enum lockers_kind kind);

#endif
