/* runner_protocol.h - what the grader and `runner`, the first process in a sandbox, say to each
 * other.
 *
 * One SOCK_SEQPACKET socket, so a message is whole or absent:
 *
 *     grader                                     runner (in the sandbox, trusted)
 *        | <------------ runner_hello -------------- |
 *        | -- runner_request, strings, fds --------> |   clones a job into namespaces of its own
 *        | -- one byte: kill ----------------------> |   at most once a job, at any time
 *        | <------------ runner_result ------------- |   everything that the job started is dead
 *        |                  ...                      |
 *        | -- end of file -------------------------> |   exits, and with it the sandbox
 *
 * A request carries these descriptors, in order: standard input, output (for both 1 and 2), and for
 * a test the record and nonce pipes; the seccomp program; last what a process needs to join the job's
 * control group, if it has one (see cgroup.h). None of them, and not the socket, is open in a job under
 * any other number.
 *
 * Interface: struct runner_hello, runner_request, runner_result; enum runner_*
 */
#ifndef SYSLAB_GRADER_RUNNER_PROTOCOL_H
#define SYSLAB_GRADER_RUNNER_PROTOCOL_H

#include <stdint.h>

enum {
    RUNNER_CONTROL_FD = 3,
    RUNNER_MESSAGE_MAX_BYTES = 32768, /* a request with its strings */
    RUNNER_DESCRIPTORS_MAX = 7,
    RUNNER_WORDS_MAX = 128, /* arguments, and as many variables */
};

/* The sandbox's folders, as a job sees them. */
#define RUNNER_WORK    "/work" /* the submission, its objects, include/; hidden from a test */
#define RUNNER_KIT     "/kit"  /* the exercise's tests; hidden from the compiler and from a test */
#define RUNNER_SCRATCH "/tmp"  /* empty, writable, gone with the job */
#define RUNNER_SUBJECT RUNNER_SCRATCH "/subject"

/* A test under interleave: the kit's program is the subject, and finds the shared object that it explores under this
 * name in its scratch. */
#define RUNNER_EXPLORER "explorer"
#define RUNNER_PROGRAM  "program.so"

/* The folder of the kit, where it has one, that a test sees: under this name in its scratch, read-only. */
#define RUNNER_FILES "files"

/* What the runner was started with, its first argument. The second and third are the real folders of
 * work and kit, where there are no namespaces to show them as RUNNER_WORK and RUNNER_KIT. */
enum runner_flags {
    RUNNER_NAMESPACES = 1,  /* inside bubblewrap: each job gets namespaces of its own */
    RUNNER_NO_LANDLOCK = 2, /* as on a machine that lacks it */
    RUNNER_NO_SECCOMP = 4,
};

enum runner_stage {
    RUNNER_COMPILE, /* sees work, not the kit */
    RUNNER_LINK,    /* sees both */
    RUNNER_TEST, /* sees neither; words[0] names the subject under work, shown as RUNNER_SUBJECT; or, where it is
                    explored, the shared object that is shown as RUNNER_PROGRAM in scratch */
};

struct runner_hello {
    uint32_t version;
    uint32_t landlock_abi; /* 0: this kernel has none */
};

enum runner_layer {
    RUNNER_LAYER_NAMESPACES = 1,
    RUNNER_LAYER_SECCOMP = 2,
    RUNNER_LAYER_NO_NEW_PRIVS = 4,
    RUNNER_LAYER_RLIMITS = 8,
    RUNNER_LAYER_CGROUP = 16,
    RUNNER_LAYER_LANDLOCK = 32,
};

enum { RUNNER_VERSION = 3 };

struct runner_request {
    uint32_t stage;
    uint32_t descriptor_count;
    uint32_t argument_count, variable_count; /* NUL-ended strings that follow this struct */
    uint32_t proc;           /* the job gets /proc: sanitizers read their own maps */
    uint32_t fixed_layout;   /* no address randomisation: sanitizers need fixed areas */
    uint32_t watch_deadlock; /* end a job whose every thread waits for another */
    uint32_t sleepers;       /* how many of its threads may sleep in that case */
    uint32_t explored;       /* words[0] is a shared object, and RUNNER_EXPLORER runs it */
    uint32_t cgroup_entries; /* descriptors that join the job's group: see struct cgroup; 0: none */
    uint64_t cpu_ns;         /* all processes of the job together */
    uint64_t process_count, file_bytes;
    uint64_t address_space_bytes; /* 0: no limit of this kind */
    uint64_t resident_bytes;      /* all processes of the job together */
};

enum runner_end {
    RUNNER_END_ITSELF,   /* status says how */
    RUNNER_END_KILLED,   /* as the grader asked */
    RUNNER_END_CPU,      /* over cpu_ns */
    RUNNER_END_MEMORY,   /* over resident_bytes */
    RUNNER_END_DEADLOCK, /* every thread waited for another, with no time limit */
    RUNNER_END_FAULT,    /* the job could not be started: error and step say why */
    RUNNER_END_LOST, /* its init, which nobody in its namespace can kill, was killed by somebody outside */
};

struct runner_result {
    uint32_t end;
    uint32_t layers; /* enum runner_layer: those that were seen to be put around this job */
    int32_t status;  /* as wait(2) gives it */
    int32_t error;
    char step[32];
    uint64_t cpu_ns, wall_ns, peak_bytes;
};

#endif
