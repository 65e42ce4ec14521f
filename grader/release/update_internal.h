/* update_internal.h - between the steps of an update.
 *
 * Interface: update_add update_read update_path update_plan_work update_plan_course update_note_read
 *            update_note_write
 */
#ifndef SYSLAB_GRADER_UPDATE_INTERNAL_H
#define SYSLAB_GRADER_UPDATE_INTERNAL_H

#include "grader/release/update.h"

/* One more change, of the file <folder>/<name>. Returns: it, or NULL without memory. */
struct update_change *update_add(struct update *update, const char *folder, const char *name);

/* Read what is at change->path, or at the end of the links there, into before: existed says whether there is
 * anything; what cannot be changed becomes UPDATE_LEFT. Returns: 0, or -ENOMEM. */
int update_read(struct update_change *change);

/* A whole file. Returns: 0 and *out, or -errno. Owns: update_text_fini. */
int update_read_text(const char *path, struct update_text *out);

/* Printf to a path. Returns: 0 or -ENAMETOOLONG. */
int update_path(char out[PATH_MAX], const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The two halves of update_plan: what becomes of the workspace's files, and of the course's. Returns: 0 or -errno. */
int update_plan_work(struct update *update);
int update_plan_course(struct update *update);

/* What an update that was stopped had found, into the changes that are planned now.
 * Errors: -EBADMSG: the note is none. */
int update_note_read(struct update *update);
int update_note_write(struct update *update);

#endif
