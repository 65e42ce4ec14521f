/* lock.h - a folder that belongs to a living process: how a sweep tells it from what was left behind.
 *
 * Interface: lock_folder
 */
#ifndef SYSLAB_GRADER_LOCK_H
#define SYSLAB_GRADER_LOCK_H

/* Take the folder's lock, and do not wait for it. A symbolic link is not followed.
 * Returns: a descriptor whose end, also by SIGKILL, gives the lock up; or -errno: -EAGAIN where another
 * process has it. */
int lock_folder(const char *folder);

#endif
