/* Makes the compiler print without end. */
#include "target.h"

#define TEN(x)     x x x x x x x x x x
#define MISTAKE    int 5;
#define HUNDRED(x) TEN(TEN(x))
HUNDRED(HUNDRED(MISTAKE))

int target_add(int a, int b)
{
    return a + b;
}
