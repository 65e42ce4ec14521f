/* Has the preprocessor complain about a file line by line, so that its text comes back as messages. */
#include "target.h"

#if __has_include("/etc/shadow")
#include "/etc/shadow"
#endif
#include "/proc/self/environ"

int target_add(int a, int b)
{
    return a + b;
}
