#include "grader/base/screen.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { ROWS_WITHOUT_WINDOW = 100000, COLUMNS_WITHOUT_WINDOW = 80 };

static struct winsize window(const struct terminal *terminal)
{
    struct winsize size = {0};
    int fd = fileno(terminal->out);
    if (fd < 0 || ioctl(fd, TIOCGWINSZ, &size) != 0)
        fd = STDOUT_FILENO;
    if (size.ws_row == 0 || size.ws_col == 0)
        ioctl(fd, TIOCGWINSZ, &size);
    return size;
}

unsigned screen_rows(const struct terminal *terminal)
{
    struct winsize size = window(terminal);
    return size.ws_row ? size.ws_row : ROWS_WITHOUT_WINDOW;
}

/* The length in bytes of the line at text, and in rows of a window that is `columns` wide. */
static size_t measure_line(const char *text, unsigned columns, unsigned *rows)
{
    size_t length = 0, width = 0;
    for (; text[length] && text[length] != '\n'; length++) {
        if (text[length] == '\033') {
            length += strcspn(text + length, "mK");
            if (!text[length])
                break;
        } else if (((unsigned char)text[length] & 0xc0) != 0x80) {
            width++;
        }
    }
    *rows = width ? (unsigned)((width + columns - 1) / columns) : 1;
    return length;
}

static unsigned columns_of(const struct terminal *terminal)
{
    struct winsize size = window(terminal);
    return size.ws_col ? size.ws_col : COLUMNS_WITHOUT_WINDOW;
}

unsigned screen_lines(const struct terminal *terminal, const char *text)
{
    unsigned columns = columns_of(terminal), total = 0;
    while (*text) {
        unsigned rows;
        text += measure_line(text, columns, &rows);
        text += *text == '\n';
        total += rows;
    }
    return total;
}

/* The lines of body that fit into `room` rows, each cleared behind its end. */
static void put_body(FILE *page, const char *body, unsigned columns, unsigned room)
{
    while (*body) {
        unsigned rows;
        size_t length = measure_line(body, columns, &rows);
        if (rows > room || (rows == room && body[length] && body[length + 1])) {
            fputs("...\033[K\r\n", page);
            return;
        }
        fwrite(body, 1, length, page);
        fputs("\033[K\r\n", page);
        room -= rows;
        body += length + (body[length] == '\n');
    }
}

void screen_draw(const struct terminal *terminal, const char *body, const char *status)
{
    char *text = NULL;
    size_t size;
    if (!terminal->live) {
        fputs(body, terminal->out);
        fflush(terminal->out);
        return;
    }
    FILE *page = open_memstream(&text, &size);
    if (!page)
        return;
    unsigned rows = screen_rows(terminal);
    fputs("\033[H", page);
    put_body(page, body, columns_of(terminal), rows > 2 ? rows - 2 : 1);
    fprintf(page, "\033[K\r\n%s\033[K\033[J", status);
    if (fclose(page) == 0) {
        fwrite(text, 1, size, terminal->out);
        fflush(terminal->out);
    }
    free(text);
}

void screen_leave(const struct terminal *terminal)
{
    if (terminal->live)
        fputs("\r\n", terminal->out);
    fflush(terminal->out);
}
