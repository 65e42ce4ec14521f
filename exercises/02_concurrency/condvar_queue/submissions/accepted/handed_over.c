/* First come, first served: who waits is in a line of places on the stacks, each with a condition of its own. A push gives
 * its item to the pop that has waited longest, a pop puts in the item of the push that has waited longest: who wakes up
 * has nothing left to do. */
#include "condvar_queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

enum { WAITS = 1 };

/* Who waits: on its stack. */
struct waiter {
    pthread_cond_t served;
    void *item;
    int result; /* or WAITS */
    struct waiter *next;
};

struct line {
    struct waiter *first, **last;
};

struct condvar_queue {
    struct allocator *allocator;
    size_t capacity;
    pthread_mutex_t lock; /* guards all below */
    bool is_closed;
    struct line pushes, pops;
    size_t first, count;
    void **items; /* a ring */
};

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
    *queue = (struct condvar_queue){.allocator = allocator,
                                    .capacity = capacity,
                                    .items = items,
                                    .pushes.last = &queue->pushes.first,
                                    .pops.last = &queue->pops.first};
    pthread_mutex_init(&queue->lock, NULL);
    return queue;
}

void condvar_queue_destroy(struct condvar_queue *queue)
{
    if (!queue)
        return;
    pthread_mutex_destroy(&queue->lock);
    allocator_free(queue->allocator, queue->items, queue->capacity * sizeof(void *),
                   _Alignof(void *));
    allocator_free(queue->allocator, queue, sizeof(*queue), _Alignof(struct condvar_queue));
}

static void leave(struct line *line, struct waiter *waiter)
{
    struct waiter **link = &line->first;
    while (*link != waiter)
        link = &(*link)->next;
    *link = waiter->next;
    if (!waiter->next)
        line->last = link;
}

/* Returns: who has waited longest, and does not any more; or NULL. */
static struct waiter *serve(struct line *line, int result)
{
    struct waiter *waiter = line->first;
    if (!waiter)
        return NULL;
    leave(line, waiter);
    waiter->result = result;
    pthread_cond_signal(&waiter->served);
    return waiter;
}

static int stand_in(struct line *line, struct waiter *waiter, pthread_mutex_t *lock,
                    uint64_t deadline_ns)
{
    struct timespec until = {.tv_sec = (time_t)(deadline_ns / 1000000000),
                             .tv_nsec = (long)(deadline_ns % 1000000000)};
    pthread_cond_init(&waiter->served, NULL);
    waiter->result = WAITS;
    waiter->next = NULL;
    *line->last = waiter;
    line->last = &waiter->next;
    while (waiter->result == WAITS)
        if (pthread_cond_clockwait(&waiter->served, lock, CLOCK_MONOTONIC, &until) == ETIMEDOUT &&
            waiter->result == WAITS) {
            leave(line, waiter);
            waiter->result = -ETIMEDOUT;
        }
    pthread_cond_destroy(&waiter->served);
    return waiter->result;
}

static void put(struct condvar_queue *queue, void *item)
{
    queue->items[(queue->first + queue->count++) % queue->capacity] = item;
}

int condvar_queue_push(struct condvar_queue *queue, void *item, uint64_t deadline_ns)
{
    int result = 0;
    struct waiter self = {.item = item}, *other;
    pthread_mutex_lock(&queue->lock);
    if (queue->is_closed)
        result = -EPIPE;
    else if ((other = serve(&queue->pops, 0)) != NULL)
        other->item = item;
    else if (queue->count < queue->capacity)
        put(queue, item);
    else
        result = stand_in(&queue->pushes, &self, &queue->lock, deadline_ns);
    pthread_mutex_unlock(&queue->lock);
    return result;
}

int condvar_queue_pop(struct condvar_queue *queue, void **item, uint64_t deadline_ns)
{
    int result = 0;
    struct waiter self = {.item = NULL}, *other;
    pthread_mutex_lock(&queue->lock);
    if (queue->count > 0) {
        *item = queue->items[queue->first];
        queue->first = (queue->first + 1) % queue->capacity;
        queue->count--;
        if ((other = serve(&queue->pushes, 0)) != NULL)
            put(queue, other->item);
    } else if (queue->is_closed) {
        result = -EPIPE;
    } else if ((result = stand_in(&queue->pops, &self, &queue->lock, deadline_ns)) == 0) {
        *item = self.item;
    }
    pthread_mutex_unlock(&queue->lock);
    return result;
}

void condvar_queue_close(struct condvar_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->is_closed = true;
    while (serve(&queue->pushes, -EPIPE) || serve(&queue->pops, -EPIPE))
        ;
    pthread_mutex_unlock(&queue->lock);
}

size_t condvar_queue_count(struct condvar_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    size_t count = queue->count;
    pthread_mutex_unlock(&queue->lock);
    return count;
}
