/* barrier_rounds.c - heat spreads along a rod: two threads, a half each, round by round.
 *
 * A cell becomes the mean of its neighbours of the round before. So nobody may begin a round before everybody has ended the
 * one before; and the last one to arrive, which is told so, swaps the two rods, while the other waits once more.
 *
 *   barrier_rounds
 *
 * Expected output:
 *     round   0:  100    0    0    0    0    0    0  100
 *     round   1:  100   50    0    0    0    0   50  100
 *     round   2:  100   50   25    0    0   25   50  100
 *     round 100:  100   99   99   99   99   99   99  100
 */
#include <pthread.h>
#include <stdio.h>

#include "02_concurrency/barrier.h"

enum { CELLS = 8, WORKERS = 2, ROUNDS = 100 };

static double rods[2][CELLS];
static double *now = rods[0], *next = rods[1];
static struct barrier everybody;

static void show(int round)
{
    printf("round %3d:", round);
    for (int i = 0; i < CELLS; i++)
        printf(" %4d", (int)now[i]);
    printf("\n");
}

static void *work(void *first)
{
    for (int round = 1; round <= ROUNDS; round++) {
        for (int i = *(int *)first; i < *(int *)first + (CELLS - 2) / WORKERS; i++)
            next[i] = (now[i - 1] + now[i + 1]) / 2;
        if (barrier_wait(&everybody)) { /* all cells are there, and this thread is the last */
            double *old = now;
            now = next;
            next = old;
            if (round <= 2 || round == ROUNDS)
                show(round);
        }
        barrier_wait(&everybody); /* and the rods are swapped */
    }
    return NULL;
}

int main(void)
{
    int firsts[WORKERS] = {1, 1 + (CELLS - 2) / WORKERS};
    pthread_t other;
    now[0] = next[0] = now[CELLS - 1] = next[CELLS - 1] = 100;
    show(0);
    if (barrier_init(&everybody, WORKERS) != 0 ||
        pthread_create(&other, NULL, work, &firsts[1]) != 0)
        return 1;
    work(&firsts[0]);
    pthread_join(other, NULL);
    return 0;
}
