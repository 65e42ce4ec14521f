/* parker.c - an unpark is kept for the park that comes after it, and wakes the one that came before it.
 *
 * Run: 02_concurrency/parker.c => complete:
 */
#include <pthread.h>
#include <stdlib.h>

#include "02_concurrency/parker.h"

static struct parker parker = PARKER_INIT;
static int ready; /* written before unpark, read behind park */

static void *wake(void *argument)
{
    ready = 1;
    parker_unpark(&parker);
    return argument;
}

int main(void)
{
    pthread_t waker;
    pthread_create(&waker, NULL, wake, NULL);
    parker_park(&parker);
    if (ready != 1)
        abort();
    pthread_join(waker, NULL);
    return 0;
}
