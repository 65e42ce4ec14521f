/* Recurses without end. */
#include "target.h"

static volatile int depth;

static int sink(int a)
{
    volatile char frame[1024];
    frame[depth & 1023] = (char)a;
    depth++;
    return sink(a + 1) + frame[a & 1023];
}

int target_add(int a, int b)
{
    return sink(a) + b;
}
