/* Brings assembly only to the build that looks for undefined behaviour. The macro is undefined in all
 * builds, so there is none. */
#include "target.h"

int target_add(int a, int b)
{
#ifdef __SANITIZE_ADDRESS__
    __asm__ volatile("nop");
#endif
    return a + b;
}
