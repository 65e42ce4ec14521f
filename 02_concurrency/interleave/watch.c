/* watch.c - a program that does not come back to us: it crashed, or goes round without an operation that we see. */
#include <signal.h>
#include <string.h>
#include <sys/time.h>

#include "02_concurrency/interleave/machine_internal.h"

enum { SIGNAL_STACK_BYTES = 64 << 10, WATCH_SECONDS = 2 };

static uint64_t operations_seen;

/* We are on a stack of our own, and the thread that crashed is left where it is: it is never gone on with. */
static void on_signal(int number)
{
    if (number == SIGPROF && (!machine.runs || machine.operation_count != operations_seen)) {
        operations_seen = machine.operation_count;
        return;
    }
    if (!machine.runs) { /* the fault is ours */
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    const void *code = machine_thread()->code;
    if (number == SIGPROF)
        machine_note_failure(FAILURE_ENDLESS, machine.current, code,
                             "the thread goes on without an operation that others can see");
    else
        machine_note_failure(
            FAILURE_SIGNAL, machine.current, code, "the thread is ended by signal %d (%s)", number,
            number == SIGSEGV ? "a bad address, or more stack than there is" : strsignal(number));
    machine.over = true;
    siglongjmp(machine.before_run, 1);
}

void machine_watch(void)
{
    static char stack[SIGNAL_STACK_BYTES];
    const stack_t own = {.ss_sp = stack, .ss_size = sizeof(stack)};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK | SA_RESTART};
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGPROF};
    sigaltstack(&own, NULL);
    for (size_t index = 0; index < sizeof(numbers) / sizeof(*numbers); index++)
        sigaction(numbers[index], &action, NULL);
    /* Of processor time: a machine that is busy with others does not look like a program that hangs. */
    const struct itimerval period = {{WATCH_SECONDS, 0}, {WATCH_SECONDS, 0}};
    setitimer(ITIMER_PROF, &period, NULL);
}
