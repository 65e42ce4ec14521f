/* null_static.c - an array parameter that promises an element.
 *
 * [static 1] says that at least one element is there, always. Clang believes it in the function:
 * the pointer is not null, and a check is not needed. Gcc only warns at the call, where it can see
 * the null.
 *
 * Rule: ISO C17 6.7.6.3p7
 * Expected -O0: no numbers
 * Expected -O2 gcc: no numbers
 * Expected -O2 clang: some numbers
 * Seen by: none
 * Repair: promise only what holds
 * Repaired: no numbers
 */
#include <stdio.h>

#ifdef REPAIRED
static const char *describe(const int *numbers)
#else
static const char *describe(const int numbers[static 1])
#endif
{
    return numbers ? "some numbers" : "no numbers";
}

int main(void)
{
    const int *volatile none = NULL;
    printf("%s\n", describe(none));
    return 0;
}
