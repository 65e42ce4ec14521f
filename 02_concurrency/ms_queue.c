/* ms_queue.c - cells that go one way, in segments that are linked as Michael and Scott's nodes are.
 *
 * Why it is correct when threads run at once:
 *
 *  1. A cell changes twice, by compare-and-swap: EMPTY to a value, by one push; that value to TAKEN, by one pop. So each
 *     value is popped once. The push's release and the pop's acquire order what the value points to.
 *  2. A push swaps the first cell that it finds EMPTY, having seen all before it filled: it looks at each from the hint on,
 *     and who wrote the hint had seen those before it. Its hint is written by a release and read by an
 *     acquire: who sees a value in a cell of that push sees the cells before it filled. A hint that is late costs a longer look.
 *  3. So where a pop finds EMPTY, there is nothing behind. All before is TAKEN, for ever: at the moment of that load the
 *     queue is empty. In the same way NULL behind the last cell: a segment is appended only to one without EMPTY.
 *     A pop in a segment that was unlinked meanwhile finds all TAKEN and a next, and begins again.
 *  4. Order: values leave in the order of the cells, and cells are filled in that order. Linearization: the
 *     successful swap of the cell; for the first value of a new segment, the swap of `next`.
 *  5. Head and tail move only from a segment to its next, by compare-and-swap. Both compare with a
 *     segment that the thread has protected, so it cannot have been freed and come again (ABA).
 *  6. Tail is never behind head: before head leaves a segment, tail has left it (advance_head), and it does not go
 *     back (5). So when head leaves a segment, no pointer leads to it but those that threads have protected:
 *     it is retired, by the one whose swap of head succeeded.
 *  7. `next` of a protected segment may be swapped into tail or head although it is not protected itself: that swap
 *     succeeds only while tail or head is still at the segment, and then next has not been passed by it.
 *  8. Lock-free: a swap fails because another one succeeded: the cell was filled or taken, the segment appended, head or tail
 *     moved.
 */
#include "02_concurrency/ms_queue.h"

#include <errno.h>

enum { COLLECT_AT = 16 }; /* segments: they are large, so not a whole batch */

struct ms_segment {
    struct reclaim_node reclaim; /* first: its address is the segment's */
    _Atomic(uintptr_t) next;
    uint64_t number; /* constant: how many there were before */
    char apart_pop[CACHE_LINE_APART];
    _Atomic(uint32_t) first_value; /* all cells before it are TAKEN */
    char apart_push[CACHE_LINE_APART];
    _Atomic(uint32_t) first_empty; /* no cell before it is EMPTY */
    char apart_cells[CACHE_LINE_APART];
    _Atomic(uint64_t) cells[MS_QUEUE_CELLS];
};

static struct ms_segment *make_segment(struct allocator *allocator, uint64_t number)
{
    struct ms_segment *segment =
        allocator_alloc_zeroed(allocator, sizeof(*segment), _Alignof(struct ms_segment));
    if (segment)
        segment->number = number;
    return segment;
}

static void free_segment(struct reclaim_node *node, struct allocator *allocator)
{
    struct ms_segment *segment = container_of(node, struct ms_segment, reclaim);
    allocator_free(allocator, segment, sizeof(*segment), _Alignof(struct ms_segment));
}

int ms_queue_init(struct ms_queue *queue, struct reclaim_domain *domain)
{
    struct ms_segment *segment = make_segment(domain->allocator, 0);
    if (!segment)
        return -ENOMEM;
    queue->domain = domain;
    atomic_init(&queue->head, (uintptr_t)segment);
    atomic_init(&queue->tail, (uintptr_t)segment);
    return 0;
}

void ms_queue_fini(struct ms_queue *queue)
{
    /* relaxed: no other thread uses the queue */
    uintptr_t at = atomic_load_explicit(&queue->head, memory_order_relaxed);
    while (at) {
        struct ms_segment *segment = (struct ms_segment *)at;
        at = atomic_load_explicit(&segment->next, memory_order_relaxed);
        free_segment(&segment->reclaim, queue->domain->allocator);
    }
}

/* A hint that was late is brought up to date. Each time: to write it once for eight cells makes all who come by in
 * between look at up to eight cells, and that was slower in every row of the bench. */
static inline void move_hint(_Atomic(uint32_t) *hint, uint32_t before, uint32_t now)
{
    if (now != before)
        /* release: pairs with the acquire in put; take's hint would not need it */
        atomic_store_explicit(hint, now, memory_order_release);
}

/* lesson: ms-queue-cells */
/* Fill the first empty cell. Returns: false if there is none. */
static inline bool put(struct ms_segment *segment, uint64_t value)
{
    /* acquire: pairs with the release in move_hint */
    uint32_t hint = atomic_load_explicit(&segment->first_empty, memory_order_acquire);
    for (uint32_t i = hint; i < MS_QUEUE_CELLS; i++) {
        _Atomic(uint64_t) *cell = &segment->cells[i];
        uint64_t found =
            atomic_load_explicit(cell, memory_order_relaxed); /* only whether it is EMPTY */
        /* release: pairs with the acquire in take */
        if (found == MS_QUEUE_EMPTY &&
            atomic_compare_exchange_strong_explicit(cell, &found, value, memory_order_release,
                                                    memory_order_relaxed)) {
            move_hint(&segment->first_empty, hint, i);
            return true;
        }
    }
    return false;
}

