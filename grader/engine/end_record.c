#include "grader/engine/end_record.h"

#include <stdlib.h>
#include <string.h>

#include "grader/base/text.h"

/* What is left to read. */
struct reader {
    const char *at, *end;
};

/* Take the line "key value\n". Returns: the value and its length, or NULL, and nothing is taken. */
static const char *take(struct reader *reader, const char *key, size_t *length)
{
    size_t key_length = strlen(key);
    size_t left = (size_t)(reader->end - reader->at);
    const char *stop = memchr(reader->at, '\n', left);
    if (!stop || left <= key_length || memcmp(reader->at, key, key_length) != 0 ||
        reader->at[key_length] != ' ')
        return NULL;
    const char *value = reader->at + key_length + 1;
    *length = (size_t)(stop - value);
    reader->at = stop + 1;
    return value;
}

static bool take_exactly(struct reader *reader, const char *key, const char *wanted)
{
    size_t length;
    const char *value = take(reader, key, &length);
    return value && length == strlen(wanted) && memcmp(value, wanted, length) == 0;
}

/* Take a value, with \n and \\ resolved, into *out. */
static bool take_text(struct reader *reader, const char *key, char **out)
{
    size_t length;
    const char *value = take(reader, key, &length);
    if (!value)
        return false;
    char *plain = malloc(length + 1);
    size_t used = 0;
    for (size_t i = 0; plain && i < length; i++) {
        bool escaped = value[i] == '\\' && i + 1 < length;
        i += escaped;
        plain[used++] = escaped && value[i] == 'n' ? '\n' : value[i];
    }
    *out = plain ? text_clean(plain, used) : NULL;
    free(plain);
    return *out != NULL;
}

/* "0.000" to "1.000" */
static bool take_score(struct reader *reader, double *out)
{
    size_t length;
    const char *value = take(reader, "score", &length);
    if (!value || length != 5 || value[1] != '.' || strspn(value + 2, "0123456789") != 3)
        return false;
    *out = (value[0] - '0') + strtod(value + 1, NULL);
    return (value[0] == '0' || value[0] == '1') && *out <= 1;
}

static bool take_pass(struct reader *reader, struct end_record *out)
{
    if (!take_score(reader, &out->score))
        return false;
    const char *before = reader->at;
    return take_text(reader, "measured", &out->measured) || reader->at == before;
}

static bool take_failure(struct reader *reader, struct end_record *out)
{
    if (!take_text(reader, "at", &out->at) ||
        !take_text(reader, "requirement", &out->requirement) ||
        !take_text(reader, "expected", &out->expected) ||
        !take_text(reader, "actual", &out->actual))
        return false;
    const char *before = reader->at;
    return take_text(reader, "replay", &out->replay) ? take_text(reader, "trace", &out->trace)
                                                     : reader->at == before;
}

static bool take_verdict(struct reader *reader, struct end_record *out)
{
    static const char *const known[] = {"pass",     "fail",      "leak",   "race",
                                        "deadlock", "undefined", "signal", "timeout_cpu"};
    size_t length;
    const char *value = take(reader, "verdict", &length);
    for (size_t i = 0; value && i < sizeof(known) / sizeof(known[0]); i++) {
        if (length != strlen(known[i]) || memcmp(value, known[i], length) != 0)
            continue;
        strcpy(out->verdict, known[i]);
        return i == 0 ? take_pass(reader, out) : take_failure(reader, out);
    }
    return false;
}

const char *end_record_parse(const char *text, size_t length, const char *nonce, const char *test,
                             struct end_record *out)
{
    struct reader reader = {text, text + length};
    *out = (struct end_record){.score = 0};
    if (length == 0)
        return "no end record";
    if (!take_exactly(&reader, "syslab", "1"))
        return "an end record of the wrong shape";
    if (!take_exactly(&reader, "nonce", nonce))
        return "an end record with a wrong nonce";
    if (!take_exactly(&reader, "test", test))
        return "an end record of another test";
    if (!take_verdict(&reader, out)) {
        end_record_fini(out);
        return "an end record of the wrong shape";
    }
    if (reader.end - reader.at == 4 && memcmp(reader.at, "end\n", 4) == 0)
        return NULL;
    bool whole = reader.end - reader.at >= 4 && memcmp(reader.at, "end\n", 4) == 0;
    end_record_fini(out);
    return whole ? "more than one end record" : "an end record of the wrong shape";
}

void end_record_fini(struct end_record *record)
{
    free(record->measured);
    free(record->at);
    free(record->requirement);
    free(record->expected);
    free(record->actual);
    free(record->replay);
    free(record->trace);
    *record = (struct end_record){.score = 0};
}
