#include "grader/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(struct text *text, size_t more)
{
    size_t needed = text->length + more + 1;
    if (text->failed || needed <= text->capacity)
        return !text->failed;
    size_t capacity = needed < 128 ? 128 : needed * 2;
    char *data = realloc(text->data, capacity);
    text->failed = data == NULL;
    if (!data)
        return false;
    text->data = data;
    text->capacity = capacity;
    return true;
}

void text_append_bytes(struct text *text, const char *bytes, size_t length)
{
    if (!reserve(text, length))
        return;
    memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void text_append(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0 || !reserve(text, (size_t)length))
        return;
    va_start(args, format);
    vsnprintf(text->data + text->length, (size_t)length + 1, format, args);
    va_end(args);
    text->length += (size_t)length;
}

void text_fini(struct text *text)
{
    free(text->data);
    *text = (struct text){NULL, 0, 0, false};
}

size_t text_valid_utf8(const unsigned char *bytes, size_t length)
{
    static const struct {
        unsigned char mask, lead;
        unsigned smallest;
    } forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    for (size_t more = 0; more < 4; more++) {
        if ((bytes[0] & forms[more].mask) != forms[more].lead)
            continue;
        unsigned character = bytes[0] & (unsigned char)~forms[more].mask;
        if (more >= length)
            return 0;
        for (size_t i = 1; i <= more; i++) {
            if ((bytes[i] & 0xc0) != 0x80)
                return 0;
            character = character << 6 | (bytes[i] & 0x3fu);
        }
        bool surrogate = character >= 0xd800 && character < 0xe000;
        return character >= forms[more].smallest && character <= 0x10ffff && !surrogate ? more + 1
                                                                                        : 0;
    }
    return 0;
}

char *text_clean(const char *bytes, size_t length)
{
    struct text text = {NULL, 0, 0, false};
    text_append_bytes(&text, "", 0);
    for (size_t at = 0; at < length;) {
        const unsigned char *here = (const unsigned char *)bytes + at;
        size_t character = text_valid_utf8(here, length - at);
        bool control = (*here < 0x20 && *here != '\n' && *here != '\t') || *here == 0x7f;
        if (character == 0 || control)
            text_append(&text, "\\x%02x", *here);
        else
            text_append_bytes(&text, (const char *)here, character);
        at += character ? character : 1;
    }
    if (text.failed)
        text_fini(&text);
    return text.data;
}
