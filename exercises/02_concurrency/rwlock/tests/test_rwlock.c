/* test_rwlock.c - the graded tests of 02_concurrency/rwlock: what the handout promises.
 *
 * In the plain build the threads are actors, of which one runs at a time (exercises/support/stage.h), and the
 * functions of pthreads are played (exercises/support/monitor.h). So each test gives the same verdict every time. The last
 * test has threads that nobody directs.
 */
#include "monitor.h"
#include "rwlock.h"
#include "stage.h"
#include "subject.h"
#include "subject_door.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

/* ---- the lock and its memory ---- */

enum { PLAYERS = 6 };

static struct allocator_tracking tracking;
static struct allocator_counting counting;
static struct allocator_failing failing;
static struct rwlock *lock;

static void prepare_memory(size_t allowed)
{
    allocator_tracking_init(&tracking, allocator_system());
    allocator_counting_init(&counting, &tracking.base);
    allocator_failing_init(&failing, &counting.base, allowed);
}

static void make_lock(void)
{
    monitor_open();
    prepare_memory(SIZE_MAX);
    lock = rwlock_create(subject_door(&failing.base));
    expect_not_null(lock, "rwlock_create makes a lock");
}

static void destroy_lock(void)
{
    struct allocator_fault fault;
    rwlock_destroy(lock);
    if (allocator_tracking_check(&tracking) > 0 && allocator_tracking_fault(&tracking, 0, &fault))
        subject_expect(false, SUBJECT_HERE, "no fault", allocator_fault_name(fault.kind),
                       "the lock uses only memory that it has from the allocator, and gives each "
                       "block back once, with the size and alignment that it was asked for with");
    expect_no_leak(allocator_counting_read(&counting).live_bytes,
                   "rwlock_destroy gives all memory back");
}

/* ---- one thread ---- */

static void expect_tries(bool read, bool write, const char *words)
{
    bool reads = rwlock_try_read_lock(lock);
    expect_int(reads, read, "what rwlock_try_read_lock gives %s", words);
    if (reads)
        rwlock_read_unlock(lock);
    bool writes = rwlock_try_write_lock(lock);
    expect_int(writes, write, "what rwlock_try_write_lock gives %s", words);
    if (writes)
        rwlock_write_unlock(lock);
}

static void one_thread_alone(void)
{
    make_lock();
    for (int i = 0; i < 3; i++) {
        expect_tries(true, true, "when nobody has it");
        rwlock_read_lock(lock);
        expect_tries(true, false, "when somebody reads");
        rwlock_read_unlock(lock);
        rwlock_write_lock(lock);
        expect_tries(false, false, "when somebody writes");
        rwlock_write_unlock(lock);
        rwlock_write_lock(lock);
        rwlock_downgrade(lock);
        expect_tries(true, false, "when a writer has become a reader");
        rwlock_read_unlock(lock);
    }
    expect_true(rwlock_try_read_lock(lock), "rwlock_try_read_lock takes a lock that nobody has");
    expect_true(rwlock_try_read_lock(lock), "there may be two readers");
    rwlock_read_unlock(lock);
    expect_tries(true, false, "when one of two readers has left");
    rwlock_read_unlock(lock);
    expect_true(rwlock_try_write_lock(lock), "rwlock_try_write_lock takes it when all have left");
    expect_tries(false, false, "when rwlock_try_write_lock took it");
    rwlock_write_unlock(lock);
    expect_tries(true, true, "when nobody has it");
    destroy_lock();
    subject_done();
}

static void memory_is_given_back(void)
{
    make_lock();
    size_t requests = allocator_counting_read(&counting).alloc_calls;
    struct rwlock *other = rwlock_create(subject_door(&failing.base));
    expect_not_null(other, "there may be two locks");
    rwlock_write_lock(other);
    expect_tries(true, true, "when somebody has another lock");
    rwlock_write_unlock(other);
    rwlock_destroy(other);
    destroy_lock();
    expect_true(requests > 0, "the lock's memory comes from the allocator");
    for (size_t allowed = 0; allowed < requests; allowed++) {
        prepare_memory(allowed);
        expect_null(rwlock_create(subject_door(&failing.base)),
                    "rwlock_create gives NULL when the allocator gives NULL");
        expect_no_leak(allocator_counting_read(&counting).live_bytes,
                       "rwlock_create that fails leaves nothing allocated");
    }
    rwlock_destroy(NULL);
    subject_done();
}

/* ---- players ---- */

enum has { NOTHING, READS, WRITES };

