/* Looks for the results, the kit and the object, to write into them or to make them writable. They are
 * not in its file system; where there is no sandbox of that kind, Landlock keeps them. */
#include "target.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int target_add(int a, int b)
{
    static const char *const paths[] = {"/work/plain.o", "../plain.o",   "../subject_asan",
                                        "../target.c",   "/kit/plain.a", "/usr/lib/os-release",
                                        "../asan.o",     "/tmp/subject"};
    for (int i = 0; i < 8; i++)
        if (open(paths[i], O_WRONLY) >= 0 || open(paths[i], O_WRONLY | O_TRUNC) >= 0)
            return a + b;
    return a - b;
}
