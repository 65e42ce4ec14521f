#include "grader/release/release_cut.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* Whether the line is a comment that says just this. */
static bool says(const char *line, size_t length, const char *words)
{
    static const char before[] = " \t#/*<!-", after[] = " \t*/->\r\n";
    size_t start = 0;
    while (start < length && memchr(before, line[start], sizeof(before) - 1))
        start++;
    while (length > start && memchr(after, line[length - 1], sizeof(after) - 1))
        length--;
    return start > 0 && length - start == strlen(words) &&
           memcmp(line + start, words, length - start) == 0;
}

int release_cut(char *text, size_t *size, size_t *line)
{
    size_t kept = 0, number = 0, opened = 0; /* the line of the mark that is open */
    for (size_t at = 0; at < *size;) {
        const char *end = memchr(text + at, '\n', *size - at);
        size_t length = end ? (size_t)(end - text) - at + 1 : *size - at;
        bool begins = says(text + at, length, "instructor only");
        bool ends = says(text + at, length, "end instructor only");
        number++;
        if (begins == (opened > 0) && (begins || ends)) {
            *line = number;
            return -EINVAL;
        }
        if (begins) {
            opened = number;
        } else if (ends) {
            opened = 0;
        } else if (!opened) {
            memmove(text + kept, text + at, length);
            kept += length;
        }
        at += length;
    }
    *line = opened;
    *size = opened ? *size : kept;
    return opened ? -EINVAL : 0;
}
