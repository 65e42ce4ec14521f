/* test_find_the_order.c - nothing: an order makes no difference to one thread. The tests are those under interleave. */
#include "subject.h"

const struct subject_test subject_tests[] = {
    {NULL, NULL},
};
