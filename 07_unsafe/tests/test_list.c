/* test_list.c - every operation on lists of zero, one, two and many items; then against an array. */
#include "tests/support/check_main.h"

#include <stdio.h>
#include <stdlib.h>

#include "07_unsafe/list.h"

enum { ITEMS = 32, ROUNDS = 20000 };

struct item {
    int value;
    struct list_node node;
    struct list_node other; /* a second list: container_of must know which member it was given */
};

static struct item items[ITEMS];
static struct list list;

static int value_of(const struct list_node *node)
{
    return container_of(node, struct item, node)->value;
}

static void fill(int count)
{
    list_init(&list);
    for (int i = 0; i < count; i++) {
        items[i].value = i;
        list_push_back(&list, &items[i].node);
    }
}

/* expected: the values in order, ended by -1. Both directions, the ends and the count must agree. */
static void expect_values(struct list *of, const int *expected)
{
    size_t count = 0;
    ck_assert(list_check(of));
    list_for_each(node, of)
    {
        ck_assert_int_eq(value_of(node), expected[count]);
        count++;
    }
    ck_assert_int_eq(expected[count], -1);
    ck_assert_uint_eq(list_count(of), count);
    ck_assert_int_eq(list_is_empty(of), count == 0);
    size_t back = count;
    list_for_each_reverse(node, of) ck_assert_int_eq(value_of(node), expected[--back]);
    ck_assert_uint_eq(back, 0);
    ck_assert_ptr_eq(list_first(of), count ? of->head.next : NULL);
    ck_assert_ptr_eq(list_last(of), count ? of->head.prev : NULL);
}

#define expect_list(of, ...) expect_values((of), (const int[]){__VA_ARGS__, -1})

START_TEST(container_of_finds_the_item)
{
    struct item item = {.value = 7};
    const struct list_node *constant = &item.node;
    ck_assert_ptr_eq(container_of(&item.node, struct item, node), &item);
    ck_assert_ptr_eq(container_of(&item.other, struct item, other), &item);
    ck_assert_ptr_eq(container_of(&item.value, struct item, value), &item);
    ck_assert_ptr_eq(container_of(constant, struct item, node), &item);
    struct list_node *nodes[] = {&item.node, NULL}, **next = nodes;
    ck_assert_ptr_eq(container_of(*next++, struct item, node), &item);
    ck_assert_ptr_eq(next, nodes + 1); /* evaluated once */
}
END_TEST

START_TEST(push_and_pop)
{
    fill(0);
    expect_values(&list, (const int[]){-1});
    ck_assert_ptr_null(list_pop_front(&list));
    ck_assert_ptr_null(list_pop_back(&list));
    for (int i = 0; i < 4; i++)
        items[i].value = i;
    list_push_back(&list, &items[1].node);
    expect_list(&list, 1);
    list_push_back(&list, &items[2].node);
    list_push_front(&list, &items[0].node);
    expect_list(&list, 0, 1, 2);
    ck_assert_ptr_eq(list_pop_front(&list), &items[0].node);
    expect_list(&list, 1, 2);
    ck_assert_ptr_eq(list_pop_back(&list), &items[2].node);
    ck_assert_ptr_eq(list_pop_back(&list), &items[1].node);
    expect_values(&list, (const int[]){-1});
}
END_TEST

START_TEST(insert_and_replace)
{
    fill(2);
    items[7].value = 7, items[8].value = 8, items[9].value = 9;
    list_insert_after(&items[0].node, &items[7].node);
    expect_list(&list, 0, 7, 1);
    list_insert_before(&items[0].node, &items[8].node);
    expect_list(&list, 8, 0, 7, 1);
    list_insert_after(&items[1].node, &items[9].node);
    expect_list(&list, 8, 0, 7, 1, 9);
    items[5].value = 5;
    list_replace(&items[0].node, &items[5].node);
    expect_list(&list, 8, 5, 7, 1, 9);
    ck_assert(!list_node_is_linked(&items[0].node));
    list_replace(&items[8].node, &items[0].node);
    expect_list(&list, 0, 5, 7, 1, 9);
}
END_TEST

START_TEST(remove_and_linked)
{
    for (int removed = 0; removed < 3; removed++) {
        fill(3);
        ck_assert(list_node_is_linked(&items[removed].node));
        list_remove(&items[removed].node);
        ck_assert(!list_node_is_linked(&items[removed].node));
        if (removed == 0)
            expect_list(&list, 1, 2);
        else if (removed == 1)
            expect_list(&list, 0, 2);
        else
            expect_list(&list, 0, 1);
        list_push_back(&list, &items[removed].node);
        ck_assert_uint_eq(list_count(&list), 3);
    }
    struct list_node fresh;
    list_node_init(&fresh);
    ck_assert(!list_node_is_linked(&fresh));
}
END_TEST

START_TEST(neighbours)
{
    fill(2);
    ck_assert_ptr_eq(list_next(&list, &items[0].node), &items[1].node);
    ck_assert_ptr_null(list_next(&list, &items[1].node));
    ck_assert_ptr_eq(list_prev(&list, &items[1].node), &items[0].node);
    ck_assert_ptr_null(list_prev(&list, &items[0].node));
}
END_TEST

