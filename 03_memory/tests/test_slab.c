/* test_slab.c - the contract of slab.h, its error paths, and its invariants against a model. */
#include "03_memory/slab.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/check_main.h"

struct body {
    uint64_t a, b;
};

static struct slab slab;
static struct allocator_counting counting;

static void setup(void)
{
    allocator_counting_init(&counting, allocator_system());
    ck_assert_int_eq(slab_init(&slab, SLAB_LAYOUT(struct body), &counting.base), 0);
}

static void teardown(void)
{
    slab_fini(&slab);
    ck_assert_uint_eq(allocator_counting_read(&counting).live_blocks, 0);
    ck_assert_uint_eq(allocator_counting_read(&counting).live_bytes, 0);
}

static struct slab_key insert(uint64_t a)
{
    struct slab_key key = SLAB_KEY_NONE;
    struct body *body = slab_insert(&slab, &key);
    ck_assert_ptr_nonnull(body);
    *body = (struct body){a, ~a};
    return key;
}

static void expect(struct slab_key key, uint64_t a)
{
    const struct body *body = slab_get(&slab, key);
    ck_assert_ptr_nonnull(body);
    ck_assert_uint_eq(body->a, a);
    ck_assert_uint_eq(body->b, ~a);
}

START_TEST(an_inserted_value_is_found)
{
    struct slab_key first = insert(10), second = insert(20);
    expect(first, 10);
    expect(second, 20);
    ck_assert_uint_eq(slab_count(&slab), 2);
    ck_assert_uint_ne(first.bits, second.bits);
    ck_assert_uint_ne(first.bits, SLAB_KEY_NONE.bits);
}
END_TEST

START_TEST(keys_are_dense_and_know_their_parts)
{
    for (uint32_t i = 0; i < 100; i++) {
        struct slab_key key = insert(i);
        ck_assert_uint_eq(slab_key_index(key), i);
        ck_assert_uint_eq(slab_key_generation(key), 1);
    }
}
END_TEST

START_TEST(a_value_may_hold_its_own_key)
{
    struct slab_key key;
    struct body *body = slab_insert(&slab, &key);
    ck_assert_ptr_nonnull(body);
    body->a = key.bits;
    struct body *found = slab_get(&slab, (struct slab_key){body->a});
    ck_assert_ptr_eq(found, body);
}
END_TEST

START_TEST(remove_hands_the_value_out)
{
    struct slab_key key = insert(7);
    struct body out = {0};
    ck_assert_int_eq(slab_remove(&slab, key, &out), 0);
    ck_assert_uint_eq(out.a, 7);
    ck_assert_uint_eq(out.b, ~UINT64_C(7));
    ck_assert_uint_eq(slab_count(&slab), 0);
}
END_TEST

START_TEST(a_stale_key_is_found_out)
{
    struct slab_key old = insert(1);
    ck_assert_int_eq(slab_remove(&slab, old, NULL), 0);
    ck_assert_ptr_null(slab_get(&slab, old));
    struct slab_key new = insert(2);
    ck_assert_uint_eq(slab_key_index(new), slab_key_index(old));
    ck_assert_ptr_null(slab_get(&slab, old));
    expect(new, 2);
}
END_TEST

START_TEST(a_second_remove_changes_nothing)
{
    struct slab_key key = insert(1), other = insert(2);
    struct body out = {77, 77};
    ck_assert_int_eq(slab_remove(&slab, key, NULL), 0);
    ck_assert_int_eq(slab_remove(&slab, key, &out), -ENOENT);
    ck_assert_uint_eq(out.a, 77);
    ck_assert_uint_eq(slab_count(&slab), 1);
    struct slab_key x = insert(3), y = insert(4);
    ck_assert_uint_ne(slab_key_index(x), slab_key_index(y));
    ck_assert_int_eq(slab_remove(&slab, key, NULL), -ENOENT);
    expect(other, 2);
    expect(x, 3);
    expect(y, 4);
}
END_TEST