/* What an actor does, one after the other: 'r' and 'w' lock, 'R' and 'W' try, 'd' downgrades, 'u' unlocks. */
struct player {
    const char *actions;
    size_t done;
    enum has has;
    bool was_refused; /* its last try */
};

static struct player players[PLAYERS]; /* each is the actor of that number */
static char story[400];

static void act(struct player *player, char action)
{
    enum has had = player->has;
    if (action == 'r')
        rwlock_read_lock(lock), player->has = READS;
    if (action == 'w')
        rwlock_write_lock(lock), player->has = WRITES;
    if (action == 'R')
        player->has = rwlock_try_read_lock(lock) ? READS : NOTHING;
    if (action == 'W')
        player->has = rwlock_try_write_lock(lock) ? WRITES : NOTHING;
    player->was_refused = (action == 'R' || action == 'W') && player->has == NOTHING;
    if (action == 'd') {
        player->has = READS; /* others may be let in during the call */
        rwlock_downgrade(lock);
    }
    if (action == 'u') {
        player->has = NOTHING;
        had == READS ? rwlock_read_unlock(lock) : rwlock_write_unlock(lock);
    }
}

static void play(void *argument)
{
    struct player *player = argument;
    for (const char *action = player->actions; *action; action++) {
        act(player, *action);
        player->done++;
    }
}

static const char *in_words(char action)
{
    return action == 'r'   ? "read_lock"
           : action == 'w' ? "write_lock"
           : action == 'R' ? "try_read_lock"
           : action == 'W' ? "try_write_lock"
           : action == 'd' ? "downgrade"
                           : "unlock";
}

static void tell(const char *words)
{
    size_t length = strlen(story);
    snprintf(story + length, sizeof(story) - length, "%s%s", length ? ", " : "", words);
}

static int count_of(enum has has)
{
    int count = 0;
    for (int i = 0; i < PLAYERS; i++)
        count += players[i].has == has;
    return count;
}

static char current(int player)
{
    return players[player].actions[players[player].done];
}

static int waiting(char action)
{
    int count = 0;
    for (int i = 0; i < PLAYERS; i++)
        count += stage_state(i) == STAGE_ASLEEP && current(i) == action;
    return count;
}

static const char *where(int player)
{
    return stage_state(player) == STAGE_DONE      ? "it has returned"
           : stage_state(player) == STAGE_STOPPED ? "it was stopped"
           : stage_state(player) == STAGE_SPINS   ? "1000 instructions, and it runs on"
           : monitor_waits(player)                ? "it waits for a condition"
                                                  : "it waits for a mutex";
}

/* What must hold whenever all have come to rest. */
static void check(void)
{
    for (int i = 0; i < PLAYERS; i++)
        subject_expect(stage_state(i) != STAGE_SPINS, SUBJECT_HERE, "it returns or sleeps",
                       where(i), "nobody waits by running. So far: %s. Then %c", story, 'A' + i);
    expect_at_most((size_t)count_of(WRITES), 1, "there is one writer at a time. So far: %s", story);
    if (count_of(WRITES) > 0)
        expect_int(count_of(READS), 0, "nobody reads while somebody writes. So far: %s", story);
}

/* And when all who can have gone on. */
static void expect_nobody_waits_in_vain(void)
{
    check();
    if (count_of(WRITES) > 0)
        return;
    for (int i = 0; i < PLAYERS; i++) {
        if (stage_state(i) == STAGE_DONE)
            continue;
        char action = current(i);
        bool goes_on = count_of(READS) == 0 || (action == 'r' && waiting('w') == 0) ||
                       (action != 'r' && action != 'w');
        subject_expect(!goes_on, SUBJECT_HERE, "it goes on", where(i),
                       "so far: %s. Then %d read and nobody writes, %d wait to write, and %c is in "
                       "its %s",
                       story, count_of(READS), waiting('w'), 'A' + i, in_words(action));
    }
}

static void start(int player, const char *actions, size_t steps)
{
    players[player].actions = actions;
    players[player].done = 0;
    tell(subject_format("%c: %s%s%s", 'A' + player, in_words(actions[0]), actions[1] ? " and " : "",
                        actions[1] ? in_words(actions[1]) : ""));
    stage_start(player, play, &players[player], steps);
    check();
}

static void begin(void)
{
    make_lock();
    memset(players, 0, sizeof(players));
    for (int i = 0; i < PLAYERS; i++)
        players[i].actions = "";
    story[0] = '\0';
}

