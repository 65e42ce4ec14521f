#include "grader/class/bulk_terminal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "grader/base/options.h"
#include "grader/base/prose.h"
#include "grader/base/terminal.h"

static struct bulk *interruptible;

static void interrupt(int signal)
{
    static const char here[] = "\nsyslab: finishing what is under way; run again to go on\n";
    static const char there[] = "\nsyslab: the job goes on without this terminal; run again to "
                                "collect, or end it with scancel\n";
    const char *words = interruptible->share ? there : here;
    size_t length = interruptible->share ? sizeof(there) - 1 : sizeof(here) - 1;
    (void)signal;
    int error = errno;
    bool first = !atomic_load(&interruptible->stopped);
    bulk_stop(interruptible);
    if (first && write(STDERR_FILENO, words, length) < 0)
        errno = error; /* the terminal is gone: nobody is there to read it */
    errno = error;
}

static void catch_interrupts(struct bulk *bulk)
{
    interruptible = bulk;
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = SA_RESTART};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

static void show_progress(void *context, const struct bulk *bulk, const struct unit *unit,
                          const struct record *record)
{
    const struct terminal *terminal = context;
    size_t total = bulk->units->count;
    if (!terminal->live && !record)
        return;
    if (terminal->live) {
        fputs("\r\033[K", terminal->out);
        terminal_bar(terminal, (double)bulk->finished, (double)total, 24);
    }
    fprintf(terminal->out, " %zu/%zu ", bulk->finished, total);
    prose_put_name(terminal->out, unit->student, terminal->utf8);
    fprintf(terminal->out, " %s ", unit->manifest->exercise);
    if (record)
        fprintf(terminal->out, "%s %g/%u", verdict_name(record->verdict), record->points,
                record->max_points);
    if (!terminal->live)
        fputc('\n', terminal->out);
    fflush(terminal->out);
}

static void say(void *context, const char *line)
{
    const struct terminal *terminal = context;
    if (terminal->live)
        fputs("\r\033[K", terminal->out);
    options_complain("%s", line);
}

int bulk_run_watched(struct bulk *bulk)
{
    struct terminal terminal;
    terminal_init(&terminal, stderr);
    bulk->done = show_progress;
    bulk->say = say;
    bulk->context = &terminal;
    catch_interrupts(bulk);
    int failed = bulk_run(bulk);
    if (terminal.live)
        fputs("\r\033[K", terminal.out);
    return failed;
}
