/* volatile_cast.c - a volatile object, read as if it were none.
 *
 * volatile belongs to each access, and the cast takes it away. Nothing in the loop changes the
 * flag, as far as the compiler sees, so gcc reads it once. The signal comes, and nobody looks.
 *
 * Rule: ISO C17 6.7.3p6
 * Expected -O0: it rang
 * Expected -O2 gcc: did not end
 * Expected -O2 clang: it rang
 * Seen by: none
 * Repair: volatile in the parameter's type
 * Repaired: it rang
 */
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>

static volatile sig_atomic_t rang;

static void on_alarm(int signal)
{
    (void)signal;
    rang = 1;
}

#ifdef REPAIRED
static void wait_for(const volatile sig_atomic_t *flag)
#else
static void wait_for(const sig_atomic_t *flag)
#endif
{
    while (!*flag)
        ;
}

int main(void)
{
    struct itimerval soon = {.it_value.tv_usec = 20000}; /* 20 ms of this process's own time */
    signal(SIGVTALRM, on_alarm);
    setitimer(ITIMER_VIRTUAL, &soon, NULL);
#ifdef REPAIRED
    wait_for(&rang);
#else
    wait_for((const sig_atomic_t *)&rang);
#endif
    printf("it rang\n");
    return 0;
}
