/* A try is refused at once, before the mutex is taken; all other calls look under the mutex. */
#include "condvar_queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

struct condvar_queue {
    struct allocator *allocator;
    size_t capacity;
    pthread_mutex_t lock;               /* guards all below */
    pthread_cond_t not_empty, not_full; /* or closed */
    bool is_closed;
    size_t first, count;
    void *items[]; /* a ring */
};

/* 0 where it cannot be computed with. */
static size_t size_for(size_t capacity)
{
    size_t items_bytes, size_bytes;
    if (__builtin_mul_overflow(capacity, sizeof(void *), &items_bytes) ||
        __builtin_add_overflow(items_bytes, sizeof(struct condvar_queue), &size_bytes))
        return 0;
    return size_bytes;
}

struct condvar_queue *condvar_queue_create(struct allocator *allocator, size_t capacity)
{
    size_t size_bytes = size_for(capacity);
    struct condvar_queue *queue =
        size_bytes ? allocator_alloc(allocator, size_bytes, _Alignof(struct condvar_queue)) : NULL;
    if (!queue)
        return NULL;
    queue->allocator = allocator;
    queue->capacity = capacity;
    queue->is_closed = false;
    queue->first = queue->count = 0;
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->not_empty, NULL);
    pthread_cond_init(&queue->not_full, NULL);
    return queue;
}

void condvar_queue_destroy(struct condvar_queue *queue)
{
    if (!queue)
        return;
    pthread_cond_destroy(&queue->not_full);
    pthread_cond_destroy(&queue->not_empty);
    pthread_mutex_destroy(&queue->lock);
    allocator_free(queue->allocator, queue, size_for(queue->capacity),
                   _Alignof(struct condvar_queue));
}

/* Returns: 0, or ETIMEDOUT. */
static int wait_until(struct condvar_queue *queue, pthread_cond_t *condition, uint64_t deadline_ns)
{
    struct timespec until = {.tv_sec = (time_t)(deadline_ns / 1000000000),
                             .tv_nsec = (long)(deadline_ns % 1000000000)};
    return pthread_cond_clockwait(condition, &queue->lock, CLOCK_MONOTONIC, &until);
}

int condvar_queue_push(struct condvar_queue *queue, void *item, uint64_t deadline_ns)
{
    int error = 0;
    pthread_mutex_lock(&queue->lock);
    while (queue->count == queue->capacity && !queue->is_closed && !error)
        error = -wait_until(queue, &queue->not_full, deadline_ns);
    if (queue->is_closed) {
        error = -EPIPE;
    } else if (queue->count < queue->capacity) {
        queue->items[(queue->first + queue->count++) % queue->capacity] = item;
        pthread_cond_signal(&queue->not_empty);
        error = 0; /* though the deadline may have passed as well */
    }
    pthread_mutex_unlock(&queue->lock);
    return error;
}

int condvar_queue_pop(struct condvar_queue *queue, void **item, uint64_t deadline_ns)
{
    int error = 0;
    if (deadline_ns == 0 && queue->count == 0 && !queue->is_closed)
        return -ETIMEDOUT;
    pthread_mutex_lock(&queue->lock);
    while (queue->count == 0 && !queue->is_closed && !error)
        error = -wait_until(queue, &queue->not_empty, deadline_ns);
    if (queue->count > 0) {
        *item = queue->items[queue->first];
        queue->first = (queue->first + 1) % queue->capacity;
        queue->count--;
        pthread_cond_signal(&queue->not_full);
        error = 0;
    } else if (queue->is_closed) {
        error = -EPIPE;
    }
    pthread_mutex_unlock(&queue->lock);
    return error;
}

void condvar_queue_close(struct condvar_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->is_closed = true;
    pthread_cond_broadcast(&queue->not_empty);
    pthread_cond_broadcast(&queue->not_full);
    pthread_mutex_unlock(&queue->lock);
}

size_t condvar_queue_count(struct condvar_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    size_t count = queue->count;
    pthread_mutex_unlock(&queue->lock);
    return count;
}
