/* test_list.c - the graded tests of 07_unsafe/list: what list.h and the handout promise.
 *
 * A list is looked at only through its own functions, since what its words mean is the submission's.
 * Every walk is bounded by the nodes that there are, so that a ring which bypasses its list ends as a
 * failure and not as a test that runs for ever. */
#include "list.h"
#include "subject.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS = 40, LISTS = 3, GUARD_BYTES = 24, GUARD = 0x5c };

/* The node is neither first nor last in it. */
struct item {
    unsigned char before[GUARD_BYTES];
    struct list_node node;
    unsigned char after[GUARD_BYTES];
};

static struct item items[ITEMS];
static struct list lists[LISTS];

/* What should be in each list: numbers of items. */
static struct {
    size_t item[ITEMS], count;
} model[LISTS];

/* Nodes and lists as a caller may have them: full of what was there before. */
static void start(void)
{
    for (size_t i = 0; i < ITEMS; i++) {
        memset(&items[i], GUARD, sizeof(items[i]));
        memset(&items[i].node, 0xa5, sizeof(items[i].node));
    }
    memset(lists, 0xa5, sizeof(lists));
    for (size_t i = 0; i < LISTS; i++) {
        list_init(&lists[i]);
        model[i].count = 0;
    }
}

/* "item 3" for the messages; a node that is no item's, as that. */
static const char *node_name(const struct list_node *node)
{
    if (!node)
        return "NULL";
    for (size_t i = 0; i < ITEMS; i++)
        if (node == &items[i].node)
            return subject_format("item %zu", i);
    return "a node that is no item's";
}

#define expect_node(actual, expected, ...)                                                         \
    do {                                                                                           \
        const struct list_node *node_a = (actual), *node_e = (expected);                           \
        if (node_a != node_e)                                                                      \
            subject_expect(false, SUBJECT_HERE, node_name(node_e), node_name(node_a),              \
                           __VA_ARGS__);                                                           \
    } while (0)

static struct list_node *modelled(size_t which, size_t at)
{
    return at < model[which].count ? &items[model[which].item[at]].node : NULL;
}

/* List number `which` holds what the model says, from either end. */
static void expect_model(size_t which, const char *when)
{
    const struct list *list = &lists[which];
    size_t count = model[which].count;
    const struct list_node *node = list_first(list);
    expect_node(node, modelled(which, 0), "list_first, %s", when);
    for (size_t at = 0; at < count; at++) {
        node = list_next(list, node);
        expect_node(node, modelled(which, at + 1), "list_next of number %zu of %zu, %s", at + 1,
                    count, when);
    }
    node = list_last(list);
    expect_node(node, modelled(which, count - 1), "list_last, %s", when);
    for (size_t at = count; at-- > 0;) {
        node = list_prev(list, node);
        expect_node(node, modelled(which, at - 1), "list_prev of number %zu of %zu, %s", at + 1,
                    count, when);
    }
}

/* ---- the same change in a list and in its model ---- */

static void model_insert(size_t which, size_t at, size_t item)
{
    memmove(&model[which].item[at + 1], &model[which].item[at],
            (model[which].count - at) * sizeof(size_t));
    model[which].item[at] = item;
    model[which].count++;
}

static size_t model_remove(size_t which, size_t at)
{
    size_t item = model[which].item[at];
    model[which].count--;
    memmove(&model[which].item[at], &model[which].item[at + 1],
            (model[which].count - at) * sizeof(size_t));
    return item;
}

static void push_back(size_t which, size_t item)
{
    list_push_back(&lists[which], &items[item].node);
    model_insert(which, model[which].count, item);
}

static void push_front(size_t which, size_t item)
{
    list_push_front(&lists[which], &items[item].node);
    model_insert(which, 0, item);
}

static void insert_before(size_t which, size_t at, size_t item)
{
    list_insert_before(&lists[which], modelled(which, at), &items[item].node);
    model_insert(which, at, item);
}

