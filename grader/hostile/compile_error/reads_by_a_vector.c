/* A race that the thread sanitizer does not see: it has no eye for instructions of the processor. */
#pragma GCC target("sse3")
#include "target.h"

#include <pthread.h>

typedef long long pair __attribute__((vector_size(16)));

static long long totals[2];

static void *read(void *unused)
{
    pair both = (pair)__builtin_ia32_lddqu((const char *)totals);
    return both[1] < 0 ? unused : 0;
}

int target_add(int a, int b)
{
    pthread_t other;
    if (pthread_create(&other, NULL, read, NULL) != 0)
        return -1;
    totals[1] = a;
    pthread_join(other, NULL);
    return a + b;
}
