/* Look-alikes: what is found, what is left out, and how often that is right on texts whose origin is
 * known. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/files.h"
#include "grader/base/listing.h"
#include "grader/course/course.h"
#include "grader/similar/similar_load.h"
#include "grader/tests/plagiarist.h"
#include "tests/support/check_main.h"

static const char sum_squares[] = "#include <stddef.h>\n"
                                  "/* Adds them up. */\n"
                                  "long sum_of_squares(const int *numbers, size_t count)\n"
                                  "{\n"
                                  "    long sum = 0;\n"
                                  "    for (size_t i = 0; i < count; i++) {\n"
                                  "        if (numbers[i] > 0)\n"
                                  "            sum += (long)numbers[i] * numbers[i];\n"
                                  "        else\n"
                                  "            sum -= numbers[i] / 2 + 17;\n"
                                  "    }\n"
                                  "    return sum;\n"
                                  "}\n";

static const char reversed[] =
    "char *reversed(char *text, char *end)\n"
    "{\n"
    "    while (text < end) {\n"
    "        char kept = *text;\n"
    "        *text++ = *--end;\n"
    "        *end = kept;\n"
    "    }\n"
    "    if (!text || (end && *end == 'x'))\n"
    "        return end ? end : text + 1;\n"
    "    do\n"
    "        text[0] ^= (char)(end - text), end++;\n"
    "    while (end != text && *end);\n"
    "    switch (*text) { case 1: return NULL; case 2: break; default: text--; }\n"
    "    return &text[*end % 4];\n"
    "}\n";

/* ---- streams ---- */

static void expect_same_codes(const char *left, const char *right, bool same)
{
    struct similar_stream a, b;
    ck_assert_int_eq(similar_stream_read(left, strlen(left), &a), 0);
    ck_assert_int_eq(similar_stream_read(right, strlen(right), &b), 0);
    bool equal = a.count == b.count && memcmp(a.codes, b.codes, a.count * sizeof(*a.codes)) == 0;
    ck_assert_msg(equal == same, "%s | %s", left, right);
    similar_stream_fini(&a);
    similar_stream_fini(&b);
}

START_TEST(what_costs_nothing_counts_for_nothing)
{
    expect_same_codes("int a = b;", "/* c */ size_t longer=\n\tother ; // d", true);
    expect_same_codes("if (a) { return 1; }", "if (a)\n return 0x7fu;", true);
    expect_same_codes("#include <a.h>\nx;", "x;\n#include \"b.h\"\n", true);
    expect_same_codes("static const unsigned long a;", "size_t a;", true);
    expect_same_codes("p(\"a\" \"b\", 'c');", "p(\"abc\", 10);", true);
    expect_same_codes("#define A 1\nA;", "#\\\ndefine B 2\nB;", true);
    expect_same_codes("a < b;", "a <= b;", false);
    expect_same_codes("a->b;", "a.b;", false);
    expect_same_codes("while (a) b();", "for (;a;) b();", false);
    expect_same_codes("#define A 1", "#undef A", false);
    expect_same_codes("", "", true);
}
END_TEST

START_TEST(codes_know_their_places)
{
    struct similar_stream stream;
    const char *text = "int\nlong x =\n  \"a\"\n \"b\";";
    ck_assert_int_eq(similar_stream_read(text, strlen(text), &stream), 0);
    ck_assert_uint_eq(stream.count, 5);
    ck_assert_uint_eq(stream.places[0].line, 1);
    ck_assert_uint_eq(stream.places[0].last_line, 2);
    ck_assert_uint_eq(stream.places[3].begin, 15);
    ck_assert_uint_eq(stream.places[3].end, 23);
    ck_assert_uint_eq(stream.places[4].last_line, 4);
    similar_stream_fini(&stream);
}
END_TEST

/* ---- sets ---- */

static void add(struct similar_set *set, enum similar_source source, const char *name,
                const char *code)
{
    struct similar_text text = {.source = source,
                                .name = strdup(name),
                                .path = strdup(name),
                                .code = strdup(code),
                                .length = strlen(code)};
    ck_assert_int_eq(similar_set_add(set, &text), 0);
}

