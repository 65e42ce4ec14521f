/* Takes a lock that it holds. */
#include "target.h"

#include <pthread.h>

int target_add(int a, int b)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    pthread_mutex_lock(&mutex);
    return a + b;
}
