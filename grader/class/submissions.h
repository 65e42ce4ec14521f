/* submissions.h - what a class handed in: DIR/<student>/<chapter>/<exercise>/<file>.
 *
 * A student's folder that holds an exercise's folder has submitted that exercise, even where the
 * file is missing: that is graded, and the record says so. Hidden entries are skipped. A symbolic link
 * in the place of a folder, a student's own or one below, is listed and never followed: it could
 * lead to another student's work. A folder that cannot be looked into is listed with the reason, and the
 * others are gone through: whose work lies in it is not known to have handed in nothing.
 *
 * Interface: submissions_find submissions_free
 */
#ifndef SYSLAB_GRADER_SUBMISSIONS_H
#define SYSLAB_GRADER_SUBMISSIONS_H

#include <stddef.h>

#include "grader/desk/desk.h"

struct submission {
    const char *student;
    const struct desk_exercise *exercise;
    char *path; /* the file that is to be graded */
};

struct submissions {
    char **students; /* sorted by name */
    size_t student_count;
    struct submission *all; /* sorted by student, then exercise */
    size_t count;
    size_t unknown_count; /* folders, sources and archives where nothing is looked for */
    char **unknown;       /* "dan/03_memory/arean. Did you mean dan/03_memory/arena/arena.c?" */
    size_t loose_count;   /* files beside the students' folders: archives not unpacked? */
    char loose[256];
    char **links; /* in the place of folders, as paths below DIR */
    size_t link_count;
    char **unreadable; /* what the machine does not give out: "bob/03_memory: Permission denied" */
    size_t unreadable_count;
};

/* Look through a folder; exercise NULL is all of them.
 * Returns: 0 and *out, or -errno: the folder cannot be read, -ENOMEM. Owns: submissions_free; the
 * exercises stay the desk's. */
int submissions_find(const char *folder, const struct desk *desk,
                     const struct desk_exercise *exercise, struct submissions *out);
void submissions_free(struct submissions *submissions);

#endif
