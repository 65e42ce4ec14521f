#include "bench/lesson.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/views.h"

static const char BEGIN[] = "\n<!-- bench: ", CLOSE[] = " -->\n", END[] = "<!-- end -->\n";

/* Write the table that belongs after the marker at `at`. Returns: the text from its end marker on,
 * or NULL after a message. */
static const char *render_table(const char *at, const char *chapter, const struct results *results,
                                FILE *out)
{
    const char *name = at + strlen(BEGIN), *close = strstr(name, CLOSE);
    const char *end = close ? strstr(close, END) : NULL;
    const char *next = strstr(name, BEGIN);
    char module[64] = "";
    if (!end || (next && next < end) || (size_t)(close - name) >= sizeof(module)) {
        fprintf(stderr, "no end for the marker %.40s\n", at + 1);
        return NULL;
    }
    memcpy(module, name, (size_t)(close - name));
    fwrite(at, 1, (size_t)(close - at) + strlen(CLOSE), out);
    if (views_markdown(results, strcmp(module, chapter) == 0 ? NULL : module, out) == 0) {
        fprintf(stderr, "no results for <!-- bench: %s -->\n", module);
        return NULL;
    }
    return end;
}

int lesson_render(const char *lesson, const char *chapter, const struct results *results,
                  char **out)
{
    size_t size;
    FILE *file = open_memstream(out, &size);
    if (!file)
        return -ENOMEM;
    const char *at = lesson, *marker;
    while (at && (marker = strstr(at, BEGIN))) {
        fwrite(at, 1, (size_t)(marker - at), file);
        at = render_table(marker, chapter, results, file);
    }
    if (at)
        fputs(at, file);
    if (fclose(file) != 0)
        at = NULL;
    if (!at)
        free(*out);
    return at ? 0 : -EINVAL;
}
