#include "grader/class/slurm.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "grader/base/files.h"
#include "grader/base/spawn.h"
#include "grader/base/text.h"

/* ---- running a program ---- */

static void drain(int fd, struct text *out)
{
    char buffer[4096];
    ssize_t got;
    while ((got = read(fd, buffer, sizeof(buffer))) > 0 || (got < 0 && errno == EINTR))
        if (got > 0)
            text_append_bytes(out, buffer, (size_t)got);
}

/* Its output goes to one pipe, and the input comes from a file. Ctrl-C is for the grader, which knows what to
 * make of it. Returns: 0 and the exit status, or -errno. */
static int run(const char *const *words, int input, struct text *output, int *status)
{
    int ends[2];
    pid_t pid;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -errno;
    int failed = spawn_start(&(struct spawn){words, NULL, input, ends[1], ends[1], true}, &pid);
    close(ends[1]);
    if (!failed) {
        drain(ends[0], output);
        failed = spawn_wait(pid, status);
        if (output->failed)
            failed = -ENOMEM;
    }
    close(ends[0]);
    return failed;
}

/* The last line that says something: Slurm's programs put the reason there. */
static void last_words(const char *program, const struct text *output, char *error,
                       size_t error_bytes)
{
    const char *text = output->data ? output->data : "";
    size_t end = strlen(text);
    while (end > 0 && text[end - 1] == '\n')
        end--;
    size_t begin = end;
    while (begin > 0 && text[begin - 1] != '\n')
        begin--;
    bool named = strncmp(text + begin, program, strlen(program)) == 0;
    snprintf(error, error_bytes, "%s%s%.*s", named ? "" : program, named ? "" : ": ",
             (int)(end - begin), text + begin);
}

/* Whether these are words about the way to the controller, not the controller's own. */
static bool is_unreachable(const char *text)
{
    static const char *const signs[] = {"Unable to contact",
                                        "Connection refused",
                                        "timed out",
                                        "Zero Bytes",
                                        "authentication",
                                        "not responding",
                                        "Communication connection failure"};
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
        if (strstr(text, signs[i]))
            return true;
    return false;
}

