/* The threads meet as they should, and nobody looks at what comes of it. */
#include <pthread.h>
#include <stddef.h>

#include "write_the_driver.h"

/* Returns: a locker of the caller's own, or less than 0. */
static int take(struct lockers *lockers)
{
    int note;
    int number = locker_take(lockers, &note);
    if (number < 0)
        return -1;
    return number;
}

static void give(struct lockers *lockers, int number)
{
    locker_give(lockers, number, 0);
}

/* It may find none free: that is no failure, and there is nothing to give back. */
static void *visit(void *lockers)
{
    int number = take(lockers);
    if (number >= 0)
        give(lockers, number);
    return NULL;
}

void drive(struct lockers *lockers)
{
    pthread_t other;
    /* One locker is out, so that two threads meet at the last one: who comes second has to look again. */
    int kept = take(lockers);
    pthread_create(&other, NULL, visit, lockers);
    visit(lockers);
    give(lockers, kept); /* beside the other's: neither may be lost */
    pthread_join(other, NULL);
}
