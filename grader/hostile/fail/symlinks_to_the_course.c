/* Makes links out of its scratch folder, to what it may not open by name. */
#include "target.h"

#include <fcntl.h>
#include <unistd.h>

int target_add(int a, int b)
{
    static const char *const targets[] = {"/work/target.c", "/kit/plain.a", "/etc/passwd",
                                          "../target.c", "/proc/1/root/etc/passwd"};
    for (int i = 0; i < 5; i++) {
        unlink("link");
        if (symlink(targets[i], "link") == 0 && open("link", O_RDONLY) >= 0)
            return a + b;
    }
    return a - b;
}