START_TEST(keys_that_never_were_are_refused)
{
    ck_assert_ptr_null(slab_get(&slab, SLAB_KEY_NONE));
    ck_assert_ptr_null(slab_get(&slab, (struct slab_key){UINT64_MAX}));
    ck_assert_int_eq(slab_remove(&slab, SLAB_KEY_NONE, NULL), -ENOENT);
    struct slab_key key = insert(1), gone = insert(2), last = insert(3);
    slab_remove(&slab, gone, NULL);
    slab_remove(&slab, last, NULL);
    /* Every low half that could match a link, with every generation that the slots have seen. */
    for (uint64_t generation = 0; generation < 4; generation++)
        for (uint64_t index = 0; index < 12; index++) {
            struct slab_key forged = {generation << 32 | index};
            ck_assert_int_eq(slab_get(&slab, forged) != NULL, forged.bits == key.bits);
        }
    ck_assert_ptr_null(slab_get(&slab, (struct slab_key){UINT64_C(1) << 32 | UINT32_MAX}));
}
END_TEST

START_TEST(slots_are_used_again_last_first)
{
    struct slab_key keys[4];
    for (uint64_t i = 0; i < 4; i++)
        keys[i] = insert(i);
    slab_remove(&slab, keys[1], NULL);
    slab_remove(&slab, keys[3], NULL);
    ck_assert_uint_eq(slab_key_index(insert(5)), 3);
    ck_assert_uint_eq(slab_key_index(insert(6)), 1);
    ck_assert_uint_eq(slab_key_index(insert(7)), 4);
}
END_TEST

START_TEST(values_survive_growth)
{
    struct slab_key keys[5000];
    for (uint64_t i = 0; i < 5000; i++)
        keys[i] = insert(i);
    for (uint64_t i = 0; i < 5000; i++)
        expect(keys[i], i);
    ck_assert_uint_eq(slab_count(&slab), 5000);
    ck_assert_uint_ge(slab_capacity(&slab), 5000);
}
END_TEST

START_TEST(the_vacant_list_survives_growth)
{
    struct slab_key keys[8];
    for (uint64_t i = 0; i < 8; i++)
        keys[i] = insert(i);
    slab_remove(&slab, keys[2], NULL);
    slab_remove(&slab, keys[5], NULL);
    ck_assert_int_eq(slab_reserve(&slab, 1000), 0);
    ck_assert_uint_eq(slab_key_index(insert(20)), 5);
    ck_assert_uint_eq(slab_key_index(insert(21)), 2);
    ck_assert_uint_eq(slab_key_index(insert(22)), 8);
    expect(keys[7], 7);
}
END_TEST

START_TEST(iteration_is_in_index_order_without_vacant)
{
    struct slab_key keys[50];
    for (uint64_t i = 0; i < 50; i++)
        keys[i] = insert(i);
    for (uint64_t i = 0; i < 50; i += 3)
        slab_remove(&slab, keys[i], NULL);
    uint32_t cursor = 0, seen = 0;
    uint64_t last = 0;
    struct slab_key key;
    for (struct body *body; (body = slab_next(&slab, &cursor, &key)); last = body->a, seen++) {
        ck_assert_uint_ne(body->a % 3, 0);
        ck_assert(seen == 0 || body->a > last);
        ck_assert_uint_eq(key.bits, keys[body->a].bits);
    }
    ck_assert_uint_eq(seen, slab_count(&slab));
    ck_assert_ptr_null(slab_next(&slab, &cursor, NULL));
}
END_TEST

START_TEST(iteration_ends_in_an_empty_slab)
{
    uint32_t cursor = 0;
    ck_assert_ptr_null(slab_next(&slab, &cursor, NULL));
    slab_remove(&slab, insert(1), NULL);
    cursor = 0;
    ck_assert_ptr_null(slab_next(&slab, &cursor, NULL));
}
END_TEST

