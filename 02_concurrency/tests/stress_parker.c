/* stress_parker.c - threads that pass a plain word to each other by permits alone.
 *
 *   stress_parker [SEED [ROUNDS]]      about a second; prints the seed
 *
 * Two threads take turns: a word without a lock is written by the one whose turn it is. Each park has one unpark, so a
 * permit that is lost is a deadlock (which the alarm reports), and one that is taken twice lets both have the turn. Now
 * and then an owner parks with a deadline that has most likely passed, and the permit may come just then. Beside them, signals.
 */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "02_concurrency/parker.h"
#include "tests/support/stress.h"

enum { PAIRS = 3, ROUNDS = 20000, SIGNALS = 1500, HANG_S = 200 };

/* What two threads share. */
struct pair {
    struct parker parkers[2];
    uint64_t word; /* plain: the permits order it */
};

struct player {
    pthread_t thread;
    struct pair *pair;
    unsigned side;
    uint64_t random, errors, gave_up;
};

static unsigned long rounds;

static void await_turn(struct player *player)
{
    struct parker *parker = &player->pair->parkers[player->side];
    while (stress_random(&player->random) % 4 == 0) {
        uint64_t patience_ns = stress_random(&player->random) % (30 * DEADLINE_US);
        if (parker_park_until(parker, deadline_after_ns(patience_ns)))
            return;
        player->gave_up++;
    }
    parker_park(parker);
}

static void *play(void *argument)
{
    struct player *player = argument;
    for (uint64_t round = 0; round < rounds; round++) {
        await_turn(player);
        player->errors += player->pair->word != 2 * round + player->side;
        player->pair->word++;
        parker_unpark(&player->pair->parkers[!player->side]);
    }
    return NULL;
}

static void on_signal(int number)
{
    (void)number;
}

/* While they play, most of the time. None has been joined yet: its name is good, even if it has ended. */
static void disturb(const struct player *players)
{
    for (unsigned i = 0; i < SIGNALS; i++) {
        pthread_kill(players[i % (2 * PAIRS)].thread, SIGUSR1);
        usleep(200);
    }
}

int main(int argc, char **argv)
{
    static struct pair pairs[PAIRS];
    static struct player players[2 * PAIRS];
    struct stress stress = stress_begin(argc, argv, ROUNDS);
    uint64_t errors = 0, gave_up = 0;
    rounds = stress.rounds;
    alarm(HANG_S);
    signal(SIGUSR1, on_signal);
    for (unsigned i = 0; i < 2 * PAIRS; i++) {
        players[i] = (struct player){
            .pair = &pairs[i / 2], .side = i % 2, .random = stress_fork(&stress.random)};
        if (pthread_create(&players[i].thread, NULL, play, &players[i]) != 0)
            abort();
    }
    for (unsigned i = 0; i < PAIRS; i++)
        parker_unpark(&pairs[i].parkers[0]);
    disturb(players);
    for (unsigned i = 0; i < 2 * PAIRS; i++) {
        pthread_join(players[i].thread, NULL);
        errors += players[i].errors;
        gave_up += players[i].gave_up;
    }
    printf("%lu turns, %" PRIu64 " gave up, %" PRIu64 " errors\n", 2 * PAIRS * rounds, gave_up,
           errors);
    return errors != 0 || gave_up == 0;
}
