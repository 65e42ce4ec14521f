/* wrap_threads.c - pthread_create, join and what belongs to them, C11's and POSIX's, for the explored program. The linker's
 * --wrap leads its calls here. */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#include "02_concurrency/interleave/wrap.h"

WRAP(int, pthread_create, pthread_t *out, const pthread_attr_t *attributes, void *(*entry)(void *),
     void *argument)
{
    (void)attributes;
    MACHINE_ENTER();
    int thread = machine_create(entry, argument);
    machine_touch((uintptr_t)out, sizeof(*out), true);
    *out = (pthread_t)(thread + 1);
    return 0;
}

WRAP(int, pthread_join, pthread_t thread, void **result)
{
    MACHINE_ENTER();
    if (thread == 0 || thread > GRAPH_THREADS_MAX)
        return ESRCH;
    void *got = machine_join((int)thread - 1);
    if (result)
        *result = got;
    return 0;
}

WRAP(int, pthread_detach, pthread_t thread)
{
    (void)thread; /* the execution is over when every thread has ended */
    return 0;
}

WRAP(pthread_t, pthread_self, void)
{
    return (pthread_t)(machine_self() + 1);
}

WRAP(int, pthread_setname_np, pthread_t thread, const char *name)
{
    (void)thread, (void)name;
    return 0;
}

/* Nobody is cancelled here: pthread_cancel is refused. */
WRAP(int, pthread_setcancelstate, int state, int *before)
{
    (void)state;
    if (before)
        *before = PTHREAD_CANCEL_ENABLE;
    return 0;
}
WRAP(int, pthread_setcanceltype, int type, int *before)
{
    (void)type;
    if (before)
        *before = PTHREAD_CANCEL_DEFERRED;
    return 0;
}
WRAP(void, pthread_testcancel, void)
{
}

/* And nobody forks. */
WRAP(int, __register_atfork, void (*prepare)(void), void (*parent)(void), void (*child)(void),
     void *library)
{
    (void)prepare, (void)parent, (void)child, (void)library;
    return 0;
}

WRAP(int, pthread_equal, pthread_t a, pthread_t b)
{
    return a == b;
}

WRAP(_Noreturn void, pthread_exit, void *result)
{
    MACHINE_ENTER();
    machine_exit(result);
}

/* ---- thread-specific values -------------------------------------------------------------------- */

enum { KEYS_MAX = 32 };

static struct {
    bool used;
    void (*destroy)(void *);
    void *values[GRAPH_THREADS_MAX];
} keys[KEYS_MAX];

void machine_forget_keys(void)
{
    memset(keys, 0, sizeof(keys));
}

/* A destructor may set values again: four rounds, as POSIX has it at least. */
void machine_destroy_specific(void)
{
    for (int round = 0; round < 4; round++)
        for (int key = 0; key < KEYS_MAX; key++) {
            void *value = keys[key].values[machine_self()];
            keys[key].values[machine_self()] = NULL;
            if (keys[key].used && keys[key].destroy && value)
                keys[key].destroy(value);
        }
}

static int create_key(unsigned *out, void (*destroy)(void *))
{
    for (unsigned key = 0; key < KEYS_MAX; key++)
        if (!keys[key].used) {
            memset(&keys[key], 0, sizeof(keys[key]));
            keys[key].used = true;
            keys[key].destroy = destroy;
            *out = key;
            return 0;
        }
    return EAGAIN;
}

static int delete_key(unsigned key)
{
    if (key >= KEYS_MAX || !keys[key].used)
        return EINVAL;
    keys[key].used = false;
    return 0;
}

static int set_specific(unsigned key, const void *value)
{
    if (key >= KEYS_MAX || !keys[key].used)
        return EINVAL;
    keys[key].values[machine_self()] = (void *)(uintptr_t)value;
    return 0;
}

static void *get_specific(unsigned key)
{
    return key < KEYS_MAX ? keys[key].values[machine_self()] : NULL;
}

WRAP(int, pthread_key_create, pthread_key_t *out, void (*destroy)(void *))
{
    return create_key(out, destroy);
}
WRAP(int, pthread_key_delete, pthread_key_t key)
{
    return delete_key(key);
}
WRAP(int, pthread_setspecific, pthread_key_t key, const void *value)
{
    return set_specific(key, value);
}
WRAP(void *, pthread_getspecific, pthread_key_t key)
{
    return get_specific(key);
}
WRAP(int, tss_create, tss_t *out, tss_dtor_t destroy)
{
    return create_key(out, destroy) == 0 ? thrd_success : thrd_error;
}
WRAP(void, tss_delete, tss_t key)
{
    delete_key(key);
}
WRAP(int, tss_set, tss_t key, void *value)
{
    return set_specific(key, value) == 0 ? thrd_success : thrd_error;
}
WRAP(void *, tss_get, tss_t key)
{
    return get_specific(key);
}

/* ---- C11 --------------------------------------------------------------------------------------- */

/* C11's functions return int: one of them is run by one that does not. */
struct c11_start {
    thrd_start_t function;
    void *argument;
};

static void *run_c11(void *argument)
{
    struct c11_start start = *(struct c11_start *)argument;
    free(argument);
    return (void *)(intptr_t)start.function(start.argument);
}

WRAP(int, thrd_create, thrd_t *out, thrd_start_t function, void *argument)
{
    MACHINE_ENTER();
    struct c11_start *start = malloc(sizeof(*start));
    if (!start)
        return thrd_nomem;
    *start = (struct c11_start){function, argument};
    int thread = machine_create(run_c11, start);
    machine_touch((uintptr_t)out, sizeof(*out), true);
    *out = (thrd_t)(thread + 1);
    return thrd_success;
}

WRAP(int, thrd_join, thrd_t thread, int *result)
{
    MACHINE_ENTER();
    if (thread == 0 || thread > GRAPH_THREADS_MAX)
        return thrd_error;
    void *got = machine_join((int)thread - 1);
    if (result)
        *result = (int)(intptr_t)got;
    return thrd_success;
}

WRAP(int, thrd_detach, thrd_t thread)
{
    (void)thread;
    return thrd_success;
}

WRAP(thrd_t, thrd_current, void)
{
    return (thrd_t)(machine_self() + 1);
}

WRAP(int, thrd_equal, thrd_t a, thrd_t b)
{
    return a == b;
}

WRAP(_Noreturn void, thrd_exit, int result)
{
    MACHINE_ENTER();
    machine_exit((void *)(intptr_t)result);
}

/* Each thread's own: the C library has one for each of the machine's threads, and all of the program's run in one. */
static int error_numbers[GRAPH_THREADS_MAX];

WRAP(int *, __errno_location, void)
{
    return &error_numbers[machine_self()];
}

bool machine_is_errno(uintptr_t address)
{
    return address - (uintptr_t)error_numbers < sizeof(error_numbers);
}

void machine_set_errno(int number)
{
    error_numbers[machine_self()] = number;
}
