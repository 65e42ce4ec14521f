/* outlet.h - output to a path that a person named, which need not be an ordinary file.
 *
 *     report.csv        written whole under a temporary name beside it, then renamed over it
 *     link -> a file    the file that the link leads to is replaced; the link stays;
 *                       one that is neither ours nor the administrator's is refused
 *     /dev/tty, a FIFO  opened and written: a rename would put a file in the device's place
 *     -                 the standard output, as is a path that leads there (/dev/stdout)
 *
 * Invariant: a regular file is replaced whole by outlet_close, or is as it was; and one that does not
 * begin as an older output of the same kind does is somebody's, and is not replaced.
 *
 * Interface: outlet_names_stdout outlet_is outlet_check outlet_reason outlet_open outlet_close. Do not call
 *            files_write with a path from the command line: it renames over whatever is there.
 */
#ifndef SYSLAB_GRADER_OUTLET_H
#define SYSLAB_GRADER_OUTLET_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum outlet_kind {
    OUTLET_REPORT,  /* grades or likenesses, in any format */
    OUTLET_ARCHIVE, /* what gzip makes */
    OUTLET_SOURCE, /* a student's file: takes no other's place, as only its author knows which is which */
};

struct outlet {
    int fd;                   /* to be written with files_write_all, or by a child */
    char path[PATH_MAX];      /* the name that the temporary gets, no link; "" where none is made */
    char temporary[PATH_MAX]; /* "" where none is made */
};

/* Whether the path is "-" or leads to where the standard output goes. */
bool outlet_names_stdout(const char *path);

/* Whether a path leads to `file` or would make it: the same file under any name, through links and
 * hard links too, or, where `file` is not there yet, its name in its folder. */
bool outlet_is(const char *path, const char *file);

/* Whether an output of that kind may go there: nothing is there, or no regular file, or an empty one,
 * or an older output of the kind.
 * Returns: 0, -EEXIST for a file that is not ours, or why it cannot be read. */
int outlet_check(const char *path, enum outlet_kind kind);

/* In words, for a complaint: of -EEXIST, which is outlet_check's, and of any other errno. */
const char *outlet_reason(int failed);

/* To be asked outlet_check first. Blocks: at a FIFO until someone reads it.
 * Errors: -EISDIR, -ENXIO (a socket), -ENOENT (no such folder, or a link that leads nowhere),
 * -ENAMETOOLONG, -EPERM for another person's link, as open. Owns: outlet_close after a 0. */
int outlet_open(const char *path, struct outlet *out);

/* Finish: a regular file gets its name if `failed` is 0, and is left as it was if not.
 * Returns: `failed`, or -errno of finishing. */
int outlet_close(struct outlet *outlet, int failed);

#endif
