/* runner.c - the first process in a sandbox: runs one job at a time for the grader, and reports
 * exactly how each ended. Started by sandbox.c; not for use by hand. */
#include "grader/engine/runner.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WATCH_MS = 25 };

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void take_descriptors(struct msghdr *message, struct runner_job *job)
{
    job->descriptor_count = 0;
    for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at; at = CMSG_NXTHDR(message, at)) {
        if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (at->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        job->descriptor_count = (int)count;
        memcpy(job->descriptors, CMSG_DATA(at), count * sizeof(int));
    }
}

/* Split NUL-ended strings into words. Returns: what is left of the text, or NULL if it ends early.
 */
static char *split(char *text, const char *end, char **words, uint32_t count)
{
    if (count > RUNNER_WORDS_MAX)
        return NULL;
    for (uint32_t i = 0; i < count; i++) {
        char *stop = memchr(text, '\0', (size_t)(end - text));
        if (!stop)
            return NULL;
        words[i] = text;
        text = stop + 1;
    }
    words[count] = NULL;
    return text;
}

static int parse(struct runner_job *job, size_t length)
{
    if (length < sizeof(job->request))
        return -EBADMSG;
    memcpy(&job->request, job->text, sizeof(job->request));
    if ((uint32_t)job->descriptor_count != job->request.descriptor_count ||
        job->request.cgroup_entries > 2 ||
        job->descriptor_count < 3 + (int)job->request.cgroup_entries)
        return -EBADMSG;
    char *at = job->text + sizeof(job->request);
    const char *end = job->text + length;
    at = split(at, end, job->arguments, job->request.argument_count);
    if (at)
        at = split(at, end, job->variables, job->request.variable_count);
    return at && job->request.argument_count > 0 ? 0 : -EBADMSG;
}

/* Returns: 1 and a request, 0 at the end of the conversation, -errno. A byte on its own is a kill
 * that came too late for its job. */
static int receive(struct runner_job *job)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int) * RUNNER_DESCRIPTORS_MAX)];
    } control;
    struct iovec vector = {job->text, sizeof(job->text)};
    for (;;) {
        struct msghdr message = {.msg_iov = &vector,
                                 .msg_iovlen = 1,
                                 .msg_control = control.bytes,
                                 .msg_controllen = sizeof(control.bytes)};
        ssize_t got = recvmsg(RUNNER_CONTROL_FD, &message, MSG_CMSG_CLOEXEC);
        if (got == 0)
            return 0;
        if (got < 0 && errno != EINTR)
            return -errno;
        if (got <= 1)
            continue;
        take_descriptors(&message, job);
        int failed = parse(job, (size_t)got);
        return failed ? failed : 1;
    }
}

/* Wait for the job's end, the grader's word, or what the watch sees. */
static enum runner_end supervise(const struct runner_job *job, struct runner_watch *watch)
{
    struct pollfd fds[] = {{.fd = RUNNER_CONTROL_FD, .events = POLLIN},
                           {.fd = job->report_fd, .events = POLLIN}};
    for (;;) {
        int ready = poll(fds, 2, WATCH_MS);
        if (ready < 0 && errno != EINTR)
            return RUNNER_END_KILLED;
        if (ready > 0 && fds[1].revents)
            return RUNNER_END_ITSELF;
        if (ready > 0 && fds[0].revents)
            return RUNNER_END_KILLED;
        enum runner_end end = ready == 0 ? runner_watch(watch, job) : RUNNER_END_ITSELF;
        if (end != RUNNER_END_ITSELF)
            return end;
    }
}

static void run(struct runner_job *job, struct runner_result *result)
{
    uint64_t start = now_ns();
    const char *step = "";
    int failed = runner_job_start(job, &step);
    if (failed) {
        result->end = RUNNER_END_FAULT;
        result->error = -failed;
        strncpy(result->step, step, sizeof(result->step) - 1);
        return;
    }
    struct runner_watch watch = {.looks_asleep = 0};
    enum runner_end end = supervise(job, &watch);
    if (end == RUNNER_END_KILLED)
        runner_watch(&watch, job);
    runner_job_finish(job, end != RUNNER_END_ITSELF, result);
    if (end != RUNNER_END_ITSELF) {
        result->end = end;
        result->cpu_ns = watch.cpu_ns;
        result->peak_bytes = watch.peak_bytes;
    }
    result->wall_ns = now_ns() - start;
}

static int init_job(struct runner_job *job, int argc, char **argv)
{
    job->flags = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
    job->namespaces = job->flags & RUNNER_NAMESPACES;
    job->landlock_abi = job->flags & RUNNER_NO_LANDLOCK ? 0 : runner_landlock_abi();
    if (!job->namespaces && argc < 4)
        return -1;
    job->work = job->namespaces ? RUNNER_WORK : argv[2];
    job->kit = job->namespaces ? RUNNER_KIT : argv[3];
    snprintf(job->scratch, sizeof(job->scratch), "%s", RUNNER_SCRATCH);
    void *shared =
        mmap(NULL, sizeof(*job->layers), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    job->layers = shared;
    return shared == MAP_FAILED ? -1 : 0;
}

int main(int argc, char **argv)
{
    static struct runner_job job;
    prctl(PR_SET_DUMPABLE, 0);
    if (init_job(&job, argc, argv) != 0)
        return 2;
    if (job.namespaces) /* the parent is bubblewrap, which is killed when the conversation broke */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct runner_hello hello = {RUNNER_VERSION, job.landlock_abi};
    if (send(RUNNER_CONTROL_FD, &hello, sizeof(hello), MSG_NOSIGNAL) < 0)
        return 1;
    while (receive(&job) == 1) {
        struct runner_result result = {.end = RUNNER_END_ITSELF};
        run(&job, &result);
        if (send(RUNNER_CONTROL_FD, &result, sizeof(result), MSG_NOSIGNAL) < 0)
            return 1;
    }
    return 0;
}
