/* test_cpu_limit.c - quotas from trees of files as the kernel shows them, both versions; and this machine's own. */
#include "02_concurrency/cpu_limit.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/check_main.h"

static char root[64];

/* Write a file and the folders on the way. */
static void put(const char *path, const char *text)
{
    char whole[512];
    snprintf(whole, sizeof(whole), "%s%s", root, path);
    for (char *slash = whole + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        mkdir(whole, 0700);
        *slash = '/';
    }
    FILE *file = fopen(whole, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static void setup(void)
{
    strcpy(root, "/tmp/cpu_limit_XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
}

static void teardown(void)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf %s", root);
    ck_assert_int_eq(system(command), 0);
}

static void expect(double quota)
{
    ck_assert_double_eq_tol(cpu_limit_quota(root), quota, 1e-9);
}

#define MOUNT_V2     "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
#define MOUNT_V1     "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
#define MOUNT_V1_SET "33 31 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"

START_TEST(v2_takes_the_least_on_the_way_up)
{
    put("/proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n" MOUNT_V2);
    put("/proc/self/cgroup", "0::/user.slice/job/step\n");
    expect(0);
    put("/sys/fs/cgroup/user.slice/job/step/cpu.max", "max 100000\n");
    expect(0);
    put("/sys/fs/cgroup/user.slice/job/cpu.max", "150000 100000\n");
    expect(1.5);
    put("/sys/fs/cgroup/user.slice/cpu.max", "400000 100000\n");
    expect(1.5);
    put("/sys/fs/cgroup/cpu.max", "25000 50000\n");
    expect(0.5);
}
END_TEST

START_TEST(v1_takes_the_hierarchy_of_the_cpu_controller)
{
    put("/proc/self/mountinfo", MOUNT_V1_SET MOUNT_V1);
    put("/proc/self/cgroup", "5:cpuset:/one\n4:cpu,cpuacct:/two\n");
    put("/sys/fs/cgroup/cpuset/one/cpu.cfs_quota_us", "1");
    put("/sys/fs/cgroup/cpuset/one/cpu.cfs_period_us", "1");
    expect(0);
    put("/sys/fs/cgroup/cpu,cpuacct/two/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpu,cpuacct/two/cpu.cfs_period_us", "100000\n");
    expect(0);
    put("/sys/fs/cgroup/cpu,cpuacct/two/cpu.cfs_quota_us", "300000\n");
    expect(3);
}
END_TEST

START_TEST(in_a_container_the_mount_shows_a_part_alone)
{
    put("/proc/self/mountinfo",
        "32 31 0:29 /docker/ab /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n");
    put("/proc/self/cgroup", "4:cpu:/docker/ab/job\n");
    put("/sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "400000");
    put("/sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000");
    expect(4);
    put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "200000");
    put("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000");
    expect(2);
    put("/proc/self/cgroup", "4:cpu:/elsewhere\n");
    expect(2);
}
END_TEST

START_TEST(what_makes_no_sense_is_no_limit)
{
    expect(0);
    put("/proc/self/mountinfo", "broken\n\n - \n" MOUNT_V2);
    expect(0);
    put("/proc/self/cgroup", "\n:\n0:\n0::/\n");
    put("/sys/fs/cgroup/cpu.max", "");
    expect(0);
    put("/sys/fs/cgroup/cpu.max", "lots 100000");
    expect(0);
    put("/sys/fs/cgroup/cpu.max", "100000 0");
    expect(0);
    put("/sys/fs/cgroup/cpu.max", "-5 100000");
    expect(0);
}
END_TEST

START_TEST(this_machine_has_at_least_one)
{
    unsigned allowed = cpu_limit_affinity();
    ck_assert_uint_ge(allowed, 1);
    ck_assert_uint_ge(cpu_limit_count(), 1);
    ck_assert_uint_le(cpu_limit_count(), allowed);
}
END_TEST

START_TEST(affinity_counts)
{
    cpu_set_t before, one;
    ck_assert_int_eq(sched_getaffinity(0, sizeof(before), &before), 0);
    int cpu = 0;
    while (!CPU_ISSET((size_t)cpu, &before))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET((size_t)cpu, &one);
    ck_assert_int_eq(sched_setaffinity(0, sizeof(one), &one), 0);
    ck_assert_uint_eq(cpu_limit_affinity(), 1);
    ck_assert_uint_eq(cpu_limit_count(), 1);
    ck_assert_int_eq(sched_setaffinity(0, sizeof(before), &before), 0);
    ck_assert_uint_eq(cpu_limit_affinity(), (unsigned)CPU_COUNT(&before));
}
END_TEST

Suite *check_suite(void)
{
    Suite *suite = suite_create("cpu_limit");
    TCase *quota = tcase_create("quota");
    tcase_add_checked_fixture(quota, setup, teardown);
    tcase_add_test(quota, v2_takes_the_least_on_the_way_up);
    tcase_add_test(quota, v1_takes_the_hierarchy_of_the_cpu_controller);
    tcase_add_test(quota, in_a_container_the_mount_shows_a_part_alone);
    tcase_add_test(quota, what_makes_no_sense_is_no_limit);
    suite_add_tcase(suite, quota);
    TCase *machine = tcase_create("machine");
    tcase_add_test(machine, this_machine_has_at_least_one);
    tcase_add_test(machine, affinity_counts);
    suite_add_tcase(suite, machine);
    return suite;
}
