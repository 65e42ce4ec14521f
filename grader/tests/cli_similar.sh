#!/bin/sh
# cli_similar.sh PROGRAM ROOT - look-alikes in a class: who is named and who is not, earlier classes, what
# the course has published, the page, and answers that are no answers.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
class=$scratch/class
plagiarise=$(dirname "$syslab")/plagiarise
accepted=$folder/submissions/accepted

# The course as its students have it: without solutions and submissions.
bare=$scratch/course
mkdir -p "$bare/exercises/$exercise"
cp -r "$folder/exercise.yaml" "$folder/README.md" "$folder/starter" "$folder/tests" "$bare/exercises/$exercise"
cp -r "$root/03_memory" "$root/07_unsafe" "$bare"

hand_in() { # hand_in STUDENT [DIR] <code
    mkdir -p "${2:-$class}/$1/$exercise"
    cat >"${2:-$class}/$1/$exercise/arena.c"
}
disguise() { "$plagiarise" "$1" "$2" 7 "$3" "$folder/starter/arena.h" "$root/03_memory/allocator.h"; }
# The pairs of the last --json, as "ann bob".
pairs() { jq -r '.exercises[].pairs[] | "\(.left.name) \(.right.name)"' "$scratch/out" | sort; }
named() { [ "$(pairs)" = "$1" ] || fail "the pairs are: $(pairs), expected: $1"; }

echo "# a disguised copy is named with its original, and nobody else is"
hand_in ann <"$accepted/downward.c"
hand_in bob <"$accepted/numbered_chunks.c"
hand_in cid <"$accepted/forward_list.c"
hand_in eve <"$folder/starter/arena.c"
disguise 63 30 "$accepted/downward.c" | hand_in dan
export SYSLAB_ROOT="$bare"
expect 0 "$syslab" similar "$class" --json
named "ann dan"
jq -e '.exercises[0] | .exercise == "03_memory/arena" and .answers == 5 and .nothing_of_their_own == 1 and
    (.pairs[0] | .left.source == "class" and .left.share > 0.4 and .left.share <= 1 and .tokens >= 60 and
     (.regions | length > 0 and all(.left_lines[0] <= .left_lines[1] and .right_lines[0] <= .right_lines[1]))) and
    (.pairs[0].tokens == ([.pairs[0].regions[].tokens] | add))' \
    "$scratch/out" >/dev/null || fail "the JSON does not say it"
expect 0 "$syslab" similar "$class"
said "5 answers, 1 with nothing of their own; 1 suspicious pair"
said "ann and dan"
said "proves nothing"
expect 0 "$syslab" similar "$class" --threshold 100
said "No two answers share 100%"
mkdir "$scratch/one"
cp -r "$class/ann" "$scratch/one/ann"
expect 0 "$syslab" similar "$scratch/one"
said "1 answer; 0 suspicious pairs"

echo "# a dozen copies are a dozen, not what everybody writes; a function that all have is left out, and said"
for student in 01 02 03 04 05 06 07 08 09 10 11 12; do
    sed "0,/^{/s/^{/&\n$(printf 'x += y[%d] * 2; ' $(seq "$student"))/" "$accepted/downward.c" | hand_in "c$student" "$scratch/copies"
    {
        sed -n '/^static void \*cut/,/^}/p' "$accepted/downward.c"
        awk -v seed="$student" 'BEGIN { srand(seed); for (f = 0; f < 40; f++) { printf "int f%d(void) { return x", f
            for (i = 0; i < 12; i++) printf " %s y", substr("+-*/%&|^<>", 1 + int(10 * rand()), 1); print "; }" } }'
    } | hand_in "o$student" "$scratch/others"
done
expect 0 "$syslab" similar "$scratch/copies" --json
[ "$(pairs | wc -l)" = 66 ] || fail "of 12 copies $(pairs | wc -l) pairs are named, not 66"
expect 0 "$syslab" similar "$scratch/others"
said "left out that many of them have; 0 suspicious pairs"
said "and what was left out"

echo "# the copy is one: it still passes"
SYSLAB_ROOT=$root expect 0 "$syslab" test arena --file "$class/dan/$exercise/arena.c"

echo "# earlier classes, but not one's own work; and what the course has published"
hand_in bob "$scratch/last" <"$accepted/numbered_chunks.c"
hand_in zoe "$scratch/last" <"$accepted/forward_list.c"
expect 0 "$syslab" similar "$class" --against "$scratch/last" --json
named "ann dan
cid zoe"
jq -e '.exercises[0] | .own_earlier_work == 1 and ([.pairs[] | select(.right.name == "zoe") | .right.source] == ["archive"])' \
    "$scratch/out" >/dev/null || fail "the earlier class is not told apart"
expect 0 "$syslab" similar "$class" --against "$scratch/last"
said "cid and zoe, earlier class"
hand_in fay <"$accepted/downward.c" # as ann's: both are named with the course's file, and with each other
SYSLAB_ROOT=$root expect 0 "$syslab" similar "$class" --json
named "ann dan
ann fay
ann submissions/accepted/downward.c
bob submissions/accepted/numbered_chunks.c
cid submissions/accepted/forward_list.c
dan submissions/accepted/downward.c
fay submissions/accepted/downward.c"
rm -r "$class/fay"

