/* par_scan.c - blocks that are taken in order, and a turn that goes from one to the next.
 *
 * A block is a range of elements; its number, in what follows, is its first one.
 *
 * Why it ends, and gives each block the sum of all before:
 *
 *  1. Blocks are given out by a counter, in order, each once, of whatever length. Who has a block waits for its
 *     turn, does its part, and makes it the next block's turn, also after an error. So a turn comes when all before
 *     have been, by induction.
 *  2. value is read and written only by who has the turn: acquire of the turn pairs with the release of who passed
 *     it.
 *  3. Nobody waits for ever. Who has the turn is running fold, scan or a combine of the caller's, which may wait for
 *     a task in another thread, and that thread may wait, too, and run a third task meanwhile. All these began after
 *     the scan. So none of them may lie in a stack below somebody who waits for a turn of this scan. Who began it
 *     did so before. A helper takes blocks only in a thread that does nothing else: in one that is amid a scan, or
 *     in thread_pool_wait, it goes home. The inner scans of a thread in a scan are its own alone, and have no turns.
 *  4. par_scan returns after its helpers: each job is taken back or waited for.
 */
#include "02_concurrency/par_scan.h"

#include <errno.h>
#include <string.h>

#include "02_concurrency/backoff.h"
#include "02_concurrency/par_internal.h"
#include "07_unsafe/bits.h"
#include "07_unsafe/list.h"

enum {
    HELPERS_MAX = 31,
    BLOCK_US = 40, /* longer than a loop's: at each end of a block a turn is passed */
    GROWTH = 4,
    BLOCK_MAX = 1 << 16, /* elements: half a megabyte of 8 bytes each, which a cache keeps */
};

struct value {
    _Alignas(max_align_t) unsigned char bytes[PAR_VALUE_BYTES];
};

struct scanning {
    const struct par_scan *scan;
    size_t from, to;
    _Atomic(size_t) block; /* how many elements the next block has */
    _Atomic(size_t) next;  /* the first that nobody has */
    _Atomic(int) error;
    /* by the turn */
    _Alignas(CACHE_LINE_APART) _Atomic(size_t)
        turn; /* the first element of the block whose turn it is */
    struct value value;
};

static _Thread_local bool is_scanning;

static bool has_failed(struct scanning *scanning)
{
    /* relaxed: a hint; the last look is ordered by the latches */
    return atomic_load_explicit(&scanning->error, memory_order_relaxed) != 0;
}

static void keep_error(struct scanning *scanning, int error)
{
    int none = 0;
    if (error) /* relaxed: as above */
        atomic_compare_exchange_strong_explicit(&scanning->error, &none, error,
                                                memory_order_relaxed, memory_order_relaxed);
}

static bool is_turn(struct scanning *scanning, size_t from)
{
    /* acquire: pairs with the release in pass_turn */
    return atomic_load_explicit(&scanning->turn, memory_order_acquire) == from;
}

static void pass_turn(struct scanning *scanning, size_t to)
{
    atomic_store_explicit(&scanning->turn, to, memory_order_release);
}

/* A block of that length took so long: is the next one to be larger? */
static void adapt(struct scanning *scanning, size_t length, size_t growth, uint64_t took)
{
    size_t larger = length * growth < BLOCK_MAX ? length * growth : BLOCK_MAX;
    /* relaxed: any recent size will do */
    if (took < par_ticks(BLOCK_US) / growth && larger > length)
        atomic_store_explicit(&scanning->block, larger, memory_order_relaxed);
}

/* lesson: par-scan-block */
/* Returns: whether it was this block's turn at once: then it is done, once through. */
static bool scan_in_turn(struct scanning *scanning, size_t from, size_t to)
{
    const struct par_scan *scan = scanning->scan;
    if (!is_turn(scanning, from))
        return false;
    if (!has_failed(scanning))
        keep_error(scanning, scan->scan(scan->context, from, to, scanning->value.bytes, NULL));
    pass_turn(scanning, to);
    return true;
}

