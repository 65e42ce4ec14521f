/* tray_internal.h - how the tray's files reach what is in it. */
#ifndef SYSLAB_GRADER_TRAY_INTERNAL_H
#define SYSLAB_GRADER_TRAY_INTERNAL_H

#include "grader/class/tray.h"

enum { TRAY_AT_BYTES = 384 }; /* a descriptor's path, and a name */

/* A path to a name in an open folder that leads there whatever becomes of the folder's own path. */
void tray_at(int folder_fd, const char *name, char out[TRAY_AT_BYTES]);

/* Open an ordinary file of our own to read. Returns: the descriptor; -ELOOP, -EPERM, -EINVAL, as open. */
int tray_open_file(int folder_fd, const char *name);

#endif
