# shellcheck shell=sh disable=SC2034,SC2154 # the variables are for, and from, the tests that source this
# cli_update_course.sh - a course of two small exercises in a git checkout, and its versions as students get
# them; sourced by the tests of `update` after cli.sh.
command -v git >/dev/null || skip "git is not installed"
course=$scratch/course
student=$scratch/student
mine=$scratch/work/01_x/alpha/alpha.c
base=$scratch/work/.syslab/base/01_x/alpha/alpha.c
export GIT_AUTHOR_NAME=author GIT_AUTHOR_EMAIL=author@example.org GIT_CONFIG_GLOBAL=/dev/null
export GIT_COMMITTER_NAME=author GIT_COMMITTER_EMAIL=author@example.org

add_exercise() { # NAME
    folder=$course/exercises/01_x/$1
    mkdir -p "$folder/starter" "$folder/tests" "$folder/solution"
    cat >"$folder/exercise.yaml" <<YAML
title: The exercise $1
file: $1.c
lesson: 01_x/README.md
prerequisites: []
interface: [$1_run]
limits: {slowest_cpu_ms: {plain: 20, asan: 80}, margin: 20, memory_mib: 64, processes: 1, file_kib: 64, output_kib: 64}
hints: [one, two, three]
tests:
  - name: first
    points: 100
    requirement: It runs.
YAML
    echo "# $1" >"$folder/README.md"
    echo "int $1_run(int);" >"$folder/starter/$1.h"
    seq -f "/* line %g of the starter */" 60 >"$folder/starter/$1.c"
    echo "test" >"$folder/tests/test_$1.c"
    echo "solution" >"$folder/solution/$1.c"
}

# The course's working tree becomes the version NAME, a folder as students get it.
publish() { # NAME
    git -C "$course" add -A
    git -C "$course" commit -qm "$1" --allow-empty
    SYSLAB_ROOT=$course expect 0 "$syslab" release "$scratch/$1"
}

mkdir -p "$course/01_x" "$course/tools"
git -C "$course" init -q
echo "# The lesson" >"$course/01_x/README.md"
seq -f "line %g of the module" 40 >"$course/01_x/module.c"
echo "old tool" >"$course/tools/old.sh"
echo "another" >"$course/tools/other.sh"
echo "one more" >"$course/tools/plain.sh"
chmod +x "$course/tools/old.sh" "$course/tools/plain.sh"
add_exercise alpha
add_exercise beta
publish v1
theirs=$course/exercises/01_x/alpha/starter/alpha.c

# A fresh student's tree of version 1 and its workspace.
fresh() {
    rm -rf "$student" "$SYSLAB_WORK"
    cp -a "$scratch/v1" "$student"
    SYSLAB_ROOT=$student expect 0 "$syslab" init
}
