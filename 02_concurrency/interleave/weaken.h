/* weaken.h - is every memory order needed? Each operation's is weakened by one step, and everything is explored again.
 *
 *     sequentially consistent -> acquire and release -> acquire, or release -> relaxed
 *
 * A weaker order under which something fails is needed: the failure says what for. One under which nothing fails is
 * either stronger than it has to be, or the program does not ask enough.
 *
 * Interface: weaken_each
 */
#ifndef SYSLAB_INTERLEAVE_WEAKEN_H
#define SYSLAB_INTERLEAVE_WEAKEN_H

#include "02_concurrency/interleave/search.h"

/* After a search that found nothing wrong. Prints a line for each operation of the program and each weaker order.
 * Returns: SEARCH_FINE when each is needed, SEARCH_FAILED when one is not. */
enum search_end weaken_each(const struct search_settings *settings, FILE *out);

#endif
