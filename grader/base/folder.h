/* folder.h - notices that one file in a folder was saved, however the editor saves.
 *
 * Some editors write the file in place, some write another and rename it over the first, some make
 * backups on the way: so the folder is watched, not the file, and a burst of events is one save. A
 * folder that is removed and comes back (a version-control checkout) is found again.
 *
 * Interface: folder_open folder_close folder_fd folder_saved folder_is_gone
 */
#ifndef SYSLAB_GRADER_FOLDER_H
#define SYSLAB_GRADER_FOLDER_H

#include <limits.h>
#include <stdbool.h>

struct folder {
    int fd, watch; /* watch is -1 while the folder is gone */
    char path[PATH_MAX];
    char file[NAME_MAX + 1];
};

/* Watch <path's folder> for <path's file>. Returns: 0 or -errno. Owns: folder_close. */
int folder_open(struct folder *folder, const char *path);
void folder_close(struct folder *folder);

/* Poll this for reading. */
int folder_fd(const struct folder *folder);

/* Read what has happened. Returns: whether the file was saved, or the folder came back. */
bool folder_saved(struct folder *folder);

/* How long without an event means that a save is over; and how often to call folder_saved even
 * without an event while the folder is gone. */
enum { FOLDER_SETTLE_MS = 15, FOLDER_RETRY_MS = 500 };
bool folder_is_gone(const struct folder *folder);

#endif
