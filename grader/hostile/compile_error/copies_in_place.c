/* A race of copies that gcc expands in place whatever it was told, past the thread sanitizer: refused by name. */
#include "target.h"

#include <pthread.h>
#include <string.h>

struct totals {
    int each[8];
};

static struct totals totals;

__attribute__((noinline)) static void copy(void *to, const void *from)
{
    __builtin_memcpy(to, from, sizeof(struct totals));
}

static void *count(void *unused)
{
    struct totals mine;
    for (int i = 0; i < 1000; i++) {
        copy(&mine, &totals);
        mine.each[i % 8]++;
        copy(&totals, &mine);
    }
    return unused;
}

int target_add(int a, int b)
{
    pthread_t other;
    if (pthread_create(&other, NULL, count, NULL) != 0)
        return -1;
    count(NULL);
    pthread_join(other, NULL);
    return a + b;
}
