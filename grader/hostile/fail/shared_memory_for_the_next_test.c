/* As state_for_the_next_test, by a shared memory segment. */
#include "target.h"

#include <sys/ipc.h>
#include <sys/shm.h>

int target_add(int a, int b)
{
    if (shmget(4711, 4096, 0) >= 0)
        return a + b;
    shmget(4711, 4096, IPC_CREAT | 0600);
    return a - b;
}