/* The node's memory is the caller's again: it is filled, as a caller might fill it. */
static size_t take_out(size_t which, size_t at)
{
    size_t item = model_remove(which, at);
    list_remove(&lists[which], &items[item].node);
    memset(&items[item].node, 0xa5, sizeof(items[item].node));
    return item;
}

static void splice(size_t which, size_t from)
{
    list_splice_back(&lists[which], &lists[from]);
    for (size_t i = 0; i < model[from].count; i++)
        model_insert(which, model[which].count, model[from].item[i]);
    model[from].count = 0;
}

static void expect_all(const char *when)
{
    for (size_t i = 0; i < LISTS; i++)
        expect_model(i, when);
    for (size_t i = 0; i < ITEMS; i++)
        for (size_t at = 0; at < GUARD_BYTES; at++)
            expect_true(items[i].before[at] == GUARD && items[i].after[at] == GUARD,
                        "item %zu is touched in its node and nowhere else, %s", i, when);
}

/* ---- lists ---- */

static void empty_list(void)
{
    start();
    expect_all("in a new list");
    push_back(0, 0);
    expect_all("after a push into another list");
    take_out(0, 0);
    expect_all("after the only item has left");
    list_init(&lists[0]);
    push_front(0, 1);
    expect_all("in a list that was initialised again");
    subject_done();
}

static void push_front_and_back(void)
{
    start();
    for (size_t i = 0; i < 6; i++) {
        push_back(0, i);
        expect_all("after list_push_back");
    }
    for (size_t i = 6; i < 12; i++) {
        push_front(1, i);
        expect_all("after list_push_front");
    }
    for (size_t i = 12; i < 20; i++) {
        if (i % 2)
            push_front(2, i);
        else
            push_back(2, i);
        expect_all("pushed at both ends in turn");
    }
    subject_done();
}

static void neighbours_are_found(void)
{
    start();
    for (size_t i = 0; i < 5; i++)
        push_back(0, i);
    for (size_t i = 5; i < 10; i++)
        push_back(1, i);
    for (size_t i = 0; i < 10; i++) {
        struct list_node *next = i % 5 < 4 ? &items[i + 1].node : NULL;
        struct list_node *prev = i % 5 > 0 ? &items[i - 1].node : NULL;
        expect_node(list_next(&lists[i / 5], &items[i].node), next, "list_next of item %zu", i);
        expect_node(list_prev(&lists[i / 5], &items[i].node), prev, "list_prev of item %zu", i);
    }
    expect_all("after its neighbours were asked for");
    subject_done();
}

static void insert_before_a_node(void)
{
    for (size_t count = 1; count <= 4; count++)
        for (size_t at = 0; at < count; at++) {
            start();
            for (size_t i = 0; i < count; i++)
                push_back(0, i);
            insert_before(0, at, 10);
            expect_all("after list_insert_before");
            insert_before(0, at, 11);
            insert_before(0, at + 2, 12);
            push_back(0, 13);
            push_front(0, 14);
            expect_all("after three list_insert_before and a push at either end");
        }
    subject_done();
}

/* Each of the 24 orders in which four leave. */
static void remove_in_every_order(size_t order)
{
    start();
    for (size_t i = 0; i < 4; i++)
        push_back(0, i);
    for (size_t left = 4; left > 0; order /= left, left--) {
        size_t item = take_out(0, order % left);
        expect_all("after list_remove");
        push_back(1, item);
        expect_all("after what was removed has joined another list");
    }
    push_back(0, 5);
    push_front(0, 6);
    expect_all("in a list that all had left");
}

static void remove_keeps_the_others(void)
{
    for (size_t order = 0; order < 24; order++)
        remove_in_every_order(order);
    subject_done();
}

