/* subject_words.c - values in words, for the expectations of subject.h. */
#include <stdarg.h>
#include <stdio.h>

#include "subject.h"

enum { TEXT_MAX_BYTES = 1024 };

/* The text lives in a small ring: an expectation needs at most a few at once. */
static char *next_buffer(void)
{
    static char ring[8][TEXT_MAX_BYTES];
    static unsigned turn;
    return ring[turn++ % 8];
}

const char *subject_format(const char *format, ...)
{
    char *text = next_buffer();
    va_list args;
    va_start(args, format);
    vsnprintf(text, TEXT_MAX_BYTES, format, args);
    va_end(args);
    return text;
}

const char *subject_address(const void *address, const void *from)
{
    /* What is farther away lies in another mapping, which each run has elsewhere. */
    enum { NEAR_BYTES = 1 << 16 };
    uintptr_t at = (uintptr_t)address, base = (uintptr_t)from;
    size_t distance = at > base ? at - base : base - at;
    if (!address)
        return "NULL";
    if (!from || distance > NEAR_BYTES)
        return "another";
    return subject_format("%zu bytes %s it", distance, at > base ? "behind" : "before");
}

/* Bytes that a terminal should not see are shown as \xNN. */
const char *subject_quote(const char *text)
{
    enum { SHOWN_BYTES = 200 };
    if (!text)
        return "NULL";
    char *quoted = next_buffer();
    size_t at = 0, i = 0;
    quoted[at++] = '"';
    for (; text[i] && i < SHOWN_BYTES; i++) {
        unsigned char byte = (unsigned char)text[i];
        const char *format = byte >= ' ' && byte < 127 ? "%c" : "\\x%02x";
        at += (size_t)snprintf(quoted + at, TEXT_MAX_BYTES - at, format, byte);
    }
    snprintf(quoted + at, TEXT_MAX_BYTES - at, text[i] ? "\"..." : "\"");
    return quoted;
}

const char *subject_hex(const void *data, size_t size_bytes)
{
    enum { SHOWN_BYTES = 64 };
    if (!data)
        return "NULL";
    char *text = next_buffer();
    size_t at = 0;
    for (size_t i = 0; i < size_bytes && i < SHOWN_BYTES; i++)
        at += (size_t)snprintf(text + at, TEXT_MAX_BYTES - at, "%s%02x", i ? " " : "",
                               ((const unsigned char *)data)[i]);
    if (size_bytes > SHOWN_BYTES)
        snprintf(text + at, TEXT_MAX_BYTES - at, " ... (%zu bytes)", size_bytes);
    return text;
}
