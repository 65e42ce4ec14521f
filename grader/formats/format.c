#include "grader/formats/format.h"

#include <string.h>

#include "grader/base/options.h"
#include "grader/formats/format_views.h"

const struct format formats[] = {
    {"csv", gradebook_csv, NULL},
    {"json", gradebook_json, NULL},
    {"html", format_html, NULL},
    {"junit", format_junit_class, format_junit},
    {"gradescope", NULL, format_gradescope},
    {"exercism", NULL, format_exercism},
    {"classroom", NULL, format_classroom},
    {NULL, NULL, NULL},
};

const struct format *format_find(const char *name, const char *names)
{
    for (const struct format *format = formats; format->name; format++)
        if (strcmp(format->name, name) == 0)
            return format;
    options_complain("there is no format '%s' here; there are %s", name, names);
    return NULL;
}
