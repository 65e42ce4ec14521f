#include "subject_guard.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "07_unsafe/sanitizer.h"

#if defined(__x86_64__) && !SANITIZER_ADDRESS && !SANITIZER_THREAD

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "subject.h"

/* The kernel sees the address behind the instruction. */
extern const char subject_guard_reads[], subject_guard_writes[];

/* One copy of each instruction, whatever the compiler makes of the function. */
__attribute__((noinline)) ssize_t subject_guard_read(int fd, void *bytes, size_t size_bytes)
{
    long result = SYS_read;
    __asm__ volatile("syscall\nsubject_guard_reads:"
                     : "+a"(result)
                     : "D"((long)fd), "S"(bytes), "d"(size_bytes)
                     : "rcx", "r11", "memory");
    return result;
}

__attribute__((noinline)) ssize_t subject_guard_write(int fd, const void *bytes, size_t size_bytes)
{
    long result = SYS_write;
    __asm__ volatile("syscall\nsubject_guard_writes:"
                     : "+a"(result)
                     : "D"((long)fd), "S"(bytes), "d"(size_bytes)
                     : "rcx", "r11", "memory");
    return result;
}

/* ---- the filter ---- */

enum { INSTRUCTIONS_MAX = 96, X32_BIT = 0x40000000 };

struct program {
    struct sock_filter code[INSTRUCTIONS_MAX];
    unsigned short length;
};

static void add(struct program *program, unsigned code, uint32_t value, unsigned yes, unsigned no)
{
    program->code[program->length++] =
        (struct sock_filter){(uint16_t)code, (uint8_t)yes, (uint8_t)no, value};
}

