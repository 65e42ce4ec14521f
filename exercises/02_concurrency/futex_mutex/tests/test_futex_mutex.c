/* test_futex_mutex.c - the graded tests of 02_concurrency/futex_mutex: what the handout promises.
 *
 * All but the last two give the same verdict every time: the threads are actors (exercises/support/stage.h), of which
 * one runs at a time, and futex_wait is the stage's: who sleeps is known. In the three `..._is_stopped_anywhere`
 * an operation is stopped after each of its instructions in turn, a play goes on around it, and at the end
 * nobody may be asleep beside a free mutex.
 */
#include "futex.h"
#include "futex_mutex.h"
#include "stage.h"
#include "subject.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- players ---- */

enum { PLAYERS = 5 };

struct player {
    bool holds, was_refused;
};

static struct player players[PLAYERS]; /* each is the actor of that number */
static struct futex_mutex *mutex;      /* on a page of its own */

static void take(void *argument)
{
    struct player *player = argument;
    futex_mutex_lock(mutex);
    player->holds = true;
}

static void attempt(void *argument)
{
    struct player *player = argument;
    player->holds = futex_mutex_try_lock(mutex);
    player->was_refused = !player->holds;
}

static void give(void *argument)
{
    struct player *player = argument;
    player->holds = false;
    futex_mutex_unlock(mutex);
}

static void begin(void)
{
    if (!mutex) {
        mutex = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        expect_true(mutex != MAP_FAILED, "there is a page for the mutex");
    }
    memset(mutex, 0xff, sizeof(*mutex));
    memset(players, 0, sizeof(players));
    stage_open();
    futex_mutex_init(mutex);
    futex_counts_reset();
}

static int holders(void)
{
    int count = 0;
    for (int i = 0; i < PLAYERS; i++)
        count += players[i].holds;
    return count;
}

static int holder(void)
{
    for (int i = 0; i < PLAYERS; i++)
        if (players[i].holds)
            return i;
    return STAGE_NOBODY;
}

static int sleepers(void)
{
    int count = 0;
    for (int i = 0; i < PLAYERS; i++)
        count += stage_state(i) == STAGE_ASLEEP;
    return count;
}

static const char *state_in_words(int player)
{
    static const char *const words[] = {"it has returned", "it was woken",
                                        "it runs",         "it sleeps in futex_wait",
                                        "it was stopped",  "1000 instructions, and it runs on"};
    return words[stage_state(player)];
}

/* The call of that player has come to rest like this. */
static void expect_state(int player, enum stage_state wanted, const char *words)
{
    subject_expect(stage_state(player) == wanted, SUBJECT_HERE,
                   wanted == STAGE_DONE ? "it has returned" : "it sleeps in futex_wait",
                   state_in_words(player), "%s", words);
}

static void expect_free(const char *words)
{
    bool taken = futex_mutex_try_lock(mutex);
    expect_true(taken, "%s, and futex_mutex_try_lock takes it", words);
    futex_mutex_unlock(mutex);
}

/* ---- one thread ---- */

static void expect_no_calls(const char *words)
{
    struct futex_counts counts = futex_counts();
    expect_size(counts.waits, 0, "%s without futex_wait", words);
    expect_size(counts.wakes, 0, "%s without futex_wake", words);
}

static void nobody_waits_no_calls(void)
{
    struct futex_mutex other;
    begin();
    memset(&other, 0x01, sizeof(other));
    futex_mutex_init(&other);
    for (int i = 0; i < 100; i++) {
        futex_mutex_lock(mutex);
        expect_true(!futex_mutex_try_lock(mutex), "a mutex that is held is not taken again");
        expect_true(futex_mutex_try_lock(&other), "one mutex knows nothing of another");
        futex_mutex_unlock(&other);
        futex_mutex_unlock(mutex);
        expect_no_calls("a mutex that nobody waits for is locked and unlocked");
    }
    expect_free("after the unlock it is free");
    subject_done();
}

