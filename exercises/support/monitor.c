/* monitor.c - what pthreads promise for mutexes and condition variables, and no more.
 *
 * The state of a mutex is its owner, in the first word of pthread_mutex_t; a condition variable has only the clock that it
 * was made for. Both are right when they are zero, as PTHREAD_MUTEX_INITIALIZER and its kind are. Who
 * waits is known to the stage. Whoever has the turn may touch all this.
 */
#include "monitor.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "07_unsafe/sanitizer.h"
#include "stage.h"
#include "subject.h"

#if !SANITIZER_ADDRESS && !SANITIZER_THREAD

/* CLOCK_REALTIME is far ahead of the other: the year 2026. */
#define REALTIME_AHEAD_NS (UINT64_C(1790000000) * 1000000000)
#define NEVER_NS          UINT64_MAX

enum { NOBODY_OWNS = 0, FIRST_OWNER = 2, FOR_TIME = ETIMEDOUT };

/* Why each actor sleeps; valid while it does. */
struct reason {
    bool for_condition;
    uint64_t deadline_ns; /* on CLOCK_MONOTONIC */
};

static struct reason reasons[STAGE_ACTORS];
static uint64_t time_ns;

/* ---- for tests ---- */

bool monitor_is_played(void)
{
    return true;
}

void monitor_open(void)
{
    stage_open();
    stage_find_newest(false);
    time_ns = 0;
}

bool monitor_waits(int actor)
{
    return stage_state(actor) == STAGE_ASLEEP && reasons[actor].for_condition;
}

bool monitor_mutex_waits(int actor)
{
    return stage_state(actor) == STAGE_ASLEEP && !reasons[actor].for_condition;
}

void monitor_set_time(uint64_t now_ns)
{
    time_ns = now_ns;
    for (int i = 0; i < STAGE_ACTORS; i++)
        if (monitor_waits(i) && reasons[i].deadline_ns <= now_ns)
            stage_wake(i, FOR_TIME);
}

bool monitor_wake_for_nothing(int actor)
{
    if (!monitor_waits(actor))
        return false;
    stage_wake(actor, 0);
    return true;
}

/* ---- mutexes ---- */

/* 1 is who directs. */
static int me(void)
{
    return stage_self() + FIRST_OWNER;
}

static int *owner_of(pthread_mutex_t *mutex)
{
    int *owner = &mutex->__data.__lock;
    subject_expect(*owner >= NOBODY_OWNS && *owner < FIRST_OWNER + STAGE_ACTORS, SUBJECT_HERE,
                   "an initialised mutex", "something else", "a mutex is initialised before use");
    return owner;
}

static void sleep_on(const void *channel, struct reason reason, int *result)
{
    if (stage_self() != STAGE_NOBODY)
        reasons[stage_self()] = reason;
    else if (reason.for_condition)
        subject_expect(false, SUBJECT_HERE, "it returns", "it waits for a condition",
                       "a call that has nothing to wait for does not wait");
    *result = stage_sleep(channel);
}

static void lock(pthread_mutex_t *mutex)
{
    int ignored;
    while (*owner_of(mutex) != NOBODY_OWNS)
        sleep_on(mutex, (struct reason){false, NEVER_NS}, &ignored);
    *owner_of(mutex) = me();
}

static void unlock(pthread_mutex_t *mutex, const char *words)
{
    subject_expect(*owner_of(mutex) == me(), SUBJECT_HERE, "it holds the mutex", "it does not",
                   "%s", words);
    *owner_of(mutex) = NOBODY_OWNS;
    int next = stage_find(mutex);
    if (next != STAGE_NOBODY)
        stage_wake(next, 0);
}

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    (void)attributes;
    memset(mutex, 0, sizeof(*mutex));
    return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    return *owner_of(mutex) == NOBODY_OWNS ? 0 : EBUSY;
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    stage_enter();
    lock(mutex);
    stage_leave();
    return 0;
}

int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    if (*owner_of(mutex) != NOBODY_OWNS)
        return EBUSY;
    *owner_of(mutex) = me();
    return 0;
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    stage_enter();
    unlock(mutex, "a mutex is unlocked by who holds it");
    stage_leave();
    return 0;
}

/* ---- condition variables ---- */

int pthread_condattr_init(pthread_condattr_t *attributes)
{
    memset(attributes, 0, sizeof(*attributes));
    return 0;
}

int pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock)
{
    attributes->__align = clock;
    return 0;
}

int pthread_condattr_destroy(pthread_condattr_t *attributes)
{
    (void)attributes;
    return 0;
}

int pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
    memset(condition, 0, sizeof(*condition));
    if (attributes)
        memcpy(condition, &attributes->__align, sizeof(attributes->__align));
    return 0;
}

int pthread_cond_destroy(pthread_cond_t *condition)
{
    return stage_find(condition) == STAGE_NOBODY ? 0 : EBUSY;
}

static int wait_until(pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t deadline_ns)
{
    int result = FOR_TIME;
    unlock(mutex, "who waits for a condition holds the mutex");
    if (deadline_ns > time_ns)
        sleep_on(condition, (struct reason){true, deadline_ns}, &result);
    lock(mutex);
    return result;
}

int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    stage_enter();
    wait_until(condition, mutex, NEVER_NS);
    stage_leave();
    return 0;
}

int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                           const struct timespec *until)
{
    if (until->tv_nsec < 0 || until->tv_nsec >= 1000000000)
        return EINVAL;
    uint64_t deadline_ns = (uint64_t)until->tv_sec * 1000000000 + (uint64_t)until->tv_nsec;
    if (clock == CLOCK_REALTIME)
        deadline_ns = deadline_ns > REALTIME_AHEAD_NS ? deadline_ns - REALTIME_AHEAD_NS : 0;
    if (until->tv_sec < 0)
        deadline_ns = 0;
    stage_enter();
    int result = wait_until(condition, mutex, deadline_ns);
    stage_leave();
    return result;
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           const struct timespec *until)
{
    int clock;
    memcpy(&clock, condition, sizeof(clock));
    return pthread_cond_clockwait(condition, mutex, clock, until);
}

int pthread_cond_signal(pthread_cond_t *condition)
{
    stage_enter();
    int sleeper = stage_find(condition);
    if (sleeper != STAGE_NOBODY)
        stage_wake(sleeper, 0);
    stage_leave();
    return 0;
}

int pthread_cond_broadcast(pthread_cond_t *condition)
{
    int sleeper;
    stage_enter();
    while ((sleeper = stage_find(condition)) != STAGE_NOBODY)
        stage_wake(sleeper, 0);
    stage_leave();
    return 0;
}

#else

bool monitor_is_played(void)
{
    return false;
}

void monitor_open(void)
{
}

void monitor_set_time(uint64_t now_ns)
{
    (void)now_ns;
}

bool monitor_wake_for_nothing(int actor)
{
    (void)actor;
    return false;
}

bool monitor_waits(int actor)
{
    (void)actor;
    return false;
}

bool monitor_mutex_waits(int actor)
{
    (void)actor;
    return false;
}

#endif
