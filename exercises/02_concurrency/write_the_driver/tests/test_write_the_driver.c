/* test_write_the_driver.c - nothing: one run of a driver says little. The tests are those under interleave. */
#include "subject.h"

const struct subject_test subject_tests[] = {
    {NULL, NULL},
};
