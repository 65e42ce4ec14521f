/* Names another dynamic loader for the program. */
#include "target.h"

__attribute__((section(".interp"), used)) static const char loader[] = "/tmp/loader";

int target_add(int a, int b)
{
    return a + b;
}