static void splice_moves_all(void)
{
    for (size_t count = 0; count <= 3; count++)
        for (size_t more = 0; more <= 3; more++) {
            start();
            for (size_t i = 0; i < count; i++)
                push_back(0, i);
            for (size_t i = 0; i < more; i++)
                push_back(1, 10 + i);
            splice(0, 1);
            expect_all("after list_splice_back");
            push_back(1, 20);
            push_front(0, 21);
            push_back(0, 22);
            expect_all("after pushes to both lists of a list_splice_back");
            splice(1, 0);
            expect_all("after all went to the other list");
            while (model[1].count > 0) {
                take_out(1, model[1].count / 2);
                expect_all("after list_remove from a list that was spliced");
            }
        }
    subject_done();
}

/* What was removed may be freed, and nothing looks there again. */
static void items_are_left_alone(void)
{
    enum { COUNT = 50 };
    struct item *own[COUNT];
    struct list list;
    list_init(&list);
    for (size_t i = 0; i < COUNT; i++) {
        own[i] = malloc(sizeof(*own[i]));
        expect_not_null(own[i], "the test has memory");
        memset(own[i], GUARD, sizeof(*own[i]));
        list_push_front(&list, &own[i]->node);
        expect_pointer(list_first(&list), &own[i]->node, "what was pushed to the front is first");
    }
    for (size_t i = 0; i < COUNT; i++) {
        size_t at = i * 7 % COUNT; /* 7 and 50 have no common factor: each is met once */
        list_remove(&list, &own[at]->node);
        for (size_t byte = 0; byte < GUARD_BYTES; byte++)
            expect_true(own[at]->before[byte] == GUARD && own[at]->after[byte] == GUARD,
                        "an item is touched in its node and nowhere else");
        memset(own[at], 0xa5, sizeof(*own[at]));
        free(own[at]);
    }
    expect_null(list_first(&list), "list_first when all have left");
    expect_null(list_last(&list), "list_last when all have left");
    subject_done();
}

/* xorshift: its state is never 0. */
static uint64_t random_state;

static size_t random_below(size_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state % limit);
}

/* The items that are in no list are on a stack. */
static size_t idle[ITEMS], idle_count;

static void change_at_random(void)
{
    size_t which = random_below(LISTS), what = random_below(10);
    if (what < 2 && idle_count > 0)
        push_back(which, idle[--idle_count]);
    else if (what < 4 && idle_count > 0)
        push_front(which, idle[--idle_count]);
    else if (what < 6 && idle_count > 0 && model[which].count > 0)
        insert_before(which, random_below(model[which].count), idle[--idle_count]);
    else if (what < 9 && model[which].count > 0)
        idle[idle_count++] = take_out(which, random_below(model[which].count));
    else if (what == 9)
        splice(which, (which + 1 + random_below(LISTS - 1)) % LISTS);
}

static void random_operations(void)
{
    start();
    random_state = subject_seed() * 2 + 1;
    for (idle_count = 0; idle_count < ITEMS; idle_count++)
        idle[idle_count] = idle_count;
    for (size_t i = 0; i < 4000; i++) {
        change_at_random();
        expect_all(subject_format("after %zu operations at random", i + 1));
    }
    subject_done();
}

/* Half a million operations beside a hundred thousand nodes. */
static void time_does_not_grow(void)
{
    enum { COUNT = 100000 };
    static struct list_node nodes[COUNT], more;
    struct list list, other;
    list_init(&list);
    list_init(&other);
    for (size_t i = 0; i < COUNT; i++)
        list_push_back(&list, &nodes[i]);
    for (size_t i = 0; i < COUNT; i++) {
        list_push_back(&other, &more);
        list_splice_back(&list, &other);
        expect_pointer(list_last(&list), &more, "what is spliced to the back is last");
        list_remove(&list, &more);
        list_insert_before(&list, &nodes[COUNT / 2], &more);
        expect_pointer(list_prev(&list, &nodes[COUNT / 2]), &more, "it stands before its place");
        list_remove(&list, &more);
    }
    for (size_t i = COUNT / 2; i < COUNT; i++)
        list_remove(&list, &nodes[i]);
    expect_pointer(list_last(&list), &nodes[COUNT / 2 - 1], "the last that was left is last");
    subject_done();
}

