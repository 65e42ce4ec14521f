/* thread_pool.c - finding work, falling asleep, being woken, ending.
 *
 * Why no task is lost, run twice, or left lying while somebody sleeps:
 *
 *  1. A task is in one deque or in the injected list. The deque gives each item out once; the list is changed with
 *     pool->lock held. Whoever has taken a task runs it before it looks for another.
 *  2. No wake-up is lost between a push and a sleeper. The pusher stores bottom (P1), then reads wakeable (P2). Who
 *     wants to sleep enters the list of sleepers, which sets wakeable (S1), passes asymmetric_barrier, then looks
 *     into all deques (S2), and only then sleeps. P1 and P2 are kept in order by asymmetric_light. The barrier puts
 *     a full fence into the pusher's thread too: if that is after P1, S2 sees the task; if it is before P1, P2
 *     comes after S1 and sees wakeable. So one of the two acts. The pusher pays nothing for it; the sleeper, a
 *     microsecond. Where the kernel refuses the barrier after all, the sleeper sleeps a millisecond at a time.
 *  3. wakeable is more than "somebody sleeps": only if fewer than thread_count are awake. Whenever it goes from 0
 *     to 1, who makes it so looks into all deques after a barrier: the sleeper in 2; a guest that leaves
 *     (thread_pool_leave). So what was pushed while it was 0 is found by that look, or is in the sight of as many
 *     awake threads as there may be.
 *  4. The injected list is read and written with the lock, as are the lists of sleepers: a worker sleeps only after
 *     it saw injected_count == 0 when it was listed as idle. Spawn adds to the list, and then wakes one who is
 *     listed. Both orders are those of the lock, for spawn looks for sleepers in the same critical section.
 *  5. A wake-up that finds its thread busy is passed on. Whoever was taken off the list of sleepers will look for
 *     work, and when it takes some, after it had none, it wakes the next if there is more in sight (ripple). A
 *     waiter whose latch is set does not look any more: if it was taken off for a push and has not looked since, it
 *     notifies in its place.
 *  6. A latch. The waiter makes it WAITING by a swap that fails when it is SET, and then parks; the setter
 *     exchanges SET in and unparks whoever was WAITING. A parker keeps a permit that comes early. It lives in the
 *     pool, not in the latch, which may be gone once it is SET: the setter reads the waiter before. A permit too
 *     many ends one park early.
 *  7. Ending. A worker ends when the pool is stopping and it found nothing. Its own deque is empty then, for only
 *     it pushes there; the list is empty; what lies in other deques is their owners', who are not done. A task that
 *     still runs and spawns pushes to the deque of its worker, who looks there again before it ends.
 *  8. Guests' deques are empty when they leave: what is left is moved to the injected list. A guest's place is
 *     taken and given back with the lock, which orders one owner's pushes before the next one's.
 */
#include "02_concurrency/thread_pool.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>

#include "02_concurrency/backoff.h"
#include "02_concurrency/cache_line.h"
#include "02_concurrency/cpu_limit.h"
#include "07_unsafe/assert.h"

enum {
    DEQUE_SLOTS = 256,
    GUESTS_MIN = 4,
    YIELDS_BEFORE_SLEEP = 24,  /* with the spinning before, some ten microseconds */
    INJECTED_EVERY_TICKS = 64, /* a full deque must not starve the list */
};

/* A place for a worker, no two on a pair of cache lines. */
union place {
    _Alignas(CACHE_LINE_APART) struct thread_pool_worker worker;
};

struct thread_pool {
    /* read by every push */
    _Alignas(CACHE_LINE_APART) _Atomic(uint32_t) wakeable;
    /* constant */
    struct allocator *allocator;
    union place *places; /* the threads', then the guests' */
    pthread_t *threads;
    unsigned thread_count, place_count;
    enum asymmetric_mode mode;
    /* read by all, written with the lock */
    _Alignas(CACHE_LINE_APART) _Atomic(size_t) injected_count;
    _Atomic(bool) stopping;
    /* by the lock */
    _Alignas(CACHE_LINE_APART) pthread_mutex_t lock;
    struct thread_pool_task *injected_first, *injected_last;
    struct list idle;    /* threads that sleep and would take anything */
    struct list waiting; /* those that sleep in thread_pool_wait: no injected task for them */
    struct list guests;  /* free places */
    unsigned awake;      /* threads and guests that are not listed as sleepers */
};