static int ask(const char *const *words, int input, struct text *output, char *error,
               size_t error_bytes)
{
    int status = 0;
    int nothing = input < 0 ? open("/dev/null", O_RDONLY | O_CLOEXEC) : input;
    int failed = nothing < 0 ? -errno : run(words, nothing, output, &status);
    if (input < 0 && nothing >= 0)
        close(nothing);
    if (failed) {
        snprintf(error, error_bytes, "%s: %s%s", words[0], strerror(-failed),
                 failed == -ENOENT ? ". It is of the package slurm-client" : "");
        return failed;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    last_words(words[0], output, error, error_bytes);
    return is_unreachable(error) ? -EAGAIN : -EPERM;
}

/* ---- the questions ---- */

/* The number in "MaxArraySize            = 1001", or 0. */
static unsigned read_limit(const char *config)
{
    const char *line = config ? strstr(config, "MaxArraySize") : NULL;
    const char *equals = line ? strchr(line, '=') : NULL;
    unsigned long number = equals ? strtoul(equals + 1, NULL, 10) : 0;
    return number <= UINT_MAX ? (unsigned)number : 0;
}

int slurm_limit(unsigned *max_array_size, char *error, size_t error_bytes)
{
    static const char *const words[] = {"scontrol", "show", "config", NULL};
    struct text output = {0};
    int failed = ask(words, -1, &output, error, error_bytes);
    *max_array_size = failed ? 0 : read_limit(output.data);
    if (!failed && *max_array_size == 0) {
        snprintf(error, error_bytes, "scontrol show config: MaxArraySize is 0, so no array jobs");
        failed = -EPERM;
    }
    text_fini(&output);
    return failed;
}

/* The script goes in by standard input, from a file that has no name. */
static int as_input(const char *script)
{
    int fd = memfd_create("script", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    int failed = files_write_all(fd, script, strlen(script));
    if (!failed && lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    close(fd);
    return failed ? failed : -EIO;
}

static int read_id(const struct text *output, char id[32])
{
    const char *text = output->data ? output->data : "";
    size_t digits = strspn(text, "0123456789");
    snprintf(id, 32, "%.*s", (int)digits, text);
    return digits > 0 && digits < 32 ? 0 : -EPERM;
}

int slurm_submit(const struct slurm_request *request, char id[32], char *error, size_t error_bytes)
{
    char array[48], name[64], log[2 * PATH_MAX];
    snprintf(array, sizeof(array), request->abreast ? "--array=0-%u%%%u" : "--array=0-%u",
             request->tasks - 1, request->abreast);
    snprintf(name, sizeof(name), "--job-name=%s", request->name);
    snprintf(log, sizeof(log), "--output=%s", request->log);
    const char *const words[] = {"sbatch",
                                 "--parsable",
                                 "--no-requeue",
                                 "--ntasks=1",
                                 "--cpus-per-task=1",
                                 "--open-mode=append",
                                 "--chdir=/",
                                 array,
                                 name,
                                 log,
                                 NULL};
    struct text output = {0};
    int input = as_input(request->script);
    int failed = input < 0 ? input : ask(words, input, &output, error, error_bytes);
    if (input < 0)
        snprintf(error, error_bytes, "sbatch: %s", strerror(-input));
    else
        close(input);
    if (!failed && (failed = read_id(&output, id)))
        last_words("sbatch", &output, error, error_bytes);
    text_fini(&output);
    return failed;
}

static bool among(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

struct tally {
    struct {
        char state[24];
        unsigned count;
    } all[12];
    size_t count;
};

static void add_up(struct tally *tally, const char *state)
{
    size_t i = 0;
    while (i < tally->count && strcmp(tally->all[i].state, state) != 0)
        i++;
    if (i == sizeof(tally->all) / sizeof(tally->all[0]))
        return;
    if (i == tally->count) {
        snprintf(tally->all[i].state, sizeof(tally->all[i].state), "%s", state);
        tally->count++;
    }
    tally->all[i].count++;
}

/* One line of squeue: "17_3|PENDING|Resources". */
static void take_line(char *line, struct slurm_state *out, struct tally *tally)
{
    static const char *const ended[] = {"BOOT_FAIL",     "CANCELLED", "COMPLETED", "DEADLINE",
                                        "FAILED",        "NODE_FAIL", "PREEMPTED", "REVOKED",
                                        "OUT_OF_MEMORY", "TIMEOUT"};
    char *rest = line;
    const char *id = strsep(&rest, "|"), *state = strsep(&rest, "|"), *reason = rest ? rest : "";
    if (!state)
        return;
    if (among(state, ended, sizeof(ended) / sizeof(ended[0]))) {
        add_up(tally, state);
        out->cancelled += strcmp(state, "CANCELLED") == 0;
        return;
    }
    if (!out->id[0])
        snprintf(out->id, sizeof(out->id), "%.*s", (int)strcspn(id, "_+"), id);
    bool waits = strcmp(state, "PENDING") == 0;
    out->running += !waits;
    out->waiting += waits;
    if (waits && !out->reason[0])
        snprintf(out->reason, sizeof(out->reason), "%s", reason);
}

int slurm_ask(const char *name, struct slurm_state *out, char *error, size_t error_bytes)
{
    char named[64];
    snprintf(named, sizeof(named), "--name=%s", name);
    const char *const words[] = {"squeue", "--noheader", "--states=all", "--format=%i|%T|%r",
                                 named,    NULL};
    struct text output = {0};
    struct tally tally = {0};
    *out = (struct slurm_state){0};
    int failed = ask(words, -1, &output, error, error_bytes);
    char *rest = failed ? NULL : output.data;
    for (char *line; (line = strsep(&rest, "\n"));)
        take_line(line, out, &tally);
    size_t used = 0;
    for (size_t i = 0; i < tally.count && used < sizeof(out->ends) - 40; i++)
        used += (size_t)snprintf(out->ends + used, sizeof(out->ends) - used, "%s%s %u",
                                 i ? ", " : "", tally.all[i].state, tally.all[i].count);
    text_fini(&output);
    return failed;
}

int slurm_cancel(const char *name, char *error, size_t error_bytes)
{
    char named[64];
    snprintf(named, sizeof(named), "--name=%s", name);
    const char *const words[] = {"scancel", "--quiet", named, NULL};
    struct text output = {0};
    int failed = ask(words, -1, &output, error, error_bytes);
    text_fini(&output);
    return failed;
}
