/* seqlock.c - a writer changes two words that belong together, a reader sees both old or both new.
 *
 * Run: => complete:
 */
#include <pthread.h>
#include <stdlib.h>

#include "02_concurrency/seqlock.h"

static struct seqlock lock;
static SEQLOCK_WORDS(words, 16);

static void *write_pair(void *argument)
{
    const uint64_t pair[2] = {1, 1};
    seqlock_write(&lock, words, pair, sizeof(pair));
    return argument;
}

int main(void)
{
    pthread_t writer;
    uint64_t pair[2];
    pthread_create(&writer, NULL, write_pair, NULL);
    seqlock_read(&lock, words, pair, sizeof(pair));
    if (pair[0] != pair[1])
        abort();
    pthread_join(writer, NULL);
    return 0;
}