/* The call has come to rest like this. */
static void expect_has(int player, enum has wanted)
{
    static const char *const words[] = {"it has nothing", "it reads", "it writes"};
    subject_expect(stage_state(player) == STAGE_DONE && players[player].has == wanted, SUBJECT_HERE,
                   words[wanted],
                   stage_state(player) == STAGE_DONE ? words[players[player].has] : where(player),
                   "so far: %s. What %c has then", story, 'A' + player);
}

static void expect_asleep(int player)
{
    subject_expect(stage_state(player) == STAGE_ASLEEP, SUBJECT_HERE, "it waits", where(player),
                   "so far: %s. What %c does then", story, 'A' + player);
}

/* Whoever has it gives it back, until nobody is left. */
static void end(void)
{
    for (;;) {
        expect_nobody_waits_in_vain();
        int one = 0;
        while (one < PLAYERS && players[one].has == NOTHING)
            one++;
        if (one == PLAYERS)
            break;
        start(one, "u", STAGE_FREELY);
        while (stage_state(0) == STAGE_STOPPED)
            stage_go_on(0); /* it had slept */
    }
    expect_tries(true, true, subject_format("when nobody has it. So far: %s", story));
    destroy_lock();
}

/* ---- waiting ---- */

static void many_readers_at_once(void)
{
    begin();
    for (int i = 0; i < PLAYERS; i++) {
        start(i, i % 2 ? "r" : "R", STAGE_WATCHED);
        expect_has(i, READS);
    }
    start(2, "u", STAGE_WATCHED);
    start(2, "W", STAGE_WATCHED);
    expect_has(2, NOTHING);
    start(2, "r", STAGE_WATCHED);
    expect_has(2, READS);
    end();
    subject_done();
}

static void writer_waits_for_readers(void)
{
    begin();
    start(0, "r", STAGE_WATCHED);
    start(1, "r", STAGE_WATCHED);
    start(2, "w", STAGE_WATCHED);
    expect_asleep(2);
    start(0, "u", STAGE_WATCHED);
    stage_join(0);
    expect_asleep(2);
    start(1, "u", STAGE_WATCHED);
    stage_join(1);
    stage_join(2); /* a wake-up that does not come is a deadlock */
    expect_has(2, WRITES);
    end();
    subject_done();
}

static void readers_wait_for_the_writer(void)
{
    begin();
    start(0, "w", STAGE_WATCHED);
    expect_has(0, WRITES);
    for (int i = 1; i < 4; i++) {
        start(i, "r", STAGE_WATCHED);
        expect_asleep(i);
    }
    start(0, "u", STAGE_WATCHED);
    stage_join(0);
    for (int i = 1; i < 4; i++) {
        stage_join(i);
        expect_has(i, READS);
    }
    end();
    subject_done();
}

static void writers_take_turns(void)
{
    begin();
    for (int i = 0; i < 4; i++)
        start(i, "w", STAGE_WATCHED);
    for (int left = 4; left > 0; left--) {
        int one = 0;
        expect_int(count_of(WRITES), 1, "so far: %s. How many write", story);
        expect_int(waiting('w'), left - 1, "so far: %s. How many wait to write", story);
        while (players[one].has != WRITES)
            one++;
        start(one, "u", STAGE_WATCHED);
        stage_join(one);
    }
    end();
    subject_done();
}

/* ---- fairness ---- */

static void no_writer_starves(void)
{
    begin();
    start(0, "r", STAGE_WATCHED);
    start(1, "w", STAGE_WATCHED);
    expect_asleep(1);
    start(2, "R", STAGE_WATCHED);
    expect_has(2, NOTHING);
    start(2, "r", STAGE_WATCHED);
    start(3, "r", STAGE_WATCHED);
    expect_asleep(2); /* or readers that follow each other would keep the writer out for ever */
    expect_asleep(3);
    start(0, "ur", STAGE_FREELY); /* before the writer runs */
    expect_has(1, WRITES);
    expect_asleep(0);
    start(1, "u", STAGE_WATCHED);
    for (int i = 0; i < 4; i++)
        expect_has(i, i == 1 ? NOTHING : READS);
    end();

    begin(); /* two writers, and readers between them */
    start(0, "r", STAGE_WATCHED);
    start(1, "w", STAGE_WATCHED);
    start(2, "w", STAGE_WATCHED);
    start(3, "r", STAGE_WATCHED);
    start(0, "u", STAGE_WATCHED);
    expect_int(count_of(WRITES), 1, "so far: %s. How many write", story);
    start(4, "r", STAGE_WATCHED);
    expect_asleep(4);
    end();
    subject_done();
}