/* Add up, wait for the turn, add to the sum of all before, pass the turn on, and write. */
static void fold_and_scan(struct scanning *scanning, size_t from, size_t to)
{
    const struct par_scan *scan = scanning->scan;
    struct value own, before;
    scan->identity(scan->context, own.bytes);
    if (!has_failed(scanning))
        keep_error(scanning, scan->fold(scan->context, from, to, own.bytes));
    for (struct backoff backoff = BACKOFF_INIT; !is_turn(scanning, from);)
        backoff_wait(&backoff);
    before = scanning->value;
    scan->combine(scan->context, scanning->value.bytes, own.bytes);
    own = scanning->value;
    pass_turn(scanning, to);
    if (!has_failed(scanning))
        keep_error(scanning, scan->scan(scan->context, from, to, before.bytes, own.bytes));
}
/* end lesson */

/* Take blocks until there are none. */
static void scan_blocks(struct scanning *scanning)
{
    is_scanning = true;
    for (;;) {
        /* relaxed, both: the turns order the blocks */
        size_t length = atomic_load_explicit(&scanning->block, memory_order_relaxed);
        size_t from = atomic_fetch_add_explicit(&scanning->next, length, memory_order_relaxed);
        if (from >= scanning->to)
            break;
        size_t to = scanning->to - from < length ? scanning->to : from + length;
        uint64_t before = bits_cycles();
        if (scan_in_turn(scanning, from, to))
            adapt(scanning, length, GROWTH, bits_cycles() - before);
        else
            fold_and_scan(scanning, from, to);
    }
    is_scanning = false;
}

static int help(void *argument)
{
    if (!is_scanning && !thread_pool_is_waiting(thread_pool_current)) /* argument 3 */
        scan_blocks(argument);
    return 0;
}

static void scan_with_helpers(struct thread_pool_worker *self, struct scanning *scanning)
{
    struct par_job jobs[HELPERS_MAX];
    unsigned count = thread_pool_thread_count(self->pool) - 1, offered = 0;
    if (count > HELPERS_MAX)
        count = HELPERS_MAX;
    /* relaxed: nobody else has it yet; the push releases it */
    atomic_store_explicit(&scanning->next, scanning->from, memory_order_relaxed);
    atomic_store_explicit(&scanning->turn, scanning->from, memory_order_relaxed);
    for (; offered < count; offered++) {
        jobs[offered] = (struct par_job){.task.run = par_job_run,
                                         .function = help,
                                         .argument = scanning,
                                         .latch = THREAD_POOL_LATCH_INIT(self)};
        if (!thread_pool_push(self, &jobs[offered].task))
            break;
    }
    scan_blocks(scanning);
    while (offered > 0)
        par_join_finish(self, &jobs[--offered], thread_pool_pop(self), 0);
}

static void scan_alone(struct scanning *scanning, size_t to)
{
    const struct par_scan *scan = scanning->scan;
    keep_error(scanning,
               scan->scan(scan->context, scanning->from, to, scanning->value.bytes, NULL));
    scanning->from = to;
}

/* Begin alone, in blocks that grow. Returns: whether there is more to do than is worth doing alone. */
static bool begin(struct scanning *scanning)
{
    uint64_t start = bits_cycles(), before = start;
    atomic_init(&scanning->block, par_first_block(scanning->to));
    while (scanning->from < scanning->to && !has_failed(scanning)) {
        size_t left = scanning->to - scanning->from;
        size_t length = atomic_load_explicit(&scanning->block, memory_order_relaxed);
        scan_alone(scanning, left < length ? scanning->to : scanning->from + length);
        if (left <= length)
            return false;
        uint64_t now = bits_cycles();
        adapt(scanning, length, PAR_FIRST_GROWTH, now - before);
        if (now - start > par_ticks(PAR_ALONE_US))
            return !has_failed(scanning);
        before = now;
    }
    return false;
}

int par_scan(struct thread_pool *pool, size_t count, const struct par_scan *scan, void *total)
{
    if (scan->value_bytes > PAR_VALUE_BYTES)
        return -EINVAL;
    struct scanning scanning = {.scan = scan, .to = count};
    scan->identity(scan->context, scanning.value.bytes);
    if (begin(&scanning)) {
        struct thread_pool_worker *self = thread_pool_current, *guest = NULL;
        if (!is_scanning && (!self || self->pool != pool))
            self = guest = thread_pool_enter(pool);
        if (self && !is_scanning)
            scan_with_helpers(self, &scanning);
        else
            scan_alone(&scanning, count);
        if (guest)
            thread_pool_leave(guest);
    }
    int error = atomic_load_explicit(&scanning.error, memory_order_relaxed); /* after the latches */
    if (!error && total)
        memcpy(total, scanning.value.bytes, scan->value_bytes);
    return error;
}
