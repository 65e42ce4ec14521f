#include "tests/support/check_main.h"

#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    /* Seconds a test may take. Check's own 4 are too few under the thread sanitizer on a busy machine. */
    setenv("CK_DEFAULT_TIMEOUT", "100", 0);
    SRunner *runner = srunner_create(check_suite());
    srunner_run_all(runner, CK_ENV);
    int run = srunner_ntests_run(runner);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    if (run == 0)
        fprintf(stderr, "no test ran: is CK_RUN_CASE a case of this suite?\n");
    return run == 0 || failed > 0;
}
