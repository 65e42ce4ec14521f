/* check_main.h - the main program of every Check test in the course.
 *
 * A test file defines check_suite and no main. The program runs the suite, or the one case that
 * CK_RUN_CASE names, and fails when that ran no test at all: a misspelt case must not pass.
 *
 * Interface: check_suite (yours to define). Exit: 0 passed, 1 failed or ran nothing.
 */
#ifndef SYSLAB_TESTS_CHECK_MAIN_H
#define SYSLAB_TESTS_CHECK_MAIN_H

#include <check.h>

/* The suite to run. Owns: the runner frees it. */
Suite *check_suite(void);

#endif
