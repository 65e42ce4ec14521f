/* format_exercism.c - results.json, version 3, as an Exercism test runner has to leave it behind.
 *
 * `error` is for tests that did not run: a file that does not build, and a fault of the grader's.
 * Its message is then all that a student gets. A test's code is not shown: in its place stands
 * what the test requires, in words, but for a hidden one's. The order is the manifest's. There are no tasks, so no task_id. */
#include <string.h>

#include "grader/formats/format_case.h"
#include "grader/formats/format_views.h"

/* The website keeps a message in a column of this many bytes; an output may have 500 characters. */
enum { MESSAGE_MAX_BYTES = 65535, OUTPUT_MAX_CHARACTERS = 500 };

static const char output_cut[] = "\nOutput was truncated. Please limit to 500 chars";
static const char message_cut[] = "\n(cut)";

/* The length of the longest beginning of at most so many bytes that ends with a whole character. */
static size_t whole_characters(const char *text, size_t bytes)
{
    size_t length = strlen(text);
    if (length <= bytes)
        return length;
    while (bytes > 0 && ((unsigned char)text[bytes] & 0xc0) == 0x80)
        bytes--;
    return bytes;
}

/* How many bytes the first so many characters take. */
static size_t bytes_of(const char *text, size_t characters)
{
    size_t at = 0;
    for (; text[at]; at++)
        if (((unsigned char)text[at] & 0xc0) != 0x80 && characters-- == 0)
            break;
    return at;
}

static json_t *cut_to_json(const char *text, size_t kept, const char *mark)
{
    struct text cut = {NULL, 0, 0, false};
    text_append_bytes(&cut, text, kept);
    if (text[kept])
        text_append(&cut, "%s", mark);
    json_t *string = cut.failed ? NULL : format_json_text(cut.data);
    text_fini(&cut);
    return string;
}

static json_t *message_to_json(const char *text)
{
    size_t kept = whole_characters(text, MESSAGE_MAX_BYTES);
    if (text[kept])
        kept = whole_characters(text, MESSAGE_MAX_BYTES - strlen(message_cut));
    return *text ? cut_to_json(text, kept, message_cut) : json_null();
}

/* With the sentence about it, a cut output has 500 characters too. */
static json_t *output_to_json(const char *text)
{
    size_t kept = bytes_of(text, OUTPUT_MAX_CHARACTERS);
    if (text[kept])
        kept = bytes_of(text, OUTPUT_MAX_CHARACTERS - strlen(output_cut));
    return *text ? cut_to_json(text, kept, output_cut) : json_null();
}

/* "blocks_are_aligned" as people read it. */
static json_t *name_to_json(const char *name)
{
    char words[256];
    snprintf(words, sizeof(words), "%s", name);
    for (char *at = words; (at = strchr(at, '_'));)
        *at = ' ';
    return format_json_text(words);
}

static const char *status_of(enum verdict verdict)
{
    return verdict == VERDICT_PASS ? "pass" : verdict == VERDICT_SKIPPED ? "error" : "fail";
}

static json_t *case_to_json(const struct format_case *one)
{
    return json_pack("{s:o, s:s, s:o, s:o, s:o}", "name", name_to_json(one->name), "status",
                     status_of(one->verdict), "message", message_to_json(one->message.data),
                     "output", output_to_json(one->output.data), "test_code",
                     format_json_text(one->requirement));
}

static bool has_run(const struct record *record)
{
    return record->verdict != VERDICT_COMPILE_ERROR && record->verdict != VERDICT_GRADER_ERROR;
}

static json_t *tests_to_json(const struct record *record, const struct format_cases *cases)
{
    json_t *tests = json_array();
    for (size_t i = 0; has_run(record) && i < cases->count; i++) {
        if (json_array_append_new(tests, case_to_json(&cases->all[i])) != 0) {
            json_decref(tests);
            return NULL;
        }
    }
    return tests;
}

char *format_exercism(const struct record *record)
{
    struct format_cases cases;
    if (format_cases_for_student(record, &cases) != 0)
        return NULL;
    bool run = has_run(record);
    const char *status = !run ? "error" : record->verdict == VERDICT_PASS ? "pass" : "fail";
    const char *message = run || !cases.count ? "" : cases.all[0].message.data;
    json_t *root = json_pack("{s:i, s:s, s:o, s:o}", "version", 3, "status", status, "message",
                             message_to_json(message), "tests", tests_to_json(record, &cases));
    char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
    json_decref(root);
    format_cases_fini(&cases);
    return text;
}