static void try_lock_never_waits(void)
{
    begin();
    expect_true(futex_mutex_try_lock(mutex), "futex_mutex_try_lock takes a free mutex");
    for (int i = 0; i < 10; i++) {
        stage_start(1, attempt, &players[1], STAGE_WATCHED);
        expect_state(1, STAGE_DONE, "futex_mutex_try_lock of a held mutex returns at once");
        expect_true(players[1].was_refused, "futex_mutex_try_lock of a held mutex gives false");
    }
    expect_no_calls("futex_mutex_try_lock works");
    futex_mutex_unlock(mutex);
    expect_no_calls("a mutex that was only tried is unlocked");
    stage_start(1, attempt, &players[1], STAGE_WATCHED);
    expect_true(players[1].holds, "after the unlock futex_mutex_try_lock takes it");
    stage_start(2, take, &players[2], STAGE_WATCHED);
    expect_state(2, STAGE_ASLEEP, "who wants what futex_mutex_try_lock took, sleeps");
    stage_start(3, attempt, &players[3], STAGE_WATCHED);
    expect_true(players[3].was_refused, "futex_mutex_try_lock gives false while others sleep");
    stage_start(1, give, &players[1], STAGE_WATCHED);
    expect_state(2, STAGE_DONE,
                 "a futex_mutex_try_lock that failed changes nothing: the unlock "
                 "after it wakes who sleeps");
    subject_done();
}

/* ---- sleeping ---- */

static void waiter_sleeps_and_is_woken(void)
{
    begin();
    stage_start(0, take, &players[0], STAGE_WATCHED);
    expect_state(0, STAGE_DONE, "futex_mutex_lock takes a free mutex");
    stage_start(1, take, &players[1], STAGE_WATCHED);
    expect_state(1, STAGE_ASLEEP, "futex_mutex_lock of a held mutex sleeps");
    stage_start(0, give, &players[0], STAGE_WATCHED);
    expect_true(stage_state(0) != STAGE_ASLEEP, "futex_mutex_unlock never sleeps");
    stage_join(1); /* a wake-up that does not come is a deadlock */
    expect_true(players[1].holds, "who was woken has the mutex");
    stage_start(1, give, &players[1], STAGE_WATCHED);
    expect_free("after the last unlock it is free");
    subject_done();
}

static void every_sleeper_gets_its_turn(void)
{
    begin();
    for (int i = 0; i < PLAYERS; i++) {
        stage_start(i, take, &players[i], STAGE_WATCHED);
        expect_state(i, i == 0 ? STAGE_DONE : STAGE_ASLEEP, "one has it, the others sleep");
    }
    for (int left = PLAYERS; left > 0; left--) {
        int one = holder();
        expect_int(holders(), 1, "each unlock makes one of those who sleep the holder: unlock %d",
                   PLAYERS - left);
        expect_int(sleepers(), left - 1, "the others go on sleeping");
        stage_start(one, give, &players[one], STAGE_WATCHED);
        expect_state(one, STAGE_DONE, "futex_mutex_unlock returns");
    }
    expect_free("after the last unlock it is free");
    subject_done();
}

/* Many sleep for one mutex, and nobody for this one. */
static void expect_others_need_no_calls(void)
{
    struct futex_mutex other;
    futex_mutex_init(&other);
    futex_counts_reset();
    futex_mutex_lock(&other);
    futex_mutex_unlock(&other);
    expect_no_calls("a mutex that nobody waits for is locked and unlocked, while others wait for "
                    "another mutex,");
}

static void one_is_woken_at_a_time(void)
{
    begin();
    for (int i = 0; i < PLAYERS; i++)
        stage_start(i, take, &players[i], STAGE_WATCHED);
    expect_int(sleepers(), PLAYERS - 1, "one has it, the others sleep");
    expect_others_need_no_calls();
    for (int left = PLAYERS; left > 0; left--) {
        int one = holder();
        expect_true(one != STAGE_NOBODY, "each unlock makes one of those who sleep the holder");
        futex_counts_reset();
        stage_start(one, give, &players[one], STAGE_WATCHED);
        struct futex_counts counts = futex_counts();
        expect_at_most(counts.wakes, 1, "one unlock calls futex_wake once");
        expect_at_most((size_t)counts.most, 1, "futex_wake is asked for one thread");
        expect_at_most(counts.waits, 0, "one is woken, and finds the mutex free");
    }
    /* Whoever slept may have left a note. */
    futex_counts_reset();
    for (int i = 0; i < 100; i++) {
        futex_mutex_lock(mutex);
        futex_mutex_unlock(mutex);
    }
    expect_at_most(futex_counts().wakes, 1,
                   "when all that is over, 100 turns of lock and unlock call futex_wake once more");
    subject_done();
}