/* Take the first value. Returns: it, or MS_QUEUE_EMPTY, or MS_QUEUE_TAKEN if all are. */
static inline uint64_t take(struct ms_segment *segment)
{
    /* relaxed: cells before it are TAKEN for ever, and nothing else follows from it */
    uint32_t hint = atomic_load_explicit(&segment->first_value, memory_order_relaxed);
    for (uint32_t i = hint; i < MS_QUEUE_CELLS; i++) {
        _Atomic(uint64_t) *cell = &segment->cells[i];
        uint64_t found = atomic_load_explicit(cell, memory_order_acquire); /* pairs with put */
        if (found == MS_QUEUE_TAKEN)
            continue;
        /* relaxed: the acquire above has read this very value */
        if (found != MS_QUEUE_EMPTY &&
            !atomic_compare_exchange_strong_explicit(cell, &found, MS_QUEUE_TAKEN,
                                                     memory_order_relaxed, memory_order_relaxed))
            continue;
        move_hint(&segment->first_value, hint, i);
        return found;
    }
    return MS_QUEUE_TAKEN;
}
/* end lesson */

/* Move head or tail from segment to next, unless another thread has. Returns: whether it was this one. */
static bool move_end(_Atomic(uintptr_t) *end, struct ms_segment *segment, uintptr_t next)
{
    uintptr_t expected = (uintptr_t)segment;
    /* release: pairs with the acquire in reclaim_protect; next was read by an acquire */
    return atomic_compare_exchange_strong_explicit(end, &expected, next, memory_order_release,
                                                   memory_order_relaxed);
}

/* All cells are filled: append a segment that begins with value.
 * Returns: 1, 0 if another thread has appended one, -ENOMEM. */
static int append(struct ms_queue *queue, struct ms_segment *last, uint64_t value)
{
    /* acquire: pairs with the release below */
    uintptr_t next = atomic_load_explicit(&last->next, memory_order_acquire);
    struct ms_segment *fresh = NULL;
    if (!next) {
        fresh = make_segment(queue->domain->allocator, last->number + 1);
        if (!fresh)
            return -ENOMEM;
        atomic_init(&fresh->cells[0], value);
        /* release: pairs with the acquires of next; acquire: of who was faster */
        if (atomic_compare_exchange_strong_explicit(&last->next, &next, (uintptr_t)fresh,
                                                    memory_order_acq_rel, memory_order_acquire)) {
            move_end(&queue->tail, last, (uintptr_t)fresh);
            return 1;
        }
        free_segment(&fresh->reclaim, queue->domain->allocator);
    }
    move_end(&queue->tail, last, next);
    return 0;
}

/* The segment is full. Returns: 0 or -ENOMEM. */
__attribute__((noinline)) static int push_slowly(struct ms_queue *queue, struct reclaim_thread *me,
                                                 struct ms_segment *last, uint64_t value)
{
    for (;;) {
        int done = append(queue, last, value);
        if (done != 0)
            return done < 0 ? done : 0;
        last = (struct ms_segment *)reclaim_protect(me, 0, &queue->tail, 0);
        if (put(last, value))
            return 0;
    }
}

int ms_queue_push(struct ms_queue *queue, struct reclaim_thread *me, uint64_t value)
{
    ASSERT(me->domain == queue->domain);
    if (value == MS_QUEUE_EMPTY || value == MS_QUEUE_TAKEN)
        return -EINVAL;
    uint64_t outer = reclaim_enter(me);
    struct ms_segment *last = (struct ms_segment *)reclaim_protect(me, 0, &queue->tail, 0);
    int error = put(last, value) ? 0 : push_slowly(queue, me, last, value);
    reclaim_leave(me, outer);
    return error;
}

/* All cells of the first segment are taken: go to the next. Returns: false if there is none. */
static bool advance_head(struct ms_queue *queue, struct reclaim_thread *me,
                         struct ms_segment *first)
{
    /* acquire: pairs with the release in append */
    uintptr_t next = atomic_load_explicit(&first->next, memory_order_acquire);
    if (!next)
        return false;
    move_end(&queue->tail, first, next); /* tail first: see argument 6 */
    if (!move_end(&queue->head, first, next))
        return true;
    reclaim_retire(me, &first->reclaim, free_segment);
    if (me->retired.count >= COLLECT_AT)
        reclaim_collect(me);
    return true;
}

/* Returns: the first value behind the first segment, or MS_QUEUE_EMPTY. */
__attribute__((noinline)) static uint64_t
pop_slowly(struct ms_queue *queue, struct reclaim_thread *me, struct ms_segment *first)
{
    uint64_t found = MS_QUEUE_TAKEN;
    while (found == MS_QUEUE_TAKEN) {
        if (!advance_head(queue, me, first))
            return MS_QUEUE_EMPTY;
        first = (struct ms_segment *)reclaim_protect(me, 0, &queue->head, 0);
        found = take(first);
    }
    return found;
}

bool ms_queue_pop(struct ms_queue *queue, struct reclaim_thread *me, uint64_t *out)
{
    ASSERT(me->domain == queue->domain);
    uint64_t outer = reclaim_enter(me);
    struct ms_segment *first = (struct ms_segment *)reclaim_protect(me, 0, &queue->head, 0);
    uint64_t found = take(first);
    if (found == MS_QUEUE_TAKEN)
        found = pop_slowly(queue, me, first);
    reclaim_leave(me, outer);
    if (found == MS_QUEUE_EMPTY)
        return false;
    *out = found;
    return true;
}
