/* slab_pointer_broken.c - a pointer into the slab that outlives its value. BROKEN on purpose: under
 * the address sanitizer the vacant slot is poisoned, and the write is reported where it happens.
 * The repair is to keep the key and ask again: slab_entities.c.
 *
 * Usage: demo_slab_pointer_broken
 * Lesson: 03_memory/README.md, section slab.
 * Needs: address
 * Exit status: 1
 * Expected output:
 *     the session is closed, its pointer is still here
 *     ...
 *     ...ERROR: AddressSanitizer: use-after-poison...
 *     ...
 */
#include <stdio.h>

#include "03_memory/slab.h"

struct session {
    long sent_bytes;
};

int main(void)
{
    struct slab sessions;
    struct slab_key key;
    if (slab_init(&sessions, SLAB_LAYOUT(struct session), allocator_system()) != 0)
        return 1;
    struct session *session = slab_insert(&sessions, &key);
    if (!session)
        return 1;
    session->sent_bytes = 0;
    slab_remove(&sessions, key, NULL);
    printf("the session is closed, its pointer is still here\n");
    fflush(stdout);
    session->sent_bytes += 512;
    printf("without the sanitizer nothing was noticed\n");
    slab_fini(&sessions);
    return 0;
}
