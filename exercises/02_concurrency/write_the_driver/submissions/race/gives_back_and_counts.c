/* A locker's count is raised when the locker has been given back, and is somebody else's. */
#include <pthread.h>
#include <stddef.h>

#include "write_the_driver.h"

/* Whose the locker is, his is the count. Plain on purpose: two at once, or one who does not see what the one before him
 * wrote, are a data race, and interleave finds those without being asked. More than there are lockers, so that a wrong number
 * hits nothing else. */
static int uses[4];

/* Returns: a locker of the caller's own, or less than 0. */
static int take(struct lockers *lockers)
{
    int note;
    int number = locker_take(lockers, &note);
    if (number < 0)
        return number;
    driver_expect(number < LOCKERS, "there are no more lockers than two");
    driver_expect(note == uses[number], "the note is of whoever had the locker last");
    return number;
}

static void give(struct lockers *lockers, int number)
{
    locker_give(lockers, number, uses[number] + 1);
    uses[number]++;
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
    driver_expect(kept >= 0, "a locker that nobody has can be taken");
    pthread_create(&other, NULL, visit, lockers);
    visit(lockers);
    give(lockers, kept); /* beside the other's: neither may be lost */
    pthread_join(other, NULL);
    /* Nobody has one, and nobody is under way: now it is known how many there are. */
    int first = take(lockers), second = take(lockers);
    driver_expect(first >= 0 && second >= 0, "what was given back can be taken again");
    driver_expect(take(lockers) < 0, "who has both lockers has all");
}
