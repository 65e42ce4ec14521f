#include <pthread.h>

#include "slot.h"
#include "subject.h"

static void *put_one(void *slot)
{
    slot_put(slot, 41);
    return NULL;
}

static void value_is_passed_on(void)
{
    pthread_t thread;
    struct slot *slot = slot_create();
    pthread_create(&thread, NULL, put_one, slot);
    expect_int(slot_take(slot), 41, "what was put is what is taken");
    pthread_join(thread, NULL);
    slot_destroy(slot);
    subject_done();
}

static void *put_two(void *slot)
{
    slot_put(slot, 1);
    slot_put(slot, 2);
    return NULL;
}

static void two_values_in_order(void)
{
    pthread_t thread;
    struct slot *slot = slot_create();
    pthread_create(&thread, NULL, put_two, slot);
    expect_int(slot_take(slot), 1, "the first value comes first");
    expect_int(slot_take(slot), 2, "the second value waits for the first to be taken");
    pthread_join(thread, NULL);
    slot_destroy(slot);
    subject_done();
}

const struct subject_test subject_tests[] = {
    {"value_is_passed_on", value_is_passed_on},
    {"two_values_in_order", two_values_in_order},
    {NULL, NULL},
};
