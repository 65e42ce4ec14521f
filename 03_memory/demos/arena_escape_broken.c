/* arena_escape_broken.c - a pointer outlives the reset that ends its block.
 *
 * The cache keeps the name of the last user. The name lies in the request's arena; after the reset
 * the next request writes over it. Without a sanitizer this program prints the wrong name and ends
 * well, which is the worst that can happen. With one, the read is caught: reset poisons what it
 * takes back. arena_escape_fixed.c is the repair.
 *
 * Usage: demo_arena_escape_broken (built with -fsanitize=address)
 * Needs: address
 * Exit status: 1
 * Expected output:
 *     request 1: ada
 *     ...
 *     ...ERROR: AddressSanitizer: use-after-poison...
 *     ...
 */
#include <stdio.h>

#include "03_memory/arena.h"

static const char *last_user; /* outlives every request */

static void handle(struct arena *scratch, int number, const char *user)
{
    const char *name = arena_strdup(scratch, user);
    printf("request %d: %s\n", number, name ? name : "?");
    fflush(stdout);
    last_user = name; /* the mistake: the block ends with the request */
}

int main(void)
{
    struct arena scratch;
    arena_init(&scratch, allocator_system(), 0);
    handle(&scratch, 1, "ada");
    arena_reset(&scratch);
    printf("last user: %s\n", last_user);
    arena_fini(&scratch);
    return 0;
}
