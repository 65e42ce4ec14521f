#include "grader/base/terminal.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS_DEFAULT = 80, COLUMNS_MIN = 40, COLUMNS_MAX = 100 };

static unsigned find_columns(int fd)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return COLUMNS_DEFAULT;
    if (size.ws_col < COLUMNS_MIN)
        return COLUMNS_MIN;
    return size.ws_col > COLUMNS_MAX ? COLUMNS_MAX : size.ws_col;
}

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value;
}

void terminal_init(struct terminal *out, FILE *stream)
{
    const char *term = getenv("TERM");
    bool able = term && *term && strcmp(term, "dumb") != 0;
    int fd = fileno(stream);
    bool person = fd >= 0 && isatty(fd);
    *out = (struct terminal){
        .out = stream,
        .live = person && able,
        .colour = person && able && !is_set("NO_COLOR"),
        .utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
        .columns = person ? find_columns(fd) : COLUMNS_DEFAULT,
    };
}

const char *terminal_style(const struct terminal *terminal, enum style style)
{
    static const char *const sequences[] = {
        [STYLE_PLAIN] = "\033[0m",  [STYLE_GOOD] = "\033[32m", [STYLE_BAD] = "\033[31m",
        [STYLE_STRONG] = "\033[1m", [STYLE_FAINT] = "\033[2m", [STYLE_PLACE] = "\033[36m",
    };
    return terminal->colour ? sequences[style] : "";
}

const char *terminal_mark(const struct terminal *terminal, enum mark mark)
{
    static const char *const marks[] = {"\u2713", "\u2717", "\u00b7", "\u203a", "\u00b7", "?"};
    static const char *const words[] = {"ok  ", "FAIL", "-   ", ">", "-", "?   "};
    return terminal->utf8 ? marks[mark] : words[mark];
}

void terminal_bar(const struct terminal *terminal, double done, double total, unsigned width)
{
    double part = total > 0 ? done / total : 0;
    unsigned full = part >= 1 ? width : (unsigned)(part * width);
    fputs(terminal_style(terminal, STYLE_GOOD), terminal->out);
    for (unsigned i = 0; i < full; i++)
        fputs(terminal->utf8 ? "\u2501" : "#", terminal->out);
    fputs(terminal_style(terminal, STYLE_PLAIN), terminal->out);
    fputs(terminal_style(terminal, STYLE_FAINT), terminal->out);
    for (unsigned i = full; i < width; i++)
        fputs(terminal->utf8 ? "\u2500" : ".", terminal->out);
    fputs(terminal_style(terminal, STYLE_PLAIN), terminal->out);
}
