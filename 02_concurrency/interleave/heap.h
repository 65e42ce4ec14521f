/* heap.h - the explored program's heap. Internal to memory.c and its callers: see memory.h.
 *
 * Interface: heap_* memory_forget
 */
#ifndef SYSLAB_INTERLEAVE_HEAP_H
#define SYSLAB_INTERLEAVE_HEAP_H

#include "02_concurrency/interleave/memory.h"

enum { HEAP_BLANK = 0xcd }; /* what stands in each byte of a new block */

void heap_begin(void);
void heap_reset(void);
/* Whether these bytes may be touched: yes for all that is not in the heap. */
enum memory_fault heap_check(uintptr_t address, size_t size);
bool heap_has(uintptr_t address);
/* The bytes are new: nobody touched them. version: who made them so. written: they have a value. In memory.c. */
void memory_forget(uintptr_t address, size_t size, uint32_t version, bool written);

#endif
