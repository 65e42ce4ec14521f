/* listing.h - the files below a folder that match a pattern, in the order of their names.
 *
 * As glob, but the folder is taken as it is named: a student's home may be "w [x]", which glob reads as a
 * pattern, and finds nothing. Wildcards stand in the pattern alone; none matches a leading dot or a slash.
 *
 * Interface: struct listing, listing_find listing_fini. Do not call glob with a path that a person chose.
 */
#ifndef SYSLAB_GRADER_LISTING_H
#define SYSLAB_GRADER_LISTING_H

#include <stddef.h>

struct listing {
    char **paths; /* "<folder>/<what matched>", sorted by bytes */
    size_t count, capacity;
};

/* pattern: "exercises/" and further parts, each as fnmatch has it. What is not there matches nothing.
 * Returns: 0 and *out, or -errno where a folder cannot be read. Owns: listing_fini. */
int listing_find(struct listing *out, const char *folder, const char *pattern);
void listing_fini(struct listing *listing);

#endif
