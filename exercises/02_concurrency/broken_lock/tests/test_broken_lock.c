/* test_broken_lock.c - nothing: what is wrong with the lock does not show on a machine, or by chance. The tests are those
 * under interleave. */
#include "subject.h"

const struct subject_test subject_tests[] = {
    {NULL, NULL},
};
