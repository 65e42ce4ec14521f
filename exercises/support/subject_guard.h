/* subject_guard.h - keeps the record's two descriptors to the harness, and the kernel to the C library.
 *
 * A submission is in the same process as its test. From subject_guard_begin on, a filter in the kernel
 * looks at where a system call comes from:
 *
 *   - code of the subject itself makes none: a system call that hides in a constant, and is jumped to,
 *     kills the process (SIGSYS). The C library's code, which is elsewhere, goes on as before;
 *   - reading, writing and copying SUBJECT_RECORD_FD and SUBJECT_NONCE_FD is left to the two instructions
 *     in subject_guard_read and subject_guard_write, so that an exercise may allow read and write;
 *   - nobody handles SIGTRAP and SIGSYS, by which a process can follow its own every step: but for a kit that
 *     steps through a submission itself, whose submissions may not call sigaction then;
 *   - no memory becomes executable, but for libraries that are loaded from their files; and files that are
 *     memory (memfd) there are none. Scratch, where a test may write files, is mounted noexec.
 *
 * What is left to a determined author is to call the harness itself at an address of his own reckoning:
 * see grader/hostile/README.md.
 *
 * Under interleave the submission and its test are a shared object, and the program that explores it is the
 * harness: the object's code makes no system call either.
 *
 * Only on x86-64 and only in the plain build: the sanitizers' runtimes make calls of their own from inside
 * the program. A submission has to pass the plain build too.
 *
 * Interface: subject_guard_begin subject_guard_read subject_guard_write
 */
#ifndef SYSLAB_EXERCISES_SUBJECT_GUARD_H
#define SYSLAB_EXERCISES_SUBJECT_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Code that was loaded from a shared object; {0, 0}: none was. */
struct subject_guard_code {
    uintptr_t begin, end;
};

/* Before the first test. Needs no_new_privs, which the sandbox sets.
 * Returns: 0, or -errno where the kernel refused the filter. */
int subject_guard_begin(struct subject_guard_code loaded);

/* Defined, with whatever value, by a part of a kit that handles SIGTRAP. */
extern const bool subject_guard_steps __attribute__((weak));

/* read(2) and write(2). Returns: as they do, or -errno. */
ssize_t subject_guard_read(int fd, void *bytes, size_t size_bytes);
ssize_t subject_guard_write(int fd, const void *bytes, size_t size_bytes);

#endif
