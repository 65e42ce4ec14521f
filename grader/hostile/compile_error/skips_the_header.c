/* Keeps the header out by its guard, and declares the function as something else. */
#define SYSLAB_EXERCISE_TARGET_H

int (*target_add)(int, int);
