/* Names the tests by where it thinks they are, up and down the folders. */
#include "target.h"

#include "../../exercises/hostile/target/tests/test_target.c"
#include "../kit/plain.a"

int target_add(int a, int b)
{
    return a + b;
}
