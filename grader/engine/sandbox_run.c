/* sandbox_run.c - one job in a sandbox: descriptors out, request over the socket, capture until the
 * runner reports that everything is dead. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "grader/engine/sandbox_internal.h"

/* How long the runner may take to end a job that it was told to kill. */
#define GRACE_NS UINT64_C(10000000000)

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* What is read from a pipe, up to a limit. */
struct capture {
    int fd; /* -1 when it has ended */
    char *text;
    size_t length, limit_bytes, cut_bytes;
};

/* The grader's ends of a job's pipes, and the job's own. */
struct pipes {
    struct capture output, record;
    int given[RUNNER_DESCRIPTORS_MAX];
    int given_count;
    struct cgroup group; /* its entries are given too, and closed with it */
};

static void give(struct pipes *pipes, int fd)
{
    pipes->given[pipes->given_count++] = fd;
}

static int open_capture(struct pipes *pipes, struct capture *capture, size_t limit_bytes)
{
    int ends[2];
    capture->text = malloc(limit_bytes + 1);
    if (!capture->text)
        return -ENOMEM;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -errno;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    capture->fd = ends[0];
    capture->limit_bytes = limit_bytes;
    give(pipes, ends[1]);
    return 0;
}

/* A pipe that holds the nonce and has no writer any more. */
static int open_nonce(struct pipes *pipes, const char *nonce)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -errno;
    give(pipes, ends[0]);
    ssize_t written = write(ends[1], nonce, strlen(nonce));
    close(ends[1]);
    return written == (ssize_t)strlen(nonce) ? 0 : -EIO;
}

static int open_pipes(struct pipes *pipes, const struct sandbox *sandbox,
                      const struct sandbox_job *job)
{
    *pipes = (struct pipes){.output.fd = -1, .record.fd = -1};
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (input < 0)
        return -errno;
    give(pipes, input);
    int failed = open_capture(pipes, &pipes->output, job->output_bytes);
    if (!failed && job->nonce)
        failed = open_capture(pipes, &pipes->record, SANDBOX_RECORD_MAX_BYTES);
    if (!failed && job->nonce)
        failed = open_nonce(pipes, job->nonce);
    int filter = failed ? -1 : dup(filter_set_pick(&sandbox->settings->filters, job->allow));
    if (!failed && filter < 0)
        failed = -errno;
    if (filter >= 0)
        give(pipes, filter);
    return failed;
}

/* Pages of tables and the kernel's own for a process count in a group, and not in what a test may use. */
static uint64_t group_bytes(uint64_t resident_bytes)
{
    return resident_bytes + resident_bytes / 16 + (8 << 20);
}

/* Without a group, the other limits hold, and the record says so. */
static void open_group(struct pipes *pipes, const struct sandbox *sandbox,
                       const struct sandbox_job *job)
{
    enum { BESIDE = 2 }; /* the job's init, and one that reports why the subject could not exec */
    const struct cgroup_base *base = &sandbox->settings->cgroups;
    if (base->version == 0 || cgroup_create(base, group_bytes(job->resident_bytes),
                                            job->process_count + BESIDE, &pipes->group) != 0)
        return;
    for (int i = 0; i < 2; i++)
        if (pipes->group.entries[i] >= 0)
            give(pipes, pipes->group.entries[i]);
}

static void close_given(struct pipes *pipes)
{
    for (int i = 0; i < pipes->given_count; i++)
        close(pipes->given[i]);
    pipes->given_count = 0;
    pipes->group.entries[0] = pipes->group.entries[1] = -1;
}

static void close_capture(struct capture *capture)
{
    if (capture->fd >= 0)
        close(capture->fd);
    capture->fd = -1;
}

