/* pages.h - an allocator of whole pages, mapped from the kernel, huge where that is worth it.
 *
 * The first touch of a page that a program never used costs more than a thousand instructions: the
 * processor traps, the kernel finds a page, zeroes it and maps it. For a large arena that is filled
 * once, this is nearly all of the time. A huge page (2 MiB) is one trap instead of 512, and zeroing
 * it at one stroke runs at the speed of memory.
 *
 * The kernel gives huge pages where it is asked (transparent_hugepage: madvise, as on most systems)
 * and where a range is aligned to 2 MiB. So a request from 2 MiB on gets a mapping that begins on
 * such a boundary, and the advice. What is left at its end is mapped in small pages.
 *
 *     2 MiB          2 MiB          2 MiB
 *     |--------------|--------------|--------------
 *     [ huge page    | huge page    | 4K 4K 4K ]         5 MiB and a bit
 *
 * Nothing is wasted on small requests: they are rounded up to 4 KiB and not advised. Memory that is
 * mapped and not touched costs addresses and no memory, but a huge page is taken whole: whoever
 * touches one byte of every 2 MiB wants allocator_system instead.
 *
 *     struct arena arena;
 *     arena_init(&arena, pages_allocator(), 1 << 20);      chunks of 1 MiB, 2 MiB, 4 MiB ...
 *
 * Fresh memory is zero. Freed memory goes back to the kernel at once: use after free is a fault.
 *
 * Do not: take small blocks from it, each costs a page and a system call; put an arena on it whose
 * few kilobytes come and go; expect huge pages to be there (fragmented memory, a container's limit,
 * transparent_hugepage=never): it then works as well, at the price of small pages.
 *
 * Threads: any number at once.
 * Interface: pages_allocator PAGES_HUGE_BYTES
 * Source: madvise(2), MADV_HUGEPAGE; Linux Documentation/admin-guide/mm/transhuge.rst.
 */
#ifndef SYSLAB_MEMORY_PAGES_H
#define SYSLAB_MEMORY_PAGES_H

#include "03_memory/allocator.h"

enum { PAGES_HUGE_BYTES = 2 << 20 };

/* The one value of this allocator. Blocks are aligned to the page size at least, and to
 * PAGES_HUGE_BYTES from that size on. A resize to fewer bytes stays in place; one to more pages
 * copies, and the block moves.
 * Returns: never NULL, never freed. */
struct allocator *pages_allocator(void);

#endif
