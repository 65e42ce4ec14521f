/* cgroup_internal.h - between cgroup.c and cgroup_base.c. */
#ifndef SYSLAB_GRADER_CGROUP_INTERNAL_H
#define SYSLAB_GRADER_CGROUP_INTERNAL_H

#include <stddef.h>

#include "grader/engine/cgroup.h"

/* Not "syslab_", as it once was: graders of that age kill what they find under it and cannot place. */
#define CGROUP_PREFIX "syslab-"

/* A group's file as a whole. Returns: 0 or -errno. */
int cgroup_write(const char *folder, const char *file, const char *value);
int cgroup_read(const char *folder, const char *file, char *text, size_t text_bytes);

#endif
