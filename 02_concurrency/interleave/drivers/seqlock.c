/* seqlock.c - a writer changes two words that belong together, a reader sees both old or both new.
 *
 * With -DWRITERS=2 the reader comes when both have written: one of the two has written last, and both words.
 *
 * Run: => complete:
 * Run: -- -DWRITERS=2 => complete:
 */
#include <pthread.h>
#include <stdlib.h>

#include "02_concurrency/seqlock.h"

static struct seqlock lock;
static SEQLOCK_WORDS(words, 16);

#ifndef WRITERS
#define WRITERS 1
#endif

static void *write_pair(void *argument)
{
    uint64_t number = (uint64_t)(uintptr_t)argument;
    const uint64_t pair[2] = {number, number};
    seqlock_write(&lock, words, pair, sizeof(pair));
    return NULL;
}

static void read_pair(void)
{
    uint64_t pair[2];
    seqlock_read(&lock, words, pair, sizeof(pair));
    if (pair[0] != pair[1])
        abort();
}

int main(void)
{
    pthread_t writers[WRITERS];
    for (uintptr_t writer = 0; writer < WRITERS; writer++)
        pthread_create(&writers[writer], NULL, write_pair, (void *)(writer + 1));
    if (WRITERS == 1)
        read_pair();
    for (int writer = 0; writer < WRITERS; writer++)
        pthread_join(writers[writer], NULL);
    read_pair();
    return 0;
}