/* Append NUL-ended words. Returns: how many, or -1 when the message is full. */
static int append_words(char *message, size_t *length, const char *const *words)
{
    int count = 0;
    for (; *words; words++, count++) {
        size_t bytes = strlen(*words) + 1;
        if (*length + bytes > RUNNER_MESSAGE_MAX_BYTES || count == RUNNER_WORDS_MAX)
            return -1;
        memcpy(message + *length, *words, bytes);
        *length += bytes;
    }
    return count;
}

static uint32_t count_entries(const struct cgroup *group)
{
    return group->base ? (group->entries[1] >= 0 ? 2 : 1) : 0;
}

static int build_message(const struct sandbox_job *job, const struct pipes *pipes, char *message,
                         size_t *length)
{
    struct runner_request request = {
        .stage = job->stage,
        .descriptor_count = (uint32_t)pipes->given_count,
        .cgroup_entries = count_entries(&pipes->group),
        .proc = job->proc,
        .fixed_layout = job->fixed_layout,
        .watch_deadlock = job->watch_deadlock,
        .sleepers = job->sleepers,
        .explored = job->explored,
        .cpu_ns = job->cpu_ns,
        .process_count = job->process_count,
        .file_bytes = job->file_bytes,
        .address_space_bytes = job->address_space_bytes,
        .resident_bytes = job->resident_bytes,
    };
    *length = sizeof(request);
    int arguments = append_words(message, length, job->arguments);
    int variables = arguments < 0 ? -1 : append_words(message, length, job->variables);
    if (variables < 0)
        return -E2BIG;
    request.argument_count = (uint32_t)arguments;
    request.variable_count = (uint32_t)variables;
    memcpy(message, &request, sizeof(request));
    return 0;
}

