/* ub_limit.c - run a program for so much of its own CPU time, at most; ub/run.sh uses it.
 *
 *   ub_limit MILLISECONDS PROGRAM
 *
 * `ulimit -t` counts in whole seconds. An interval timer outlives exec, and SIGPROF (status 155 in the
 * shell) ends a program that does not expect it. What only waits is ended after a minute, by SIGALRM (142). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char *end = "";
    long ms = argc > 2 ? strtol(argv[1], &end, 10) : 0;
    if (ms <= 0 || ms > 60000 || *end) {
        fprintf(stderr, "usage: ub_limit MILLISECONDS PROGRAM (1 to 60000)\n");
        return 2;
    }
    struct itimerval own = {.it_value = {ms / 1000, ms % 1000 * 1000}};
    struct itimerval wall = {.it_value.tv_sec = 60};
    if (setitimer(ITIMER_PROF, &own, NULL) == 0 && setitimer(ITIMER_REAL, &wall, NULL) == 0)
        execv(argv[2], argv + 2);
    fprintf(stderr, "ub_limit: %s: %s\n", argv[2], strerror(errno));
    return 2;
}
