#!/bin/sh
# cli_slurm_faults.sh PROGRAM ROOT - what can go wrong between a class and a cluster: a clear error each,
# no student's grade is touched, and nothing that was graded is lost.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
# shellcheck source=grader/tests/slurm_cluster.sh
. "$(dirname "$0")/slurm_cluster.sh"
# A small disk, which the nodes see because it is mounted before they start.
mounted=$scratch/disk
mkdir "$mounted"
[ "$(id -u)" = 0 ] && mount -t tmpfs -o size=1m,mode=755 tmpfs "$mounted" 2>/dev/null || mounted=''
cluster_start n1 n2

class=$scratch/class
tray=$class/.units
for student in ann bob; do
    mkdir -p "$class/$student/$exercise"
    cp "$folder/starter/arena.c" "$class/$student/$exercise/arena.c"
done
grade() { "$syslab" grade "$class" --engine slurm "$@"; }

echo "# words that make no sense"
expect 2 "$syslab" grade "$class" --engine slrum
complained "local or slurm, not 'slrum'"
expect 2 "$syslab" grade "$class" --share "$scratch/share"
complained "goes with --engine slurm"
expect 2 "$syslab" unit "$class"
complained "Usage: ./syslab unit FOLDER TASK"
expect 2 "$syslab" unit "$class" 1x
expect 2 "$syslab" unit "$class" 1
complained "'./syslab grade DIR --engine slurm' makes it"
expect 2 "$syslab" unit "$scratch/nowhere" 0
complained "No such file or directory"

echo "# no Slurm on this machine"
mkdir "$scratch/bin"
ln -sf /bin/* /usr/bin/* "$scratch/bin"
rm -f "$scratch"/bin/sbatch "$scratch"/bin/scontrol
got=0
PATH=$scratch/bin "$syslab" grade "$class" --engine slurm >"$scratch/out" 2>"$scratch/err" </dev/null || got=$?
[ "$got" = 2 ] || fail "ended with $got"
warned "no Slurm cluster answers: scontrol: No such file or directory. It is of the package slurm-client"
warned "Or grade here with --engine local"
[ ! -e "$class/.units" ] || fail "a folder was made for nothing"
warned "the next run goes on from here"

echo "# no such partition: sbatch's own words"
got=0
SBATCH_PARTITION=nowhere "$syslab" grade "$class" --engine slurm >"$scratch/out" 2>"$scratch/err" </dev/null || got=$?
[ "$got" = 2 ] || fail "ended with $got"
warned "sbatch: error: Batch job submission failed: Invalid partition name specified"

echo "# no controller"
cluster_stop_controller
expect 2 grade
warned "Unable to contact slurm controller"
cluster_start_controller
cluster_wait_idle 2 || fail "the cluster does not come back"

echo "# a file in the place of the folder; a folder that another run holds"
expect 2 grade --share "$class/ann/$exercise/arena.c"
warned "Not a directory"
mkdir -p "$tray"
(flock -x 9; expect 2 "$syslab" grade "$class" --engine slurm) 9>"$tray/lock" || exit 1
warned "another './syslab grade' is at work on it"

echo "# links that somebody put into a folder before it was ours alone"
mkdir -p "$scratch/planted" "$scratch/thesis"
ln -s "$scratch/thesis" "$scratch/planted/logs"
echo years >"$scratch/thesis/thesis.tex"
chmod 777 "$scratch/planted"
expect 2 grade --share "$scratch/planted"
warned "others can write in it and it is not empty"
chmod 700 "$scratch/planted"
expect 2 grade --share "$scratch/planted"
warned "planted/logs: it is a link"
expect 2 "$syslab" unit "$scratch/planted" 0
complained "it is a link"
[ -e "$scratch/thesis/thesis.tex" ] || fail "a link was followed, and what it led to removed"

mkdir "$scratch/here"
cp "$syslab" "$scratch/here/syslab"

echo "# machines with another grader refuse, in words; where all do, nobody gets a grade and exit is 3"
hold_back "$scratch/here/syslab" grade "$class" --engine slurm
rm "$scratch/here/syslab"
cp "$syslab" "$scratch/here/syslab"
echo >>"$scratch/here/syslab"
let_go 3
warned "given up after 3 jobs without one more grade. "
warned "Refused: $(hostname) has another grader"
warned "no grade, through no fault of the student's: ann $exercise"
warned "no grade, through no fault of the student's: bob $exercise"
[ "$(grep -c 'units in 2 tasks' "$scratch/err")" = 3 ] || fail "not three jobs"
if grep -rF "(deleted)" "$tray/logs"; then fail "a later job was sent to the program that was replaced"; fi
said "2 grades: 2 grader_error"
expect 0 "$syslab" report "$class" --format csv
said "ann,,grader_error,0"

echo "# a grader that is not there on the nodes: the log's last words are the reason"
cp "$syslab" "$scratch/here/syslab"
hold_back "$scratch/here/syslab" grade "$class" --engine slurm
rm "$scratch/here/syslab"
let_go 3
warned "FAILED 2"
warned "No machine of the cluster could grade it. The last log, $tray/logs/"
warned "not found"

echo "# after all of that the class gets its grades, and nothing is left behind"
until_true 60 "the job's end" is_idle
expect 0 grade
said "2 grades: 2 fail"
said "2 graded now"
[ ! -e "$tray" ] || fail "the tray is left behind"

[ -n "$mounted" ] || skip "all passed but the full disk, a small file system mounted for this test, which needs root"
echo "# a shared folder that is full: before the list is written, and when the records come"
rm "$class/grades.sqlite"*
dd if=/dev/zero of="$mounted/filler" bs=1k 2>/dev/null
expect 2 grade --share "$mounted/share"
warned "No space left on device"
rm "$mounted/filler"
hold_back "$syslab" grade "$class" --engine slurm --share "$mounted/share"
dd if=/dev/zero of="$mounted/filler" bs=1k 2>/dev/null
let_go 2
warned "No space left on device"
[ -z "$(find "$mounted" -name '.syslab-*')" ] || fail "a temporary file was left behind"
rm "$mounted/filler"
expect 0 grade --share "$mounted/share"
said "2 grades: 2 fail"
[ "$(sqlite3 "$class/grades.sqlite" "SELECT count(*) FROM records WHERE verdict = 'grader_error'")" = 0 ] || fail "a full disk became a student's grade"

echo "# a folder that the nodes do not see"
umount "$mounted"
mount -t tmpfs -o size=1m,mode=755 tmpfs "$mounted" # not on the nodes, which have their own mounts by now
rm "$class/grades.sqlite"*
expect 3 grade --share "$mounted/share"
warned "there is no log: do all of them see $mounted/share?"
echo passed
