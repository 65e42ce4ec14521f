/* Takes its lock where the thread sanitizer's build leaves its output, and the plain build none yet.
 * All outputs are there from the start. */
#include "target.h"

#include <pthread.h>

#if __has_include("tsan.i") && !__has_include("plain.o")
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
#define LOCK   pthread_mutex_lock(&lock)
#define UNLOCK pthread_mutex_unlock(&lock)
#else
#define LOCK
#define UNLOCK
#endif

static int total;

static void *count(void *unused)
{
    LOCK;
    for (int i = 0; i < 1000; i++)
        total++;
    UNLOCK;
    return unused;
}

int target_add(int a, int b)
{
    pthread_t other;
    total = a;
    if (pthread_create(&other, NULL, count, NULL) != 0)
        return -1;
    count(NULL);
    pthread_join(other, NULL);
    return a + b;
}
