/* arena_escape_fixed.c - what outlives a request is copied to an arena that does as well.
 *
 * An arena is a lifetime. Two lifetimes are two arenas: `scratch` ends with each request, `session`
 * with the program. The copy from one to the other is the moment at which a value is made to live
 * longer, and it can be seen in the code. arena_escape_broken.c is without it.
 *
 * Usage: demo_arena_escape_fixed
 * Expected output:
 *     request 1: ada
 *     last user: ada
 *     request 2: grace
 *     last user: grace
 */
#include <stdio.h>

#include "03_memory/arena.h"

static const char *last_user; /* in the session's arena */

static void handle(struct arena *session, struct arena *scratch, int number, const char *user)
{
    const char *name = arena_strdup(scratch, user);
    printf("request %d: %s\n", number, name ? name : "?");
    last_user = name ? arena_strdup(session, name) : NULL; /* the repair */
}

int main(void)
{
    static const char *const users[] = {"ada", "grace"};
    struct arena session, scratch;
    arena_init(&session, allocator_system(), 0);
    arena_init(&scratch, allocator_system(), 0);
    for (int i = 0; i < 2; i++) {
        handle(&session, &scratch, i + 1, users[i]);
        arena_reset(&scratch);
        printf("last user: %s\n", last_user ? last_user : "?");
    }
    arena_fini(&scratch);
    arena_fini(&session);
    return 0;
}
