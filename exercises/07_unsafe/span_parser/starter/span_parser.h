/* span_parser.h - the records of a parcel: a small binary format, read without trusting a byte of it.
 *
 * A parcel is one block of bytes: a header, and records that may hold records. The parser looks at it where
 * it is, copies nothing and allocates nothing: it fills in an array of nodes, one a record, in the order of
 * the bytes. The format is in the handout, README.md.
 *
 * Do not change this file: your submission is graded against the course's copy.
 *
 * Interface: parcel_checksum parcel_parse parcel_find
 */
#ifndef SYSLAB_EXERCISE_SPAN_PARSER_H
#define SYSLAB_EXERCISE_SPAN_PARSER_H

#include <stddef.h>
#include <stdint.h>

enum parcel_tag {
    PARCEL_NUMBER = 1,
    PARCEL_TEXT = 2,
    PARCEL_BLOB = 3,
    PARCEL_GROUP = 4,
    PARCEL_SKIPPED = 128, /* from this tag on: of a later version, and skipped */
};

enum {
    PARCEL_VERSION = 1,
    PARCEL_HEADER_BYTES = 12,
    PARCEL_NAME_MAX_BYTES = 31,
    PARCEL_NUMBER_MAX_BYTES = 8,
    PARCEL_DEPTH_MAX = 16, /* a record lies in so many groups at most */
};

/* One record. Where a size is 0, the pointer beside it means nothing. */
struct parcel_node {
    uint8_t tag;         /* enum parcel_tag */
    uint8_t depth;       /* how many groups it lies in: 0 to PARCEL_DEPTH_MAX */
    uint8_t name_bytes;  /* 0 to PARCEL_NAME_MAX_BYTES */
    const uint8_t *name; /* into the parcel, and without a terminator */
    const uint8_t *data; /* into the parcel: the payload; a blob's, behind its checksum */
    size_t size_bytes;   /* of data */
    uint64_t number;     /* of PARCEL_NUMBER; 0 otherwise */
    size_t inside; /* of PARCEL_GROUP: how many of the nodes behind it lie in it; 0 otherwise */
};

/* FNV-1a, 32 bits: begin with 2166136261; for each byte, exclusive-or it in, then multiply by 16777619.
 * Returns: the checksum; of no bytes, 2166136261. */
uint32_t parcel_checksum(const void *bytes, size_t size_bytes);

/* Read the parcel of size_bytes (bytes may be NULL when it is 0) into nodes, which has room for capacity of
 * them (NULL when it is 0).
 * Returns: 0, and *count nodes are filled in. -ENOSPC for a right parcel of more than capacity records:
 * *count is how many it has, and what is in nodes means nothing. For a parcel that is not right, the error
 * of the first fault (see the handout): *count is as it was, and what is in nodes means nothing. */
int parcel_parse(const void *bytes, size_t size_bytes, struct parcel_node *nodes, size_t capacity,
                 size_t *count);

/* Find a record by the names on the way to it, "config/window/title", in nodes that parcel_parse filled in.
 * Returns: the first one, or NULL. */
const struct parcel_node *parcel_find(const struct parcel_node *nodes, size_t count,
                                      const char *path);

#endif