_Thread_local struct thread_pool_worker *thread_pool_current;

/* ---- the lists, with the lock ---- */

static void update_wakeable_locked(struct thread_pool *pool)
{
    bool sleepers = !list_is_empty(&pool->idle) || !list_is_empty(&pool->waiting);
    /* relaxed: argument 2 rests on the barrier that follows */
    atomic_store_explicit(&pool->wakeable, sleepers && pool->awake < pool->thread_count,
                          memory_order_relaxed);
}

static void unlist_locked(struct thread_pool *pool, struct thread_pool_worker *worker)
{
    list_remove(&worker->sleeping);
    worker->listed = false;
    pool->awake++;
    update_wakeable_locked(pool);
}

/* Take a sleeper off its list. Returns: whom to unpark, without the lock, or NULL. */
static struct thread_pool_worker *pick_locked(struct thread_pool *pool, struct list *list)
{
    if (list_is_empty(list))
        return NULL;
    struct thread_pool_worker *worker =
        container_of(list_last(list), struct thread_pool_worker, sleeping); /* the warmest cache */
    unlist_locked(pool, worker);
    return worker;
}

void thread_pool_notify(struct thread_pool *pool)
{
    struct thread_pool_worker *worker = NULL;
    pthread_mutex_lock(&pool->lock);
    if (pool->awake < pool->thread_count) {
        worker = pick_locked(pool, &pool->idle);
        if (!worker)
            worker = pick_locked(pool, &pool->waiting);
    }
    pthread_mutex_unlock(&pool->lock);
    if (worker)
        parker_unpark(&worker->parker);
}

static void inject(struct thread_pool *pool, struct thread_pool_task *task)
{
    task->next = NULL;
    pthread_mutex_lock(&pool->lock);
    if (pool->injected_last)
        pool->injected_last->next = task;
    else
        pool->injected_first = task;
    pool->injected_last = task;
    /* relaxed, here and below: a hint; who sleeps looks with the lock */
    atomic_fetch_add_explicit(&pool->injected_count, 1, memory_order_relaxed);
    struct thread_pool_worker *worker = pick_locked(pool, &pool->idle);
    pthread_mutex_unlock(&pool->lock);
    if (worker)
        parker_unpark(&worker->parker);
}

static struct thread_pool_task *take_injected(struct thread_pool *pool)
{
    if (atomic_load_explicit(&pool->injected_count, memory_order_relaxed) == 0)
        return NULL;
    pthread_mutex_lock(&pool->lock);
    struct thread_pool_task *task = pool->injected_first;
    if (task) {
        pool->injected_first = task->next;
        if (!task->next)
            pool->injected_last = NULL;
        atomic_fetch_sub_explicit(&pool->injected_count, 1, memory_order_relaxed);
    }
    pthread_mutex_unlock(&pool->lock);
    return task;
}

void thread_pool_spawn(struct thread_pool *pool, struct thread_pool_task *task)
{
    struct thread_pool_worker *self = thread_pool_current;
    if (!self || self->pool != pool || !thread_pool_push(self, task))
        inject(pool, task);
}

unsigned thread_pool_thread_count(const struct thread_pool *pool)
{
    return pool->thread_count;
}

/* ---- finding work ---- */

static uint64_t next_random(struct thread_pool_worker *self)
{
    self->random ^= self->random << 13; /* xorshift64, Marsaglia 2003 */
    self->random ^= self->random >> 7;
    self->random ^= self->random << 17;
    return self->random;
}

/* Look into all deques once, from a random one on. */
static struct thread_pool_task *sweep(struct thread_pool_worker *self, bool *lost)
{
    struct thread_pool *pool = self->pool;
    unsigned victim = (unsigned)(next_random(self) % pool->place_count);
    for (unsigned i = 0; i < pool->place_count; i++) {
        struct ws_deque *deque = &pool->places[victim].worker.deque;
        void *item;
        if (!ws_deque_is_empty(deque)) {
            enum ws_deque_stolen stolen = ws_deque_steal(deque, &item);
            if (stolen == WS_DEQUE_STOLEN)
                return item;
            *lost |= stolen == WS_DEQUE_LOST;
        }
        victim = victim + 1 == pool->place_count ? 0 : victim + 1;
    }
    return NULL;
}

