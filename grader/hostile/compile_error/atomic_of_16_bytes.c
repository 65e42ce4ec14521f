/* Honest: a pointer with a counter beside it, in one atomic. It would need libatomic. */
#include "target.h"

struct tagged {
    void *pointer;
    unsigned long count;
};

static _Atomic struct tagged head;

int target_add(int a, int b)
{
    struct tagged now = head;
    return now.pointer ? 0 : a + b;
}
