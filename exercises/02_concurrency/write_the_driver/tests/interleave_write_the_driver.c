/* interleave_write_the_driver.c - a driver is searched twice: with lockers that are right no execution may fail; with lockers
 * that are wrong one has to. So a driver that fails whatever it is given earns nothing. */
#include "lockers.h"
#include "subject.h"

enum { EXECUTIONS_MAX = 1000 }; /* the handout says so */

static void search(enum lockers_kind right, enum lockers_kind wrong)
{
    subject_executions_within(EXECUTIONS_MAX);
    drive(lockers_begin(subject_has_to_fail() ? wrong : right));
    subject_done();
}

/* A driver that asks for nothing passes, too: so the hopeless ones have to be found out. */
static void passes_on_the_given_code(void)
{
    search(LOCKERS_GIVEN, LOCKERS_HOPELESS);
}

static void passes_on_another_design(void)
{
    search(LOCKERS_OTHER, LOCKERS_HOPELESS);
}

static void kills_the_relaxed_order(void)
{
    search(LOCKERS_GIVEN, LOCKERS_RELAXED);
}

static void kills_the_missing_look(void)
{
    search(LOCKERS_GIVEN, LOCKERS_NO_SECOND_LOOK);
}

static void kills_the_one_too_many(void)
{
    search(LOCKERS_GIVEN, LOCKERS_ONE_TOO_MANY);
}

static void kills_the_early_store(void)
{
    search(LOCKERS_GIVEN, LOCKERS_TOO_EARLY);
}

static void kills_the_lost_update(void)
{
    search(LOCKERS_GIVEN, LOCKERS_LOST_UPDATE);
}

const struct subject_test subject_tests[] = {
    {"passes_on_the_given_code", passes_on_the_given_code},
    {"passes_on_another_design", passes_on_another_design},
    {"kills_the_relaxed_order", kills_the_relaxed_order},
    {"kills_the_missing_look", kills_the_missing_look},
    {"kills_the_one_too_many", kills_the_one_too_many},
    {"kills_the_early_store", kills_the_early_store},
    {"kills_the_lost_update", kills_the_lost_update},
    {NULL, NULL},
};
