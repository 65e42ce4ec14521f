/* pool_stale_state_broken.c - the state that a free object keeps, given to the wrong user.
 *
 * A pool constructs an object once, not for each pool_alloc: what the constructor made stays, and
 * so does what the last user left. Whoever frees an object must bring it back to its constructed
 * state. Here nobody does, and one user's secret greets the next. The repair is in
 * pool_stale_state_fixed.c.
 *
 *   pool_stale_state_broken
 *
 * Expected output:
 *     mallory has the password "swordfish"
 */
#include <stdio.h>
#include <string.h>

#include "03_memory/pool.h"

struct session {
    char user[16];
    char password[16];
};

static struct pool pool;

/* The state that every session has while it is free, and when it is taken. */
static int make(void *object, void *context)
{
    (void)context;
    memset(object, 0, sizeof(struct session));
    return 0;
}

static struct session *log_in(const char *user, const char *password)
{
    struct session *session = pool_alloc(&pool);
    if (!session)
        return NULL;
    snprintf(session->user, sizeof(session->user), "%s", user);
    if (password)
        snprintf(session->password, sizeof(session->password), "%s", password);
    return session;
}

static void log_out(struct session *session)
{
    pool_free(&pool, session);
}

int main(void)
{
    struct pool_options options = {.object_bytes = sizeof(struct session), .construct = make};
    if (pool_init(&pool, allocator_system(), &options) != 0)
        return 1;
    struct session *session = log_in("alice", "swordfish");
    if (!session)
        return 1;
    log_out(session);
    session = log_in("mallory", NULL); /* a guest, without a password */
    if (!session)
        return 1;
    printf("%s has the password \"%s\"\n", session->user, session->password);
    log_out(session);
    return pool_fini(&pool) != 0;
}