/* ---- jobs ---- */

enum { JOBS = 24, OWNERS = 3 };

static struct jobs jobs;
static struct job_owner owners[OWNERS];
static struct job job[JOBS];

/* The jobs that should wait, in the order in which they were added. */
static size_t waiting[JOBS], waiting_count;

static void start_jobs(void)
{
    memset(&jobs, 0xa5, sizeof(jobs));
    memset(owners, 0xa5, sizeof(owners));
    memset(job, 0xa5, sizeof(job));
    jobs_init(&jobs);
    for (size_t i = 0; i < OWNERS; i++)
        job_owner_init(&owners[i]);
    waiting_count = 0;
}

static void add(size_t number, size_t owner, unsigned urgency)
{
    jobs_add(&jobs, &owners[owner], &job[number], urgency);
    waiting[waiting_count++] = number;
}

static void forget(size_t number)
{
    size_t at = 0;
    while (at < waiting_count && waiting[at] != number)
        at++;
    if (at < waiting_count) {
        waiting_count--;
        memmove(&waiting[at], &waiting[at + 1], (waiting_count - at) * sizeof(waiting[0]));
    }
}

static const char *job_name(const struct job *one)
{
    if (!one)
        return "NULL";
    for (size_t i = 0; i < JOBS; i++)
        if (one == &job[i])
            return subject_format("job %zu", i);
    return "what is no job";
}

/* One list of jobs, and which of the waiting ones belong there: of an owner or of an urgency. */
static void expect_list(const struct list *list, size_t node_offset, const struct job_owner *owner,
                        unsigned urgency, const char *what)
{
    const struct list_node *node = list_first(list);
    for (size_t i = 0; i < waiting_count; i++) {
        const struct job *one = &job[waiting[i]];
        if (owner ? one->owner != owner : one->urgency != urgency)
            continue;
        const void *wanted = (const char *)one + node_offset;
        subject_expect((const void *)node == wanted, SUBJECT_HERE, job_name(one),
                       node ? job_name((const void *)((const char *)node - node_offset)) : "NULL",
                       "%s", what);
        node = list_next(list, node);
    }
    expect_null(node, "%s: and no more", what);
}

static void expect_jobs(const char *when)
{
    for (size_t i = 0; i < OWNERS; i++)
        expect_list(&owners[i].jobs, offsetof(struct job, in_owner), &owners[i], 0,
                    subject_format("the jobs of owner %zu in the order of adding, %s", i, when));
    for (unsigned i = 0; i < JOB_URGENCIES; i++)
        expect_list(&jobs.waiting[i], offsetof(struct job, in_queue), NULL, i,
                    subject_format("the jobs of urgency %u in the order of adding, %s", i, when));
}

/* Of the waiting ones, the most urgent; JOBS if there is none. */
static size_t most_urgent(void)
{
    size_t best = JOBS;
    for (size_t i = 0; i < waiting_count; i++)
        if (best == JOBS || job[waiting[i]].urgency < job[best].urgency)
            best = waiting[i];
    return best;
}

static void expect_take(void)
{
    size_t number = most_urgent();
    struct job *wanted = number < JOBS ? &job[number] : NULL, *one = jobs_take(&jobs);
    subject_expect(one == wanted, SUBJECT_HERE, job_name(wanted), job_name(one),
                   "jobs_take returns the most urgent job, the one added first among equals");
    if (!one)
        return;
    expect_null(one->owner, "a job that was taken has no owner");
    forget(number);
}

static void jobs_run_in_order(void)
{
    start_jobs();
    expect_take();
    for (size_t i = 0; i < JOBS; i++)
        add(i, i % OWNERS, (unsigned)(i * 7 % JOB_URGENCIES));
    for (size_t i = 0; i < JOBS / 2; i++)
        expect_take();
    add(0, 1, 3);
    while (waiting_count > 0)
        expect_take();
    expect_take();
    subject_done();
}

