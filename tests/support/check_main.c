#include "tests/support/check_main.h"

#include <stdio.h>

int main(void)
{
    SRunner *runner = srunner_create(check_suite());
    srunner_run_all(runner, CK_ENV);
    int run = srunner_ntests_run(runner);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    if (run == 0)
        fprintf(stderr, "no test ran: is CK_RUN_CASE a case of this suite?\n");
    return run == 0 || failed > 0;
}
