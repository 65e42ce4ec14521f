/* target.h - the interface that attacks pretend to implement: see grader/hostile/README.md. */
#ifndef SYSLAB_EXERCISE_TARGET_H
#define SYSLAB_EXERCISE_TARGET_H

/* Returns: the sum of both. */
int target_add(int a, int b);

#endif
