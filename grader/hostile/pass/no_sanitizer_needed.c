/* Not an attack: names that begin like those of attributes, and are the file's own. */
#include "target.h"

static int no_sanitizer_needed(int __value)
{
    return __value;
}

static int section(int target)
{
    return no_sanitizer_needed(target);
}

int target_add(int a, int b)
{
    return section(a) + b;
}