/* Asleep; it is woken for nothing, in this way and so often. */
static void wake_for_nothing(int player, int result, int times)
{
    for (int i = 0; i < times; i++) {
        stage_wake(player, result);
        stage_settle();
        expect_state(player, STAGE_ASLEEP,
                     result ? "futex_wait returned -EINTR, the mutex is still held: it is waited "
                              "for again"
                            : "futex_wait returned for nothing, the mutex is still held: it is "
                              "waited for again");
        expect_true(!players[player].holds, "one thread has the mutex at a time");
    }
}

static void waking_for_nothing_is_survived(void)
{
    static const int results[] = {-EINTR, 0};
    for (int way = 0; way < 2; way++) {
        begin();
        stage_start(0, take, &players[0], STAGE_WATCHED);
        stage_start(1, take, &players[1], STAGE_WATCHED);
        expect_state(1, STAGE_ASLEEP, "futex_mutex_lock of a held mutex sleeps");
        stage_start(2, take, &players[2], STAGE_WATCHED);
        expect_state(2, STAGE_ASLEEP, "futex_mutex_lock of a held mutex sleeps");
        wake_for_nothing(1, results[way], 5);
        wake_for_nothing(2, results[way], 5);
        for (int i = 0; i < 3; i++) {
            int one = holder();
            expect_true(one != STAGE_NOBODY,
                        "who was woken for nothing is still woken when the mutex is free");
            stage_start(one, give, &players[one], STAGE_WATCHED);
            expect_at_most((size_t)holders(), 1, "one thread has the mutex at a time");
        }
        expect_free("after the last unlock it is free");
    }
    subject_done();
}

/* ---- an operation that is stopped at each of its instructions ---- */

/* What the players do, in their order. 'B': B locks; 'b': it unlocks, if it has it; '?': E tries; '!': A does
 * what is stopped. What cannot be done, since that player is still busy, is left out. */
struct play {
    const char *script;
    stage_fn stopped;
    const char *name;
    size_t steps;
    bool was_stopped;
    char story[400];
};

static void tell(struct play *play, const char *words)
{
    size_t length = strlen(play->story);
    snprintf(play->story + length, sizeof(play->story) - length, "%s%s", length ? ", " : "", words);
}

/* What must hold between any two steps. */
static void check(struct play *play)
{
    for (int i = 0; i < PLAYERS; i++)
        subject_expect(
            stage_state(i) != STAGE_SPINS, SUBJECT_HERE, "it returns or sleeps", state_in_words(i),
            "nobody waits by running. The play: %s. What %c does then", play->story, 'A' + i);
    expect_at_most((size_t)holders(), 1, "one thread has the mutex at a time. The play: %s",
                   play->story);
}

static void start(struct play *play, int player, stage_fn function, size_t steps)
{
    if (player == 0)
        play->was_stopped |= stage_was_stopped(0);
    stage_start(player, function, &players[player], steps);
    check(play);
}

static void act(struct play *play, char what)
{
    bool locks = what >= 'A' && what < 'A' + PLAYERS;
    int player = what == '!' ? 0 : what == '?' ? PLAYERS - 1 : locks ? what - 'A' : what - 'a';
    if (stage_state(player) != STAGE_DONE)
        return;
    if (what == '!') {
        tell(play,
             subject_format("A's %s is stopped after %zu instructions", play->name, play->steps));
        start(play, 0, play->stopped, play->steps);
    } else if ((locks || what == '?') && !players[player].holds) {
        tell(play, subject_format("%c %s", 'A' + player, locks ? "locks" : "tries"));
        start(play, player, locks ? take : attempt, STAGE_FREELY);
    } else if (!locks && what != '?' && players[player].holds) {
        tell(play, subject_format("%c unlocks", 'A' + player));
        start(play, player, give, STAGE_FREELY);
    }
}

/* All go on, and whoever has the mutex gives it back, until nobody is left. */
static void finish(struct play *play)
{
    tell(play, "A goes on, and who has it unlocks until nobody has it");
    for (;;) {
        while (stage_state(0) == STAGE_STOPPED)
            stage_go_on(0);
        check(play);
        int one = holder();
        if (one == STAGE_NOBODY)
            break;
        start(play, one, give, STAGE_FREELY);
    }
    for (int i = 0; i < PLAYERS; i++)
        subject_expect(stage_state(i) == STAGE_DONE, SUBJECT_HERE, "it gets the mutex",
                       state_in_words(i),
                       "nobody sleeps beside a free mutex. The play: %s. At the "
                       "end it is free, and %c wants it",
                       play->story, 'A' + i);
    expect_free(subject_format("at the end the mutex is free. The play: %s", play->story));
    play->was_stopped |= stage_was_stopped(0);
}