static const char *joined(const char *first, const char *second)
{
    static char texts[4][4096];
    static unsigned turn;
    char *text = texts[turn++ % 4];
    snprintf(text, sizeof(texts[0]), "%s%s", first, second);
    return text;
}

/* So many statements that are like nobody else's. */
static const char *own_code(unsigned seed)
{
    static const char *const words[] = {" a + ", "(b) * ", " c[1] - ", "!d & ",    "e ? f : ",
                                        "-g / ", "h << ",  "i->j % ",  "k == l, ", "m.n || "};
    static char text[2048];
    uint64_t state = seed;
    size_t used = (size_t)sprintf(text, "void own(void)\n{\n");
    for (int line = 0; line < 3; line++) {
        used += (size_t)sprintf(text + used, "    x =");
        for (int word = 0; word < 8; word++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            used += (size_t)sprintf(text + used, "%s", words[(state >> 33) % 10]);
        }
        used += (size_t)sprintf(text + used, "1;\n");
    }
    sprintf(text + used, "}\n");
    return text;
}

/* A whole answer of one's own. */
static const char *long_own_code(unsigned seed)
{
    static char text[4096];
    size_t used = 0;
    for (unsigned i = 0; i < 12; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s",
                                 own_code(1000 + seed * 12 + i));
    return text;
}

static void compare(struct similar_set *set)
{
    ck_assert_int_eq(similar_set_compare(set, SIMILAR_MIN_PERCENT), 0);
}

START_TEST(a_shared_function_is_a_region_with_its_lines)
{
    struct similar_set set = {0};
    add(&set, SIMILAR_CLASS, "bob", joined(sum_squares, reversed));
    add(&set, SIMILAR_CLASS, "ann", joined("/* one\n * two */\n", reversed));
    add(&set, SIMILAR_CLASS, "cid", own_code(1));
    compare(&set);
    ck_assert_uint_eq(set.pair_count, 1);
    const struct similar_pair *pair = &set.pairs[0];
    ck_assert_str_eq(set.texts[pair->left].name, "ann"); /* by name, not by order */
    ck_assert_str_eq(set.texts[pair->right].name, "bob");
    ck_assert(pair->left_share > 0.95);
    ck_assert(pair->right_share > 0.4 && pair->right_share < 0.8);
    ck_assert_uint_eq(pair->region_count, 1);
    const struct similar_region *region = &pair->regions[0];
    ck_assert_uint_eq(set.texts[pair->left].stream.places[region->left_from].line, 3);
    ck_assert_uint_eq(set.texts[pair->right].stream.places[region->right_from].line, 14);
    ck_assert_uint_eq(region->left_to, set.texts[pair->left].stream.count);
    ck_assert_uint_eq(pair->longest, pair->codes);
    similar_set_fini(&set);
}
END_TEST

START_TEST(what_was_given_is_no_evidence)
{
    struct similar_set set = {0};
    ck_assert_int_eq(similar_set_add_base(&set, reversed, strlen(reversed)), 0);
    add(&set, SIMILAR_CLASS, "ann", reversed);
    add(&set, SIMILAR_CLASS, "bob", reversed);
    add(&set, SIMILAR_CLASS, "cid", joined(reversed, sum_squares));
    add(&set, SIMILAR_CLASS, "dan", joined(reversed, own_code(2)));
    compare(&set);
    ck_assert_uint_eq(set.pair_count, 0);
    ck_assert_uint_eq(set.starters, 2);
    similar_set_fini(&set);
}
END_TEST

/* A small part of everybody's answer: they were told so, or there is no other way to write it. */
START_TEST(what_everybody_wrote_is_no_evidence)
{
    struct similar_set few = {0}, many = {0};
    char name[16];
    for (unsigned i = 0; i <= SIMILAR_COMMON_TEXTS; i++) {
        sprintf(name, "s%02u", i);
        const char *code = joined(reversed, long_own_code(i));
        if (i < SIMILAR_COMMON_TEXTS)
            add(&few, SIMILAR_CLASS, name, code);
        add(&many, SIMILAR_CLASS, name, code);
    }
    ck_assert_int_eq(similar_set_compare(&few, 5), 0);
    ck_assert_uint_eq(few.common, 0);
    ck_assert_uint_eq(few.pair_count, SIMILAR_COMMON_TEXTS * (SIMILAR_COMMON_TEXTS - 1) / 2);
    ck_assert_int_eq(similar_set_compare(&many, 5), 0);
    ck_assert_uint_gt(many.common, 5);
    ck_assert_uint_eq(many.pair_count, 0);
    similar_set_fini(&few);
    similar_set_fini(&many);
}
END_TEST

