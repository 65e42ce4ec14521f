/* text.h - text that grows, and bytes of unknown origin made fit for a record.
 *
 * A record's text is valid UTF-8 without NUL or control characters but newline and tab. What a
 * program printed is neither, so it passes through text_clean.
 *
 * Interface: text_append text_append_bytes text_fini text_clean text_valid_utf8
 */
#ifndef SYSLAB_GRADER_TEXT_H
#define SYSLAB_GRADER_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A string under construction; all zero is empty. Without memory it stops growing and says so in
 * failed, so that a caller may check once at the end. */
struct text {
    char *data; /* NUL-ended, or NULL while empty */
    size_t length, capacity;
    bool failed;
};

/* Append, printf-style or as bytes, none of which need end in NUL. */
void text_append(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_append_bytes(struct text *text, const char *bytes, size_t length);

/* Free it; it is empty again. */
void text_fini(struct text *text);

/* The bytes as clean text: what is not UTF-8, NUL and control characters become \xNN.
 * Returns: a string to free, or NULL without memory. */
char *text_clean(const char *bytes, size_t length);

/* The length of the UTF-8 character at bytes, or 0 if there is none (RFC 3629: shortest form, no
 * surrogates). */
size_t text_valid_utf8(const unsigned char *bytes, size_t length);

#endif
