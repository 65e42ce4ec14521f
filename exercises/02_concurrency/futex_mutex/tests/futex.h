/* futex.h - what the tests see and do behind futex_wait and futex_wake.
 *
 * On a stage (exercises/support/stage.h) the two are played: who sleeps is known, and may be woken for nothing.
 * Elsewhere they are futex(2), counted.
 *
 * Interface: futex_counts futex_counts_reset
 */
#ifndef SYSLAB_EXERCISE_FUTEX_MUTEX_FUTEX_H
#define SYSLAB_EXERCISE_FUTEX_MUTEX_FUTEX_H

#include <stddef.h>

struct futex_counts {
    size_t waits, wakes; /* calls */
    int most;            /* that one call of futex_wake would have woken */
};

struct futex_counts futex_counts(void);
void futex_counts_reset(void);

#endif
