/* store_progress.c - what one student has done besides being graded. */
#include <stdio.h>

#include "grader/store/store_internal.h"

#define PARAMETERS(...) ((const char *const[]){__VA_ARGS__, NULL})

int store_passed(struct store *store, const char *exercise, bool *passed)
{
    int count = 0;
    int failed = store_number(store,
                              "SELECT count(*) FROM records WHERE student = '' AND exercise = ?1 "
                              "AND verdict = 'pass'",
                              PARAMETERS(exercise), &count);
    *passed = count > 0;
    return failed;
}

int store_hints(struct store *store, const char *exercise, unsigned *shown)
{
    int hints = 0;
    int failed = store_number(store, "SELECT hints FROM progress WHERE exercise = ?1",
                              PARAMETERS(exercise), &hints);
    *shown = hints > 0 ? (unsigned)hints : 0;
    return failed;
}

int store_set_hints(struct store *store, const char *exercise, unsigned shown)
{
    char number[16];
    snprintf(number, sizeof(number), "%u", shown);
    return store_run(store,
                     "INSERT INTO progress(exercise, hints) VALUES(?1, ?2) "
                     "ON CONFLICT(exercise) DO UPDATE SET hints = excluded.hints",
                     PARAMETERS(exercise, number));
}

int store_give_up(struct store *store, const char *exercise)
{
    return store_run(store,
                     "INSERT INTO progress(exercise, gave_up_at) "
                     "VALUES(?1, strftime('%Y-%m-%dT%H:%M:%SZ')) ON CONFLICT(exercise) DO UPDATE "
                     "SET gave_up_at = coalesce(gave_up_at, excluded.gave_up_at)",
                     PARAMETERS(exercise));
}

int store_gave_up(struct store *store, const char *exercise, bool *gave_up)
{
    int count = 0;
    int failed = store_number(
        store, "SELECT count(*) FROM progress WHERE exercise = ?1 AND gave_up_at IS NOT NULL",
        PARAMETERS(exercise), &count);
    *gave_up = count > 0;
    return failed;
}
