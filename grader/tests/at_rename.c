/* at_rename.c - preloaded into `syslab update` by cli_update_stopped.sh: before the AT_RENAME-th time that it gives
 * a file another name or removes one, the command AT_RENAME_DO is run. "kill -KILL $PPID" is an update that was
 * killed there; "echo line >>file" is an editor that saved there. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static long calls;

static void count(void)
{
    const char *at = getenv("AT_RENAME"), *command = getenv("AT_RENAME_DO");
    if (!at || !command || strcmp(program_invocation_short_name, "syslab") != 0 ||
        ++calls != atol(at))
        return;
    unsetenv("LD_PRELOAD"); /* the shell is not counted */
    if (system(command) != 0)
        abort();
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    count();
    return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

int rename(const char *from, const char *to)
{
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path)
{
    count();
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}
