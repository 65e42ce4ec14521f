/* tray.h - the folder through which units go out to other machines and records come back.
 *
 *     FOLDER/                        on a file system that all of them see under the same path
 *         lock                       held by the one program that hands out
 *         units.jsonl                what is handed out: a line about the job, then a line a unit
 *         records/<id>.json          what came back: each file whole, or not there
 *         logs/<job>-<task>.txt      what the machines said meanwhile
 *         refused/<id>.json          what came back and was no record of its unit
 *
 * A record is written under another name, flushed, and renamed: whoever reads it reads all of it, and
 * of two machines that wrote the same unit's record the one or the other. A grader_error is put
 * down only where nothing is, so that it never takes the place of a grade.
 * In the list a byte outside printable ASCII is %XX, so that any name makes the way there.
 *
 * What is in the folder becomes grades, and a unit's id is no secret. So the folder is its owner's alone:
 * what others could have put there is refused, a link is not followed, a file of somebody else's is not
 * read, and everything is reached through descriptors of folders that were looked at, whatever is done to
 * the path meanwhile. A key that signs records would add nothing: the machines grade as the same user, so
 * whoever can write a record here could read the key too.
 *
 * Interface: tray_open tray_reason tray_close tray_clear tray_publish tray_job · of the machines:
 *            tray_attach tray_read tray_fini_work · of both: tray_put tray_get tray_take_away
 *            tray_refuse tray_records tray_log tray_path
 */
#ifndef SYSLAB_GRADER_TRAY_H
#define SYSLAB_GRADER_TRAY_H

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "grader/class/unit.h"

enum { TRAY_JOB_BYTES = 32 };

enum tray_folder { TRAY_RECORDS, TRAY_LOGS, TRAY_REFUSED, TRAY_FOLDERS };

struct tray {
    char root[PATH_MAX]; /* absolute, for people and for Slurm */
    bool is_open;        /* false, and the descriptors are not looked at */
    int lock_fd, root_fd;
    int folder_fds[TRAY_FOLDERS];
};

/* What is handed out. The units of task T are the lines from T times `units_a_task` on. */
struct tray_list {
    char job[TRAY_JOB_BYTES];
    char course_root[PATH_MAX], build_root[PATH_MAX];
    char grader_hash[65], compiler_hash[65], toolchain[64];
    bool no_sandbox;
    unsigned units_a_task;
};

/* Make the folder if need be, keep others out, and be the one that hands out.
 * Returns: 0; or, as tray_reason has it in words: -EBUSY where another program hands out; -ELOOP for
 * a link; -EPERM for what is somebody else's; -ENOTEMPTY where others could write and something is there; or
 * as mkdir and open. `where` has the path that it is about. Owns: tray_close, which is harmless after an
 * error too. */
int tray_open(const char *folder, struct tray *out, char where[PATH_MAX]);

/* A machine's way in: the folder as tray_open left it. Errors: as there, but for -EBUSY. */
int tray_attach(const char *folder, struct tray *out, char where[PATH_MAX]);

/* What was wrong, and what is expected. Never NULL. */
const char *tray_reason(int failed);

/* Give the folder up; what is in it stays. */
void tray_close(struct tray *tray);

/* Remove all that a tray's programs write, by its name, and the folder if nothing else is in it. */
void tray_clear(struct tray *tray);

/* Put out the list in place of an older one. Errors: -ENOSPC, ...: the older one is untouched. */
int tray_publish(const struct tray *tray, const struct tray_list *list,
                 const struct unit *const *units, size_t count);

/* The job of the list that is there. Returns: 0, -ENOENT without a list, -EINVAL for no list or a job that
 * has no name of ours: it goes to scancel. -EPERM: the list is somebody else's. */
int tray_job(const struct tray *tray, char job[TRAY_JOB_BYTES]);

/* One task's part of a list, as a machine reads it. */
struct tray_unit {
    char *student, *exercise, *path;
    char submission_hash[65], suite_hash[65], id[65];
};
struct tray_work {
    struct tray_list list;
    struct tray_unit *units;
    size_t count;
};

/* Returns: 0 and *out; -EINVAL with what is wrong with the list in error; or as open. A task beyond
 * the list has no units. Owns: tray_fini_work. */
int tray_read(const struct tray *tray, unsigned task, struct tray_work *out, char *error,
              size_t error_bytes);
void tray_fini_work(struct tray_work *work);

/* Put down a unit's record. Returns: 0 or -errno; the folder is as it was after an error. */
int tray_put(const struct tray *tray, const char *id, const char *json, bool stands);

/* Returns: 0 and *json, which the caller frees; -ENOENT; -ELOOP for a link, -EPERM for somebody else's; or
 * another -errno. */
int tray_get(const struct tray *tray, const char *id, char **json);

/* Remove a record, so that its unit is graded again; or keep it aside where it is not one. */
int tray_take_away(const struct tray *tray, const char *id);
int tray_refuse(const struct tray *tray, const char *id, char kept[PATH_MAX]);

/* All records' names; and what the machines said. Returns: NULL with errno. The caller closes. */
DIR *tray_records(const struct tray *tray);
FILE *tray_log(const struct tray *tray, const char *job, size_t task);

/* The path of something in the folder, for people. Returns: 0 or -ENAMETOOLONG. */
int tray_path(const struct tray *tray, char out[PATH_MAX], const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