echo "# the page needs nothing else, and nothing of a student's is a part of it"
evil='<script>alert(1)<script>"x'
{
    printf '/* </pre><script>alert(2)</script> \033[2J \342\200\256 */\n'
    sed 's/$/\r/' "$accepted/downward.c"
} | hand_in "$evil"
expect 0 "$syslab" similar "$class" --html "$scratch/page.html"
page=$scratch/page.html
[ "$(grep -c '<script' "$page")" = 1 ] || fail "a script that is not ours"
grep -qF 'alert(2)&lt;/script&gt;' "$page" || fail "the comment is not shown"
grep -qF '&lt;script&gt;alert(1)&lt;script&gt;&quot;x' "$page" || fail "the name is not shown"
if grep -qE "(src|href)=[\"'][^#]|https?://|@import|url\(" "$page"; then fail "the page wants something from elsewhere"; fi
if LC_ALL=C grep -qP '\x1b|\r|\xe2\x80\xae' "$page"; then fail "control characters are left"; fi
grep -q "prove nothing" "$page" || fail "the page accuses"
grep -o 'href="#[^"]*"' "$page" | sed 's/href="#//; s/"//' | sort -u >"$scratch/leads"
grep -o 'id="[^"]*"' "$page" | sed 's/id="//; s/"//' | sort -u >"$scratch/ids"
[ -s "$scratch/leads" ] || fail "nothing is linked"
[ -z "$(comm -23 "$scratch/leads" "$scratch/ids")" ] || fail "a link leads nowhere"
[ "$(grep -o '<a class="c[0-7]" id=' "$page" | wc -l)" -ge 2 ] || fail "no region is shown"
"$syslab" similar "$class" --html - 2>/dev/null | cmp -s - "$page" || fail "not the same page on the standard output"
rm -r "${class:?}/$evil"

echo "# what is no answer is named, and the others are compared"
printf 'int x\0;' | hand_in nul
printf '/* \377 */' | hand_in latin
: | hand_in void
hand_in huge </dev/null
truncate -s 100M "$class/huge/$exercise/arena.c"
mkdir -p "$class/pipe/$exercise" "$class/gone/$exercise" "$class/link/$exercise" "$class/ann/03_memory/arenna"
mkfifo "$class/pipe/$exercise/arena.c"
ln -s "$class/bob/$exercise/arena.c" "$class/link/$exercise/arena.c"
expect 0 "$syslab" similar "$class" --json
named "ann dan"
for reason in "nul/*NUL byte" "latin/*not UTF-8" "void/*is empty" "huge/*is larger" "pipe/*a FIFO" \
    "gone/*is missing" "link/*a symbolic link"; do
    grep -q "not compared: $class/${reason%%\**}.*${reason#*\*}" "$scratch/err" || fail "no word of ${reason%%/*}"
done
grep -q "not an exercise: $class/ann/03_memory/arenna" "$scratch/err" || fail "the misnamed folder is passed over"
[ "$(jq '.not_compared | length' "$scratch/out")" = 7 ] || fail "not seven refused"
ln -s "$class/bob" "$class/linked"
expect 2 "$syslab" similar "$class" --json
named "ann dan"
grep -q "linked is a symbolic link" "$scratch/err" || fail "the link is passed over in silence"
rm "$class/linked"
for student in nul latin void huge pipe gone link; do rm -r "${class:?}/$student"; done
rm -r "$class/ann/03_memory/arenna"

echo "# what is asked wrongly, and what cannot be written"
expect 2 "$syslab" similar
complained "wants a folder"
expect 2 "$syslab" similar "$scratch/nowhere"
complained "No such file"
mkdir "$scratch/empty"
expect 2 "$syslab" similar "$scratch/empty"
complained "has no <student>/<chapter>/<exercise> folder"
expect 2 "$syslab" similar "$class" --against "$scratch/empty"
complained "has no <student>/<chapter>/<exercise> folder"
expect 2 "$syslab" similar "$class" --against "$class/."
complained "the class itself"
expect 2 "$syslab" similar "$class" --exercise arenna
complained "Did you mean"
expect 2 "$syslab" similar "$class" --threshold 101
complained "from 1 to 100"
expect 2 "$syslab" similar "$class" --json --html -
complained "would both go to the standard output"
expect 2 "$syslab" similar "$class" --html "$class/ann/$exercise/arena.c"
complained "must not replace"
same "$class/ann/$exercise/arena.c" "$accepted/downward.c"
expect 2 "$syslab" similar "$class" --html /dev/full
complained "No space left on device"
expect 2 "$syslab" similar "$class" --html "$scratch/nowhere/page.html"
complained "was not written"
"$syslab" similar "$class" --json >/dev/full 2>"$scratch/err" && fail "a full disk goes unnoticed"
grep -q "No space left on device" "$scratch/err" || fail "no word of the full disk"
if [ "$(id -u)" != 0 ]; then
    chmod 000 "$class/bob/$exercise/arena.c"
    expect 0 "$syslab" similar "$class"
    grep -q "bob/.*cannot be read" "$scratch/err" || fail "no word of what cannot be read"
fi
echo passed
