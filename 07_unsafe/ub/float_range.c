/* float_range.c - a double that does not fit int.
 *
 * Ten thousand million is no int, and the conversion is undefined. The processor's instruction
 * answers INT_MIN. The compilers, when they convert themselves, answer something else. The
 * sanitizer has to be asked for by name: gcc's -fsanitize=undefined leaves it out.
 *
 * Rule: ISO C17 6.3.1.4p1
 * Expected -O0: negative
 * Expected -O2: positive
 * Seen by: float-cast-overflow
 * Repair: test the range as double
 * Repaired: positive
 */
#include <limits.h>
#include <stdio.h>

static int to_int(double x)
{
#ifdef REPAIRED
    if (x >= (double)INT_MAX)
        return INT_MAX;
#endif
    return (int)x;
}

int main(void)
{
    if (to_int(1e10) > 0)
        puts("positive");
    else
        puts("negative");
    return 0;
}