START_TEST(elements_may_be_removed_on_the_way)
{
    for (uint64_t i = 0; i < 20; i++)
        insert(i);
    uint32_t cursor = 0, seen = 0;
    struct slab_key key;
    for (; slab_next(&slab, &cursor, &key); seen++)
        ck_assert_int_eq(slab_remove(&slab, key, NULL), 0);
    ck_assert_uint_eq(seen, 20);
    ck_assert_uint_eq(slab_count(&slab), 0);
}
END_TEST

START_TEST(reserve_keeps_elements_where_they_are)
{
    ck_assert_int_eq(slab_reserve(&slab, 100), 0);
    ck_assert_uint_ge(slab_capacity(&slab), 100);
    struct slab_key first = insert(0);
    const void *where = slab_get(&slab, first);
    size_t calls = allocator_counting_read(&counting).resize_calls;
    for (uint64_t i = 1; i < 100; i++)
        insert(i);
    ck_assert_ptr_eq(slab_get(&slab, first), where);
    ck_assert_uint_eq(allocator_counting_read(&counting).resize_calls, calls);
    ck_assert_int_eq(slab_reserve(&slab, 10), 0);
    ck_assert_uint_ge(slab_capacity(&slab), 100);
}
END_TEST

START_TEST(reserve_of_too_much_is_refused)
{
    struct slab_key key = insert(1);
    ck_assert_int_eq(slab_reserve(&slab, (size_t)UINT32_MAX + 1), -ENOMEM);
    ck_assert_int_eq(slab_reserve(&slab, SIZE_MAX), -ENOMEM);
    expect(key, 1);
}
END_TEST

START_TEST(clear_makes_every_key_stale_and_keeps_the_memory)
{
    struct slab_key keys[30];
    for (uint64_t i = 0; i < 30; i++)
        keys[i] = insert(i);
    slab_remove(&slab, keys[3], NULL);
    size_t capacity = slab_capacity(&slab);
    slab_clear(&slab);
    ck_assert_uint_eq(slab_count(&slab), 0);
    ck_assert_uint_eq(slab_capacity(&slab), capacity);
    for (uint32_t i = 0; i < 30; i++)
        ck_assert_uint_eq(slab_key_index(insert(i)), i);
    for (uint32_t i = 0; i < 30; i++)
        ck_assert_ptr_null(slab_get(&slab, keys[i]));
}
END_TEST

START_TEST(shrink_gives_memory_back_and_keeps_keys)
{
    struct slab_key keys[1000];
    for (uint64_t i = 0; i < 1000; i++)
        keys[i] = insert(i);
    for (uint64_t i = 0; i < 1000; i++)
        if (i != 5 && i != 17)
            slab_remove(&slab, keys[i], NULL);
    ck_assert_int_eq(slab_shrink(&slab), 0);
    ck_assert_uint_eq(slab_capacity(&slab), 18);
    ck_assert_uint_eq(allocator_counting_read(&counting).live_bytes,
                      18 * SLAB_LAYOUT(struct body).stride_bytes);
    expect(keys[5], 5);
    expect(keys[17], 17);
    for (uint64_t i = 0; i < 1000; i++)
        insert(i);
    for (uint64_t i = 0; i < 1000; i++)
        ck_assert_int_eq(slab_get(&slab, keys[i]) != NULL, i == 5 || i == 17);
    ck_assert_uint_eq(slab_count(&slab), 1002);
}
END_TEST

START_TEST(shrink_of_an_empty_slab_frees_all)
{
    ck_assert_int_eq(slab_shrink(&slab), 0);
    struct slab_key key = insert(1);
    slab_remove(&slab, key, NULL);
    ck_assert_int_eq(slab_shrink(&slab), 0);
    ck_assert_uint_eq(allocator_counting_read(&counting).live_blocks, 0);
    ck_assert_uint_eq(slab_capacity(&slab), 0);
    ck_assert_ptr_null(slab_get(&slab, key));
    struct slab_key again = insert(2);
    ck_assert_uint_ne(again.bits, key.bits);
    ck_assert_ptr_null(slab_get(&slab, key));
}
END_TEST

