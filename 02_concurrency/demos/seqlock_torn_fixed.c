/* seqlock_torn_fixed.c - the repair of seqlock_torn_broken.c: the reader asks whether it was disturbed.
 *
 *   seqlock_torn_fixed
 *
 * Expected output:
 *     reader: left 70
 *     writer: moved 50 to the right
 *     reader: right 80
 *     reader: disturbed, so this is forgotten
 *     reader: left 20, right 80, together 100
 */
#include <stdio.h>

#include "02_concurrency/seqlock.h"

struct purses {
    int64_t left, right;
};

static struct seqlock lock;
static SEQLOCK_WORDS(shared, sizeof(struct purses));

int main(void)
{
    struct purses seen;
    seqlock_write(&lock, shared, &(struct purses){70, 30}, sizeof(seen));

    uint64_t sequence = seqlock_read_begin(&lock); /* the reader's first half */
    seqlock_load(&seen.left, &shared[0], sizeof(seen.left));
    printf("reader: left %d\n", (int)seen.left);

    seqlock_write(&lock, shared, &(struct purses){20, 80}, sizeof(seen)); /* the writer */
    printf("writer: moved 50 to the right\n");

    seqlock_load(&seen.right, &shared[1], sizeof(seen.right)); /* the reader's second half */
    printf("reader: right %d\n", (int)seen.right);
    if (!seqlock_read_is_valid(&lock, sequence))
        printf("reader: disturbed, so this is forgotten\n");

    seqlock_read(&lock, shared, &seen,
                 sizeof(seen)); /* the same in one call: again until it is whole */
    printf("reader: left %d, right %d, together %d\n", (int)seen.left, (int)seen.right,
           (int)(seen.left + seen.right));
    return 0;
}
