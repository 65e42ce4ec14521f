/* plagiarise.c - plagiarise TRICKS PERCENT SEED FILE GIVEN...: prints a disguised copy of FILE. The names
 * in the GIVEN files stay; TRICKS is the sum of the numbers in plagiarist.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/files.h"
#include "grader/base/text.h"
#include "grader/tests/plagiarist.h"

int main(int argc, char **argv)
{
    struct text given = {NULL, 0, 0, false};
    char *source, *more;
    size_t length;
    if (argc < 5 || files_read(argv[4], &source, &length) != 0) {
        fprintf(stderr, "usage: plagiarise TRICKS PERCENT SEED FILE GIVEN...\n");
        return 2;
    }
    text_append(&given, " ");
    for (int i = 5; i < argc; i++) {
        if (files_read(argv[i], &more, &length) != 0)
            return 2;
        text_append_bytes(&given, more, length);
        free(more);
    }
    const struct plagiarist how = {(unsigned)strtoul(argv[1], NULL, 10),
                                   (unsigned)strtoul(argv[2], NULL, 10),
                                   strtoull(argv[3], NULL, 10), given.data};
    char *copy = plagiarist_copy(&how, source);
    if (copy)
        fputs(copy, stdout);
    free(copy);
    free(source);
    text_fini(&given);
    return copy ? 0 : 1;
}
