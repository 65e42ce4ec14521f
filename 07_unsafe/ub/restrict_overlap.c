/* restrict_overlap.c - restrict, and the same object twice.
 *
 * restrict promises that what is written through sum is not read through part. The compiler reads
 * *part once, and adds it twice. No sanitizer checks the promise.
 *
 * Rule: ISO C17 6.7.3.1p4
 * Expected -O0: 4
 * Expected -O2: 3
 * Seen by: none
 * Repair: do not promise it
 * Repaired: 4
 */
#include <stdio.h>

#ifdef REPAIRED
#define PROMISE
#else
#define PROMISE restrict
#endif

__attribute__((noinline)) static int add_twice(int *PROMISE sum, const int *PROMISE part)
{
    *sum += *part;
    *sum += *part;
    return *sum;
}

int main(void)
{
    int x = 1;
    printf("%d\n", add_twice(&x, &x));
    return 0;
}