static void job_is_in_two_lists(void)
{
    start_jobs();
    expect_jobs("when nothing was added");
    for (size_t i = 0; i < JOBS; i++) {
        add(i, i / 3 % OWNERS, (unsigned)(JOBS - i) % JOB_URGENCIES);
        expect_pointer(job[i].owner, &owners[i / 3 % OWNERS], "jobs_add sets the owner");
        expect_int(job[i].urgency, (JOBS - i) % JOB_URGENCIES, "jobs_add sets the urgency");
        expect_jobs("after jobs_add");
    }
    while (waiting_count > 0) {
        expect_take();
        expect_jobs("after jobs_take");
    }
    subject_done();
}

static void cancel(size_t number, bool waits)
{
    expect_int(jobs_cancel(&jobs, &job[number]), waits, "jobs_cancel says whether the job waited");
    expect_null(job[number].owner, "a job that was cancelled has no owner");
    forget(number);
}

static void cancel_takes_out_one(void)
{
    start_jobs();
    job[0].owner = NULL; /* its nodes are full of what was there before */
    cancel(0, false);
    for (size_t i = 0; i < JOBS; i++)
        add(i, i % 2, (unsigned)(i / 2 % JOB_URGENCIES));
    for (size_t i = 0; i < JOBS; i++) {
        size_t number = i * 5 % JOBS; /* each once: 5 and 24 have no common factor */
        cancel(number, true);
        expect_jobs("after jobs_cancel");
        memset(&job[number].in_queue, 0xa5, sizeof(job[number].in_queue));
        memset(&job[number].in_owner, 0xa5, sizeof(job[number].in_owner));
        cancel(number, false);
        expect_jobs("after a second jobs_cancel of the same job");
    }
    add(3, 2, 1);
    expect_take();
    cancel(3, false);
    expect_jobs("after jobs_cancel of a job that was taken");
    subject_done();
}

/* What the callback saw. */
static size_t called[JOBS + 1], called_count;
static const void *called_with;

static void note(struct job *one, void *context)
{
    size_t number = (size_t)(one - job);
    if (called_count < JOBS)
        called[called_count] = number;
    called_count++;
    called_with = context;
    forget(number);
}

static void expect_cancelled(size_t owner, job_cancelled_fn cancelled, size_t count)
{
    called_count = 0;
    size_t told = jobs_cancel_owner(&jobs, &owners[owner], cancelled, &called);
    expect_size(told, count, "jobs_cancel_owner returns how many it called the function for");
    expect_size(called_count, count, "the function is called once for each job of the owner");
    if (count > 0)
        expect_pointer(called_with, &called, "the function gets the context that it came with");
    expect_null(list_first(&owners[owner].jobs), "the owner has no job left");
}

static void owner_is_cancelled(void)
{
    start_jobs();
    expect_cancelled(0, note, 0);
    for (size_t i = 0; i < JOBS; i++)
        add(i, i % OWNERS, (unsigned)(i % JOB_URGENCIES));
    expect_cancelled(1, note, JOBS / OWNERS);
    for (size_t i = 0; i < JOBS / OWNERS; i++) {
        expect_size(called[i], i * OWNERS + 1, "call number %zu is for the job added next", i + 1);
        expect_null(job[called[i]].owner, "a job of an owner that was cancelled has no owner");
    }
    expect_jobs("after jobs_cancel_owner of owner 1");
    expect_cancelled(1, note, 0);
    add(4, 1, 2);
    expect_cancelled(1, note, 1);
    expect_jobs("after jobs_cancel_owner of owner 1, again");
    while (waiting_count > 0)
        expect_take();
    subject_done();
}

static size_t freed_count;

static void free_it(struct job *one, void *context)
{
    (void)context;
    freed_count++;
    memset(one, 0xa5, sizeof(*one));
    free(one);
}