/* Returns: whether A was stopped; if not, it has fewer instructions. */
static bool perform(const char *script, stage_fn stopped, const char *name, size_t steps)
{
    struct play play = {.script = script, .stopped = stopped, .name = name, .steps = steps};
    begin();
    for (const char *at = script; *at; at++)
        act(&play, *at);
    play.was_stopped |= stage_was_stopped(0);
    finish(&play);
    return play.was_stopped;
}

/* Nobody could stop the others' running if they waited by it. */
static void expect_sleep(void)
{
    begin();
    stage_start(0, take, &players[0], STAGE_WATCHED);
    stage_start(1, take, &players[1], STAGE_WATCHED);
    expect_state(1, STAGE_ASLEEP, "futex_mutex_lock of a held mutex sleeps");
    stage_start(0, give, &players[0], STAGE_WATCHED);
    expect_true(players[1].holds, "who was woken has the mutex");
    stage_start(1, give, &players[1], STAGE_WATCHED);
}

/* After each of the first hundred and then, among the looks of who looks often, here and there. */
static size_t stride(size_t steps)
{
    return steps < 100 ? 1 : 1 + steps / 50;
}

static void stop_anywhere(const char *const *scripts, stage_fn stopped, const char *name)
{
    expect_sleep();
    for (; *scripts; scripts++)
        for (size_t steps = 0; perform(*scripts, stopped, name, steps); steps += stride(steps))
            ;
    subject_done();
}

static void lock_is_stopped_anywhere(void)
{
    static const char *const scripts[] = {"!B",   "!BCb",  "B!b",   "B!bB",
                                          "B!bD", "BC!bD", "BC!b?", NULL};
    stop_anywhere(scripts, take, "lock");
}

static void unlock_is_stopped_anywhere(void)
{
    static const char *const scripts[] = {"A!BbC", "A!?", "AB!C", "AB!CcD", NULL};
    stop_anywhere(scripts, give, "unlock");
}

static void try_lock_is_stopped_anywhere(void)
{
    static const char *const scripts[] = {"!B",   "!BC",   "!BCb", "B!b",
                                          "BC!b", "BC!bD", "B!Cb", NULL};
    stop_anywhere(scripts, attempt, "try_lock");
}

/* ---- memory ---- */

static void protect(int how)
{
    expect_int(mprotect(mutex, (size_t)sysconf(_SC_PAGESIZE), how), 0, "the page can be protected");
}

/* A's unlock is stopped; B has the mutex, gives it back, and what guards nothing any more is freed. */
static bool free_behind(const char *script, size_t steps)
{
    struct play play = {.script = script, .stopped = give, .name = "unlock", .steps = steps};
    begin();
    for (const char *at = script; *at; at++)
        act(&play, *at);
    play.was_stopped |= stage_was_stopped(0);
    bool is_over = stage_state(1) == STAGE_DONE && !players[1].holds;
    if (is_over) {
        protect(PROT_NONE); /* who touches it now is killed by SIGSEGV */
        stage_go_on(0);
        protect(PROT_READ | PROT_WRITE);
    }
    finish(&play);
    return play.was_stopped;
}

static void last_holder_may_free_it(void)
{
    static const char *const scripts[] = {"A!Bb", "AB!b", NULL};
    expect_sleep();
    for (const char *const *script = scripts; *script; script++)
        for (size_t steps = 0; free_behind(*script, steps); steps++)
            ;
    subject_done();
}

/* ---- threads that nobody directs ---- */

/* A turn that is passed on by relaxed operations: it says "now", and orders nothing. */
static atomic_int turn;

static bool is_turn(int mine)
{
    return atomic_load_explicit(&turn, memory_order_relaxed) == mine;
}

static void pass_turn(int next)
{
    atomic_store_explicit(&turn, next, memory_order_relaxed);
}

enum way { BY_LOCK, BY_SLEEPING, BY_TRYING, WAYS };

struct passing {
    struct futex_mutex mutex;
    enum way way;
    int value, seen;
};

static void *receive(void *argument)
{
    struct passing *passing = argument;
    while (!is_turn(1))
        sched_yield();
    if (passing->way != BY_TRYING)
        futex_mutex_lock(&passing->mutex);
    else
        while (!futex_mutex_try_lock(&passing->mutex))
            sched_yield();
    passing->seen = passing->value;
    futex_mutex_unlock(&passing->mutex);
    return NULL;
}

