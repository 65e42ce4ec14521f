/* seqlock.h - readers that write nothing: they read, and then ask whether they were disturbed.
 *
 * For a few words that are read all the time and written now and then: the time of day, a route, a price. A reader takes
 * no lock, so it delays nobody and its line of the cache stays where it is; any number read at full speed. What it
 * pays is that it has to read again when a writer came between.
 *
 *     sequence   4     5 ............ 5     6
 *                 +1     words change   +1
 *     reader         |<- odd: a writer ->|      even before, the same behind: a whole value
 *
 *     static struct seqlock lock;                       all zeros: nothing was written yet
 *     static SEQLOCK_WORDS(shared, sizeof(struct route));    the words, for readers and writers
 *     seqlock_write(&lock, shared, &route, sizeof(route));
 *     seqlock_read(&lock, shared, &copy, sizeof(copy));
 *
 * Readers do read words that are being written. In C that is a data race, and undefined, unless each word is atomic.
 * So the protected bytes lie in atomic words, and are copied out by relaxed loads, which on the processors that we
 * know are plain moves. A copy may be torn; it is thrown away then.
 *
 * Invariant: sequence is odd while one writer writes, and then nobody else; it only grows.
 *
 * Why a read that is accepted is whole (Boehm's argument). Let the reader have read sequence s, even, before and behind.
 *  1. Writers exclude each other: the one that moves sequence from even to odd, by an exchange, is the writer.
 *  2. Suppose the reader read a word w that writer W stored. W had made the sequence odd before; its release fence is
 *     between the two, and the reader's acquire fence lies between its load of w and its second look. Fence pairs
 *     with fence through w: so the second look sees at least W's odd number.
 *  3. The second look saw s, even. So W was done: W's last store of sequence was s or smaller.
 *  4. Conversely let V be the writer whose last store was s: the first look acquired what V released, so each load sees
 *     V's store or a later one; and by 2 and 3 none later than s. All words are those that s left.
 *
 *     pair of operations       together from two threads
 *     read with anything       yes
 *     write with write         yes: one waits for the other
 *
 * Do not: put a pointer into it and follow that after the object may have been freed (a reader delays nobody: see
 * Reclamation); write for long, or often, since readers only get through in between; write from a signal
 * handler that may have interrupted a writer.
 *
 * Progress: write blocks while another writes; read is obstruction-free: it returns once no writer disturbs it.
 * Both spin, and give the core away (02_concurrency/backoff.h): the writer may be the one that should run.
 * Errors: none. Memory: 8 bytes, and the words. The sequence does not come round in the life of a program.
 * Interface: SEQLOCK_WORDS seqlock_word seqlock_read seqlock_write
 *            by hand: seqlock_read_begin seqlock_read_is_valid seqlock_write_begin seqlock_write_end
 *                     seqlock_load seqlock_store
 * Source: Boehm, Can Seqlocks Get Along With Programming Language Memory Models? (MSPC 2012); Lameter, Effective
 *         Synchronization on Linux/NUMA Systems (2005); ISO C17 7.17.4.
 */
#ifndef SYSLAB_CONCURRENCY_SEQLOCK_H
#define SYSLAB_CONCURRENCY_SEQLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "02_concurrency/backoff.h"
#include "07_unsafe/sanitizer.h"

/* The thread sanitizer does not understand fences. There each word is loaded and stored by an ordered operation
 * instead, which says the same: what a load of the words saw comes before the second look. */
#if SANITIZER_THREAD && !defined(SYSLAB_INTERLEAVE)
#define SEQLOCK_FENCE(order) ((void)0)
#define SEQLOCK_LOAD_ORDER   memory_order_acquire
#define SEQLOCK_STORE_ORDER  memory_order_release
#else
#define SEQLOCK_FENCE(order) atomic_thread_fence(order)
#define SEQLOCK_LOAD_ORDER   memory_order_relaxed
#define SEQLOCK_STORE_ORDER  memory_order_relaxed
#endif

struct seqlock {
    _Atomic(uint64_t) sequence;
};

typedef _Atomic(uint64_t) seqlock_word;

/* Define `name`, an array of words that has room for so many bytes. */
#define SEQLOCK_WORDS(name, bytes) seqlock_word name[((bytes) + 7) / 8]

/* ---- by hand: what a read or a write is made of -----------------------------------------------*/

