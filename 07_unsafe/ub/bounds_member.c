/* bounds_member.c - an index that reaches the next member.
 *
 * scores[round] is one of the scores. So a store to it does not change lives, and gcc returns the 3
 * that it has stored. It is in memory as 1000. The struct is one object, and the address sanitizer
 * sees nothing wrong.
 *
 * Rule: ISO C17 6.5.6p8
 * Expected -O0: 1000 lives
 * Expected -O2 gcc: 3 lives
 * Expected -O2 clang: 1000 lives
 * Seen by: undefined
 * Repair: check the index
 * Repaired: 3 lives
 */
#include <stdio.h>

static struct {
    int scores[4];
    int lives;
} player;

static int finish_round(int round)
{
    player.lives = 3;
#ifdef REPAIRED
    if (round < 4)
#endif
        player.scores[round] = 1000;
    return player.lives;
}

int main(void)
{
    volatile int round = 4;
    printf("%d lives\n", finish_round(round));
    return 0;
}
