/* pointer_wrap.c - a pointer check that relies on wrapping.
 *
 * A pointer plus a count stays inside its array, or is undefined. So at + count is never below at,
 * and clang drops the check. The second check believes the sum that wrapped.
 *
 * Rule: ISO C17 6.5.6p8
 * Expected -O0: refused
 * Expected -O2 gcc: refused
 * Expected -O2 clang: fits
 * Seen by: undefined (clang)
 * Repair: compare counts, not pointers
 * Repaired: refused
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

static int buffer[16];

static bool fits(const int *at, const int *end, size_t count)
{
#ifdef REPAIRED
    return count <= (size_t)(end - at);
#else
    if (at + count < at)
        return false;
    return at + count <= end;
#endif
}

int main(void)
{
    volatile size_t count = SIZE_MAX / 4;
    printf("%s\n", fits(buffer + 8, buffer + 16, count) ? "fits" : "refused");
    return 0;
}
