/* Makes the compiler need more memory than it may have: four billion numbers. */
#include "target.h"

#define A(...) __VA_ARGS__ __VA_ARGS__ __VA_ARGS__ __VA_ARGS__
#define B(...) A(A(__VA_ARGS__))
#define C(...) B(B(__VA_ARGS__))
#define D(...) C(C(__VA_ARGS__))
static const int table[] = {D(D(1 + 2 * 3, )) 0};

int target_add(int a, int b)
{
    return a + b + table[a];
}
