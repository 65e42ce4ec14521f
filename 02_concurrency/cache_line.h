/* cache_line.h - how far apart to keep what different threads write.
 *
 * Memory travels between cores in lines of 64 bytes. Two variables on one line are, for the hardware, one:
 * a thread that writes the first takes the line away from a thread that reads the second, although neither
 * has anything to do with the other. This false sharing costs as much as sharing: a trip between the cores,
 * 60 to 400 ns, for each turn.
 *
 *     struct ring {
 *         _Alignas(CACHE_LINE_APART) atomic_size_t tail;     the producer writes here
 *         _Alignas(CACHE_LINE_APART) atomic_size_t head;     and the consumer here
 *     };
 *
 * CACHE_LINE_BYTES is what travels. CACHE_LINE_APART is how far apart to stay: two lines on x86-64, whose
 * prefetchers bring lines in pairs of 128 bytes, and on AArch64, where some cores' lines are that long.
 *
 * Invariant: CACHE_LINE_APART is a multiple of CACHE_LINE_BYTES. Whoever allocates a struct with such a field
 * asks for its alignment: _Alignof(struct ring); malloc promises 16 only.
 * Interface: CACHE_LINE_BYTES CACHE_LINE_APART
 * Source: Intel, Optimization Reference Manual, "Data Prefetching" (the spatial prefetcher); Torrellas, Lam
 *         and Hennessy, False Sharing and Spatial Locality (IEEE ToC 1994).
 */
#ifndef SYSLAB_CONCURRENCY_CACHE_LINE_H
#define SYSLAB_CONCURRENCY_CACHE_LINE_H

enum { CACHE_LINE_BYTES = 64, CACHE_LINE_APART = 128 };

#endif