START_TEST(shrink_again_and_again_never_repeats_a_key)
{
    struct slab_key last = SLAB_KEY_NONE;
    for (int i = 0; i < 50; i++) {
        struct slab_key key = insert(1);
        ck_assert_uint_gt(key.bits, last.bits);
        slab_remove(&slab, key, NULL);
        ck_assert_int_eq(slab_shrink(&slab), 0);
        last = key;
    }
}
END_TEST

/* Four thousand million removals, shortened: the slot is given its last generation by hand. */
static struct slab_key last_generation_of(struct slab_key key)
{
    struct slab_word *word = slab_word(&slab, slab.layout, slab_key_index(key));
    word->bits = (uint64_t)UINT32_MAX << 32 | slab_key_index(key);
    return (struct slab_key){word->bits};
}

START_TEST(a_slot_without_generations_retires)
{
    struct slab_key below = insert(1), key = last_generation_of(insert(2)), above = insert(3);
    expect(key, 2);
    ck_assert_int_eq(slab_remove(&slab, key, NULL), 0);
    ck_assert_ptr_null(slab_get(&slab, key));
    ck_assert_ptr_null(slab_get(&slab, (struct slab_key){slab_key_index(key)}));
    ck_assert_int_eq(slab_remove(&slab, below, NULL), 0);
    size_t capacity = slab_capacity(&slab);
    for (uint64_t i = 0; i < 100; i++)
        ck_assert_uint_ne(slab_key_index(insert(i)), slab_key_index(key));
    ck_assert_uint_ge(slab_capacity(&slab), capacity);
    ck_assert_uint_eq(slab_count(&slab), 101);
    ck_assert_uint_eq(slab.retired, 1);
    uint32_t cursor = 0, seen = 0;
    for (struct slab_key at; slab_next(&slab, &cursor, &at); seen++)
        ck_assert_uint_ne(slab_key_index(at), slab_key_index(key));
    ck_assert_uint_eq(seen, 101);
    expect(above, 3);
}
END_TEST

START_TEST(a_retired_slot_stays_so_after_clear_and_shrink)
{
    insert(0);
    struct slab_key key = last_generation_of(insert(1));
    insert(2);
    slab_clear(&slab);
    ck_assert_uint_eq(slab.retired, 1);
    ck_assert_int_eq(slab_shrink(&slab), 0);
    ck_assert_uint_eq(slab_capacity(&slab), 1); /* two slots, of which one may be used */
    ck_assert_int_eq(slab_reserve(&slab, 10), 0);
    ck_assert_uint_eq(slab_capacity(&slab), 10);
    for (uint64_t i = 0; i < 10; i++)
        ck_assert_uint_ne(slab_key_index(insert(i)), slab_key_index(key));
    ck_assert_ptr_null(slab_get(&slab, key));
}
END_TEST

START_TEST(the_only_slot_may_retire)
{
    struct slab_key key = last_generation_of(insert(1));
    slab_remove(&slab, key, NULL);
    struct slab_key next = insert(2);
    ck_assert_uint_eq(slab_key_index(next), 1);
    expect(next, 2);
}
END_TEST

static void check_layout(size_t element_bytes, size_t align)
{
    struct slab odd;
    struct slab_layout layout = slab_layout(element_bytes, align);
    ck_assert_int_eq(slab_init(&odd, layout, &counting.base), 0);
    struct slab_key keys[40];
    for (int i = 0; i < 40; i++) {
        char *element = slab_insert(&odd, &keys[i]);
        ck_assert_ptr_nonnull(element);
        ck_assert_uint_eq((uintptr_t)element % align, 0);
        memset(element, i, element_bytes);
    }
    for (int i = 0; i < 40; i++) {
        const char *element = slab_get(&odd, keys[i]);
        ck_assert_ptr_nonnull(element);
        for (size_t at = 0; at < element_bytes; at++)
            ck_assert_int_eq(element[at], i);
    }
    slab_fini(&odd);
}

