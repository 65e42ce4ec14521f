/* epoch.c - sealing what was retired, moving the epoch on, and freeing what is ripe.
 *
 * Why no reader holds what is freed. x is unlinked, retired, and sealed by W with the tag t; F frees it.
 *
 *  1. W seals by a read-modify-write of the epoch that reads t. All such operations on one word, sealing and
 *     advancing, are in one order, and each reads what the one before it wrote. The advance to t + 1 comes
 *     after W's in that order; W's is a release, which reaches through the later ones. So the unlinking of x
 *     happens-before all that follows a load that acquires t + 1 or later.
 *  2. A reader that announces t + 1 or later has read that from the epoch, by an acquire (epoch_enter), and
 *     so sees x unlinked (1). It cannot find x.
 *  3. F frees x when the epoch is t + 2 or more. Take the advance to t + 2, by A. A has read t + 1, so x is
 *     unlinked before A's barrier (1). A reader R that holds x has published its announcement before its
 *     read of x. By the invariant of asymmetric.h either A, which scans after the barrier, sees R's
 *     announcement (or a later one of R's), or R's reads see x unlinked: then R does not hold x.
 *  4. So A sees what R announced. It is not t + 1 (2), so it is older, and A does not advance: the advance
 *     to t + 2 is made only by one who finds R gone, or in a later section. It read that by an acquire from
 *     R's release in epoch_leave or in a later publish: R's reads happen-before the advance, and that
 *     happens-before F's freeing, since F read t + 2 by an acquire.
 *  5. An announcement may be older than the epoch: a thread is stopped between reading and publishing. That
 *     only keeps the epoch from moving on. No announcement is ever newer.
 *  6. A record that A's scan does not find was linked after A's barrier, in the sense of (3), since joining
 *     comes before publishing: its thread sees x unlinked.
 *  7. Three lists are enough. One is used for t and for t + 3; when the epoch is t + 3, what is in it is
 *     ripe, and is moved away before anything is added.
 *  8. Between threads a node moves only by the orphans, under the lock; its new owner seals it again, with a
 *     tag that is not older.
 */
#include "02_concurrency/epoch.h"

#include "02_concurrency/backoff.h"

static struct epoch *epoch_of(const struct epoch_thread *thread)
{
    return container_of(thread->base.domain, struct epoch, domain);
}

static void leave_for_good(struct reclaim_thread *base)
{
    struct epoch_thread *thread = container_of(base, struct epoch_thread, base);
    /* release: pairs with the acquire in all_have_seen, as epoch_leave */
    atomic_store_explicit(&thread->announced, 0, memory_order_release);
    for (unsigned i = 0; i < EPOCH_LISTS; i++)
        reclaim_list_append(&base->retired, &thread->sealed[i]);
    reclaim_list_append(&base->retired, &thread->ripe);
}

static void arrive(struct reclaim_thread *base);

static const struct reclaim_scheme scheme = {RECLAIM_EPOCH, sizeof(struct epoch_thread),
                                             leave_for_good, arrive};

void epoch_init(struct epoch *epoch, struct allocator *allocator, enum asymmetric_mode mode)
{
    reclaim_domain_init(&epoch->domain, &scheme, allocator, mode);
    atomic_init(&epoch->now,
                EPOCH_LISTS); /* the tag 0 of empty lists is older, and 0 announces none */
}

void epoch_fini(struct epoch *epoch)
{
    reclaim_domain_fini(&epoch->domain);
}

int epoch_join(struct epoch *epoch, struct epoch_thread **out)
{
    struct reclaim_thread *base;
    int error = reclaim_domain_join(&epoch->domain, &base);
    if (error)
        return error;
    *out = container_of(base, struct epoch_thread, base);
    return 0;
}

void epoch_quit(struct epoch_thread *thread)
{
    if (thread)
        reclaim_domain_quit(&thread->base);
}

/* lesson: epoch-advance */
/* Whether nobody is in a section that began in another epoch. */
static bool all_have_seen(struct epoch *epoch, uint64_t now)
{
    /* acquire: pairs with the release in make_record_locked (reclaim_domain.c) */
    struct reclaim_thread *base =
        atomic_load_explicit(&epoch->domain.threads, memory_order_acquire);
    for (; base; base = base->next) {
        struct epoch_thread *thread = container_of(base, struct epoch_thread, base);
        /* acquire: pairs with the release in epoch_leave and in asymmetric_publish */
        uint64_t announced = atomic_load_explicit(&thread->announced, memory_order_acquire);
        if (announced != 0 && announced != now)
            return false;
    }
    return true;
}