static void no_reader_starves(void)
{
    begin();
    start(0, "w", STAGE_WATCHED);
    start(1, "r", STAGE_WATCHED);
    start(2, "w", STAGE_WATCHED);
    start(3, "w", STAGE_WATCHED);
    start(0, "uw", STAGE_FREELY); /* a writer that comes again and again */
    expect_has(1, READS);
    expect_asleep(0);
    start(1, "ur", STAGE_FREELY);
    expect_int(count_of(WRITES), 1, "so far: %s. How many write", story);
    expect_asleep(1);
    end();

    begin(); /* a reader that comes late does not take another's place */
    start(0, "w", STAGE_WATCHED);
    start(1, "r", STAGE_WATCHED);
    start(2, "w", STAGE_WATCHED);
    start(0, "ur", STAGE_FREELY);
    expect_has(1, READS);
    expect_asleep(0);
    expect_asleep(2);
    end();

    begin(); /* nor does a writer that tries */
    start(0, "w", STAGE_WATCHED);
    start(1, "r", STAGE_WATCHED);
    start(0, "uW", STAGE_FREELY);
    expect_has(0, NOTHING);
    expect_has(1, READS);
    end();
    subject_done();
}

/* ---- tries, and from one to the other ---- */

static void tries_leave_nothing_behind(void)
{
    begin();
    start(0, "r", STAGE_WATCHED);
    start(1, "W", STAGE_WATCHED);
    expect_has(1, NOTHING);
    start(2, "r", STAGE_WATCHED); /* nobody waits to write */
    expect_has(2, READS);
    start(0, "u", STAGE_WATCHED);
    start(1, "W", STAGE_WATCHED);
    expect_has(1, NOTHING);
    start(2, "u", STAGE_WATCHED);
    start(0, "w", STAGE_WATCHED);
    expect_has(0, WRITES);
    start(1, "R", STAGE_WATCHED);
    expect_has(1, NOTHING);
    start(1, "W", STAGE_WATCHED);
    expect_has(1, NOTHING);
    start(0, "u", STAGE_WATCHED);
    start(3, "W", STAGE_WATCHED); /* nobody reads */
    expect_has(3, WRITES);
    start(4, "r", STAGE_WATCHED);
    start(5, "w", STAGE_WATCHED);
    expect_asleep(4);
    expect_asleep(5);
    end();
    subject_done();
}

static void writer_becomes_reader(void)
{
    begin();
    start(0, "w", STAGE_WATCHED);
    start(1, "r", STAGE_WATCHED);
    start(2, "r", STAGE_WATCHED);
    start(0, "d", STAGE_WATCHED);
    for (int i = 0; i < 3; i++)
        expect_has(i, READS);
    start(3, "R", STAGE_WATCHED);
    expect_has(3, READS);
    start(4, "w", STAGE_WATCHED);
    expect_asleep(4);
    for (int i = 0; i < 4; i++)
        start(i, "u", STAGE_WATCHED);
    expect_has(4, WRITES);
    start(4, "du", STAGE_WATCHED);
    end();

    begin(); /* a writer that waits does not come in between */
    start(0, "w", STAGE_WATCHED);
    start(1, "r", STAGE_WATCHED);
    start(2, "w", STAGE_WATCHED);
    start(0, "d", STAGE_WATCHED);
    expect_has(0, READS);
    expect_has(1, READS);
    expect_asleep(2);
    start(3, "r", STAGE_WATCHED);
    expect_asleep(3);
    start(0, "u", STAGE_WATCHED);
    expect_asleep(2);
    start(1, "u", STAGE_WATCHED);
    expect_has(2, WRITES);
    end();
    subject_done();
}

/* ---- woken for nothing, and stopped ---- */

static void wake_for_nothing(int player)
{
    for (int i = 0; i < 3; i++) {
        monitor_wake_for_nothing(player);
        stage_settle();
        tell(subject_format("%c is woken for nothing", 'A' + player));
        check();
        expect_asleep(player);
    }
}

static void woken_looks_again(void)
{
    begin();
    start(0, "w", STAGE_WATCHED);
    start(1, "r", STAGE_WATCHED);
    start(2, "w", STAGE_WATCHED);
    wake_for_nothing(1);
    wake_for_nothing(2);
    start(0, "d", STAGE_WATCHED);
    expect_has(1, READS);
    wake_for_nothing(2);
    start(3, "r", STAGE_WATCHED);
    wake_for_nothing(3);
    end();
    subject_done();
}

