/* git.h - runs git, for what it does better than we would: reading a checkout, fetching, merging three ways.
 *
 * Interface: git_run git_result_fini
 */
#ifndef SYSLAB_GRADER_GIT_H
#define SYSLAB_GRADER_GIT_H

#include <stddef.h>

enum { GIT_ERROR_BYTES = 400 };

struct git_result {
    char *out; /* what it printed, followed by a zero byte that out_bytes does not count */
    size_t out_bytes;
    int status;                  /* its exit status; 128 and more is an error of git's */
    char error[GIT_ERROR_BYTES]; /* the last line that it wrote on stderr */
};

/* Run `git -C folder words...`; words ends with NULL, input is its standard input. Variables that name another
 * repository (GIT_DIR and its like, which a hook sets) do not reach it.
 * Returns: 0 when it ran to an exit status; -ENOENT without git; -EINTR when a signal ended it; -errno.
 * Owns: git_result_fini, also after an error. */
int git_run(const char *folder, const char *const *words, const char *input,
            struct git_result *result);
void git_result_fini(struct git_result *result);

#endif
