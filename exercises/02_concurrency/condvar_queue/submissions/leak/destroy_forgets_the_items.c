/* Two blocks, and one goes back. */
#include "condvar_queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

struct side {
    pthread_cond_t condition;
    size_t waiters;
};

struct condvar_queue {
    struct allocator *allocator;
    pthread_mutex_t lock;
    struct side takers, putters;
    size_t put, taken, capacity; /* both only grow */
    bool is_open;
    void **items;
};

static void side_init(struct side *side)
{
    pthread_cond_init(&side->condition, NULL);
    side->waiters = 0;
}

struct condvar_queue *condvar_queue_create(struct allocator *allocator, size_t capacity)
{
    struct condvar_queue *queue;
    if (capacity > SIZE_MAX / sizeof(void *))
        return NULL;
    queue = allocator_alloc(allocator, sizeof(*queue), _Alignof(struct condvar_queue));
    if (!queue)
        return NULL;
    *queue = (struct condvar_queue){.allocator = allocator, .capacity = capacity, .is_open = true};
    queue->items = allocator_alloc(allocator, capacity * sizeof(void *), _Alignof(void *));
    if (!queue->items) {
        allocator_free(allocator, queue, sizeof(*queue), _Alignof(struct condvar_queue));
        return NULL;
    }
    pthread_mutex_init(&queue->lock, NULL);
    side_init(&queue->takers);
    side_init(&queue->putters);
    return queue;
}

void condvar_queue_destroy(struct condvar_queue *queue)
{
    if (!queue)
        return;
    struct allocator *allocator = queue->allocator;
    allocator_free(allocator, queue, sizeof(*queue), _Alignof(struct condvar_queue));
}

/* Returns: whether it was woken before the deadline. */
static bool wait_at(struct side *side, pthread_mutex_t *lock, uint64_t deadline_ns)
{
    struct timespec until = {(time_t)(deadline_ns / 1000000000), (long)(deadline_ns % 1000000000)};
    int failed = 0;
    if (deadline_ns == 0)
        return false;
    side->waiters++;
    if (deadline_ns == CONDVAR_QUEUE_NEVER)
        pthread_cond_wait(&side->condition, lock);
    else
        failed = pthread_cond_clockwait(&side->condition, lock, CLOCK_MONOTONIC, &until);
    side->waiters--;
    return failed == 0;
}

/* Unlock, and tell one of the others if any waits. */
static void leave(struct condvar_queue *queue, struct side *others)
{
    bool tells = others && others->waiters > 0;
    pthread_mutex_unlock(&queue->lock);
    if (tells)
        pthread_cond_signal(&others->condition);
}

int condvar_queue_push(struct condvar_queue *queue, void *item, uint64_t deadline_ns)
{
    pthread_mutex_lock(&queue->lock);
    while (queue->is_open && queue->put - queue->taken >= queue->capacity)
        if (!wait_at(&queue->putters, &queue->lock, deadline_ns)) {
            int error = queue->is_open ? -ETIMEDOUT : -EPIPE;
            leave(queue, NULL);
            return error;
        }
    if (!queue->is_open) {
        leave(queue, NULL);
        return -EPIPE;
    }
    queue->items[queue->put++ % queue->capacity] = item;
    leave(queue, &queue->takers);
    return 0;
}

int condvar_queue_pop(struct condvar_queue *queue, void **item, uint64_t deadline_ns)
{
    pthread_mutex_lock(&queue->lock);
    while (queue->put == queue->taken)
        if (!queue->is_open || !wait_at(&queue->takers, &queue->lock, deadline_ns)) {
            int error = queue->is_open ? -ETIMEDOUT : -EPIPE;
            leave(queue, NULL);
            return error;
        }
    *item = queue->items[queue->taken++ % queue->capacity];
    leave(queue, &queue->putters);
    return 0;
}

void condvar_queue_close(struct condvar_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->is_open = false;
    pthread_mutex_unlock(&queue->lock);
    pthread_cond_broadcast(&queue->takers.condition);
    pthread_cond_broadcast(&queue->putters.condition);
}

size_t condvar_queue_count(struct condvar_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    size_t count = queue->put - queue->taken;
    pthread_mutex_unlock(&queue->lock);
    return count;
}
