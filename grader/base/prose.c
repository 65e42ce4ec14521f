#include "grader/base/prose.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_CHARACTERS = 100 };

/* Decode one code point (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
 * Returns: its length in bytes, or 0 for a byte that begins none. */
static size_t decode(const unsigned char *at, uint32_t *out)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (*at < 0x80) {
        *out = *at;
        return 1;
    }
    size_t length = *at >= 0xf0 ? 4 : *at >= 0xe0 ? 3 : *at >= 0xc2 ? 2 : 0;
    if (length == 0 || *at > 0xf4)
        return 0;
    uint32_t value = *at & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (at[i] & 0x3fu);
    }
    bool surrogate = value >= 0xd800 && value <= 0xdfff;
    *out = value;
    return value < smallest[length] || value > 0x10ffff || surrogate ? 0 : length;
}

/* Marks that reorder what follows them: a line could claim another verdict than it has. */
static bool reorders(uint32_t point)
{
    return point == 0x200e || point == 0x200f || (point >= 0x202a && point <= 0x202e) ||
           (point >= 0x2066 && point <= 0x2069);
}

/* Noncharacters: XML has no way to write U+FFFE and U+FFFF, and HTML calls all of them errors. */
static bool is_noncharacter(uint32_t point)
{
    return (point & 0xfffe) == 0xfffe || (point >= 0xfdd0 && point <= 0xfdef);
}

/* U+2028, U+2029: line ends to some programs. */
static bool ends_line(uint32_t point)
{
    return point == '\n' || point == 0x2028 || point == 0x2029;
}

/* Write the one character at `at` in neutral form; in a name, newline and tab are spelt out too.
 * Returns: its length in bytes. */
static size_t put_character(FILE *out, const char *at, bool utf8, bool name)
{
    uint32_t point;
    size_t length = decode((const unsigned char *)at, &point);
    if (length == 0) {
        fprintf(out, "\\x%02x", (unsigned char)*at);
        return 1;
    }
    if (!name && (point == '\n' || point == '\t'))
        fputc((int)point, out);
    else if (point < 0x20 || point == 0x7f)
        fprintf(out, "^%c", (char)(point ^ 0x40));
    else if ((point >= 0x80 && point < 0xa0) || reorders(point) || is_noncharacter(point) ||
             (name && ends_line(point)))
        fprintf(out, "<U+%04X>", (unsigned)point);
    else if (point >= 0x80 && !utf8)
        fputc('?', out);
    else
        fwrite(at, 1, length, out);
    return length;
}

void prose_put(FILE *out, const char *text, bool utf8)
{
    while (*text)
        text += put_character(out, text, utf8, false);
}

void prose_put_name(FILE *out, const char *name, bool utf8)
{
    while (*name)
        name += put_character(out, name, utf8, true);
}

/* A copy of the text as `put` writes it. */
static char *copy_as(const char *text, void (*put)(FILE *out, const char *text, bool utf8))
{
    char *copy = NULL;
    size_t size;
    FILE *stream = open_memstream(&copy, &size);
    if (!stream)
        return NULL;
    put(stream, text, true);
    bool failed = ferror(stream);
    if (fclose(stream) != 0 || failed) {
        free(copy);
        return NULL;
    }
    return copy;
}

char *prose_neutral(const char *text)
{
    return copy_as(text, prose_put);
}

char *prose_neutral_name(const char *name)
{
    return copy_as(name, prose_put_name);
}

size_t prose_columns(const char *text)
{
    size_t columns = 0;
    for (; *text; text++)
        columns += ((unsigned char)*text & 0xc0) != 0x80;
    return columns;
}

static void new_line(FILE *out, unsigned indent)
{
    fprintf(out, "\n%*s", (int)indent, "");
}

void prose_wrap(FILE *out, const char *text, struct prose_layout layout)
{
    char *copy = prose_neutral(text);
    if (!copy)
        return;
    size_t column = layout.indent;
    bool first = true;
    for (char *at = copy; *at;) {
        size_t gap = strspn(at, " \t\n");
        bool broken = memchr(at, '\n', gap) != NULL;
        at += gap;
        size_t length = strcspn(at, " \t\n");
        if (length == 0)
            break;
        char after = at[length];
        at[length] = '\0';
        size_t width = prose_columns(at);
        if (!first && (broken || column + 1 + width > layout.columns)) {
            new_line(out, layout.indent);
            column = layout.indent;
        } else if (!first) {
            fputc(' ', out);
            column++;
        }
        prose_put(out, at, layout.utf8);
        column += width;
        first = false;
        at[length] = after;
        at += length;
    }
    fputc('\n', out);
    free(copy);
}

/* One row of the table at a time: row[j] is the distance between the first i characters of a and
 * the first j of b. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t row[NAME_MAX_CHARACTERS + 1];
    size_t a_length = strlen(a), b_length = strlen(b);
    if (a_length > NAME_MAX_CHARACTERS || b_length > NAME_MAX_CHARACTERS)
        return SIZE_MAX;
    for (size_t j = 0; j <= b_length; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t above = row[j];
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            best = above + 1 < best ? above + 1 : best;
            row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            diagonal = above;
        }
    }
    return row[b_length];
}

const char *prose_nearest(const char *wrong, char *const *names, size_t count)
{
    const char *nearest = NULL;
    /* Further off than a third of its letters, a guess would only puzzle. */
    size_t best = strlen(wrong) / 3 + 2;
    for (size_t i = 0; i < count; i++) {
        const char *slash = strrchr(names[i], '/');
        size_t whole = edit_distance(wrong, names[i]);
        size_t tail = slash ? edit_distance(wrong, slash + 1) : whole;
        size_t distance = whole < tail ? whole : tail;
        if (distance < best) {
            best = distance;
            nearest = names[i];
        }
    }
    return nearest;
}