static struct thread_pool_task *steal(struct thread_pool_worker *self)
{
    struct thread_pool_task *task;
    bool lost;
    do {
        lost = false;
        task = sweep(self, &lost);
    } while (!task && lost); /* somebody else got one: there may be more */
    return task;
}

static struct thread_pool_task *find_task(struct thread_pool_worker *self, bool injected_too)
{
    struct thread_pool_task *task = NULL;
    if (injected_too && ++self->ticks % INJECTED_EVERY_TICKS == 0)
        task = take_injected(self->pool);
    if (!task)
        task = thread_pool_pop(self);
    if (!task && injected_too)
        task = take_injected(self->pool);
    return task ? task : steal(self);
}

static bool deques_have_work(const struct thread_pool *pool)
{
    for (unsigned i = 0; i < pool->place_count; i++)
        if (!ws_deque_is_empty(&pool->places[i].worker.deque))
            return true;
    return false;
}

/* This worker had nothing, and now it has: perhaps there is more, for somebody who sleeps. Argument 5. */
static void ripple(struct thread_pool *pool)
{
    if (atomic_load_explicit(&pool->wakeable, memory_order_relaxed) && deques_have_work(pool))
        thread_pool_notify(pool);
}

/* ---- falling asleep ---- */

/* lesson: thread-pool-sleep */
/* Returns: false if an injected task came meanwhile, or the pool is stopping: do not sleep. */
static bool list_as_sleeper(struct thread_pool_worker *self, bool waits)
{
    struct thread_pool *pool = self->pool;
    pthread_mutex_lock(&pool->lock);
    bool listed =
        waits || (!pool->injected_first &&
                  !atomic_load_explicit(&pool->stopping, memory_order_relaxed)); /* locked */
    if (listed) {
        list_push_back(waits ? &pool->waiting : &pool->idle, &self->sleeping);
        self->listed = true;
        pool->awake--;
        update_wakeable_locked(pool);
    }
    pthread_mutex_unlock(&pool->lock);
    return listed;
}

/* Returns: whether somebody had taken this worker off the list, to run something. */
static bool unlist(struct thread_pool_worker *self)
{
    struct thread_pool *pool = self->pool;
    pthread_mutex_lock(&pool->lock);
    bool notified = !self->listed;
    if (!notified)
        unlist_locked(pool, self);
    pthread_mutex_unlock(&pool->lock);
    return notified;
}

static bool latch_begin_wait(struct thread_pool_latch *latch)
{
    uint32_t pending = THREAD_POOL_LATCH_PENDING;
    /* acquire: pairs with the exchange in latch_set, where it fails */
    return atomic_compare_exchange_strong_explicit(&latch->state, &pending,
                                                   THREAD_POOL_LATCH_WAITING, memory_order_acquire,
                                                   memory_order_acquire) ||
           pending == THREAD_POOL_LATCH_WAITING;
}

/* Sleep once, unless there is something to do after all. latch: what a waiter waits for, else NULL.
 * Returns: whether this worker was taken off the list to run something, and has yet to look for it. */
static bool sleep_once(struct thread_pool_worker *self, struct thread_pool_latch *latch)
{
    struct thread_pool *pool = self->pool;
    if (!list_as_sleeper(self, latch != NULL))
        return false;
    bool sure = asymmetric_barrier(pool->mode); /* pairs with asymmetric_light in push */
    if ((!latch || latch_begin_wait(latch)) && !deques_have_work(pool)) {
        if (sure)
            parker_park(&self->parker);
        else
            parker_park_until(&self->parker, deadline_after_ns(DEADLINE_MS));
    }
    return unlist(self);
}
/* end lesson */

/* How long a worker has found nothing. */
struct idling {
    struct backoff backoff;
    unsigned yields;
};

/* Returns: false when it is time to sleep. */
static bool idle_on(struct idling *idling)
{
    if (!backoff_is_completed(&idling->backoff)) {
        backoff_wait(&idling->backoff);
        return true;
    }
    sched_yield();
    return ++idling->yields < YIELDS_BEFORE_SLEEP;
}