/* Generous, and then it goes on without: who does not sleep fails in other tests. */
static void wait_until_it_sleeps(void)
{
    for (int i = 0; i < 100000 && futex_counts().waits == 0; i++)
        sched_yield();
}

/* Nothing but the mutex makes the writes of one thread come before the reads of another. */
static void pass_values(enum way way)
{
    static struct passing passing;
    pthread_t thread;
    memset(&passing, 0, sizeof(passing));
    passing.way = way;
    futex_mutex_init(&passing.mutex);
    futex_counts_reset();
    pass_turn(0);
    expect_int(pthread_create(&thread, NULL, receive, &passing), 0, "a thread starts");
    futex_mutex_lock(&passing.mutex);
    passing.value = 1;
    if (way == BY_SLEEPING) {
        pass_turn(1);
        wait_until_it_sleeps();
    }
    futex_mutex_unlock(&passing.mutex);
    if (way != BY_SLEEPING)
        pass_turn(1);
    pthread_join(thread, NULL);
    expect_int(passing.seen, 1, "what one thread wrote under the mutex the next one reads");
}

/* So that threads are let loose only on what is a mutex for one. */
static void expect_a_mutex(void)
{
    struct futex_mutex one;
    memset(&one, 0xff, sizeof(one));
    futex_mutex_init(&one);
    expect_true(futex_mutex_try_lock(&one), "futex_mutex_try_lock takes a free mutex");
    expect_true(!futex_mutex_try_lock(&one), "a mutex that is held is not taken again");
    futex_mutex_unlock(&one);
}

static void values_are_passed_on(void)
{
    expect_a_mutex();
    for (enum way way = 0; way < WAYS; way++)
        pass_values(way);
    subject_done();
}

enum { THREADS = 4, ROUNDS = 1500, SIGNALS = 100 };

static struct {
    struct futex_mutex mutex;
    unsigned long counter; /* guarded by it */
    bool is_held, was_held_twice;
} shared;

static void *work(void *argument)
{
    unsigned number = *(const unsigned *)argument;
    for (unsigned i = 0; i < ROUNDS; i++) {
        if ((i + number) % 4 != 0 || !futex_mutex_try_lock(&shared.mutex))
            futex_mutex_lock(&shared.mutex);
        shared.was_held_twice |= shared.is_held;
        shared.is_held = true;
        shared.counter++;
        if (i % 16 == 0)
            sched_yield(); /* while it is held: the others come, and sleep */
        shared.is_held = false;
        futex_mutex_unlock(&shared.mutex);
    }
    return NULL;
}

static void on_signal(int number)
{
    (void)number;
}

static void contention_is_survived(void)
{
    static unsigned numbers[THREADS];
    pthread_t threads[THREADS];
    struct sigaction action = {.sa_flags = 0};
    expect_a_mutex();
    action.sa_handler = on_signal; /* no SA_RESTART: futex_wait returns */
    sigaction(SIGUSR1, &action, NULL);
    futex_mutex_init(&shared.mutex);
    for (unsigned i = 0; i < THREADS; i++) {
        numbers[i] = i;
        expect_int(pthread_create(&threads[i], NULL, work, &numbers[i]), 0, "a thread starts");
    }
    for (unsigned i = 0; i < SIGNALS; i++) {
        pthread_kill(threads[i % THREADS], SIGUSR1);
        sched_yield();
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    expect_true(!shared.was_held_twice, "one thread has the mutex at a time");
    expect_int(shared.counter, THREADS * ROUNDS, "no increment under the mutex is lost");
    subject_done();
}

const struct subject_test subject_tests[] = {
    {"nobody_waits_no_calls", nobody_waits_no_calls},
    {"waiter_sleeps_and_is_woken", waiter_sleeps_and_is_woken},
    {"try_lock_never_waits", try_lock_never_waits},
    {"every_sleeper_gets_its_turn", every_sleeper_gets_its_turn},
    {"one_is_woken_at_a_time", one_is_woken_at_a_time},
    {"waking_for_nothing_is_survived", waking_for_nothing_is_survived},
    {"lock_is_stopped_anywhere", lock_is_stopped_anywhere},
    {"unlock_is_stopped_anywhere", unlock_is_stopped_anywhere},
    {"try_lock_is_stopped_anywhere", try_lock_is_stopped_anywhere},
    {"last_holder_may_free_it", last_holder_may_free_it},
    {"values_are_passed_on", values_are_passed_on},
    {"contention_is_survived", contention_is_survived},
    {NULL, NULL},
};
