#include "slot.h"
#include "subject.h"

static void new_slot_is_empty(void)
{
    struct slot *slot = slot_create();
    expect_not_null(slot, "there is memory for a slot");
    expect_true(!slot_is_full(slot), "a new slot is empty");
    slot_destroy(slot);
    subject_done();
}

const struct subject_test subject_tests[] = {
    {"new_slot_is_empty", new_slot_is_empty},
    {NULL, NULL},
};
