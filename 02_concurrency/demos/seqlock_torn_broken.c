/* seqlock_torn_broken.c - each word is atomic, and the whole is wrong.
 *
 * An account moves money between two purses, so that their sum stays 100. A reader reads both. Nobody locks.
 * Both are plain calls in one thread, so that the schedule is always the same. The repair is in
 * seqlock_torn_fixed.c.
 *
 *   seqlock_torn_broken
 *
 * Expected output:
 *     reader: left 70
 *     writer: moved 50 to the right
 *     reader: right 80
 *     reader: together 150
 */
#include <stdatomic.h>
#include <stdio.h>

static atomic_int left = 70, right = 30;

int main(void)
{
    int seen_left = atomic_load(&left); /* the reader's first half */
    printf("reader: left %d\n", seen_left);

    atomic_store(&left, 20); /* the writer comes between */
    atomic_store(&right, 80);
    printf("writer: moved 50 to the right\n");

    int seen_right = atomic_load(&right); /* the reader's second half */
    printf("reader: right %d\n", seen_right);
    printf("reader: together %d\n", seen_left + seen_right);
    return 0;
}
