/* test_treiber_stack.c - order, and that a node that somebody looks at does not come again. Each case runs with
 * each scheme of reclamation. */
#include "tests/support/check_main.h"

#include "02_concurrency/treiber_stack.h"

struct item {
    struct treiber_stack_node node;
    unsigned number;
};

static struct allocator_tracking tracking;
static struct epoch epoch;
static struct hazard hazard;
static struct treiber_stack stack;
static struct reclaim_thread *me;

static void begin(int kind)
{
    allocator_tracking_init(&tracking, allocator_system());
    epoch_init(&epoch, &tracking.base, asymmetric_best());
    hazard_init(&hazard, &tracking.base, asymmetric_best());
    treiber_stack_init(&stack);
    ck_assert_int_eq(reclaim_join(kind == RECLAIM_EPOCH ? &epoch.domain : &hazard.domain, &me), 0);
}

static void end(void)
{
    epoch_fini(&epoch);
    hazard_fini(&hazard);
    ck_assert_uint_eq(allocator_tracking_check(&tracking), 0);
    ck_assert_uint_eq(allocator_tracking_fini(&tracking), 0);
}

static void item_free(struct reclaim_node *reclaim, struct allocator *allocator)
{
    struct item *item = container_of(reclaim, struct item, node.reclaim);
    allocator_free(allocator, item, sizeof(*item), 16);
}

static void push(unsigned number)
{
    struct item *item = allocator_alloc(reclaim_allocator(me), sizeof(*item), 16);
    ck_assert_ptr_nonnull(item);
    item->number = number;
    treiber_stack_push(&stack, &item->node);
}

/* Returns: the number on top, 0 if there is none. */
static unsigned pop(void)
{
    struct treiber_stack_node *node = treiber_stack_pop(&stack, me);
    if (!node)
        return 0;
    unsigned number = container_of(node, struct item, node)->number;
    reclaim_retire(me, &node->reclaim, item_free);
    return number;
}

START_TEST(last_in_first_out)
{
    begin(_i);
    ck_assert(treiber_stack_is_empty(&stack));
    ck_assert_uint_eq(pop(), 0);
    for (unsigned i = 1; i <= 1000; i++)
        push(i);
    ck_assert(!treiber_stack_is_empty(&stack));
    for (unsigned i = 1000; i > 0; i--)
        ck_assert_uint_eq(pop(), i);
    ck_assert_uint_eq(pop(), 0);
    ck_assert(treiber_stack_is_empty(&stack));
    end();
}
END_TEST

START_TEST(pop_all_gives_them_in_order)
{
    begin(_i);
    ck_assert_ptr_null(treiber_stack_pop_all(&stack));
    for (unsigned i = 1; i <= 10; i++)
        push(i);
    struct treiber_stack_node *node = treiber_stack_pop_all(&stack);
    ck_assert(treiber_stack_is_empty(&stack));
    for (unsigned i = 10; i > 0; i--) {
        struct treiber_stack_node *next = node->next;
        ck_assert_uint_eq(container_of(node, struct item, node)->number, i);
        reclaim_retire(me, &node->reclaim, item_free);
        node = next;
    }
    ck_assert_ptr_null(node);
    end();
}
END_TEST

/* Another thread has read the top and its next, and was stopped before its swap. Whatever happens to the
 * stack meanwhile, no other node is at that address when it goes on: its swap cannot succeed by mistake. */
START_TEST(a_node_in_hand_does_not_come_again)
{
    struct reclaim_thread *stopped;
    begin(_i);
    ck_assert_int_eq(reclaim_join(me->domain, &stopped), 0);
    push(1);
    push(2);
    uint64_t outer = reclaim_enter(stopped);
    uintptr_t top = reclaim_protect(stopped, 0, &stack.top, 0);
    ck_assert_uint_eq(pop(), 2);
    ck_assert_uint_eq(pop(), 1);
    for (unsigned i = 3; i < 3000; i++) {
        push(i);
        ck_assert_uint_ne(atomic_load(&stack.top), top);
        ck_assert_uint_eq(pop(), i);
        reclaim_collect(me);
    }
    ck_assert_uint_eq(((struct item *)top)->number, 2); /* and it can still be read */
    reclaim_leave(stopped, outer);
    end();
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("treiber_stack");
    TCase *order = tcase_create("order");
    tcase_add_loop_test(order, last_in_first_out, RECLAIM_EPOCH, RECLAIM_HAZARD + 1);
    tcase_add_loop_test(order, pop_all_gives_them_in_order, RECLAIM_EPOCH, RECLAIM_HAZARD + 1);
    suite_add_tcase(suite, order);
    TCase *reuse = tcase_create("reuse");
    tcase_add_loop_test(reuse, a_node_in_hand_does_not_come_again, RECLAIM_EPOCH,
                        RECLAIM_HAZARD + 1);
    suite_add_tcase(suite, reuse);
    return suite;
}