static void load(struct program *program, size_t offset)
{
    add(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* The low half of a number: x86-64 puts it first. */
static size_t argument(int index)
{
    return offsetof(struct seccomp_data, args) + sizeof(uint64_t) * (size_t)index;
}

static void answer(struct program *program, uint32_t action)
{
    add(program, BPF_RET | BPF_K, action, 0, 0);
}

/* Answer if what is loaded is the value; else go on. */
static void answer_if(struct program *program, uint32_t value, uint32_t action)
{
    add(program, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    answer(program, action);
}

/* Jumps are counted from the instruction behind them. */
static void jump(struct program *program, unsigned test, uint32_t value, unsigned yes, unsigned no)
{
    add(program, BPF_JMP | test | BPF_K, value, yes, no);
}

/* The numbers below are those of one way into the kernel: no other is open. */
static void guard_entry(struct program *program)
{
    load(program, offsetof(struct seccomp_data, arch));
    jump(program, BPF_JEQ, AUDIT_ARCH_X86_64, 1, 0);
    answer(program, SECCOMP_RET_KILL_PROCESS);
    load(program, offsetof(struct seccomp_data, nr));
    jump(program, BPF_JSET, X32_BIT, 0, 1);
    answer(program, SECCOMP_RET_KILL_PROCESS);
}

/* From what was loaded, which has one upper half: nothing. */
static void guard_loaded(struct program *program, uint64_t begin, uint64_t end)
{
    size_t origin = offsetof(struct seccomp_data, instruction_pointer);
    load(program, origin + 4);
    jump(program, BPF_JEQ, (uint32_t)(begin >> 32), 0, 4);
    load(program, origin);
    jump(program, BPF_JGE, (uint32_t)begin, 0, 2);
    jump(program, BPF_JGE, (uint32_t)end, 1, 0);
    answer(program, SECCOMP_RET_KILL_PROCESS);
}

/* From the subject's own code, which has one upper half: nothing, but at the two places. */
static void guard_origin(struct program *program, uint64_t begin, uint64_t end)
{
    size_t origin = offsetof(struct seccomp_data, instruction_pointer);
    load(program, origin + 4);
    jump(program, BPF_JEQ, (uint32_t)(begin >> 32), 0, 8);
    load(program, origin);
    jump(program, BPF_JGE, (uint32_t)begin, 0, 6);
    jump(program, BPF_JGE, (uint32_t)end, 5, 0);
    answer_if(program, (uint32_t)(uintptr_t)subject_guard_reads, SECCOMP_RET_ALLOW);
    answer_if(program, (uint32_t)(uintptr_t)subject_guard_writes, SECCOMP_RET_ALLOW);
    answer(program, SECCOMP_RET_KILL_PROCESS);
}

enum { CHECK_LENGTH = 5 };

static void check_descriptor(struct program *program, int index)
{
    load(program, argument(index));
    jump(program, BPF_JEQ, SUBJECT_RECORD_FD, 2, 0);
    jump(program, BPF_JEQ, SUBJECT_NONCE_FD, 1, 0);
    answer(program, SECCOMP_RET_ALLOW);
    answer(program, SECCOMP_RET_KILL_PROCESS);
}

/* From anywhere: the two descriptors are neither read, written nor copied. */
static void guard_descriptors(struct program *program)
{
    static const uint32_t calls[] = {
        SYS_read,     SYS_pread64, SYS_readv,   SYS_preadv,   SYS_preadv2, SYS_write,
        SYS_pwrite64, SYS_writev,  SYS_pwritev, SYS_pwritev2, SYS_dup,     SYS_dup2,
        SYS_dup3,     SYS_fcntl,   SYS_splice,  SYS_vmsplice, SYS_tee,     SYS_copy_file_range};
    unsigned count = sizeof(calls) / sizeof(calls[0]);
    load(program, offsetof(struct seccomp_data, nr));
    for (unsigned i = 0; i < count; i++)
        jump(program, BPF_JEQ, calls[i], count - i, 0); /* to the check behind the list */
    add(program, BPF_JMP | BPF_JA, CHECK_LENGTH, 0, 0);
    check_descriptor(program, 0);
    jump(program, BPF_JEQ, SYS_sendfile, 0, CHECK_LENGTH);
    check_descriptor(program, 1);
    answer_if(program, SYS_sendmsg, SECCOMP_RET_ERRNO | EPERM); /* it can carry a descriptor away */
    answer_if(program, SYS_sendmmsg, SECCOMP_RET_ERRNO | EPERM);
}

/* A file in memory is on no file system, so none says that what it holds is not to be executed. */
static void guard_memory(struct program *program)
{
    answer_if(program, SYS_memfd_create, SECCOMP_RET_ERRNO | EPERM);
    static const uint32_t protecting[] = {SYS_mprotect, SYS_pkey_mprotect};
    for (int i = 0; i < 2; i++) {
        jump(program, BPF_JEQ, protecting[i], 0, 4);
        load(program, argument(2));
        jump(program, BPF_JSET, PROT_EXEC, 0, 1);
        answer(program, SECCOMP_RET_ERRNO | EPERM);
        answer(program, SECCOMP_RET_ALLOW);
    }
    jump(program, BPF_JEQ, SYS_mmap, 0, 6);
    load(program, argument(2));
    jump(program, BPF_JSET, PROT_EXEC, 0, 3);
    load(program, argument(3));
    jump(program, BPF_JSET, MAP_ANONYMOUS, 0, 1);
    answer(program, SECCOMP_RET_ERRNO | EPERM);
    answer(program, SECCOMP_RET_ALLOW);
}

/* The trap flag and the dispatch of system calls: by both a process would be told of each step of the harness. */
static void guard_signals(struct program *program)
{
    bool traps_are_ours = &subject_guard_steps != NULL;
    jump(program, BPF_JEQ, SYS_rt_sigaction, 0, 5);
    load(program, argument(0));
    answer_if(program, traps_are_ours ? SIGSYS : SIGTRAP, SECCOMP_RET_ERRNO | EPERM);
    answer_if(program, SIGSYS, SECCOMP_RET_ERRNO | EPERM);
}

static bool has_one_half(uint64_t begin, uint64_t end)
{
    return begin >> 32 == end >> 32;
}

int subject_guard_begin(struct subject_guard_code loaded)
{
    extern const char __executable_start[], etext[]; /* the linker's */
    uint64_t begin = (uintptr_t)__executable_start, end = (uintptr_t)etext;
    struct program program = {.length = 0};
    if (!has_one_half(begin, end) || !has_one_half(loaded.begin, loaded.end))
        return 0; /* about once in forty thousand runs: it lies across a boundary that the filter cannot tell */
    guard_entry(&program);
    if (loaded.end > 0)
        guard_loaded(&program, loaded.begin, loaded.end);
    guard_origin(&program, begin, end);
    guard_descriptors(&program);
    guard_memory(&program);
    guard_signals(&program);
    answer(&program, SECCOMP_RET_ALLOW);
    struct sock_fprog filter = {program.length, program.code};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0 ? 0 : -errno;
}

#else

int subject_guard_begin(struct subject_guard_code loaded)
{
    (void)loaded;
    return 0;
}

ssize_t subject_guard_read(int fd, void *bytes, size_t size_bytes)
{
    ssize_t got = read(fd, bytes, size_bytes);
    return got < 0 ? -errno : got;
}

ssize_t subject_guard_write(int fd, const void *bytes, size_t size_bytes)
{
    ssize_t wrote = write(fd, bytes, size_bytes);
    return wrote < 0 ? -errno : wrote;
}

#endif
