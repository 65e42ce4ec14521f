/* runner_watch.c - memory, CPU time and deadlock of a job, read from /proc by the runner.
 *
 * A deadlock is certain, and need not wait for the time limit, when every thread of every process
 * of the job sits in a futex wait that has no timeout: nobody is left who could wake one. A look
 * sees threads one after the other, so only a state that lasts over many looks counts.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "grader/engine/runner.h"

enum { LOOKS_FOR_DEADLOCK = 24, PROCESSES_MAX = 256 };

struct family {
    pid_t members[PROCESSES_MAX];
    int count;
};

static ssize_t read_text(const char *path, char *text, size_t text_bytes)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -1;
    ssize_t got = read(file, text, text_bytes - 1);
    close(file);
    text[got > 0 ? got : 0] = '\0';
    return got;
}

static void add_children(struct family *family, pid_t parent)
{
    char path[300];
    char list[4096];
    snprintf(path, sizeof(path), "/proc/%d/task", (int)parent);
    DIR *threads = opendir(path);
    for (struct dirent *entry; threads && (entry = readdir(threads));) {
        snprintf(path, sizeof(path), "/proc/%d/task/%s/children", (int)parent, entry->d_name);
        if (entry->d_name[0] == '.' || read_text(path, list, sizeof(list)) <= 0)
            continue;
        for (char *at = list; *at > ' ' && family->count < PROCESSES_MAX;) {
            family->members[family->count++] = (pid_t)strtol(at, &at, 10);
            at += strspn(at, " ");
        }
    }
    if (threads)
        closedir(threads);
}

/* All processes below init, children before grandchildren. */
static void find_family(struct family *family, pid_t init)
{
    family->count = 0;
    add_children(family, init);
    for (int i = 0; i < family->count; i++)
        add_children(family, family->members[i]);
}

static uint64_t resident_bytes(pid_t pid)
{
    char path[64];
    char text[256];
    unsigned long total, resident;
    snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
    if (read_text(path, text, sizeof(text)) <= 0 || sscanf(text, "%lu %lu", &total, &resident) != 2)
        return 0;
    return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* User and system time of a process and of the children that it has waited for: fields 14 to 17 of
 * /proc/<pid>/stat, counted after the name, which may hold anything but ends at the last ')'. */
static uint64_t cpu_ns(pid_t pid)
{
    char path[64];
    char text[1024];
    unsigned long long user, system, children_user, children_system;
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    if (read_text(path, text, sizeof(text)) <= 0)
        return 0;
    const char *fields = strrchr(text, ')');
    if (!fields ||
        sscanf(fields + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %llu %llu",
               &user, &system, &children_user, &children_system) != 4)
        return 0;
    uint64_t ticks = user + system + children_user + children_system;
    return ticks * (1000000000u / (uint64_t)sysconf(_SC_CLK_TCK));
}

enum wait { WAIT_FOREVER, WAIT_SLEEP, WAIT_OTHER };

/* What /proc/<pid>/task/<tid>/syscall says: "202 0x7f.. 0x189 0x0 0x0 ...", or "running". */
static enum wait what_waits(const char *text)
{
    unsigned long number, address, operation, value, timeout;
    if (sscanf(text, "%lu %lx %lx %lx %lx", &number, &address, &operation, &value, &timeout) != 5)
        return WAIT_OTHER;
    if (number == SYS_nanosleep || number == SYS_clock_nanosleep)
        return WAIT_SLEEP;
    operation &= (unsigned long)FUTEX_CMD_MASK;
    bool waits = operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET ||
                 operation == FUTEX_LOCK_PI || operation == FUTEX_WAIT_REQUEUE_PI;
    return number == SYS_futex && waits && timeout == 0 ? WAIT_FOREVER : WAIT_OTHER;
}

/* Whether every thread waits forever, but for as many sleepers as the request lets pass. */
static bool is_stuck(pid_t pid, unsigned *sleepers)
{
    char path[300];
    char text[256];
    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *threads = opendir(path);
    bool stuck = threads != NULL;
    for (struct dirent *entry; stuck && (entry = readdir(threads));) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "/proc/%d/task/%s/syscall", (int)pid, entry->d_name);
        enum wait wait = read_text(path, text, sizeof(text)) > 0 ? what_waits(text) : WAIT_OTHER;
        if (wait == WAIT_SLEEP && *sleepers > 0)
            --*sleepers;
        else
            stuck = wait == WAIT_FOREVER;
    }
    if (threads)
        closedir(threads);
    return stuck;
}

enum runner_end runner_watch(struct runner_watch *watch, const struct runner_job *job)
{
    struct family family;
    uint64_t resident = 0, cpu = cpu_ns(job->init);
    unsigned sleepers = job->request.sleepers;
    find_family(&family, job->init);
    bool stuck = family.count > 0 && job->request.watch_deadlock;
    for (int i = 0; i < family.count; i++) {
        resident += resident_bytes(family.members[i]);
        cpu += cpu_ns(family.members[i]);
        stuck = stuck && is_stuck(family.members[i], &sleepers);
    }
    watch->cpu_ns = cpu;
    watch->peak_bytes = resident > watch->peak_bytes ? resident : watch->peak_bytes;
    watch->looks_asleep = stuck ? watch->looks_asleep + 1 : 0;
    if (resident > job->request.resident_bytes)
        return RUNNER_END_MEMORY;
    if (cpu > job->request.cpu_ns)
        return RUNNER_END_CPU;
    return watch->looks_asleep >= LOOKS_FOR_DEADLOCK ? RUNNER_END_DEADLOCK : RUNNER_END_ITSELF;
}
