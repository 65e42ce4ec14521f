/* sandbox.h - runs programs that nobody trusts.
 *
 * One sandbox serves one build of one submission. bubblewrap makes it: no network, /usr read-only,
 * the submission's folder and the exercise's kit. Its first process is `runner`, which gives each
 * job (the compiler, the linker, one test) process, mount and ipc namespaces of its own with a
 * fresh scratch folder, limits and a seccomp filter. A test sees neither its sources nor its kit, but for
 * the kit's folder of files for it, if there is one: "files" in scratch, read-only.
 * When a job is over, everything that it started is dead.
 *
 *     grader --- socket --- runner [ job's init [ subject ... ] ]
 *                           '------------ bubblewrap ----------'
 *
 * Each job has a control group where the machine lets us make one (cgroup.h), and Landlock where the
 * kernel has it. Without namespaces (settings.without has RUNNER_LAYER_NAMESPACES) the runner is started
 * as it is, with all the other layers; its jobs are killed by their group and by following their children.
 *
 * When the grader dies, however it does, its end of the socket closes: the runner kills its job and leaves.
 *
 * Threads: settings are shared and immutable. A sandbox belongs to the thread that opened it.
 * Interface: sandbox_settings_init sandbox_settings_fini sandbox_name_layers sandbox_layer sandbox_open
 *            sandbox_close sandbox_layers sandbox_folder sandbox_run sandbox_result_fini
 */
#ifndef SYSLAB_GRADER_SANDBOX_H
#define SYSLAB_GRADER_SANDBOX_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grader/engine/cgroup.h"
#include "grader/engine/filter.h"
#include "grader/engine/runner_protocol.h"

struct sandbox_settings {
    char runner[PATH_MAX];
    unsigned without; /* enum runner_layer: left out, as on a machine that lacks them */
    struct filter_set filters;
    struct cgroup_base cgroups;
    uint32_t layers;       /* those that a first program was seen to have */
    unsigned landlock_abi; /* 0: none */
};

enum { SANDBOX_LAYERS_BYTES = 160 };

/* "namespaces,seccomp,landlock,no_new_privs,rlimits,cgroup_v1", the active ones among them; then what
 * was left out on purpose: ",without_landlock". */
void sandbox_name_layers(const struct sandbox_settings *settings, uint32_t layers,
                         char out[SANDBOX_LAYERS_BYTES]);

/* Returns: the layer of that name, of those that a machine can lack (namespaces, seccomp, landlock,
 * cgroup), or 0. */
enum runner_layer sandbox_layer(const char *name);

/* Try the sandbox once on this machine.
 * Returns: 0; -ENOTSUP with the reason and the remedy in error; or another -errno. */
int sandbox_settings_init(struct sandbox_settings *settings, const char *build_root,
                          unsigned without, char *error, size_t error_bytes);
void sandbox_settings_fini(struct sandbox_settings *settings);

struct sandbox;

/* work: the folder that becomes RUNNER_WORK, writable. kit: RUNNER_KIT, read-only.
 * Returns: 0, or -errno with bubblewrap's own words in error. */
int sandbox_open(const struct sandbox_settings *settings, const char *work, const char *kit,
                 struct sandbox **out, char *error, size_t error_bytes);
void sandbox_close(struct sandbox *sandbox);

/* The layers that each job so far was seen to have; all bits set before the first. */
uint32_t sandbox_layers(const struct sandbox *sandbox);

/* The path that a job has to use for a folder of the sandbox: RUNNER_WORK or RUNNER_KIT, or what
 * stands for it without a sandbox. */
const char *sandbox_folder(const struct sandbox *sandbox, const char *name);

struct sandbox_job {
    enum runner_stage stage;
    const char *const *arguments; /* a compiler's absolute path and so on; a subject's file name */
    const char *const *variables; /* the whole environment */
    const char *nonce;            /* NULL: no record and nonce descriptors */
    unsigned allow;               /* enum filter_allow */
    bool proc, fixed_layout, watch_deadlock;
    bool explored; /* of a test: the file is a shared object, and the kit's explorer runs it */
    unsigned sleepers;
    uint64_t wall_ns, cpu_ns, process_count, file_bytes, address_space_bytes, resident_bytes;
    size_t output_bytes; /* more than this ends the job */
};

struct sandbox_result {
    enum runner_end end; /* RUNNER_END_LOST is a fault here */
    bool over_output, over_record, over_wall;
    int status; /* as wait(2) gives it */
    char *output;
    size_t output_length, output_cut_bytes;
    char *record; /* what came through the record pipe, at most SANDBOX_RECORD_MAX_BYTES */
    size_t record_length;
    uint64_t cpu_ns, wall_ns, peak_bytes;
    char fault[128]; /* of RUNNER_END_FAULT */
};

enum { SANDBOX_RECORD_MAX_BYTES = 16384 };

/* Run a job to its end. Blocks: at most wall_ns and a few seconds.
 * Returns: 0 and *result, to be given to sandbox_result_fini; -errno where the sandbox itself
 * broke: it can then only be closed. */
int sandbox_run(struct sandbox *sandbox, const struct sandbox_job *job,
                struct sandbox_result *result);
void sandbox_result_fini(struct sandbox_result *result);

#endif
