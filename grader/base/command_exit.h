/* command_exit.h - what the program ends with, whichever command it was.
 *
 * Interface: enum command_exit
 */
#ifndef SYSLAB_GRADER_COMMAND_EXIT_H
#define SYSLAB_GRADER_COMMAND_EXIT_H

enum command_exit {
    COMMAND_PASSED = 0,       /* done, or passed */
    COMMAND_FAILED = 1,       /* a submission failed */
    COMMAND_USAGE = 2,        /* wrong usage, or a machine that lacks something */
    COMMAND_GRADER_ERROR = 3, /* the grader's own fault */
};

#endif
