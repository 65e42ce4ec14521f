/* toolchain.h - the compiler, the linker and addr2line, run in a sandbox.
 *
 * In the sandbox's work folder: the submission's source, include/ with the headers that it may use,
 * for each build "<build>.s", "<build>.o" and "subject_<build>" (under interleave a shared object), and where it was asked for "<build>.i".
 *
 * Interface: toolchain_init toolchain_preprocess toolchain_compile toolchain_assemble toolchain_link
 *            toolchain_link_kit toolchain_lines toolchain_find_system_call
 */
#ifndef SYSLAB_GRADER_TOOLCHAIN_H
#define SYSLAB_GRADER_TOOLCHAIN_H

#include <stdint.h>

#include "grader/base/text.h"
#include "grader/course/manifest.h"
#include "grader/engine/sandbox.h"

enum { TOOLCHAIN_FLAGS_MAX = 48, TOOLCHAIN_FLAGS_BYTES = 1024 };

/* Immutable after init. */
struct toolchain {
    char compiler[PATH_MAX];
    char name[64]; /* "gcc 12.2.0", as the compiler calls itself now */
    char flags_told[BUILD_COUNT][TOOLCHAIN_FLAGS_BYTES];
    char flag_text[BUILD_COUNT][TOOLCHAIN_FLAGS_BYTES];
    const char *flags[BUILD_COUNT][TOOLCHAIN_FLAGS_MAX];
};

/* Returns: 0; -ENOENT with a message when the compiler is not there; -EIO when it does not say its
 * version. */
int toolchain_init(struct toolchain *toolchain, char *error, size_t error_bytes);

/* What became of a step. */
struct toolchain_result {
    bool done;            /* the output file is there */
    struct text messages; /* the tool's words, cleaned and cut; also of a success: warnings */
    uint64_t cut_bytes;   /* of them */
    uint64_t cpu_ns;
};

/* Preprocess the manifest's file to <build>.i; compile it, or where it was preprocessed <build>.i as it
 * was looked at, to assembly, <build>.s, which is to be looked
 * at before it becomes <build>.o; link <build>.o with the kit to subject_<build>.
 * Returns: 0 and *result, to be freed with text_fini(&result->messages); -errno where the sandbox
 * broke. */
int toolchain_preprocess(const struct toolchain *toolchain, struct sandbox *sandbox,
                         const struct manifest *manifest, enum build build,
                         struct toolchain_result *result);
int toolchain_compile(const struct toolchain *toolchain, struct sandbox *sandbox,
                      const struct manifest *manifest, enum build build, bool preprocessed,
                      struct toolchain_result *result);
int toolchain_assemble(const struct toolchain *toolchain, struct sandbox *sandbox, enum build build,
                       struct toolchain_result *result);
int toolchain_link(const struct toolchain *toolchain, struct sandbox *sandbox, enum build build,
                   struct toolchain_result *result);

/* Link the kit with a subject that has the names of the manifest's interface and does nothing: whether
 * this is done depends on the kit and the machine alone. Returns: as above. */
int toolchain_link_kit(const struct toolchain *toolchain, struct sandbox *sandbox,
                       const struct manifest *manifest, enum build build,
                       struct toolchain_result *result);

/* The source lines of offsets in a section of <build>.o; 0 where unknown.
 * Returns: 0 or -errno. */
int toolchain_lines(struct sandbox *sandbox, enum build build, const char *section,
                    const uint64_t *offsets, unsigned *lines, size_t count);

/* Whether a section of <build>.o really has a system call instruction, as a disassembler reads it, and
 * the offset of the first.
 * Returns: 0 and *offset; -ENOENT if there is none; -EFBIG if the disassembler did not get through the
 * code, or said too much about it; another -errno where the sandbox broke. */
int toolchain_find_system_call(struct sandbox *sandbox, enum build build, const char *section,
                               uint64_t *offset);

#endif
