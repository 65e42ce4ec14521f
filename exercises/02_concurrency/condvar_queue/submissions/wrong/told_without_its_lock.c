/* Who pushes and who pops have a lock each and meet only in the count. A pop tells those who push without their lock: one
 * that has looked, and does not wait yet, is not told. */
#include "condvar_queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

struct side {
    pthread_mutex_t lock;
    pthread_cond_t can_go_on;
    bool is_closed;
    size_t at; /* in the ring */
};

struct condvar_queue {
    struct allocator *allocator;
    size_t capacity;
    void **items; /* a ring */
    struct side pushes, pops;
    atomic_size_t count;
};

static void begin(struct side *side)
{
    pthread_mutex_init(&side->lock, NULL);
    pthread_cond_init(&side->can_go_on, NULL);
    side->is_closed = false;
    side->at = 0;
}

static void end(struct side *side)
{
    pthread_cond_destroy(&side->can_go_on);
    pthread_mutex_destroy(&side->lock);
}

struct condvar_queue *condvar_queue_create(struct allocator *allocator, size_t capacity)
{
    size_t items_bytes;
    if (__builtin_mul_overflow(capacity, sizeof(void *), &items_bytes))
        return NULL;
    void **items = allocator_alloc(allocator, items_bytes, _Alignof(void *));
    if (!items)
        return NULL;
    struct condvar_queue *queue =
        allocator_alloc(allocator, sizeof(*queue), _Alignof(struct condvar_queue));
    if (!queue) {
        allocator_free(allocator, items, items_bytes, _Alignof(void *));
        return NULL;
    }
    queue->allocator = allocator;
    queue->capacity = capacity;
    queue->items = items;
    atomic_init(&queue->count, 0);
    begin(&queue->pushes);
    begin(&queue->pops);
    return queue;
}

void condvar_queue_destroy(struct condvar_queue *queue)
{
    if (!queue)
        return;
    end(&queue->pops);
    end(&queue->pushes);
    allocator_free(queue->allocator, queue->items, queue->capacity * sizeof(void *),
                   _Alignof(void *));
    allocator_free(queue->allocator, queue, sizeof(*queue), _Alignof(struct condvar_queue));
}

/* While the count is that. Returns: whether it is not. */
static bool wait_while(struct condvar_queue *queue, struct side *side, size_t count,
                       uint64_t deadline_ns)
{
    struct timespec until = {.tv_sec = (time_t)(deadline_ns / 1000000000),
                             .tv_nsec = (long)(deadline_ns % 1000000000)};
    int error = 0;
    while (atomic_load(&queue->count) == count && !side->is_closed && !error)
        error = pthread_cond_clockwait(&side->can_go_on, &side->lock, CLOCK_MONOTONIC, &until);
    return atomic_load(&queue->count) != count;
}

static void **next_place(struct condvar_queue *queue, struct side *side)
{
    void **place = &queue->items[side->at];
    side->at = side->at + 1 < queue->capacity ? side->at + 1 : 0;
    return place;
}

static void tell(struct side *side)
{
    pthread_mutex_lock(&side->lock);
    pthread_cond_signal(&side->can_go_on);
    pthread_mutex_unlock(&side->lock);
}

int condvar_queue_push(struct condvar_queue *queue, void *item, uint64_t deadline_ns)
{
    struct side *side = &queue->pushes;
    size_t before = queue->capacity;
    pthread_mutex_lock(&side->lock);
    bool is_room = wait_while(queue, side, queue->capacity, deadline_ns);
    int result = side->is_closed ? -EPIPE : is_room ? 0 : -ETIMEDOUT;
    if (result == 0) {
        *next_place(queue, side) = item;
        before = atomic_fetch_add(&queue->count, 1);
        if (before + 1 < queue->capacity)
            pthread_cond_signal(&side->can_go_on);
    }
    pthread_mutex_unlock(&side->lock);
    if (result == 0 && before == 0)
        tell(&queue->pops);
    return result;
}

int condvar_queue_pop(struct condvar_queue *queue, void **item, uint64_t deadline_ns)
{
    struct side *side = &queue->pops;
    size_t before = 0;
    pthread_mutex_lock(&side->lock);
    bool is_item = wait_while(queue, side, 0, deadline_ns);
    int result = is_item ? 0 : side->is_closed ? -EPIPE : -ETIMEDOUT;
    if (result == 0) {
        *item = *next_place(queue, side);
        before = atomic_fetch_sub(&queue->count, 1);
        if (before > 1)
            pthread_cond_signal(&side->can_go_on);
    }
    pthread_mutex_unlock(&side->lock);
    if (result == 0 && before == queue->capacity)
        pthread_cond_signal(&queue->pushes.can_go_on);
    return result;
}

void condvar_queue_close(struct condvar_queue *queue)
{
    pthread_mutex_lock(&queue->pushes.lock);
    pthread_mutex_lock(&queue->pops.lock);
    queue->pushes.is_closed = queue->pops.is_closed = true;
    pthread_cond_broadcast(&queue->pushes.can_go_on);
    pthread_cond_broadcast(&queue->pops.can_go_on);
    pthread_mutex_unlock(&queue->pops.lock);
    pthread_mutex_unlock(&queue->pushes.lock);
}

size_t condvar_queue_count(struct condvar_queue *queue)
{
    return atomic_load(&queue->count);
}