START_TEST(any_size_and_alignment)
{
    for (size_t align = 1; align <= 128; align *= 2)
        for (size_t size = 0; size <= 3 * align; size += align)
            check_layout(size, align);
    ck_assert_uint_eq(SLAB_LAYOUT(struct body).stride_bytes, 24);
    ck_assert_uint_eq(slab_layout(12, 4).stride_bytes, 24);
    ck_assert_uint_eq(slab_layout(1, 1).stride_bytes, 16);
}
END_TEST

START_TEST(an_element_too_large_is_refused)
{
    struct slab huge;
    ck_assert_int_eq(slab_init(&huge, slab_layout(SIZE_MAX, 1), &counting.base), -EINVAL);
    ck_assert_int_eq(slab_init(&huge, slab_layout((size_t)1 << 32, 8), &counting.base), -EINVAL);
    ck_assert_int_eq(slab_init(&huge, slab_layout(8, (size_t)1 << 33), &counting.base), -EINVAL);
}
END_TEST

/* One piece of work that allocates several times; returns whether any call was refused. */
static bool work_without_leak(size_t allowed)
{
    struct allocator_failing failing;
    struct slab poor;
    struct slab_key keys[100], ignored = {42};
    size_t have = 0;
    allocator_failing_init(&failing, &counting.base, allowed);
    ck_assert_int_eq(slab_init(&poor, SLAB_LAYOUT(struct body), &failing.base), 0);
    for (; have < 100; have++) {
        struct body *body = slab_insert(&poor, &keys[have]);
        if (!body)
            break;
        body->a = have;
    }
    if (have < 100) {
        ck_assert_ptr_null(slab_insert(&poor, &ignored));
        ck_assert_uint_eq(ignored.bits, 42);
        ck_assert_int_eq(slab_reserve(&poor, 100), -ENOMEM);
    }
    for (size_t i = 4; i < have; i++)
        ck_assert_int_eq(slab_remove(&poor, keys[i], NULL), 0);
    int shrunk = have > 4 ? slab_shrink(&poor) : 0;
    ck_assert(shrunk == 0 || shrunk == -ENOMEM);
    ck_assert_uint_eq(slab_count(&poor), have < 4 ? have : 4);
    for (size_t i = 0; i < have && i < 4; i++)
        ck_assert_uint_eq(((struct body *)slab_get(&poor, keys[i]))->a, i);
    if (shrunk == -ENOMEM) /* the room is still there, and is used */
        ck_assert_ptr_nonnull(slab_insert(&poor, &ignored));
    slab_fini(&poor);
    ck_assert_uint_eq(allocator_counting_read(&counting).live_blocks, 0);
    return allocator_failing_refused(&failing) > 0;
}

START_TEST(every_allocation_may_fail)
{
    size_t allowed = 0;
    while (work_without_leak(allowed))
        allowed++;
    ck_assert_uint_gt(allowed, 2);
}
END_TEST

/* The model: what each key that was ever handed out should find. */
enum { MODEL_KEYS = 1500 };
struct model {
    struct slab_key keys[MODEL_KEYS];
    bool live[MODEL_KEYS];
    size_t count, used;
    uint64_t random;
};

static uint64_t next_random(struct model *model)
{
    model->random ^= model->random << 13;
    model->random ^= model->random >> 7;
    model->random ^= model->random << 17;
    return model->random;
}

static void model_step(struct model *model)
{
    uint64_t dice = next_random(model) % 1000;
    if ((dice < 500 || model->used == 0) && model->used < MODEL_KEYS) {
        model->keys[model->used] = insert(model->used);
        model->live[model->used++] = true;
        model->count++;
    } else if (dice < 994) {
        size_t i = next_random(model) % model->used;
        ck_assert_int_eq(slab_remove(&slab, model->keys[i], NULL), model->live[i] ? 0 : -ENOENT);
        model->count -= model->live[i];
        model->live[i] = false;
    } else if (dice < 999) {
        ck_assert_int_eq(slab_shrink(&slab), 0);
    } else {
        slab_clear(&slab);
        memset(model->live, 0, sizeof(model->live));
        model->count = 0;
    }
}

