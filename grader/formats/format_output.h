/* format_output.h - a report on its way to the file that a person named, which must not cost anyone
 * their work: a database of grades, a submission or any other source is never replaced, nor any file
 * that is not an older report.
 *
 * Interface: format_output_check format_output_write
 */
#ifndef SYSLAB_GRADER_FORMAT_OUTPUT_H
#define SYSLAB_GRADER_FORMAT_OUTPUT_H

/* What a report must not be written over: the database (with what SQLite and `grade` keep by it), the
 * file that was graded, whatever is C source or assembly, and what outlet_check knows as no report. db and file may be NULL. To be asked
 * before anything else is done, so that a refusal leaves nothing half done.
 * Returns: 0, or an exit status after a complaint. */
int format_output_check(const char *path, const char *db, const char *file);

/* Write the text there whole or not at all (outlet.h), with a newline at its end. Takes the text,
 * which is NULL where there was no memory for it. Returns: 0, or an exit status after a complaint. */
int format_output_write(const char *path, char *text);

#endif
