/* stage.h - threads that a test directs: one runs at a time, and where it is stopped the test says.
 *
 * A mistake in a lock shows when another thread comes at the one wrong moment. The test does not wait for that
 * moment: an actor is a thread that runs only while it has the turn. It gives the turn back when it has done what
 * it was told to, when it sleeps, and after so many instructions as the test wants. What was woken is ready, and runs
 * at the next stage_settle, in the order of waking. So a play goes the same way each time.
 *
 *     stage_open();
 *     stage_start(0, take, &first, STAGE_FREELY);          DONE
 *     stage_start(1, take, &second, 17);                   STOPPED after 17 instructions, or ASLEEP before that
 *     stage_start(0, give, &first, STAGE_FREELY);
 *     stage_go_on(1);                                      it must be DONE
 *
 * The functions of the second half are for a kit's own primitives: what a submission sleeps in on a stage.
 * Instructions are counted on x86-64 in the plain build, those in the kit's primitives not; elsewhere nobody is
 * stopped, and who spins is found out by the limit on CPU time. All actors share one core: they take turns anyway.
 *
 * Not for the thread sanitizer's build: passing the turn orders everything, so that no race is left to see.
 * Interface: stage_open stage_start stage_begin_series stage_go_on stage_settle stage_join stage_state stage_was_stopped
 *            stage_find_newest
 *            stage_is_open stage_self stage_enter stage_leave stage_sleep stage_wake stage_find
 */
#ifndef SYSLAB_EXERCISES_STAGE_H
#define SYSLAB_EXERCISES_STAGE_H

#include <stdbool.h>
#include <stddef.h>

enum { STAGE_ACTORS = 6, STAGE_NOBODY = -1 };

/* Not to be stopped; WATCHED: who neither sleeps nor is done after so many instructions waits by running, and SPINS. */
#define STAGE_FREELY  ((size_t)-1)
#define STAGE_WATCHED ((size_t)-2)
enum { STAGE_SPIN_INSTRUCTIONS = 1000 };

enum stage_state {
    STAGE_DONE,
    STAGE_READY,
    STAGE_RUNNING,
    STAGE_ASLEEP,
    STAGE_STOPPED,
    STAGE_SPINS
};

typedef void (*stage_fn)(void *argument);

/* From here on the calling thread directs. */
void stage_open(void);

/* Let an actor that is DONE run a function, to be stopped behind so many instructions, and settle. */
void stage_start(int actor, stage_fn function, void *argument, size_t steps);

/* The plays from here on are the same but for where one actor is stopped, each time further on than the last time. So it may
 * run freely up to the last call of a kit's primitive that it came back from before it was stopped: a single step is dear. */
void stage_begin_series(void);

/* Let an actor that is STOPPED go on, and settle. */
void stage_go_on(int actor);

/* Let all who are ready run, until each has come to rest. */
void stage_settle(void);

/* Wait until it is done, as pthread_join does: for ever, if nobody is left to wake it. The grader calls that a
 * deadlock. */
void stage_join(int actor);

enum stage_state stage_state(int actor);

/* Whether it was stopped since its last stage_start: if not, it has fewer instructions than that. */
bool stage_was_stopped(int actor);

/* Of those who wait for the same, whom stage_find finds: who has slept longest, which is so at first, or shortest. */
void stage_find_newest(bool newest);

/* ---- for primitives ---- */

bool stage_is_open(void);

/* Returns: which actor the calling thread is, or STAGE_NOBODY for the one that directs. */
int stage_self(void);

/* Around what a primitive does: its instructions are not counted. */
void stage_enter(void);
void stage_leave(void);

/* Sleep in a primitive, as one of those who wait for `channel`. Returns: what stage_wake said. Who directs sleeps for
 * ever: a deadlock. */
int stage_sleep(const void *channel);

/* It is ready, and its stage_sleep will return the result. */
void stage_wake(int actor, int result);

/* Returns: one of those who sleep on that channel, or STAGE_NOBODY. */
int stage_find(const void *channel);

#endif
