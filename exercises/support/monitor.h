/* monitor.h - mutexes and condition variables of pthreads, played on a stage.
 *
 * In a plain build this file's functions stand in the place of the C library's: pthread_mutex_lock, pthread_cond_wait and
 * the others of their families. They keep to POSIX, and make use of what it allows: a wait may return for nothing, a
 * signal may wake whichever waiter, and between a signal and the waiter's return others may have the mutex. The
 * clock is the test's. So a monitor's mistakes show each time, and not once in a week.
 *
 * What POSIX leaves undefined is a failure in words: unlocking what another thread holds, waiting without the mutex, a
 * mutex that was not initialised.
 *
 * In the sanitizers' builds nothing of this is there, and the C library's own functions are used.
 *
 * Interface: monitor_open monitor_is_played monitor_set_time monitor_wake_for_nothing monitor_waits monitor_mutex_waits
 */
#ifndef SYSLAB_EXERCISES_MONITOR_H
#define SYSLAB_EXERCISES_MONITOR_H

#include <stdbool.h>
#include <stdint.h>

/* Whether they are the stage's in this build. */
bool monitor_is_played(void);

/* A new play: the clock is at 0. */
void monitor_open(void);

/* CLOCK_MONOTONIC is that many nanoseconds from now on. Whose deadline passes is ready. */
void monitor_set_time(uint64_t now_ns);

/* An actor that waits for a condition is ready, though nobody signalled. Returns: whether it waited. */
bool monitor_wake_for_nothing(int actor);

/* Whether an actor sleeps in pthread_cond_wait or one of its kind; or for a mutex. */
bool monitor_waits(int actor);
bool monitor_mutex_waits(int actor);

#endif
