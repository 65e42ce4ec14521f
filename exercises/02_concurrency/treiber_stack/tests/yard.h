/* yard.h - the memory of a stack that is stopped in the middle: an allocator that knows what becomes of each block.
 *
 * One thread plays two, so an allocation may be stopped while the other player makes one. Each player has cells of its
 * own, and what it frees it may allocate again, the last one first: the soonest that an address can come back.
 * With `guard`, the first blocks of player 0 lie on pages of their own, never come again, and cannot be touched once they were given
 * back: whoever does is stopped by the processor, and yard_fault says so.
 *
 *     yard_open(true);  ... yard_play(1); ... yard_play(0); ...  yard_live()
 *
 * What it cannot serve (larger than a cell) it takes from the system. Only one yard at a time. Threads: one.
 * Interface: yard_open yard_play yard_live yard_block yard_fault yard_allocator yard_is_closed
 */
#ifndef SYSLAB_TREIBER_STACK_YARD_H
#define SYSLAB_TREIBER_STACK_YARD_H

#include <stdbool.h>
#include <stddef.h>

#include "03_memory/allocator.h"

enum { YARD_PLAYERS = 2, YARD_CELLS = 1024, YARD_CELL_BYTES = 256, YARD_GUARDED = 8 };

/* All blocks of before are forgotten. Player 0 begins. */
void yard_open(bool guard);

struct allocator *yard_allocator(void);

void yard_play(int player);

/* How many blocks are allocated and not given back. */
size_t yard_live(void);

/* The latest block that a player was given. */
const void *yard_block(void);

/* What was done wrong with a block, in words, or NULL. */
const char *yard_fault(void);

/* Whether that address is in a page that was closed when its block was given back. */
bool yard_is_closed(const void *address);

#endif