/* lesson: seqlock-read */
/* Returns: the sequence that seqlock_read_is_valid wants. Blocks: while somebody writes. */
static inline uint64_t seqlock_read_begin(const struct seqlock *lock)
{
    struct backoff backoff = BACKOFF_INIT;
    uint64_t sequence;
    /* acquire: pairs with the release in seqlock_write_end */
    while ((sequence = atomic_load_explicit(&lock->sequence, memory_order_acquire)) % 2)
        backoff_wait(&backoff);
    return sequence;
}

/* Returns: whether what was loaded since belongs together. If not, forget it and begin again. */
static inline bool seqlock_read_is_valid(const struct seqlock *lock, uint64_t sequence)
{
    /* acquire: with the words that were loaded before it, pairs with the fence in seqlock_write_begin */
    SEQLOCK_FENCE(memory_order_acquire);
    /* relaxed: the fence keeps it behind the loads */
    return atomic_load_explicit(&lock->sequence, memory_order_relaxed) == sequence;
}
/* end lesson */

/* lesson: seqlock-write */
/* Blocks: while another one writes. */
static inline void seqlock_write_begin(struct seqlock *lock)
{
    struct backoff backoff = BACKOFF_INIT;
    /* relaxed: a guess; the exchange decides */
    uint64_t sequence = atomic_load_explicit(&lock->sequence, memory_order_relaxed);
    /* acquire: pairs with the release in seqlock_write_end, of the writer before */
    while (sequence % 2 ||
           !atomic_compare_exchange_weak_explicit(&lock->sequence, &sequence, sequence + 1,
                                                  memory_order_acquire, memory_order_relaxed)) {
        backoff_wait(&backoff);
        sequence = atomic_load_explicit(&lock->sequence, memory_order_relaxed);
    }
    /* release: with the words that are stored after it, pairs with the fence in seqlock_read_is_valid */
    SEQLOCK_FENCE(memory_order_release);
}

static inline void seqlock_write_end(struct seqlock *lock)
{
    /* relaxed: nobody but the writer changes an odd one */
    uint64_t sequence = atomic_load_explicit(&lock->sequence, memory_order_relaxed);
    /* release: pairs with the acquire in seqlock_read_begin and in seqlock_write_begin */
    atomic_store_explicit(&lock->sequence, sequence + 1, memory_order_release);
}
/* end lesson */

/* lesson: seqlock-copy */
/* Copy so many bytes out of the words. Between read_begin and read_is_valid: perhaps a torn value. */
static inline void seqlock_load(void *to, const seqlock_word *from, size_t bytes)
{
    unsigned char *at = to;
#pragma GCC unroll 8
    for (; bytes >= sizeof(uint64_t); bytes -= sizeof(uint64_t), at += sizeof(uint64_t)) {
        uint64_t word = atomic_load_explicit(from++, SEQLOCK_LOAD_ORDER); /* see SEQLOCK_FENCE */
        memcpy(at, &word, sizeof(word));
    }
    if (bytes) {
        uint64_t word = atomic_load_explicit(from, SEQLOCK_LOAD_ORDER);
        memcpy(at, &word, bytes);
    }
}
/* end lesson */

/* Copy so many bytes into the words. Between write_begin and write_end. */
static inline void seqlock_store(seqlock_word *to, const void *from, size_t bytes)
{
    const unsigned char *at = from;
#pragma GCC unroll 8
    for (; bytes >= sizeof(uint64_t); bytes -= sizeof(uint64_t), at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, at, sizeof(word));
        atomic_store_explicit(to++, word, SEQLOCK_STORE_ORDER); /* see SEQLOCK_FENCE */
    }
    if (bytes) {
        uint64_t word = 0;
        memcpy(&word, at, bytes);
        atomic_store_explicit(to, word, SEQLOCK_STORE_ORDER);
    }
}

/* ---- whole reads and writes -------------------------------------------------------------------*/

/* Copy the protected bytes to *to. Blocks: while it is disturbed. */
static inline void seqlock_read(const struct seqlock *lock, const seqlock_word *words, void *to,
                                size_t bytes)
{
    uint64_t sequence;
    do {
        sequence = seqlock_read_begin(lock);
        seqlock_load(to, words, bytes);
    } while (!seqlock_read_is_valid(lock, sequence));
}

/* Replace the protected bytes by those at from. Blocks: while another one writes. */
static inline void seqlock_write(struct seqlock *lock, seqlock_word *words, const void *from,
                                 size_t bytes)
{
    seqlock_write_begin(lock);
    seqlock_store(words, from, bytes);
    seqlock_write_end(lock);
}

#endif
