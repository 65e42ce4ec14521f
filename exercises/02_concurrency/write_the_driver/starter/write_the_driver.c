/* write_the_driver.c - yours. This one takes a locker and gives it back, and is content with whatever comes. */
#include "write_the_driver.h"

void drive(struct lockers *lockers)
{
    int note;
    int number = locker_take(lockers, &note);
    if (number >= 0)
        locker_give(lockers, number, 1);
}