/* Thirty answers, of which `copies` are one with lines of everybody's own. */
static void fill_half_copied(struct similar_set *set, unsigned copies)
{
    char name[16], copied[4096];
    for (unsigned i = 0; i < 30; i++) {
        sprintf(name, "s%02u", i);
        snprintf(copied, sizeof(copied), "%s%s%s", sum_squares, reversed, own_code(100 + i));
        add(set, SIMILAR_CLASS, name, i < copies ? copied : long_own_code(i));
    }
}

/* What half of a class copied from each other is not what everybody writes, however many they are. */
START_TEST(a_class_of_copies_does_not_hide_them)
{
    static const unsigned copies[] = {2, 10, 11, 15, 29, 30};
    for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++) {
        struct similar_set set = {0};
        fill_half_copied(&set, copies[i]);
        compare(&set);
        ck_assert_uint_eq(set.common, 0);
        ck_assert_uint_eq(set.pair_count, copies[i] * (copies[i] - 1) / 2);
        for (size_t j = 0; j < set.pair_count; j++)
            ck_assert(set.pairs[j].left < copies[i] && set.pairs[j].right < copies[i]);
        similar_set_fini(&set);
    }
}
END_TEST

/* A few who let the copied part drown in a lot of other code change nothing for the others. */
START_TEST(the_padding_of_a_few_hides_nobody)
{
    struct similar_set set = {0};
    char name[16];
    fill_half_copied(&set, 15);
    for (unsigned i = 0; i < 4; i++) {
        sprintf(name, "t%02u", i);
        add(&set, SIMILAR_CLASS, name, joined(reversed, long_own_code(200 + i)));
    }
    compare(&set);
    ck_assert_uint_ge(set.pair_count, 15 * 14 / 2);
    similar_set_fini(&set);
}
END_TEST

/* And thirty copies of one file are not what everybody writes. */
START_TEST(copies_do_not_hide_each_other)
{
    struct similar_set set = {0};
    char name[16];
    for (unsigned i = 0; i < 30; i++) {
        sprintf(name, "s%02u", i);
        add(&set, SIMILAR_CLASS, name, joined(i % 2 ? "/* mine */\n" : "", reversed));
    }
    compare(&set);
    ck_assert_uint_eq(set.pair_count, 29);
    for (size_t i = 0; i < set.pair_count; i++) {
        ck_assert_uint_eq(set.pairs[i].left, 0);
        ck_assert(set.pairs[i].left_share == 1 && set.pairs[i].right_share == 1);
    }
    similar_set_fini(&set);
}
END_TEST

START_TEST(of_the_course_only_the_nearest_is_told)
{
    struct similar_set set = {0};
    add(&set, SIMILAR_COURSE, "solution/a.c", reversed);
    add(&set, SIMILAR_COURSE, "submissions/wrong/b.c", joined(reversed, sum_squares));
    add(&set, SIMILAR_CLASS, "ann", joined(sum_squares, reversed));
    add(&set, SIMILAR_CLASS, "bob", reversed);
    compare(&set);
    size_t told = 0;
    for (size_t i = 0; i < set.pair_count; i++) {
        const struct similar_text *left = &set.texts[set.pairs[i].left];
        const struct similar_text *right = &set.texts[set.pairs[i].right];
        ck_assert_int_eq(left->source, SIMILAR_CLASS);
        if (right->source != SIMILAR_COURSE)
            continue; /* ann and bob share what both took: that is told, too */
        ck_assert_str_eq(right->name,
                         strcmp(left->name, "ann") == 0 ? "submissions/wrong/b.c" : "solution/a.c");
        told++;
    }
    ck_assert_uint_eq(told, 2);
    similar_set_fini(&set);
}
END_TEST

