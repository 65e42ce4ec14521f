/* The tests that every attack on the grader meets. */
#include <string.h>

#include "subject.h"
#include "target.h"

static void adds_small_numbers(void)
{
    expect_int(target_add(2, 3), 5, "2 and 3 are 5");
    /* A strcmp of the submission's own must not reach this one. */
    expect_true(strcmp("five", "six") != 0, "the C library is the C library");
    subject_done();
}

static void adds_negative_numbers(void)
{
    for (int i = 1; i < 100; i++)
        expect_int(target_add(i, -i), 0, "%d and its negative are 0", i);
    /* Not what was asked before: a cache, or a list of answers in their order, does not know. */
    int by = (int)(subject_seed() % 1000) + 1;
    for (int i = 1; i < 100; i++)
        expect_int(target_add(i, -i - by), -by, "%d and %d are %d", i, -i - by, -by);
    subject_done();
}

const struct subject_test subject_tests[] = {
    {"adds_small_numbers", adds_small_numbers},
    {"adds_negative_numbers", adds_negative_numbers},
    {NULL, NULL},
};