/* "Br !w Bu": B reads, A's write_lock is stopped, B unlocks, A goes on. What cannot be done is left out. */
static bool perform(const char *script, size_t steps)
{
    static char actions[PLAYERS][2];
    begin();
    for (const char *at = script; *at; at += at[2] ? 3 : 2) {
        int player = at[0] == '!' ? 0 : at[0] - 'A';
        bool has = players[player].has != NOTHING;
        if (stage_state(player) != STAGE_DONE || has != (at[1] == 'u' || at[1] == 'd'))
            continue;
        actions[player][0] = at[1];
        if (at[0] == '!')
            tell(subject_format("A is stopped after %zu instructions in what comes next", steps));
        start(player, actions[player], at[0] == '!' ? steps : STAGE_FREELY);
    }
    while (stage_state(0) == STAGE_STOPPED)
        stage_go_on(0);
    tell("A goes on");
    bool was_stopped = stage_was_stopped(0);
    if (stage_state(0) == STAGE_ASLEEP) { /* it may be stopped when it is woken */
        for (int i = 1; i < PLAYERS && stage_state(0) == STAGE_ASLEEP; i++)
            if (stage_state(i) == STAGE_DONE && players[i].has != NOTHING)
                start(i, "u", STAGE_FREELY);
        while (stage_state(0) == STAGE_STOPPED)
            stage_go_on(0);
        was_stopped = was_stopped || stage_was_stopped(0);
    }
    end();
    return was_stopped;
}

static void stopped_anywhere(void)
{
    static const char *const scripts[] = {"Br !w Bu",       "Br !w Bu Cr",    "Bw !r Bu",
                                          "Bw !w Cr Bu",    "Ar Bw !u Cr",    "Aw Br Cw !u Dr",
                                          "Aw Br Cw !d Dr", "Br Cw !R Bu Dr", "Br !W Bu Cr"};
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        stage_begin_series();
        for (size_t steps = 0; perform(scripts[i], steps); steps += steps < 40 ? 1 : 2 + steps / 25)
            ;
    }
    subject_done();
}

/* ---- threads that nobody directs ---- */

enum { THREADS = 4, ROUNDS = 300 };

static struct {
    uint64_t first, second; /* equal, but while a writer writes */
} guarded;

struct worker {
    unsigned number;
    size_t torn, writes;
};

static void look(struct worker *worker)
{
    uint64_t first = guarded.first;
    if (worker->number == 0)
        sched_yield();
    worker->torn += first != guarded.second;
}

static void change(struct worker *worker)
{
    look(worker);
    guarded.first++;
    guarded.second++;
    worker->writes++;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    for (unsigned i = 0; i < ROUNDS; i++) {
        unsigned kind = (i + worker->number) % 8;
        if (kind == 0 || (kind == 1 && rwlock_try_write_lock(lock))) {
            if (kind == 0)
                rwlock_write_lock(lock);
            change(worker);
            if (i % 16 < 8) {
                rwlock_write_unlock(lock);
                continue;
            }
            rwlock_downgrade(lock);
        } else if (kind != 2 || !rwlock_try_read_lock(lock)) {
            rwlock_read_lock(lock);
        }
        look(worker);
        rwlock_read_unlock(lock);
    }
    return NULL;
}

static void threads_overlap(void)
{
    static struct worker workers[THREADS];
    pthread_t threads[THREADS];
    size_t writes = 0;
    expect_true(!monitor_is_played(), "threads that nobody directs have the C library's pthreads: "
                                      "this test is for the thread sanitizer's build");
    make_lock();
    expect_tries(true, true, "when nobody has it");
    rwlock_write_lock(lock);
    expect_tries(false, false, "when somebody writes");
    rwlock_write_unlock(lock);
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i].number = i;
        expect_int(pthread_create(&threads[i], NULL, work, &workers[i]), 0, "a thread starts");
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        expect_size(workers[i].torn, 0, "nobody sees what a writer has half done");
        writes += workers[i].writes;
    }
    expect_int(guarded.first, writes, "no write is lost");
    destroy_lock();
    subject_done();
}

const struct subject_test subject_tests[] = {
    {"one_thread_alone", one_thread_alone},
    {"memory_is_given_back", memory_is_given_back},
    {"many_readers_at_once", many_readers_at_once},
    {"writer_waits_for_readers", writer_waits_for_readers},
    {"readers_wait_for_the_writer", readers_wait_for_the_writer},
    {"writers_take_turns", writers_take_turns},
    {"no_writer_starves", no_writer_starves},
    {"no_reader_starves", no_reader_starves},
    {"tries_leave_nothing_behind", tries_leave_nothing_behind},
    {"writer_becomes_reader", writer_becomes_reader},
    {"woken_looks_again", woken_looks_again},
    {"stopped_anywhere", stopped_anywhere},
    {"threads_overlap", threads_overlap},
    {NULL, NULL},
};
