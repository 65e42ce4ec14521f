/* Never ends, in several threads. */
#include "target.h"

#include <pthread.h>

static void *spin(void *context)
{
    for (volatile int i = 0;; i = 0)
        ;
    return context;
}

int target_add(int a, int b)
{
    pthread_t thread;
    for (int i = 0; i < 3; i++)
        pthread_create(&thread, 0, spin, 0);
    spin(0);
    return a + b;
}