void thread_pool_wait(struct thread_pool_worker *self, struct thread_pool_latch *latch)
{
    struct idling idling = {BACKOFF_INIT, 0};
    bool idle = false, notified = false;
    self->waits++;
    while (!thread_pool_latch_is_set(latch)) {
        struct thread_pool_task *task = find_task(self, false);
        notified = false;
        if (task) {
            if (idle)
                ripple(self->pool);
            idle = false;
            task->run(task);
            idling = (struct idling){BACKOFF_INIT, 0};
        } else {
            idle = true;
            if (!idle_on(&idling))
                notified = sleep_once(self, latch);
        }
    }
    self->waits--;
    if (notified)
        thread_pool_notify(self->pool); /* argument 5 */
}

void thread_pool_latch_set(struct thread_pool_latch *latch)
{
    struct thread_pool_worker *waiter = latch->waiter; /* the latch is gone once it is set */
    /* acq_rel: release pairs with latch_is_set; acquire with nothing, it keeps the unpark behind */
    uint32_t before =
        atomic_exchange_explicit(&latch->state, THREAD_POOL_LATCH_SET, memory_order_acq_rel);
    if (before == THREAD_POOL_LATCH_WAITING)
        parker_unpark(&waiter->parker);
}

/* ---- guests ---- */

struct thread_pool_worker *thread_pool_enter(struct thread_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    struct thread_pool_worker *guest = NULL;
    if (!list_is_empty(&pool->guests)) {
        guest = container_of(list_pop_back(&pool->guests), struct thread_pool_worker, sleeping);
        pool->awake++;
        update_wakeable_locked(pool);
    }
    pthread_mutex_unlock(&pool->lock);
    if (guest) {
        guest->outer = thread_pool_current;
        thread_pool_current = guest;
    }
    return guest;
}

void thread_pool_leave(struct thread_pool_worker *guest)
{
    struct thread_pool *pool = guest->pool;
    struct thread_pool_task *left;
    while ((left = thread_pool_pop(guest)) != NULL)
        inject(pool, left);
    thread_pool_current = guest->outer;
    pthread_mutex_lock(&pool->lock);
    bool was_wakeable = atomic_load_explicit(&pool->wakeable, memory_order_relaxed); /* locked */
    list_push_back(&pool->guests, &guest->sleeping);
    pool->awake--;
    update_wakeable_locked(pool);
    bool is_wakeable = atomic_load_explicit(&pool->wakeable, memory_order_relaxed);
    pthread_mutex_unlock(&pool->lock);
    if (is_wakeable && !was_wakeable) { /* argument 3 */
        bool sure = asymmetric_barrier(pool->mode);
        if (!sure || deques_have_work(pool))
            thread_pool_notify(pool);
    }
}

/* ---- the threads ---- */

/* Returns: false when the pool is stopping and there was nothing left. */
static bool work_once(struct thread_pool_worker *self, struct idling *idling, bool *idle)
{
    /* acquire: pairs with the release in end_threads; read before the search that must find nothing */
    bool stopping = atomic_load_explicit(&self->pool->stopping, memory_order_acquire);
    struct thread_pool_task *task = find_task(self, true);
    if (task) {
        if (*idle)
            ripple(self->pool);
        *idle = false;
        *idling = (struct idling){BACKOFF_INIT, 0};
        task->run(task);
        return true;
    }
    if (stopping)
        return false;
    *idle = true;
    if (!idle_on(idling))
        sleep_once(self, NULL);
    return true;
}

static void *run_worker(void *argument)
{
    struct thread_pool_worker *self = argument;
    struct idling idling = {BACKOFF_INIT, 0};
    bool idle = false;
    thread_pool_current = self;
    while (work_once(self, &idling, &idle))
        continue;
    return NULL;
}

static void end_threads(struct thread_pool *pool, unsigned started)
{
    pthread_mutex_lock(&pool->lock);
    /* release: pairs with the acquire in work_once */
    atomic_store_explicit(&pool->stopping, true, memory_order_release);
    struct thread_pool_worker *worker;
    while ((worker = pick_locked(pool, &pool->idle)) != NULL)
        parker_unpark(&worker->parker);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < started; i++)
        pthread_join(pool->threads[i], NULL);
}

