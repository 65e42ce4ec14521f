/* format_junit.c - JUnit XML: a suite for each grade, a case for each test.
 *
 * A <failure> is the student's, an <error> the grader's or its machine's, and what was not run is
 * <skipped>. XML 1.0 has no way at all to write some characters; html_text escapes what is
 * markup and spells those out. */
#include <errno.h>
#include <string.h>

#include "grader/base/html.h"
#include "grader/formats/format_case.h"
#include "grader/formats/format_views.h"

enum { TIMESTAMP_BYTES = 19 }; /* 2026-01-14T09:30:05, without a zone: it is UTC */

static void xml_text(struct text *xml, const char *text)
{
    html_text(xml, text, strlen(text));
}

/* In quotes, a newline would come out as a space. */
static void xml_attribute(struct text *xml, const char *name, const char *value)
{
    text_append(xml, " %s=\"", name);
    html_text(xml, value, strcspn(value, "\n"));
    text_append(xml, "\"");
}

static void outcome(struct text *xml, const struct format_case *one)
{
    if (one->verdict == VERDICT_SKIPPED) {
        text_append(xml, "<skipped/>");
        return;
    }
    const char *element = one->verdict == VERDICT_GRADER_ERROR ? "error" : "failure";
    text_append(xml, "<%s", element);
    xml_attribute(xml, "type", verdict_name(one->verdict));
    xml_attribute(xml, "message", one->requirement);
    text_append(xml, ">");
    xml_text(xml, one->message.data);
    if (one->output.length) {
        text_append(xml, "\nit printed:\n");
        xml_text(xml, one->output.data);
    }
    text_append(xml, "</%s>", element);
}

static void test_case(struct text *xml, const char *class, const struct format_case *one)
{
    text_append(xml, "    <testcase");
    xml_attribute(xml, "name", one->name);
    xml_attribute(xml, "classname", class);
    text_append(xml, " time=\"%.3f\"", format_seconds(one->wall_ns));
    text_append(xml, one->verdict == VERDICT_PASS ? "/>\n" : ">");
    if (one->verdict == VERDICT_PASS)
        return;
    outcome(xml, one);
    text_append(xml, "</testcase>\n");
}

static void counts(struct text *xml, const struct format_cases *cases)
{
    size_t errors = 0, failures = 0, skipped = 0;
    for (size_t i = 0; i < cases->count; i++) {
        enum verdict verdict = cases->all[i].verdict;
        errors += verdict == VERDICT_GRADER_ERROR;
        skipped += verdict == VERDICT_SKIPPED;
        failures += verdict != VERDICT_PASS && verdict != VERDICT_SKIPPED &&
                    verdict != VERDICT_GRADER_ERROR;
    }
    text_append(xml, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"", cases->count,
                failures, errors, skipped);
}

static void properties(struct text *xml, const struct record *record)
{
    const struct {
        const char *name, *value;
    } all[] = {
        {"verdict", verdict_name(record->verdict)}, {"submission_hash", record->submission_hash},
        {"suite_hash", record->suite_hash},         {"grader_hash", record->grader_hash},
        {"toolchain", record->toolchain},           {"layers", record->layers},
    };
    text_append(xml, "    <properties>\n");
    if (record->verdict != VERDICT_GRADER_ERROR) /* which has none, not 0 */
        text_append(xml, "      <property name=\"points\" value=\"%g\"/>\n", record->points);
    text_append(xml, "      <property name=\"max_points\" value=\"%u\"/>\n", record->max_points);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        text_append(xml, "      <property name=\"%s\"", all[i].name);
        xml_attribute(xml, "value", all[i].value);
        text_append(xml, "/>\n");
    }
    text_append(xml, "    </properties>\n");
}

static void timestamp(struct text *xml, const struct record *record)
{
    char time[TIMESTAMP_BYTES + 1];
    snprintf(time, sizeof(time), "%s",
             record->graded_at[0] ? record->graded_at : "1970-01-01T00:00:00");
    xml_attribute(xml, "timestamp", time);
}

static int suite(struct text *xml, const struct record *record, size_t id)
{
    struct format_cases cases;
    struct text class = {NULL, 0, 0, false};
    const char *student = record->student[0] ? record->student : "submission";
    if (format_cases(record, &cases) != 0)
        return -ENOMEM;
    text_append(xml, "  <testsuite");
    xml_attribute(xml, "name", record->exercise);
    xml_attribute(xml, "package", student);
    text_append(xml, " id=\"%zu\" hostname=\"localhost\"", id);
    timestamp(xml, record);
    counts(xml, &cases);
    text_append(xml, " time=\"%.3f\">\n", format_seconds(record->wall_ns));
    properties(xml, record);
    text_append(&class, "%s.%s", record->exercise, student);
    xml->failed = xml->failed || class.failed;
    for (size_t i = 0; !class.failed && i < cases.count; i++)
        test_case(xml, class.data, &cases.all[i]);
    text_append(xml, "    <system-out/>\n    <system-err/>\n  </testsuite>\n");
    text_fini(&class);
    format_cases_fini(&cases);
    return 0;
}

static void begin(struct text *xml)
{
    text_append(xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
}

static char *end(struct text *xml, int failed)
{
    text_append(xml, "</testsuites>\n");
    if (!failed && !xml->failed)
        return xml->data;
    text_fini(xml);
    return NULL;
}

char *format_junit(const struct record *record)
{
    struct text xml = {NULL, 0, 0, false};
    begin(&xml);
    return end(&xml, suite(&xml, record, 0));
}

char *format_junit_class(const struct gradebook *book)
{
    struct text xml = {NULL, 0, 0, false};
    int failed = 0;
    begin(&xml);
    for (size_t i = 0; i < book->cell_count && !failed; i++) {
        struct record *record = gradebook_record(book, &book->cells[i]);
        failed = record ? suite(&xml, record, i) : -ENOMEM;
        record_destroy(record);
    }
    return end(&xml, failed);
}
