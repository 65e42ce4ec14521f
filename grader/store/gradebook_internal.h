/* gradebook_internal.h - shared by the files of the gradebook. Interface: gradebook_add_details */
#ifndef SYSLAB_GRADER_GRADEBOOK_INTERNAL_H
#define SYSLAB_GRADER_GRADEBOOK_INTERNAL_H

#include <jansson.h>

#include "grader/store/gradebook.h"

/* Give a grade's object its "message" and "tests". */
void gradebook_add_details(json_t *grade, const struct gradebook_cell *cell);

#endif