START_TEST(splice)
{
    struct list from;
    for (int into = 0; into < 3; into++)
        for (int moved = 0; moved < 3; moved++)
            for (int front = 0; front < 2; front++) {
                int expected[8], at = 0;
                fill(into);
                list_init(&from);
                for (int i = 0; i < moved; i++) {
                    items[10 + i].value = 10 + i;
                    list_push_back(&from, &items[10 + i].node);
                }
                for (int i = 0; i < moved && front; i++)
                    expected[at++] = 10 + i;
                for (int i = 0; i < into; i++)
                    expected[at++] = i;
                for (int i = 0; i < moved && !front; i++)
                    expected[at++] = 10 + i;
                expected[at] = -1;
                if (front)
                    list_splice_front(&list, &from);
                else
                    list_splice_back(&list, &from);
                expect_values(&list, expected);
                expect_values(&from, (const int[]){-1});
            }
}
END_TEST

START_TEST(safe_walk_may_remove_and_free)
{
    list_init(&list);
    for (int i = 0; i < 100; i++) {
        struct item *item = malloc(sizeof(*item));
        ck_assert_ptr_nonnull(item);
        item->value = i;
        list_push_back(&list, &item->node);
    }
    list_for_each_safe(node, &list)
    {
        struct item *item = container_of(node, struct item, node);
        if (item->value % 3 != 0) {
            list_remove(node);
            free(item);
        }
    }
    ck_assert(list_check(&list));
    ck_assert_uint_eq(list_count(&list), 34);
    list_for_each_safe(node, &list)
    {
        list_remove(node);
        free(container_of(node, struct item, node));
    }
    ck_assert(list_is_empty(&list));
}
END_TEST

START_TEST(check_finds_every_broken_link)
{
    struct list_node stray = {&stray, &stray};
    for (int broken = 0; broken < 4; broken++) {
        struct list_node *node = broken < 3 ? &items[broken].node : &list.head;
        fill(3);
        node->next = &stray;
        ck_assert(!list_check(&list));
        fill(3);
        node->prev = &stray;
        ck_assert(!list_check(&list));
        fill(3);
        node->next = NULL;
        ck_assert(!list_check(&list));
        fill(3);
        node->next = node; /* a ring that never comes back to head */
        ck_assert(!list_check(&list));
        fill(3);
        ck_assert(list_check(&list));
    }
}
END_TEST

/* The model is an array of values; an item is in it or not. */
static int model[ITEMS], model_count;

static void model_remove(int at)
{
    for (model_count--; at < model_count; at++)
        model[at] = model[at + 1];
}

static void model_insert(int at, int value)
{
    for (int i = model_count++; i > at; i--)
        model[i] = model[i - 1];
    model[at] = value;
}

static int model_find(int value)
{
    for (int at = 0; at < model_count; at++)
        if (model[at] == value)
            return at;
    return -1;
}

static void step(unsigned *seed)
{
    int value = rand_r(seed) % ITEMS, at = model_find(value);
    int place = model_count ? rand_r(seed) % model_count : 0;
    struct list_node *node = &items[value].node;
    if (at >= 0) {
        list_remove(node);
        model_remove(at);
    } else if (model_count == 0 || rand_r(seed) % 4 == 0) {
        list_push_back(&list, node);
        model_insert(model_count, value);
    } else if (rand_r(seed) % 2) {
        list_insert_after(&items[model[place]].node, node);
        model_insert(place + 1, value);
    } else {
        list_insert_before(&items[model[place]].node, node);
        model_insert(place, value);
    }
}

START_TEST(agrees_with_a_model)
{
    unsigned seed = 20260111;
    printf("seed %u\n", seed);
    fill(0);
    for (int i = 0; i < ITEMS; i++)
        items[i].value = i;
    for (int round = 0; round < ROUNDS; round++) {
        int at = 0;
        step(&seed);
        bool same = list_check(&list);
        list_for_each(node, &list)
        {
            same = same && at < model_count && value_of(node) == model[at];
            at++;
        }
        ck_assert(same && at == model_count);
    }
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("list");
    TCase *container = tcase_create("container_of");
    tcase_add_test(container, container_of_finds_the_item);
    suite_add_tcase(suite, container);
    TCase *change = tcase_create("change");
    tcase_add_test(change, push_and_pop);
    tcase_add_test(change, insert_and_replace);
    tcase_add_test(change, remove_and_linked);
    tcase_add_test(change, splice);
    suite_add_tcase(suite, change);
    TCase *walk = tcase_create("walk");
    tcase_add_test(walk, neighbours);
    tcase_add_test(walk, safe_walk_may_remove_and_free);
    suite_add_tcase(suite, walk);
    TCase *check = tcase_create("check");
    tcase_add_test(check, check_finds_every_broken_link);
    suite_add_tcase(suite, check);
    TCase *against = tcase_create("model");
    tcase_add_test(against, agrees_with_a_model);
    suite_add_tcase(suite, against);
    return suite;
}