static void model_compare(const struct model *model)
{
    ck_assert_uint_eq(slab_count(&slab), model->count);
    for (size_t i = 0; i < model->used; i++) {
        if (model->live[i])
            expect(model->keys[i], i);
        else
            ck_assert_ptr_null(slab_get(&slab, model->keys[i]));
    }
    uint32_t cursor = 0;
    size_t seen = 0;
    struct slab_key key;
    for (const struct body *body; (body = slab_next(&slab, &cursor, &key)); seen++)
        ck_assert(model->live[body->a] && model->keys[body->a].bits == key.bits);
    ck_assert_uint_eq(seen, model->count);
}

START_TEST(random_operations_agree_with_a_model)
{
    static struct model model;
    memset(&model, 0, sizeof(model));
    model.random = UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)_i;
    printf("seed %d\n", _i);
    for (int step = 0; model.used < MODEL_KEYS; step++) {
        model_step(&model);
        if (step % 61 == 0)
            model_compare(&model);
    }
    model_compare(&model);
}
END_TEST

static void add_case(Suite *suite, TCase *tcase)
{
    tcase_add_checked_fixture(tcase, setup, teardown);
    suite_add_tcase(suite, tcase);
}

static void add_key_cases(Suite *suite)
{
    TCase *keys = tcase_create("keys");
    tcase_add_test(keys, an_inserted_value_is_found);
    tcase_add_test(keys, keys_are_dense_and_know_their_parts);
    tcase_add_test(keys, a_value_may_hold_its_own_key);
    tcase_add_test(keys, remove_hands_the_value_out);
    tcase_add_test(keys, slots_are_used_again_last_first);
    add_case(suite, keys);
    TCase *stale = tcase_create("stale");
    tcase_add_test(stale, a_stale_key_is_found_out);
    tcase_add_test(stale, a_second_remove_changes_nothing);
    tcase_add_test(stale, keys_that_never_were_are_refused);
    add_case(suite, stale);
    TCase *retire = tcase_create("retire");
    tcase_add_test(retire, a_slot_without_generations_retires);
    tcase_add_test(retire, a_retired_slot_stays_so_after_clear_and_shrink);
    tcase_add_test(retire, the_only_slot_may_retire);
    add_case(suite, retire);
}

Suite *check_suite(void)
{
    Suite *suite = suite_create("slab");
    add_key_cases(suite);
    TCase *growth = tcase_create("growth");
    tcase_add_test(growth, values_survive_growth);
    tcase_add_test(growth, the_vacant_list_survives_growth);
    tcase_add_test(growth, reserve_keeps_elements_where_they_are);
    tcase_add_test(growth, reserve_of_too_much_is_refused);
    add_case(suite, growth);
    TCase *iterate = tcase_create("iterate");
    tcase_add_test(iterate, iteration_is_in_index_order_without_vacant);
    tcase_add_test(iterate, iteration_ends_in_an_empty_slab);
    tcase_add_test(iterate, elements_may_be_removed_on_the_way);
    add_case(suite, iterate);
    TCase *shrink = tcase_create("shrink");
    tcase_add_test(shrink, clear_makes_every_key_stale_and_keeps_the_memory);
    tcase_add_test(shrink, shrink_gives_memory_back_and_keeps_keys);
    tcase_add_test(shrink, shrink_of_an_empty_slab_frees_all);
    tcase_add_test(shrink, shrink_again_and_again_never_repeats_a_key);
    add_case(suite, shrink);
    TCase *layout = tcase_create("layout");
    tcase_add_test(layout, any_size_and_alignment);
    tcase_add_test(layout, an_element_too_large_is_refused);
    add_case(suite, layout);
    TCase *errors = tcase_create("errors");
    tcase_add_test(errors, every_allocation_may_fail);
    add_case(suite, errors);
    TCase *model = tcase_create("model");
    tcase_add_loop_test(model, random_operations_agree_with_a_model, 0, 10);
    add_case(suite, model);
    return suite;
}
