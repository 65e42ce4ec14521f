/* futex.h - what the tests see of rw_sleep.
 *
 * Interface: futex_sleeps
 */
#ifndef SYSLAB_BROKEN_LOCK_FUTEX_H
#define SYSLAB_BROKEN_LOCK_FUTEX_H

#include <stdatomic.h>

extern atomic_int futex_sleeps; /* how often rw_sleep was called */

#endif
