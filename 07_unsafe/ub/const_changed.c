/* const_changed.c - a const object, changed.
 *
 * An object that was defined const does not change. A cast removes the word from the pointer, and
 * not from the object. The compiler prints the value that it knows; clang does so even at -O0.
 *
 * Rule: ISO C17 6.7.3p6
 * Expected -O0 gcc: 20
 * Expected -O0 clang: 10
 * Expected -O2: 10
 * Seen by: none
 * Repair: no const on what changes
 * Repaired: 20
 */
#include <stdio.h>

__attribute__((noinline)) static void raise_limit(const int *limit)
{
    *(int *)limit = 20;
}

int main(void)
{
#ifdef REPAIRED
    int limit = 10;
#else
    const int limit = 10;
#endif
    raise_limit(&limit);
    printf("%d\n", limit);
    return 0;
}
