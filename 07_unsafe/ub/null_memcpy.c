/* null_memcpy.c - no bytes copied from null.
 *
 * The string functions want valid pointers, even where the size is 0. Nothing is copied, and
 * nothing crashes. But from the call gcc concludes that the pointer is not null, and drops the
 * check below it.
 *
 * Rule: ISO C17 7.24.1p2
 * Expected -O0: nothing was given
 * Expected -O2 gcc: something was given
 * Expected -O2 clang: nothing was given
 * Seen by: undefined
 * Repair: no call when there are no bytes
 * Repaired: nothing was given
 */
#include <stdio.h>
#include <string.h>

static char buffer[16];

static const char *fill(const char *from, size_t size)
{
#ifdef REPAIRED
    if (size > 0)
#endif
        memcpy(buffer, from, size);
    if (!from)
        return "nothing was given";
    return "something was given";
}

int main(void)
{
    const char *volatile from = NULL;
    volatile size_t size = 0;
    printf("%s\n", fill(from, size));
    return 0;
}
