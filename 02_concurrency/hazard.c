/* hazard.c - collecting what no slot holds.
 *
 * Why no reader holds what is freed. x is unlinked and retired by W, and freed by F in a collection.
 *
 *  1. The unlinking happens-before F's barrier: F is W, or adopted x under the lock under which W left it.
 *  2. A reader R that uses x has written x into a slot (P) and then read a link that led to x. By the
 *     invariant of asymmetric.h either F, which reads the slots after the barrier, sees P's store or a later
 *     one to that slot, or R's read of the link sees what was written before the barrier: x unlinked, and not
 *     found again, since nobody puts a retired node back. Then R does not use x.
 *  3. If F reads x from the slot, x stays. If it reads a later value, R has cleared the slot or used it again:
 *     both are releases, F's read is an acquire, and so R's use of x happens-before F's free.
 *  4. A record that F's walk does not find was linked after F's barrier, in the sense of (2): joining comes before P.
 *  5. A protection that moves from slot i to slot j > i is written to j before i is cleared. F reads upwards: if it
 *     finds i cleared, by an acquire, then it finds j written.
 *  6. Slots are gathered in pieces, without memory from an allocator: a node is freed if it is in none of the pieces.
 *     All are read after one barrier, and (2) to (5) ask for no more.
 *  7. Bound: a collection leaves at most as many nodes as there are slots, N * HAZARD_SLOTS; the next one comes after
 *     HAZARD_BATCH + N * HAZARD_SLOTS more at the latest. So it frees at least half of what it looks at, and the cost
 *     of a look is shared by as many nodes.
 *  8. What threads leave behind: a list that reaches the threshold T is collected, by retire and by join. So each
 *     thread that quits leaves less than T, and between two joins N quit at most: there are fewer than N * T nodes
 *     in lists and orphans. A collection that is under way has N * T at most in its hands, which makes it two.
 */
#include "02_concurrency/hazard.h"

enum { PIECE = 128 }; /* of slots that are gathered at a time */

static void leave_for_good(struct reclaim_thread *base)
{
    struct hazard_thread *thread = container_of(base, struct hazard_thread, base);
    thread->inside = 0;
    for (unsigned slot = 0; slot < HAZARD_SLOTS; slot++)
        hazard_clear(thread, slot);
}

static void arrive(struct reclaim_thread *base)
{
    struct hazard_thread *thread = container_of(base, struct hazard_thread, base);
    if (base->retired.count >= hazard_threshold(thread))
        hazard_collect(thread);
}

static const struct reclaim_scheme scheme = {RECLAIM_HAZARD, sizeof(struct hazard_thread),
                                             leave_for_good, arrive};

void hazard_init(struct hazard *hazard, struct allocator *allocator, enum asymmetric_mode mode)
{
    reclaim_domain_init(&hazard->domain, &scheme, allocator, mode);
}

void hazard_fini(struct hazard *hazard)
{
    reclaim_domain_fini(&hazard->domain);
}

int hazard_join(struct hazard *hazard, struct hazard_thread **out)
{
    struct reclaim_thread *base;
    int error = reclaim_domain_join(&hazard->domain, &base);
    if (!error)
        *out = container_of(base, struct hazard_thread, base);
    return error;
}

void hazard_quit(struct hazard_thread *thread)
{
    if (thread)
        reclaim_domain_quit(&thread->base);
}

size_t hazard_bound(const struct hazard *hazard)
{
    /* relaxed: a size */
    size_t records = atomic_load_explicit(&hazard->domain.thread_count, memory_order_relaxed);
    return 2 * records * (HAZARD_BATCH + 2 * HAZARD_SLOTS * records);
}

/* Where a walk over all slots has come to. */
struct walk {
    struct reclaim_thread *at;
    unsigned slot;
};

/* The place of address in words, ascending. */
static size_t find_place(const uintptr_t *words, size_t count, uintptr_t address)
{
    size_t low = 0;
    while (low < count) {
        size_t middle = low + (count - low) / 2;
        if (words[middle] < address)
            low = middle + 1;
        else
            count = middle;
    }
    return low;
}

/* lesson: hazard-collect */
/* The next addresses that threads hold, ascending, PIECE at most. Returns: how many. */
static size_t gather(struct walk *walk, uintptr_t *held)
{
    size_t count = 0;
    for (; walk->at; walk->at = walk->at->next, walk->slot = 0) {
        struct hazard_thread *thread = container_of(walk->at, struct hazard_thread, base);
        for (; walk->slot < HAZARD_SLOTS && count < PIECE; walk->slot++) {
            /* acquire: pairs with the release in hazard_clear and in asymmetric_publish */
            uintptr_t address =
                atomic_load_explicit(&thread->slots[walk->slot], memory_order_acquire);
            if (!address)
                continue;
            size_t place = find_place(held, count, address);
            memmove(held + place + 1, held + place, (count - place) * sizeof(*held));
            held[place] = address;
            count++;
        }
        if (count == PIECE)
            break;
    }
    return count;
}

/* Move the nodes of from that are held to kept. */
static void keep_held(struct reclaim_list *from, struct reclaim_list *kept, const uintptr_t *held,
                      size_t count)
{
    struct reclaim_list others = {0};
    for (struct reclaim_node *node = from->first, *next; node; node = next) {
        next = node->next;
        size_t place = find_place(held, count, (uintptr_t)node);
        bool is_held = place < count && held[place] == (uintptr_t)node;
        reclaim_list_push(is_held ? kept : &others, node);
    }
    *from = others;
}

size_t hazard_collect(struct hazard_thread *thread)
{
    if (thread->base.collecting)
        return 0;
    reclaim_domain_adopt(&thread->base);
    if (!asymmetric_barrier(thread->base.mode))
        return 0; /* nothing can be concluded: all is kept */
    struct reclaim_list candidates = thread->base.retired, kept = {0};
    /* acquire: pairs with the release in make_record_locked (reclaim_domain.c) */
    struct walk walk = {atomic_load_explicit(&thread->base.domain->threads, memory_order_acquire),
                        0};
    while (walk.at) {
        uintptr_t held[PIECE];
        size_t count = gather(&walk, held);
        if (count > 0)
            keep_held(&candidates, &kept, held, count);
    }
    thread->base.retired = kept;
    return reclaim_domain_run(&thread->base, &candidates, SIZE_MAX);
}
/* end lesson */
