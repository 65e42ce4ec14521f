/* End records as a hostile subject might write them. Every second input begins like a right one, so that the
 * deeper lines are reached too; a record that is taken has a known verdict and a score from 0 to 1. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "grader/engine/end_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct end_record *record)
{
    bool pass = strcmp(record->verdict, "pass") == 0;
    bool failed = strcmp(record->verdict, "fail") == 0 || strcmp(record->verdict, "leak") == 0;
    if (!pass && !failed)
        abort();
    if (!(record->score >= 0 && record->score <= 1))
        abort();
    if (failed && !(record->at && record->requirement && record->expected && record->actual))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const beginnings[] = {
        "", "syslab 1\nnonce 0f\ntest t\nverdict pass\nscore 1.000\nmeasured ",
        "syslab 1\nnonce 0f\ntest t\nverdict pass\nscore ",
        "syslab 1\nnonce 0f\ntest t\nverdict fail\nat a.c:1\nrequirement r\nexpected e\nactual "};
    const char *beginning = beginnings[size > 0 ? data[0] % 4 : 0];
    const char *end = size > 1 && data[1] % 2 ? "\nend\n" : "";
    size_t before = strlen(beginning), after = strlen(end);
    char *text = malloc(before + size + after + 1);
    if (!text)
        return 0;
    memcpy(text, beginning, before);
    if (size > 0)
        memcpy(text + before, data, size);
    memcpy(text + before + size, end, after);
    struct end_record record;
    if (!end_record_parse(text, before + size + after, "0f", "t", &record))
        check(&record);
    end_record_fini(&record);
    free(text);
    return 0;
}