static void cancelled_may_free_its_job(void)
{
    start_jobs();
    for (size_t i = 0; i < 20; i++) {
        struct job *one = malloc(sizeof(*one));
        expect_not_null(one, "the test has memory");
        memset(one, 0xa5, sizeof(*one));
        jobs_add(&jobs, &owners[0], one, (unsigned)(i % JOB_URGENCIES));
        add(i, 1, (unsigned)(i % JOB_URGENCIES));
    }
    expect_size(jobs_cancel_owner(&jobs, &owners[0], free_it, NULL), 20,
                "jobs_cancel_owner returns how many it called the function for");
    expect_size(freed_count, 20, "the function is called for each job of the owner");
    expect_jobs("after jobs that were cancelled were freed");
    while (waiting_count > 0)
        expect_take();
    subject_done();
}

/* Cancels the two that come next, and sees to it that their memory says nothing any more. */
static void cancel_the_next_two(struct job *one, void *context)
{
    size_t number = (size_t)(one - job);
    note(one, context);
    for (size_t next = number + 1; next <= number + 2 && next < JOBS; next++) {
        jobs_cancel(&jobs, &job[next]);
        memset(&job[next], 0xa5, sizeof(job[next]));
        forget(next);
    }
}

/* Takes whatever is the most urgent, whoever owns it. */
static void take_one(struct job *one, void *context)
{
    note(one, context);
    struct job *taken = jobs_take(&jobs);
    if (taken) {
        forget((size_t)(taken - job));
        memset(taken, 0xa5, sizeof(*taken));
    }
}

static void hand_on(struct job *one, void *context)
{
    note(one, context);
    add((size_t)(one - job), 2, 3);
}

static void add_all(size_t owner)
{
    start_jobs();
    for (size_t i = 0; i < JOBS; i++)
        add(i, owner, 1);
}

static void cancelled_may_do_more(void)
{
    add_all(0);
    expect_cancelled(0, cancel_the_next_two, JOBS / 3);
    expect_jobs("after the function cancelled jobs of the same owner");
    add_all(0);
    expect_cancelled(0, take_one, JOBS / 2);
    expect_jobs("after the function took jobs of the same owner");
    add_all(0);
    expect_cancelled(0, hand_on, JOBS);
    expect_jobs("after the function added each job again, for another owner");
    expect_size(waiting_count, JOBS, "all of them wait");
    while (waiting_count > 0)
        expect_take();
    subject_done();
}

static void random_jobs(void)
{
    start_jobs();
    random_state = subject_seed() * 2 + 1;
    for (size_t i = 0; i < JOBS; i++)
        job[i].owner = NULL;
    for (size_t i = 0; i < 3000; i++) {
        size_t number = random_below(JOBS), what = random_below(20);
        if (what < 10 && !job[number].owner)
            add(number, random_below(OWNERS), (unsigned)random_below(JOB_URGENCIES));
        else if (what < 14)
            expect_take();
        else if (what < 19)
            cancel(number, job[number].owner != NULL);
        else
            jobs_cancel_owner(&jobs, &owners[number % OWNERS], note, NULL);
        expect_jobs(subject_format("after %zu operations at random", i + 1));
    }
    subject_done();
}

const struct subject_test subject_tests[] = {
    {"empty_list", empty_list},
    {"push_front_and_back", push_front_and_back},
    {"neighbours_are_found", neighbours_are_found},
    {"insert_before_a_node", insert_before_a_node},
    {"remove_keeps_the_others", remove_keeps_the_others},
    {"splice_moves_all", splice_moves_all},
    {"items_are_left_alone", items_are_left_alone},
    {"random_operations", random_operations},
    {"time_does_not_grow", time_does_not_grow},
    {"jobs_run_in_order", jobs_run_in_order},
    {"job_is_in_two_lists", job_is_in_two_lists},
    {"cancel_takes_out_one", cancel_takes_out_one},
    {"owner_is_cancelled", owner_is_cancelled},
    {"cancelled_may_free_its_job", cancelled_may_free_its_job},
    {"cancelled_may_do_more", cancelled_may_do_more},
    {"random_jobs", random_jobs},
    {NULL, NULL},
};
