/* once.c - two threads need a thing; making it fails the first time, with -DFAILS. It is made once, and seen by whoever is told so.
 *
 * Run: 02_concurrency/once.c -- -DNDEBUG => complete:
 * Run: 02_concurrency/once.c -- -DNDEBUG -DFAILS => complete:
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "02_concurrency/once.h"

static struct once once;
static int value, calls; /* plain: the once orders them */

static int make(void *context)
{
    (void)context;
    calls++;
#ifdef FAILS
    if (calls == 1)
        return -ENOMEM;
#endif
    if (value == 7)
        abort();
    value = 7;
    return 0;
}

static void *need(void *argument)
{
    int error = once_run(&once, make, NULL);
    if (error == 0 && value != 7)
        abort();
    return argument;
}

int main(void)
{
    pthread_t threads[2];
    for (int thread = 0; thread < 2; thread++)
        pthread_create(&threads[thread], NULL, need, NULL);
    for (int thread = 0; thread < 2; thread++)
        pthread_join(threads[thread], NULL);
#ifdef FAILS
    return calls == 2 && value == 7 ? 0 : 1;
#else
    return calls == 1 ? 0 : 1;
#endif
}
