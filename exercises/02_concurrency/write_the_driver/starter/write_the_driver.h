/* write_the_driver.h - two lockers that threads share, and the driver that you write to test them.
 *
 * Do not change this file: your submission is graded against the course's copy.
 *
 * Interface: drive
 */
#ifndef SYSLAB_EXERCISE_WRITE_THE_DRIVER_H
#define SYSLAB_EXERCISE_WRITE_THE_DRIVER_H

#include <stdbool.h>

enum { LOCKERS = 2 }; /* their numbers are 0 and 1 */

struct lockers; /* the handout has one, and there are others */

/* Take any locker that is free. *note is what whoever had it last left there, 0 if nobody had it. What that one wrote
 * anywhere before it gave the locker back is there, too. Where there is none, *note may be anything.
 * Returns: its number, and nobody else has it until it is given back; or -1: each locker was taken at some moment of
 * the call (not always all at the same moment). Threads: any. */
int locker_take(struct lockers *lockers, int *note);

/* Give back a locker that the caller took, or was handed by the thread that took it. Threads: any. */
void locker_give(struct lockers *lockers, int number, int note);

/* What has to hold in every execution, and in words what that is. When it does not hold, the execution has failed, and
 * is over. Threads: any. */
void driver_expect(bool holds, const char *what);

/* Yours. Both lockers are free, and nobody had one. Makes threads with pthread_create and joins them. It fails, in some
 * execution, when the lockers are wrong, and in none when they are right. */
void drive(struct lockers *lockers);

#endif
