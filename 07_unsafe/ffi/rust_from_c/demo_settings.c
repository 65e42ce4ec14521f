/* demo_settings.c - a C program whose parser is in Rust: memory of each side in the hands of the other.
 *
 * Usage: demo_settings
 *
 * Expected output:
 *     3 settings
 *     port is 8080
 *     host = example.org
 *     port = 8080
 *     user = größe
 *     C's text was given back
 *     bad line: -74: line 2: expected key = value: nonsense
 *     number 7: -131: index out of bounds: the len is 3 but the index is 7
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "07_unsafe/ffi/rust_from_c/settings.h"

static void give_back(void *text, size_t text_bytes, void *context)
{
    (void)text_bytes;
    free(text); /* C made it, so C frees it, however late */
    *(int *)context += 1;
}

struct search {
    const char *key;
    char value[32];
};

/* Rust calls this. The texts are Rust's, and gone after it returns: what is kept is copied. */
static int find(void *context, const char *key, size_t key_bytes, const char *value,
                size_t value_bytes)
{
    struct search *search = context;
    if (strlen(search->key) != key_bytes || memcmp(search->key, key, key_bytes) != 0)
        return 0;
    snprintf(search->value, sizeof(search->value), "%.*s", (int)value_bytes, value);
    return 1;
}

static int failed(const char *what, int code, char *error)
{
    printf("%s: %d: %s\n", what, code, error ? error : "no text");
    settings_text_free(error); /* Rust made it */
    return code;
}

static struct settings *parse(const char *what, const char *from, int *given_back)
{
    struct settings *settings = NULL;
    char *error = NULL, *text = strdup(from);
    if (!text)
        return NULL;
    int code = settings_adopt(text, strlen(text), give_back, given_back, &settings, &error);
    if (code) {
        failed(what, code, error);
        free(text); /* not taken over: still C's */
    }
    return settings;
}

/* Returns: how much went wrong that should not. */
static int use(struct settings *settings)
{
    struct search search = {.key = "port"};
    const char *value;
    size_t value_bytes;
    char *error = NULL, *text = NULL;
    printf("%zu settings\n", settings_count(settings));
    if (settings_each(settings, find, &search) != 1)
        return 1;
    printf("port is %s\n", search.value);
    if (settings_to_text(settings, &text))
        return 1;
    fputs(text, stdout);
    settings_text_free(text);
    int code = settings_value(settings, 7, &value, &value_bytes, &error);
    settings_destroy(settings);
    printf("C's text was given back\n");
    parse("bad line", "a = 1\nnonsense\n", NULL);
    return failed("number 7", code, error) == 0;
}

int main(void)
{
    int given_back = 0;
    struct settings *settings = parse(
        "settings", "# who\nuser = größe\nport=8080 # not 80\n\nhost = example.org\n", &given_back);
    if (!settings)
        return 1;
    int wrong = use(settings);
    return wrong || given_back != 1;
}
