/* Reads the nonce by a function that no exercise allows. */
#include "target.h"

#include <unistd.h>

int target_add(int a, int b)
{
    static char nonce[33];
    read(4, nonce, 32);
    return a + b;
}
