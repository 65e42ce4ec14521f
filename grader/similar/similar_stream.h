/* similar_stream.h - a C source as the sequence of codes that look-alikes are found by.
 *
 * What costs nothing to change counts for nothing:
 *
 *     dropped     comments, white space, #include lines, braces, and the words const, static, inline, register,
 *                 extern, volatile, restrict, auto
 *     one code    every name, and every type made of keywords (`unsigned long` is as good as `size_t`);
 *                 every number and character; every string, also of several parts
 *     its own     every other keyword, every operator and punctuator
 *
 * So renamed, reformatted and recommented code is the same sequence. Each code knows its place.
 *
 * Interface: struct similar_stream, similar_stream_read similar_stream_fini
 */
#ifndef SYSLAB_GRADER_SIMILAR_STREAM_H
#define SYSLAB_GRADER_SIMILAR_STREAM_H

#include <stddef.h>
#include <stdint.h>

struct similar_place {
    uint32_t begin, end; /* bytes of the source */
    uint32_t line, last_line;
};

struct similar_stream {
    uint32_t *codes;
    struct similar_place *places;
    size_t count;
};

/* Returns: 0 and *out, or -ENOMEM, or -EFBIG for more than 2^31 bytes. Owns: similar_stream_fini. */
int similar_stream_read(const char *source, size_t length, struct similar_stream *out);
void similar_stream_fini(struct similar_stream *stream);

#endif
