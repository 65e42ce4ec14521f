#include "grader/base/git.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "grader/base/files.h"
#include "grader/base/spawn.h"

enum { WORDS_MAX = 32 };

/* The three standard streams are files in memory: whatever git reads and writes, and in whatever order, it
 * never waits for us. */
struct streams {
    int in, out, err;
};

static void close_streams(struct streams *streams)
{
    const int all[] = {streams->in, streams->out, streams->err};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (all[i] >= 0)
            close(all[i]);
}

static int open_streams(struct streams *streams, const char *input)
{
    streams->in = memfd_create("git-in", MFD_CLOEXEC);
    streams->out = memfd_create("git-out", MFD_CLOEXEC);
    streams->err = memfd_create("git-err", MFD_CLOEXEC);
    if (streams->in < 0 || streams->out < 0 || streams->err < 0)
        return -errno;
    int failed = input ? files_write_all(streams->in, input, strlen(input)) : 0;
    if (!failed && lseek(streams->in, 0, SEEK_SET) != 0)
        failed = -errno;
    return failed;
}

static int read_stream(int fd, char **out, size_t *bytes)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return -errno;
    size_t size = (size_t)status.st_size, have = 0;
    char *text = malloc(size + 1);
    if (!text)
        return -ENOMEM;
    while (have < size) {
        ssize_t got = pread(fd, text + have, size - have, (off_t)have);
        if (got <= 0)
            break;
        have += (size_t)got;
    }
    text[have] = '\0';
    *out = text;
    *bytes = have;
    return 0;
}

/* The last line that is not empty: git's hints come before it. */
static void keep_last_line(char *text, size_t bytes, char error[GIT_ERROR_BYTES])
{
    while (bytes > 0 && text[bytes - 1] == '\n')
        text[--bytes] = '\0';
    const char *line = strrchr(text, '\n');
    snprintf(error, GIT_ERROR_BYTES, "%s", line ? line + 1 : text);
}

static void forget_other_repositories(void)
{
    static const char *const names[] = {
        "GIT_DIR",        "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY",
        "GIT_COMMON_DIR", "GIT_PREFIX",    "GIT_NAMESPACE",  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unsetenv(names[i]);
}

static int start(const char *folder, const char *const *words, const struct streams *streams,
                 pid_t *child)
{
    /* Line ends stay as they are in the repository, whatever the user's settings. */
    const char *all[WORDS_MAX] = {"git", "-C", folder, "-c", "core.autocrlf=false"};
    size_t count = 5;
    for (size_t i = 0; words[i]; i++) {
        if (count + 1 == WORDS_MAX)
            return -E2BIG;
        all[count++] = words[i];
    }
    forget_other_repositories();
    return spawn_start(&(struct spawn){all, NULL, streams->in, streams->out, streams->err, false},
                       child);
}

static int wait_for(pid_t child, int *status)
{
    int ended, failed = spawn_wait(child, &ended);
    if (failed)
        return failed;
    if (!WIFEXITED(ended))
        return -EINTR;
    *status = WEXITSTATUS(ended);
    return 0;
}

static int collect(const struct streams *streams, struct git_result *result)
{
    char *errors = NULL;
    size_t bytes = 0;
    int failed = read_stream(streams->err, &errors, &bytes);
    if (!failed)
        keep_last_line(errors, bytes, result->error);
    free(errors);
    return failed ? failed : read_stream(streams->out, &result->out, &result->out_bytes);
}

int git_run(const char *folder, const char *const *words, const char *input,
            struct git_result *result)
{
    struct streams streams = {-1, -1, -1};
    pid_t child;
    *result = (struct git_result){.out = NULL};
    int failed = open_streams(&streams, input);
    if (!failed)
        failed = start(folder, words, &streams, &child);
    if (!failed)
        failed = wait_for(child, &result->status);
    if (!failed)
        failed = collect(&streams, result);
    close_streams(&streams);
    return failed;
}

void git_result_fini(struct git_result *result)
{
    free(result->out);
    *result = (struct git_result){.out = NULL};
}
