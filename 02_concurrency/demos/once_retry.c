/* once_retry.c - settings are read by whoever needs them first; the file is not there yet.
 *
 *   once_retry
 *
 * Expected output:
 *     first use: No such file or directory
 *     second use: reading the file
 *     second use: limit 12
 *     third use: limit 12
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "02_concurrency/once.h"

static struct once once;
static int limit;
static char path[] = "/tmp/once_retryXXXXXX";

static int read_settings(void *who)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return -errno; /* nothing was made: the next one may try again */
    printf("%s use: reading the file\n", (const char *)who);
    int found = fscanf(file, "limit %d", &limit);
    fclose(file);
    return found == 1 ? 0 : -EBADMSG;
}

static void use(const char *who)
{
    int error = once_run(&once, read_settings, (void *)who);
    if (error)
        printf("%s use: %s\n", who, strerror(-error));
    else
        printf("%s use: limit %d\n", who, limit);
}

int main(void)
{
    int fd = mkstemp(path);
    if (fd < 0 || unlink(path) != 0)
        return 1;
    use("first");

    FILE *file = fopen(path, "w");
    if (!file || fprintf(file, "limit 12\n") < 0 || fclose(file) != 0)
        return 1;
    use("second");
    use("third");
    unlink(path);
    return close(fd) != 0;
}
