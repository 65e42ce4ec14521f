#!/bin/sh
# grade.sh EXERCISE FOLDER - the grading step of a GitHub Classroom workflow: grade what FOLDER has
# for EXERCISE and give the step its output `result`, whatever happens. How it went is told by the result, which
# the reporter reads in the next step; this step succeeds when there is one.
#
# SYSLAB names another grader, SYSLAB_SECONDS another limit than 900.
# Exit: 0 there is a result, 2 usage or machine.
set -u
if [ $# != 2 ] || [ -z "${GITHUB_OUTPUT:-}" ]; then
    echo "usage: grade.sh EXERCISE FOLDER, with GITHUB_OUTPUT set as in a step of a workflow" >&2
    exit 2
fi
exercise=$1 folder=$2
course=$(CDPATH='' cd -- "$(dirname -- "$0")/../../.." && pwd) || exit 2
syslab=${SYSLAB:-$course/syslab}
seconds=${SYSLAB_SECONDS:-900}
# shellcheck source=grader/integrations/handed_in.sh
. "$course/grader/integrations/handed_in.sh" || exit 2
exercise=$(whole_name "$course" "$exercise") || {
    echo "grade.sh: $exercise" >&2
    exit 2
}

# max_score 0: the reporter then sends no points, and fails the job because of the status.
no_grade() {
    printf '{"version":1,"status":"error","max_score":0,"tests":[{"name":"grading","status":"error","score":0,"message":"There is no grade: %s. That is no fault of the submission.","test_code":"","filename":"","line_no":0,"execution_time":"0s"}]}' \
        "$1" | base64 -w 0
}

got=0 result=''
if file=$(handed_in "$course" "$exercise" "$folder"); then
    result=$(timeout -k 10 "$seconds" "$syslab" test "$exercise" --file "$file" --format classroom) || got=$?
    reason="the grader ended with status $got"
else
    got=2 reason="the submission could not be read"
fi
case $got:$result in
0:?* | 1:?* | 3:?*) ;;
*) result=$(no_grade "$reason") ;;
esac
echo "result=$result" >>"$GITHUB_OUTPUT" || exit 2
printf '%s' "$result" | base64 -d
echo