static int start_threads(struct thread_pool *pool, size_t stack_bytes)
{
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error)
        return -error;
    if (stack_bytes)
        error = pthread_attr_setstacksize(&attributes, stack_bytes);
    unsigned started = 0;
    while (!error && started < pool->thread_count) {
        error = pthread_create(&pool->threads[started], &attributes, run_worker,
                               &pool->places[started].worker);
        started += !error;
    }
    pthread_attr_destroy(&attributes);
    if (error)
        end_threads(pool, started);
    return -error;
}

/* ---- making and freeing ---- */

static void free_parts(struct thread_pool *pool, unsigned deques)
{
    struct allocator *allocator = pool->allocator;
    for (unsigned i = 0; i < deques; i++)
        ws_deque_fini(&pool->places[i].worker.deque);
    allocator_free(allocator, pool->places, pool->place_count * sizeof(*pool->places),
                   _Alignof(union place));
    allocator_free(allocator, pool->threads, pool->thread_count * sizeof(*pool->threads),
                   _Alignof(pthread_t));
    pthread_mutex_destroy(&pool->lock);
    allocator_free(allocator, pool, sizeof(*pool), _Alignof(struct thread_pool));
}

static int init_place(struct thread_pool *pool, unsigned number)
{
    struct thread_pool_worker *worker = &pool->places[number].worker;
    int error = ws_deque_init(&worker->deque, pool->allocator, DEQUE_SLOTS);
    if (error)
        return error;
    worker->pool = pool;
    worker->wakeable = &pool->wakeable;
    worker->mode = pool->mode;
    worker->random = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
    parker_init(&worker->parker);
    list_node_init(&worker->sleeping);
    if (number >= pool->thread_count)
        list_push_back(&pool->guests, &worker->sleeping);
    return 0;
}

static struct thread_pool *make_pool(struct allocator *allocator, unsigned thread_count)
{
    struct thread_pool *pool =
        allocator_alloc_zeroed(allocator, sizeof(*pool), _Alignof(struct thread_pool));
    if (!pool)
        return NULL;
    pool->allocator = allocator;
    pool->mode = asymmetric_best();
    pool->thread_count = pool->awake = thread_count;
    pool->place_count = thread_count + (thread_count < GUESTS_MIN ? GUESTS_MIN : thread_count);
    list_init(&pool->idle);
    list_init(&pool->waiting);
    list_init(&pool->guests);
    pthread_mutex_init(&pool->lock, NULL); /* cannot fail for a default mutex on Linux */
    pool->places = allocator_alloc_zeroed(allocator, pool->place_count * sizeof(*pool->places),
                                          _Alignof(union place));
    pool->threads =
        allocator_alloc(allocator, thread_count * sizeof(*pool->threads), _Alignof(pthread_t));
    if (pool->places && pool->threads)
        return pool;
    free_parts(pool, 0);
    return NULL;
}

int thread_pool_create(struct thread_pool **out, struct allocator *allocator,
                       const struct thread_pool_options *options)
{
    unsigned thread_count =
        options && options->thread_count ? options->thread_count : cpu_limit_count();
    size_t stack_bytes = options ? options->stack_bytes : 0;
    if (thread_count > THREAD_POOL_THREADS_MAX ||
        (stack_bytes && stack_bytes < (size_t)PTHREAD_STACK_MIN))
        return -EINVAL;
    struct thread_pool *pool = make_pool(allocator, thread_count);
    if (!pool)
        return -ENOMEM;
    unsigned made = 0;
    int error = 0;
    while (!error && made < pool->place_count) {
        error = init_place(pool, made);
        made += !error;
    }
    if (!error)
        error = start_threads(pool, stack_bytes);
    if (error)
        free_parts(pool, made);
    else
        *out = pool;
    return error;
}

void thread_pool_destroy(struct thread_pool *pool)
{
    if (!pool)
        return;
    ASSERT(!thread_pool_current || thread_pool_current->pool != pool);
    end_threads(pool, pool->thread_count);
    free_parts(pool, pool->place_count);
}
