/* lockers.c - a driver calls locker_take and locker_give, and does not know which lockers it has.
 *
 * A note is an atomic in each, so that what goes wrong with a note is a wrong value. The driver has to look at it. */
#include "lockers.h"

#include <limits.h>
#include <stdatomic.h>
#include <stddef.h>

#include "subject.h"

struct lockers {
    enum lockers_kind kind;
    atomic_uint free;              /* a bit for each */
    atomic_bool taken[LOCKERS];    /* of the other design */
    atomic_int notes[LOCKERS + 1]; /* with room for the one that is too many */
};

static struct lockers all;

struct lockers *lockers_begin(enum lockers_kind kind)
{
    all.kind = kind;
    atomic_init(&all.free, kind == LOCKERS_ONE_TOO_MANY ? 7u : 3u);
    return &all;
}

/* The last one when none is. */
static int lowest(unsigned free)
{
    return free & 1 ? 0 : free & 2 || free == 0 ? 1 : 2;
}

static int take_bit(struct lockers *lockers, bool looks_again)
{
    int number;
    unsigned free = atomic_load_explicit(&lockers->free, memory_order_relaxed);
    if (free == 0)
        return -1;
    do {
        if (looks_again && free == 0)
            return -1;
        number = lowest(free);
    } while (!atomic_compare_exchange_strong_explicit(&lockers->free, &free, free & ~(1u << number),
                                                      memory_order_acquire, memory_order_relaxed));
    return number;
}

static int take_flag(struct lockers *lockers)
{
    for (int number = LOCKERS - 1; number >= 0; number--)
        if (!atomic_exchange_explicit(&lockers->taken[number], true, memory_order_acquire))
            return number;
    return -1;
}

int locker_take(struct lockers *lockers, int *note)
{
    int number = lockers->kind == LOCKERS_HOPELESS ? 0
                 : lockers->kind == LOCKERS_OTHER
                     ? take_flag(lockers)
                     : take_bit(lockers, lockers->kind != LOCKERS_NO_SECOND_LOOK);
    *note = INT_MIN; /* nothing is promised of it where there is no locker */
    if (number >= 0)
        *note = atomic_load_explicit(&lockers->notes[number], memory_order_relaxed);
    return number;
}

static void leave_note(struct lockers *lockers, int number, int note)
{
    atomic_store_explicit(&lockers->notes[number], note, memory_order_relaxed);
}

static void free_bit(struct lockers *lockers, unsigned bit, memory_order order)
{
    atomic_fetch_or_explicit(&lockers->free, bit, order);
}

void locker_give(struct lockers *lockers, int number, int note)
{
    int last = lockers->kind == LOCKERS_ONE_TOO_MANY ? LOCKERS : LOCKERS - 1;
    subject_expect(number >= 0 && number <= last, SUBJECT_HERE, "the number of a locker",
                   subject_format("%d", number), "a driver gives back what it took");
    unsigned bit = 1u << number;
    if (lockers->kind == LOCKERS_TOO_EARLY)
        free_bit(lockers, bit, memory_order_release);
    if (lockers->kind != LOCKERS_HOPELESS)
        leave_note(lockers, number, note);
    switch (lockers->kind) {
    case LOCKERS_TOO_EARLY:
    case LOCKERS_HOPELESS:
        break;
    case LOCKERS_OTHER:
        atomic_store_explicit(&lockers->taken[number], false, memory_order_release);
        break;
    case LOCKERS_RELAXED:
        free_bit(lockers, bit, memory_order_relaxed);
        break;
    case LOCKERS_LOST_UPDATE:
        bit |= atomic_load_explicit(&lockers->free, memory_order_relaxed);
        atomic_store_explicit(&lockers->free, bit, memory_order_release);
        break;
    default:
        free_bit(lockers, bit, memory_order_release);
    }
}

void driver_expect(bool holds, const char *what)
{
    subject_expect(holds, SUBJECT_HERE, "that this holds", "not so", "%s", what);
}
