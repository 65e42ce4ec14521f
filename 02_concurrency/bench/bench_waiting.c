/* bench_waiting.c - parker, semaphore and condvar beside what the C library and the kernel have for the same.
 *
 *   parker/permit          unpark, then park, in one thread: no sleep, no system call
 *   parker/ping-pong       two threads wake each other in turn: what a wake-up costs
 *   semaphore/uncontended  wait and post, in one thread
 *   semaphore/ping-pong    as above, by semaphores
 *   condvar/signal-nobody  what those pay who signal just in case
 *   condvar/ping-pong      as above, by a turn under a mutex
 *   condvar/broadcast-8    eight threads are let go on, all of them, again and again; one operation is one round
 *
 * In a ping-pong nobody spins but where the contender itself does: the kernel's wake-up decides, and how far apart the
 * two threads run.
 */
#define MUTEX_CHECKED 0
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "02_concurrency/condvar.h"
#include "02_concurrency/parker.h"
#include "02_concurrency/semaphore.h"
#include "bench/bench.h"

#define INLINE __attribute__((always_inline)) static inline

/* ---- the contenders: one thread's side of a pair ---- */

typedef struct {
    _Alignas(128) union {
        struct parker parker;
        struct semaphore semaphore;
        sem_t sem;
        int event;
    };
} side;
static side sides[2];

INLINE void parker_give(side *to)
{
    parker_unpark(&to->parker);
}
INLINE void parker_take(side *mine)
{
    parker_park(&mine->parker);
}

INLINE void ours_give(side *to)
{
    semaphore_post(&to->semaphore);
}
INLINE void ours_take(side *mine)
{
    semaphore_wait(&mine->semaphore);
}

INLINE void posix_give(side *to)
{
    sem_post(&to->sem);
}
INLINE void posix_take(side *mine)
{
    while (sem_wait(&mine->sem) != 0)
        ;
}

INLINE void event_give(side *to)
{
    if (eventfd_write(to->event, 1) != 0)
        abort();
}
INLINE void event_take(side *mine)
{
    eventfd_t count;
    while (eventfd_read(mine->event, &count) != 0)
        if (errno != EINTR)
            abort();
}

static void *parker_setup(void)
{
    for (int i = 0; i < 2; i++)
        parker_init(&sides[i].parker);
    return sides;
}

static void *ours_setup(void)
{
    for (int i = 0; i < 2; i++)
        if (semaphore_init(&sides[i].semaphore, 0) != 0)
            return NULL;
    return sides;
}

static void *posix_setup(void)
{
    for (int i = 0; i < 2; i++)
        if (sem_init(&sides[i].sem, 0, 0) != 0)
            return NULL;
    return sides;
}

static void *event_setup(void)
{
    for (int i = 0; i < 2; i++)
        if ((sides[i].event = eventfd(0, EFD_CLOEXEC)) < 0)
            return NULL;
    return sides;
}

static void event_teardown(void *unused)
{
    (void)unused;
    close(sides[0].event);
    close(sides[1].event);
}

