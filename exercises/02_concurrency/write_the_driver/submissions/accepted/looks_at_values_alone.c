/* No plain variable: who has a locker is an atomic count, and one note is known to whoever finds it. */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "write_the_driver.h"

enum { KEPT_NOTE = 7, VISITED_NOTE = 9 };

static atomic_int owners[LOCKERS];
static int kept; /* its number: written before there are threads */

static int take(struct lockers *lockers, int *note)
{
    int number = locker_take(lockers, note);
    if (number < 0)
        return number;
    driver_expect(number < LOCKERS, "there is no such locker");
    driver_expect(atomic_fetch_add_explicit(&owners[number], 1, memory_order_relaxed) == 0,
                  "a locker has one owner");
    return number;
}

static void give(struct lockers *lockers, int number, int note)
{
    atomic_fetch_sub_explicit(&owners[number], 1, memory_order_relaxed);
    locker_give(lockers, number, note);
}

static void *visit(void *lockers)
{
    int note;
    int number = take(lockers, &note);
    if (number == kept)
        driver_expect(note == KEPT_NOTE || note == VISITED_NOTE,
                      "it had been kept, and has its note");
    else if (number >= 0)
        driver_expect(note == 0 || note == VISITED_NOTE, "it was not kept");
    if (number >= 0)
        give(lockers, number, VISITED_NOTE);
    return NULL;
}

static void expect_all_back(struct lockers *lockers)
{
    int note, count = 0;
    while (count <= LOCKERS && take(lockers, &note) >= 0)
        count++;
    driver_expect(count == LOCKERS, "both came back");
}

void drive(struct lockers *lockers)
{
    pthread_t other;
    int note;
    kept = take(lockers, &note);
    driver_expect(kept >= 0 && note == 0, "nobody had it before");
    pthread_create(&other, NULL, visit, lockers);
    visit(lockers);
    give(lockers, kept, KEPT_NOTE);
    pthread_join(other, NULL);
    expect_all_back(lockers);
}
