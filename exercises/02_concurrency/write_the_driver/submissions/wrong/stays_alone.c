/* One thread: finds how many lockers there are, and that the notes come back; nothing that takes two. */
#include <stddef.h>

#include "write_the_driver.h"

void drive(struct lockers *lockers)
{
    int note;
    int first = locker_take(lockers, &note), second = locker_take(lockers, &note);
    driver_expect(first >= 0 && second >= 0 && first != second, "there are two lockers");
    driver_expect(locker_take(lockers, &note) < 0, "there are no more than two");
    locker_give(lockers, first, 7);
    driver_expect(locker_take(lockers, &note) == first, "what was given back is free");
    driver_expect(note == 7, "the note is there");
}