START_TEST(earlier_classes_count_but_for_ones_own_work)
{
    struct similar_set set = {0};
    add(&set, SIMILAR_ARCHIVE, "ann", reversed);
    add(&set, SIMILAR_ARCHIVE, "zoe", joined(reversed, own_code(7)));
    add(&set, SIMILAR_CLASS, "ann", reversed);
    add(&set, SIMILAR_CLASS, "bob", joined("int tail;\n", reversed));
    compare(&set);
    size_t of_bob = 0;
    for (size_t i = 0; i < set.pair_count; i++) {
        const struct similar_text *left = &set.texts[set.pairs[i].left];
        const struct similar_text *right = &set.texts[set.pairs[i].right];
        ck_assert_int_eq(left->source, SIMILAR_CLASS);
        ck_assert(left->source != right->source || strcmp(left->name, right->name) != 0);
        ck_assert(strcmp(left->name, "ann") != 0 || strcmp(right->name, "ann") != 0);
        of_bob += strcmp(left->name, "bob") == 0;
    }
    ck_assert_uint_eq(of_bob, 2); /* with ann's and with zoe's */
    ck_assert_uint_eq(set.own_work, 1);
    similar_set_fini(&set);
}
END_TEST

START_TEST(small_sets_and_empty_texts)
{
    struct similar_set set = {0};
    compare(&set);
    ck_assert_uint_eq(set.pair_count, 0);
    add(&set, SIMILAR_CLASS, "ann", "");
    add(&set, SIMILAR_CLASS, "bob", "");
    add(&set, SIMILAR_CLASS, "cid", "int x;");
    add(&set, SIMILAR_CLASS, "dan", "/* never closed");
    compare(&set);
    ck_assert_uint_eq(set.pair_count, 0);
    ck_assert_uint_eq(set.starters, 4);
    similar_set_fini(&set);
}
END_TEST

/* A table: every gram of it is the next one too. It is to end, soon, and the rest is to be seen. */
START_TEST(repetitive_code_does_not_explode)
{
    static char table[70000];
    size_t used = (size_t)sprintf(table, "int table[] = {");
    while (used < 60000)
        used += (size_t)sprintf(table + used, "0, 1, ");
    sprintf(table + used, "};\n%s", reversed);
    struct similar_set set = {0};
    add(&set, SIMILAR_CLASS, "ann", table);
    add(&set, SIMILAR_CLASS, "bob", joined("int other;\n", reversed));
    add(&set, SIMILAR_CLASS, "cid", table + 600);
    compare(&set);
    ck_assert_uint_ge(set.pair_count, 2);
    similar_set_fini(&set);
}
END_TEST

/* ---- how often it is right ---- */

enum { TEXTS_MAX = 10, SEEDS = 3 };

static const char *const exercises[] = {"03_memory/arena", "03_memory/bytes", "03_memory/malloc",
                                        "03_memory/pool", "03_memory/slab"};

/* The accepted designs were each written anew; but this one is the reference with another count. */
static const char derived[] = "count_under_a_mutex.c";

struct level {
    const char *what;
    unsigned tricks, percent;
    unsigned min_recall; /* percent: the floor; what is measured is in docs/similar.md */
};

static const struct level levels[] = {
    {"renamed, reformatted, recommented", 3, 0, 100},
    {"and functions reordered", 7, 0, 100},
    {"and dead code at 10% of the places", 15, 10, 100},
    {"and if/else, loops rewritten, 30%", 63, 30, 100},
    {"the same at 60%", 63, 60, 75},
    {"the same at every place", 63, 100, 0}, /* beyond the method: printed, and not held */
};

struct sample {
    char *names[TEXTS_MAX], *codes[TEXTS_MAX], *given;
    size_t count;
    struct manifest *manifest;
    uint64_t *base; /* what the course gave, read once */
    size_t base_count;
};

struct score {
    unsigned copies, found, right, wrong;
};

