/* Has a constructor only where the plain build cannot show it. The macro is undefined in all builds, so
 * there is none. */
#include "target.h"

#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
__attribute__((constructor)) static void leave(void)
{
    _exit(0);
}
#endif

int target_add(int a, int b)
{
    return a + b;
}
