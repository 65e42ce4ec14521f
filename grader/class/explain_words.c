/* explain_words.c - a grade in sentences: the rule that made it, the commands that give it again. */
#include <stdlib.h>
#include <string.h>

#include "grader/class/explain.h"
#include "grader/record/view.h"

/* Returns: the text's own string, or NULL without memory. */
static char *finish(struct text *text)
{
    if (!text->failed && text->data)
        return text->data;
    text_fini(text);
    return NULL;
}

/* The tests that a rule of record_worst or the first that failed made the verdict of. */
static const struct record_test *deciding(const struct record *record)
{
    for (size_t i = 0; i < record->test_count; i++)
        for (unsigned run = 0; run < record->tests[i].run_count; run++)
            if (record->tests[i].runs[run].verdict == record->verdict &&
                (record->verdict == VERDICT_FORGED || record->verdict == VERDICT_GRADER_ERROR))
                return &record->tests[i];
    for (size_t i = 0; i < record->test_count; i++)
        if (record->tests[i].verdict != VERDICT_PASS)
            return &record->tests[i];
    return NULL;
}

char *explain_rule(const struct record *record)
{
    struct text text = {NULL, 0, 0, false};
    const struct record_test *test = deciding(record);
    bool ran = test && test->run_count > 0;
    if (record->verdict == VERDICT_PASS)
        text_append(&text, "Every test passed in every way that it was run.");
    else if (record->verdict == VERDICT_GRADER_ERROR)
        text_append(&text,
                    "This is no grade: the grader or its machine failed, which is no fault of "
                    "the student's. Grading again will make one.");
    else if (record->verdict == VERDICT_FORGED)
        text_append(&text,
                    "A submission that does not leave the judging to the tests earns no points at "
                    "all, whatever else it does right.");
    else if (record->message[0] && !ran)
        text_append(&text, "The file was refused before any test could run, so no test earned its "
                           "points.");
    else if (test)
        text_append(&text,
                    "It is named for the first test, in the order of the handout, that did not "
                    "pass: %s %s.",
                    test->name, view_verdict(test->verdict));
    else
        text_append(&text, "No test was run.");
    return finish(&text);
}

/* As a word for the shell. */
static void append_word(struct text *text, const char *word)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+=:@%";
    text_append(text, " ");
    if (*word && strspn(word, plain) == strlen(word)) {
        text_append(text, "%s", word);
        return;
    }
    text_append(text, "'");
    for (; *word; word++)
        if (*word == '\'')
            text_append(text, "'\\''");
        else
            text_append_bytes(text, word, 1);
    text_append(text, "'");
}

char *explain_commands(const struct explain *explain)
{
    struct text text = {NULL, 0, 0, false};
    const struct record *record = explain->record;
    const char *path = explain->path;
    const char *slash = strrchr(path, '/');
    text_append(&text, "%s", "");
    if (explain->file != EXPLAIN_SAME && !explain->kept)
        return finish(&text);
    if (explain->file != EXPLAIN_SAME) {
        path = slash ? slash + 1 : path;
        text_append(&text, "./syslab explain --db");
        append_word(&text, explain->db);
        text_append(&text, " --source");
        append_word(&text, path);
        text_append(&text, "%s", explain->student[0] == '-' ? " --" : "");
        append_word(&text, explain->student);
        append_word(&text, explain->exercise);
        text_append(&text, "\n");
    }
    text_append(&text, "./syslab test");
    append_word(&text, explain->exercise);
    text_append(&text, " --file");
    append_word(&text, path);
    text_append(&text, " --seed %llu%s\n", (unsigned long long)record->seed,
                record_was_sandboxed(record->layers) ? "" : " --no-sandbox");
    return finish(&text);
}