static void take_files(struct sample *sample, const char *root, const char *pattern)
{
    char folder[PATH_MAX];
    struct listing found;
    size_t length;
    snprintf(folder, sizeof(folder), "%s/exercises/%s", root, sample->manifest->exercise);
    ck_assert_int_eq(listing_find(&found, folder, pattern), 0);
    ck_assert_uint_gt(found.count, 0);
    for (size_t i = 0; i < found.count; i++) {
        const char *name = strrchr(found.paths[i], '/') + 1;
        if (strcmp(name, derived) == 0)
            continue;
        ck_assert_uint_lt(sample->count, TEXTS_MAX);
        ck_assert_int_eq(files_read(found.paths[i], &sample->codes[sample->count], &length), 0);
        sample->names[sample->count++] = strdup(name);
    }
    listing_fini(&found);
}

/* The base alone: the published answers are the originals here. */
static void load_base(struct sample *sample, const struct course *course)
{
    struct similar_set loaded = {0};
    struct similar_refusals refusals = {0};
    ck_assert_int_eq(similar_load_course(&loaded, course->root, sample->manifest, &refusals), 0);
    ck_assert_uint_eq(refusals.count, 0);
    ck_assert_uint_gt(loaded.base_count, 1000);
    ck_assert_uint_gt(loaded.count, 10);
    sample->base = loaded.base;
    sample->base_count = loaded.base_count;
    loaded.base = NULL;
    similar_set_fini(&loaded);
    similar_load_fini(&refusals);
}

static void begin_set(struct similar_set *set, const struct sample *sample)
{
    size_t bytes = sample->base_count * sizeof(*sample->base);
    *set = (struct similar_set){.base = malloc(bytes), .base_count = sample->base_count};
    ck_assert_ptr_nonnull(set->base);
    memcpy(set->base, sample->base, bytes);
}

static void open_sample(struct sample *sample, const struct course *course, const char *exercise)
{
    char error[512], path[PATH_MAX + 600], *header, *allocator;
    size_t length;
    *sample = (struct sample){.count = 0};
    ck_assert_int_eq(manifest_load(course->root, exercise, &sample->manifest, error, sizeof(error)),
                     0);
    take_files(sample, course->root, "solution/*.c");
    take_files(sample, course->root, "submissions/accepted/*.c");
    snprintf(path, sizeof(path), "%s/exercises/%s/starter/%s.h", course->root, exercise,
             strrchr(exercise, '/') + 1);
    ck_assert_int_eq(files_read(path, &header, &length), 0);
    snprintf(path, sizeof(path), "%s/03_memory/allocator.h", course->root);
    ck_assert_int_eq(files_read(path, &allocator, &length), 0);
    ck_assert_int_ge(asprintf(&sample->given, " %s %s", header, allocator), 0);
    free(header);
    free(allocator);
    load_base(sample, course);
}

static void close_sample(struct sample *sample)
{
    for (size_t i = 0; i < sample->count; i++) {
        free(sample->names[i]);
        free(sample->codes[i]);
    }
    free(sample->given);
    free(sample->base);
    manifest_free(sample->manifest);
}

/* Originals are named "0_x.c", their copies "1_x.c". */
static void fill_class(struct similar_set *set, const struct sample *sample,
                       const struct level *level, unsigned seed)
{
    char name[300];
    for (size_t i = 0; i < sample->count; i++) {
        const struct plagiarist how = {level->tricks, level->percent, seed * 977 + i,
                                       sample->given};
        char *copy = plagiarist_copy(&how, sample->codes[i]);
        ck_assert_ptr_nonnull(copy);
        snprintf(name, sizeof(name), "0_%s", sample->names[i]);
        add(set, SIMILAR_CLASS, name, sample->codes[i]);
        snprintf(name, sizeof(name), "1_%s", sample->names[i]);
        add(set, SIMILAR_CLASS, name, copy);
        free(copy);
    }
}

static void count(const struct similar_set *set, struct score *score)
{
    score->copies += (unsigned)set->count / 2;
    for (size_t i = 0; i < set->pair_count; i++) {
        const char *left = set->texts[set->pairs[i].left].name;
        const char *right = set->texts[set->pairs[i].right].name;
        bool same = strcmp(left + 2, right + 2) == 0;
        score->found += same;
        score->right += same;
        score->wrong += !same;
        if (!same)
            printf("  WRONG: %s and %s, %.0f%% and %.0f%%\n", left, right,
                   100 * set->pairs[i].left_share, 100 * set->pairs[i].right_share);
    }
}