static int send_request(struct sandbox *sandbox, const struct sandbox_job *job,
                        const struct pipes *pipes)
{
    char text[RUNNER_MESSAGE_MAX_BYTES];
    size_t length;
    int failed = build_message(job, pipes, text, &length);
    if (failed)
        return failed;
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int) * RUNNER_DESCRIPTORS_MAX)];
    } control;
    memset(&control, 0, sizeof(control));
    struct iovec vector = {text, length};
    size_t descriptor_bytes = sizeof(int) * (size_t)pipes->given_count;
    struct msghdr message = {.msg_iov = &vector,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = CMSG_SPACE(descriptor_bytes)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptor_bytes);
    memcpy(CMSG_DATA(header), pipes->given, descriptor_bytes);
    return sendmsg(sandbox->socket, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Read what there is. Returns: whether the limit is passed. */
static bool drain(struct capture *capture)
{
    char more[4096];
    while (capture->fd >= 0) {
        size_t room = capture->limit_bytes - capture->length;
        ssize_t got = room ? read(capture->fd, capture->text + capture->length, room)
                           : read(capture->fd, more, sizeof(more));
        if (got == 0)
            close_capture(capture);
        if (got <= 0)
            break;
        if (room)
            capture->length += (size_t)got;
        else
            capture->cut_bytes += (size_t)got;
        if (capture->cut_bytes > sizeof(more))
            break; /* far over: whoever writes this much is about to be ended */
    }
    return capture->cut_bytes > 0;
}

static int poll_timeout_ms(uint64_t deadline_ns)
{
    uint64_t now = now_ns();
    if (now >= deadline_ns)
        return 0;
    uint64_t left_ms = (deadline_ns - now) / 1000000 + 1;
    return left_ms > 60000 ? 60000 : (int)left_ms;
}

/* Returns: 0 once *report has arrived, or -errno. */
static int supervise(struct sandbox *sandbox, struct pipes *pipes, uint64_t deadline_ns,
                     struct sandbox_result *result, struct runner_result *report)
{
    bool killed = false;
    for (;;) {
        struct pollfd fds[] = {{.fd = sandbox->socket, .events = POLLIN},
                               {.fd = pipes->output.fd, .events = POLLIN},
                               {.fd = pipes->record.fd, .events = POLLIN}};
        int ready = poll(fds, 3, poll_timeout_ms(deadline_ns));
        if (ready < 0 && errno != EINTR)
            return -errno;
        bool over_record = drain(&pipes->record);
        bool over = (drain(&pipes->output) || over_record) && !killed;
        if (ready > 0 && fds[0].revents) {
            ssize_t got = recv(sandbox->socket, report, sizeof(*report), 0);
            return got == (ssize_t)sizeof(*report) ? 0 : -EPIPE;
        }
        bool late = now_ns() >= deadline_ns;
        if (late && killed)
            return -ETIMEDOUT;
        if (!over && !late)
            continue;
        result->over_record = over_record;
        result->over_output = over && !over_record;
        result->over_wall = !over;
        killed = true;
        deadline_ns = now_ns() + GRACE_NS;
        if (send(sandbox->socket, "", 1, MSG_NOSIGNAL) < 0)
            return -errno;
    }
}

static void take_text(struct capture *capture, char **text, size_t *length)
{
    *text = capture->text;
    *length = capture->length;
    if (capture->text)
        capture->text[capture->length] = '\0';
    capture->text = NULL;
}

/* The kernel killed one of them before the watch looked: the others may have ended as they liked. A machine
 * that had no memory left is no test's fault. */
static void judge_memory(struct sandbox_result *result, enum cgroup_memory memory)
{
    if (memory == CGROUP_MEMORY_OVER_LIMIT) {
        result->end = RUNNER_END_MEMORY;
    } else if (memory == CGROUP_MEMORY_TAKEN_AWAY && result->end != RUNNER_END_MEMORY) {
        result->end = RUNNER_END_FAULT;
        snprintf(result->fault, sizeof(result->fault), "the machine ran out of memory");
    }
}

static void fill(struct sandbox_result *result, struct pipes *pipes,
                 const struct runner_result *report)
{
    result->end = (enum runner_end)report->end;
    result->status = report->status;
    result->cpu_ns = report->cpu_ns;
    result->wall_ns = report->wall_ns;
    result->peak_bytes = report->peak_bytes;
    result->over_output = result->over_output || drain(&pipes->output);
    drain(&pipes->record);
    take_text(&pipes->output, &result->output, &result->output_length);
    take_text(&pipes->record, &result->record, &result->record_length);
    result->output_cut_bytes = pipes->output.cut_bytes;
    if (report->end == RUNNER_END_FAULT)
        snprintf(result->fault, sizeof(result->fault), "%.*s: %s", (int)sizeof(report->step),
                 report->step, strerror(report->error));
    else
        judge_memory(result, cgroup_memory(&pipes->group));
    if (result->end != RUNNER_END_LOST)
        return;
    result->end = RUNNER_END_FAULT;
    snprintf(result->fault, sizeof(result->fault), "somebody outside of its sandbox killed it");
}

int sandbox_run(struct sandbox *sandbox, const struct sandbox_job *job,
                struct sandbox_result *result)
{
    struct pipes pipes;
    struct runner_result report = {.end = RUNNER_END_FAULT};
    *result = (struct sandbox_result){.end = RUNNER_END_FAULT};
    int failed = open_pipes(&pipes, sandbox, job);
    if (!failed) {
        open_group(&pipes, sandbox, job);
        failed = send_request(sandbox, job, &pipes);
    }
    close_given(&pipes);
    if (!failed)
        failed = supervise(sandbox, &pipes, now_ns() + job->wall_ns, result, &report);
    if (failed)
        sandbox->broken = true;
    else
        fill(result, &pipes, &report);
    cgroup_destroy(&pipes.group);
    if (!failed && report.end != RUNNER_END_FAULT)
        sandbox->layers &= report.layers;
    close_capture(&pipes.output);
    close_capture(&pipes.record);
    free(pipes.output.text);
    free(pipes.record.text);
    return failed;
}

void sandbox_result_fini(struct sandbox_result *result)
{
    free(result->output);
    free(result->record);
    *result = (struct sandbox_result){.end = RUNNER_END_FAULT};
}
