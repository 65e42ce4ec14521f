/* A race in a function that the thread sanitizer is told to leave alone. */
#include "target.h"

#include <pthread.h>

static int total;

__attribute__((no_sanitize("thread"))) static void *count(void *unused)
{
    for (int i = 0; i < 1000; i++)
        total++;
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