static struct score measure(const struct course *course, const struct level *level)
{
    struct score score = {0};
    for (size_t e = 0; e < sizeof(exercises) / sizeof(exercises[0]); e++) {
        struct sample sample;
        open_sample(&sample, course, exercises[e]);
        for (unsigned seed = 1; seed <= SEEDS; seed++) {
            struct similar_set set;
            begin_set(&set, &sample);
            fill_class(&set, &sample, level, seed);
            compare(&set);
            count(&set, &score);
            similar_set_fini(&set);
        }
        close_sample(&sample);
    }
    return score;
}

/* What the threshold is far above. */
START_TEST(independent_designs_share_little)
{
    struct course course;
    char error[PATH_MAX + 400];
    ck_assert_int_eq(course_find(&course, error, sizeof(error)), 0);
    for (size_t e = 0; e < sizeof(exercises) / sizeof(exercises[0]); e++) {
        struct sample sample;
        struct similar_set set;
        double most = 0;
        open_sample(&sample, &course, exercises[e]);
        begin_set(&set, &sample);
        for (size_t i = 0; i < sample.count; i++)
            add(&set, SIMILAR_CLASS, sample.names[i], sample.codes[i]);
        ck_assert_int_eq(similar_set_compare(&set, 1), 0);
        for (size_t i = 0; i < set.pair_count; i++) {
            const struct similar_pair *pair = &set.pairs[i];
            most = pair->left_share > most ? pair->left_share : most;
            most = pair->right_share > most ? pair->right_share : most;
        }
        printf("%s: %zu designs, at most %.0f%% shared\n", exercises[e], sample.count, 100 * most);
        ck_assert(most < 0.25);
        similar_set_fini(&set);
        close_sample(&sample);
    }
}
END_TEST

START_TEST(disguised_copies_are_found_and_nobody_else_is_named)
{
    struct course course;
    char error[PATH_MAX + 400];
    unsigned right = 0, wrong = 0;
    ck_assert_int_eq(course_find(&course, error, sizeof(error)), 0);
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        struct score score = measure(&course, &levels[i]);
        unsigned pairs = score.right + score.wrong;
        fflush(stdout);
        printf("%-36s %3u copies, recall %3u%%, precision %3u%%\n", levels[i].what, score.copies,
               100 * score.found / score.copies, pairs ? 100 * score.right / pairs : 100);
        ck_assert_uint_ge(100 * score.found, levels[i].min_recall * score.copies);
        if (levels[i].percent <= 60)
            ck_assert_uint_eq(score.wrong, 0); /* a false accusation is worst */
        right += score.right;
        wrong += score.wrong;
    }
    printf("in all: %u right, %u wrong\n", right, wrong);
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("similar");
    TCase *stream = tcase_create("stream");
    tcase_add_test(stream, what_costs_nothing_counts_for_nothing);
    tcase_add_test(stream, codes_know_their_places);
    suite_add_tcase(suite, stream);
    TCase *pairs = tcase_create("pairs");
    tcase_add_test(pairs, a_shared_function_is_a_region_with_its_lines);
    tcase_add_test(pairs, what_was_given_is_no_evidence);
    tcase_add_test(pairs, what_everybody_wrote_is_no_evidence);
    tcase_add_test(pairs, a_class_of_copies_does_not_hide_them);
    tcase_add_test(pairs, the_padding_of_a_few_hides_nobody);
    tcase_add_test(pairs, copies_do_not_hide_each_other);
    tcase_add_test(pairs, of_the_course_only_the_nearest_is_told);
    tcase_add_test(pairs, earlier_classes_count_but_for_ones_own_work);
    tcase_add_test(pairs, small_sets_and_empty_texts);
    tcase_add_test(pairs, repetitive_code_does_not_explode);
    suite_add_tcase(suite, pairs);
    TCase *measured = tcase_create("measured");
    tcase_set_timeout(measured, 280);
    tcase_add_test(measured, independent_designs_share_little);
    tcase_add_test(measured, disguised_copies_are_found_and_nobody_else_is_named);
    suite_add_tcase(suite, measured);
    return suite;
}