/* One thread alone, and two in turn. */
#define WAYS(name)                                                                                 \
    static uint64_t name##_alone(void *unused, uint64_t operations)                                \
    {                                                                                              \
        (void)unused;                                                                              \
        for (uint64_t i = 0; i < operations; i++) {                                                \
            name##_give(&sides[0]);                                                                \
            name##_take(&sides[0]);                                                                \
        }                                                                                          \
        return operations;                                                                         \
    }                                                                                              \
    static void *name##_pong(void *operations)                                                     \
    {                                                                                              \
        for (uint64_t i = 0; i < *(uint64_t *)operations; i++) {                                   \
            name##_take(&sides[1]);                                                                \
            name##_give(&sides[0]);                                                                \
        }                                                                                          \
        return NULL;                                                                               \
    }                                                                                              \
    static uint64_t name##_ping(void *unused, uint64_t operations)                                 \
    {                                                                                              \
        pthread_t other;                                                                           \
        (void)unused;                                                                              \
        if (pthread_create(&other, NULL, name##_pong, &operations) != 0)                           \
            abort();                                                                               \
        for (uint64_t i = 0; i < operations; i++) {                                                \
            name##_give(&sides[1]);                                                                \
            name##_take(&sides[0]);                                                                \
        }                                                                                          \
        pthread_join(other, NULL);                                                                 \
        return operations;                                                                         \
    }
WAYS(parker)
WAYS(ours)
WAYS(posix)
WAYS(event)

/* ---- condvars ---- */

enum { CROWD = 8 };

/* turn: 0 and 1 of a ping-pong, or the number of the round of a broadcast. Both are guarded by the mutex. */
#define CONDVARS(name, mutex_type, condvar_type, lock, unlock, wait, signal, broadcast)            \
    static struct {                                                                                \
        mutex_type mutex;                                                                          \
        condvar_type condvar, all_here;                                                            \
        uint64_t turn, here, rounds;                                                               \
    } name;                                                                                        \
    static uint64_t name##_nobody(void *unused, uint64_t operations)                               \
    {                                                                                              \
        (void)unused;                                                                              \
        for (uint64_t i = 0; i < operations; i++) {                                                \
            signal(&name.condvar);                                                                 \
            bench_keep(&name);                                                                     \
        }                                                                                          \
        return operations;                                                                         \
    }                                                                                              \
    static uint64_t name##_take_turns(uint64_t mine, uint64_t operations)                          \
    {                                                                                              \
        lock(&name.mutex);                                                                         \
        for (uint64_t i = 0; i < operations; i++) {                                                \
            while (name.turn != mine)                                                              \
                wait(&name.condvar, &name.mutex);                                                  \
            name.turn = !mine;                                                                     \
            signal(&name.condvar);                                                                 \
        }                                                                                          \
        unlock(&name.mutex);                                                                       \
        return operations;                                                                         \
    }                                                                                              \
    static void *name##_pong(void *operations)                                                     \
    {                                                                                              \
        name##_take_turns(1, *(uint64_t *)operations);                                             \
        return NULL;                                                                               \
    }                                                                                              \
    static uint64_t name##_ping(void *unused, uint64_t operations)                                 \
    {                                                                                              \
        pthread_t other;                                                                           \
        (void)unused;                                                                              \
        name.turn = 0;                                                                             \
        if (pthread_create(&other, NULL, name##_pong, &operations) != 0)                           \
            abort();                                                                               \
        name##_take_turns(0, operations);                                                          \
        pthread_join(other, NULL);                                                                 \
        return operations;                                                                         \
    }                                                                                              \
    static void *name##_member(void *unused)                                                       \
    {                                                                                              \
        (void)unused;                                                                              \
        lock(&name.mutex);                                                                         \
        for (uint64_t round = 1; round <= name.rounds; round++) {                                  \
            if (++name.here == CROWD)                                                              \
                signal(&name.all_here);                                                            \
            while (name.turn < round)                                                              \
                wait(&name.condvar, &name.mutex);                                                  \
        }                                                                                          \
        unlock(&name.mutex);                                                                       \
        return NULL;                                                                               \
    }                                                                                              \
    static uint64_t name##_crowd(void *unused, uint64_t operations)                                \
    {                                                                                              \
        pthread_t members[CROWD];                                                                  \
        (void)unused;                                                                              \
        name.turn = name.here = 0;                                                                 \
        name.rounds = operations;                                                                  \
        for (int i = 0; i < CROWD; i++)                                                            \
            if (pthread_create(&members[i], NULL, name##_member, NULL) != 0)                       \
                abort();                                                                           \
        lock(&name.mutex);                                                                         \
        for (uint64_t round = 1; round <= operations; round++) {                                   \
            while (name.here < CROWD)                                                              \
                wait(&name.all_here, &name.mutex);                                                 \
            name.here = 0;                                                                         \
            name.turn = round;                                                                     \
            broadcast(&name.condvar);                                                              \
        }                                                                                          \
        unlock(&name.mutex);                                                                       \
        for (int i = 0; i < CROWD; i++)                                                            \
            pthread_join(members[i], NULL);                                                        \
        return name.turn;                                                                          \
    }
CONDVARS(condvar, struct mutex, struct condvar, mutex_lock, mutex_unlock, condvar_wait,
         condvar_signal, condvar_broadcast)
CONDVARS(pthread, pthread_mutex_t, pthread_cond_t, pthread_mutex_lock, pthread_mutex_unlock,
         pthread_cond_wait, pthread_cond_signal, pthread_cond_broadcast)

/* ---- rows ---- */

static const struct bench_contender permits[] = {
    {.name = "syslab", .run = parker_alone, .setup = parker_setup},
    {.name = "sem_t", .run = posix_alone, .setup = posix_setup},
    {.name = "eventfd", .run = event_alone, .setup = event_setup, .teardown = event_teardown},
    {0},
};
static const struct bench_contender parkers[] = {
    {.name = "syslab", .run = parker_ping, .setup = parker_setup},
    {.name = "sem_t", .run = posix_ping, .setup = posix_setup},
    {.name = "eventfd", .run = event_ping, .setup = event_setup, .teardown = event_teardown},
    {0},
};
static const struct bench_contender semaphores[] = {
    {.name = "syslab", .run = ours_alone, .setup = ours_setup},
    {.name = "sem_t", .run = posix_alone, .setup = posix_setup},
    {0},
};
static const struct bench_contender semaphores_in_turn[] = {
    {.name = "syslab", .run = ours_ping, .setup = ours_setup},
    {.name = "sem_t", .run = posix_ping, .setup = posix_setup},
    {0},
};
static const struct bench_contender nobody[] = {
    {.name = "syslab", .run = condvar_nobody},
    {.name = "pthread_cond", .run = pthread_nobody},
    {0},
};
static const struct bench_contender turns[] = {
    {.name = "syslab", .run = condvar_ping},
    {.name = "pthread_cond", .run = pthread_ping},
    {0},
};
static const struct bench_contender crowds[] = {
    {.name = "syslab", .run = condvar_crowd},
    {.name = "pthread_cond", .run = pthread_crowd},
    {0},
};

static const struct bench_row rows[] = {
    {.name = "parker/permit",
     .work = "a permit given and taken, one thread",
     .operations = 1 << 18,
     .contenders = permits},
    {.name = "parker/ping-pong",
     .work = "two threads wake each other in turn",
     .operations = 1 << 10,
     .two_threads = true,
     .contenders = parkers},
    {.name = "semaphore/uncontended",
     .work = "post and wait, one thread",
     .operations = 1 << 20,
     .contenders = semaphores},
    {.name = "semaphore/ping-pong",
     .work = "two threads wake each other in turn",
     .operations = 1 << 10,
     .two_threads = true,
     .contenders = semaphores_in_turn},
    {.name = "condvar/signal-nobody",
     .work = "signal where nobody waits",
     .operations = 1 << 20,
     .contenders = nobody},
    {.name = "condvar/ping-pong",
     .work = "two threads take turns under a mutex",
     .operations = 1 << 10,
     .two_threads = true,
     .contenders = turns},
    {.name = "condvar/broadcast-8",
     .work = "eight threads are let go on, a round",
     .operations = 1 << 8,
     .two_threads = true,
     .contenders = crowds},
    {0},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
