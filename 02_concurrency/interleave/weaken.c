/* weaken.c - one search after the other, each in a process of its own, with one operation weaker than it is written. */
#include "02_concurrency/interleave/weaken.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "02_concurrency/interleave/machine.h"
#include "02_concurrency/interleave/program.h"

/* The orders one step weaker. Returns: how many. */
static int weaker(enum event_kind kind, bool updates, int order, int *to)
{
    bool both = kind == EVENT_FENCE || updates;
    switch (order) {
    case __ATOMIC_SEQ_CST:
        to[0] = both ? __ATOMIC_ACQ_REL : kind == EVENT_WRITE ? __ATOMIC_RELEASE : __ATOMIC_ACQUIRE;
        return 1;
    case __ATOMIC_ACQ_REL:
        to[0] = __ATOMIC_ACQUIRE;
        to[1] = __ATOMIC_RELEASE;
        return 2;
    case __ATOMIC_ACQUIRE:
    case __ATOMIC_RELEASE:
        to[0] = __ATOMIC_RELAXED;
        return 1;
    default:
        return 0;
    }
}

/* In a process of its own: the first line of what it printed is the answer. */
static enum search_end search_apart(const struct search_settings *settings,
                                    const struct machine_site *site, int order, char *line,
                                    size_t line_bytes)
{
    int file = memfd_create("interleave", MFD_CLOEXEC), status = 0;
    FILE *answer = file < 0 ? NULL : fdopen(file, "w+");
    fflush(NULL);
    pid_t process = answer ? fork() : -1;
    if (process == 0) {
        struct search_settings apart = *settings;
        apart.trace = apart.outcomes = false;
        machine_watch(); /* a child has no timer */
        machine_weaken(site->code, order);
        explore_end();
        explore_begin(NULL);
        enum search_end end = search_run(&apart, answer);
        fflush(answer);
        _exit((int)end);
    }
    if (process < 0 || waitpid(process, &status, 0) != process) {
        perror("interleave: a search of its own");
        exit(2);
    }
    rewind(answer);
    if (!fgets(line, (int)line_bytes, answer))
        line[0] = '\0';
    line[strcspn(line, "\n")] = '\0';
    fclose(answer);
    return WIFEXITED(status) ? (enum search_end)WEXITSTATUS(status) : SEARCH_FAILED;
}

static const char *order_name(int order)
{
    static const char *const names[] = {"relaxed", "consume", "acquire",
                                        "release", "acq_rel", "seq_cst"};
    return names[order];
}

enum search_end weaken_each(const struct search_settings *settings, FILE *out)
{
    const struct machine_site *sites;
    int count = machine_sites(&sites), needless = 0, tried = 0;
    for (int index = 0; index < count; index++) {
        const struct machine_site *site = &sites[index];
        int to[2], steps = weaker(site->kind, site->updates, site->order, to);
        char where[64], line[256];
        program_line(site->code, where, sizeof(where));
        for (int step = 0; step < steps; step++, tried++) {
            bool fails =
                search_apart(settings, site, to[step], line, sizeof(line)) == SEARCH_FAILED;
            const char *why = fails ? strstr(line, "fails: ") : NULL;
            needless += !fails;
            fprintf(out, "%-8s %s: %s %s as %s: %s\n", fails ? "needed" : "NEEDLESS", where,
                    site->label, order_name(site->order), order_name(to[step]),
                    why ? why + strlen("fails: ") : line);
        }
    }
    fprintf(out, "%d weaker orders: %d fail, %d do not\n", tried, tried - needless, needless);
    return needless > 0 ? SEARCH_FAILED : SEARCH_FINE;
}