/* Move the epoch on if everyone has seen it. Returns: the epoch. */
static uint64_t advance(struct epoch *epoch)
{
    /* acquire: pairs with the release below, of whoever advanced last */
    uint64_t now = atomic_load_explicit(&epoch->now, memory_order_acquire);
    if (!all_have_seen(epoch, now)) /* a look that costs little: the barrier would be in vain */
        return now;
    if (!asymmetric_barrier(epoch->domain.mode) || !all_have_seen(epoch, now))
        return now;
    uint64_t expected = now;
    /* release: pairs with the acquire in epoch_enter, above and below: what the scan acquired is handed on. What seal
     * released goes through to them by itself, for this is a read-modify-write */
    if (!atomic_compare_exchange_strong_explicit(&epoch->now, &expected, now + 1,
                                                 memory_order_release, memory_order_relaxed))
        /* acquire: another thread was faster; as above */
        return atomic_load_explicit(&epoch->now, memory_order_acquire);
    return now + 1;
}
/* end lesson */

/* Lists that are two epochs old: nobody can hold what is in them. */
static void ripen(struct epoch_thread *thread, uint64_t now)
{
    for (unsigned i = 0; i < EPOCH_LISTS; i++)
        if (thread->sealed_in[i] + 2 <= now)
            reclaim_list_append(&thread->ripe, &thread->sealed[i]);
}

/* lesson: epoch-seal */
/* Tag what was retired with the epoch. A read-modify-write, although nothing is changed: what was unlinked
 * before it is then visible to whoever sees the next epoch. */
static void seal(struct epoch_thread *thread)
{
    /* release: pairs with the acquire in advance. No acquire: nothing is freed before the caller's advance has read the
     * epoch again */
    uint64_t now = atomic_fetch_add_explicit(&epoch_of(thread)->now, 0, memory_order_release);
    ripen(thread, now); /* afterwards the list of this epoch is empty, or of this epoch */
    unsigned which = (unsigned)(now % EPOCH_LISTS);
    reclaim_list_append(&thread->sealed[which], &thread->base.retired);
    thread->sealed_in[which] = now;
}
/* end lesson */

/* Who quits soon takes the tags along: two steps of the epoch now, or what was adopted would never ripen. */
static void arrive(struct reclaim_thread *base)
{
    struct epoch_thread *thread = container_of(base, struct epoch_thread, base);
    if (base->retired.count < EPOCH_BATCH)
        return;
    seal(thread);
    advance(epoch_of(thread));
    ripen(thread, advance(epoch_of(thread)));
    reclaim_domain_run(base, &thread->ripe, SIZE_MAX);
}

size_t epoch_collect(struct epoch_thread *thread)
{
    if (thread->base.collecting)
        return 0;
    reclaim_domain_adopt(&thread->base);
    seal(thread);
    ripen(thread, advance(epoch_of(thread)));
    return reclaim_domain_run(&thread->base, &thread->ripe, 2 * EPOCH_BATCH);
}

void epoch_synchronize(struct epoch_thread *thread)
{
    ASSERT(!epoch_is_inside(thread) && !thread->base.collecting);
    struct epoch *epoch = epoch_of(thread);
    /* as in seal: what was unlinked is visible to whoever sees a later epoch */
    uint64_t goal = atomic_fetch_add_explicit(&epoch->now, 0, memory_order_acq_rel) + 2;
    struct backoff backoff = BACKOFF_INIT;
    for (uint64_t before = 0, now; (now = advance(epoch)) < goal; before = now)
        if (now == before)
            backoff_wait(&backoff);
}

void epoch_flush(struct epoch_thread *thread)
{
    ASSERT(!epoch_is_inside(thread) && !thread->base.collecting);
    do {
        reclaim_domain_adopt(&thread->base);
        seal(thread);
        epoch_synchronize(thread);
        seal(thread); /* ripens what was sealed before */
        reclaim_domain_run(&thread->base, &thread->ripe, SIZE_MAX);
    } while (thread->base.retired.count > 0); /* a destructor retired more */
}
