/* ck.h - concurrencykit as a peer, where it is installed (libck-dev).
 *
 * Most of it is inline, so that it is compiled into the bench itself, with the same compiler and flags as
 * ours. A bench compiles with and without it:
 *
 *     #include "bench/ck.h"
 *     #ifdef BENCH_CK_INSTALLED
 *     #include <ck_ring.h>
 *     static uint64_t with_ck_ring(void *context, uint64_t operations) { ... }
 *     #endif
 *     {.name = "ck_ring", .run = BENCH_CK(with_ck_ring), .package = BENCH_CK_PACKAGE},
 *
 * Interface: BENCH_CK_INSTALLED BENCH_CK BENCH_CK_PACKAGE
 */
#ifndef SYSLAB_BENCH_CK_H
#define SYSLAB_BENCH_CK_H

#define BENCH_CK_PACKAGE "libck-dev"

/* The thread sanitizer does not see what ck's assembly orders, and would report every word behind its locks. */
#if defined(BENCH_CK_INSTALLED) && defined(__SANITIZE_THREAD__)
#undef BENCH_CK_INSTALLED
#endif

/* The function, or NULL, which the harness reports as skipped. */
#ifdef BENCH_CK_INSTALLED
#define BENCH_CK(function) (function)
#else
#define BENCH_CK(function) NULL
#endif

#endif
