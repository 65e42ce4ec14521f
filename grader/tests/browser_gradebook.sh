#!/bin/sh
# browser_gradebook.sh PROGRAM ROOT - the HTML gradebook in a real browser: what hostile submissions wrote is
# shown and does not run, also where the page's policy is taken away and only the escaping is left.
# shellcheck source=grader/tests/cli.sh
. "$(dirname "$0")/cli.sh"
for tool in chromium jq sqlite3; do
    command -v "$tool" >/dev/null 2>&1 || skip "$tool is not installed"
done
class=$scratch/class
attack='"</pre></dd></details><script>document.title = \"run\"</script><img src=\"x\" onerror=\"document.title = 1\"><svg onload=\"document.title = 2\"></svg><a href=\"javascript:1\" autofocus onfocus=\"document.title = 3\">x</a><style>body { display: none }</style>"'
name='"><script>document.title = 4<%script>' # no slash fits in a name
for student in ann "$name"; do
    mkdir -p "$class/$student/$exercise"
    cp "$folder/starter/arena.c" "$class/$student/$exercise/arena.c"
done
expect 0 "$syslab" grade "$class"
db=$class/grades.sqlite
sqlite3 "$db" "SELECT json FROM records WHERE student = 'ann'" |
    jq "(.message, .warnings, .toolchain, .layers) = $attack | .tests[].requirement = $attack |
        .tests[].runs[] |= (.output = $attack | .expected = $attack | .actual = $attack | .detail = $attack | .student_at = $attack)" >"$scratch/record.json"
sqlite3 "$db" "UPDATE records SET json = CAST(readfile('$scratch/record.json') AS TEXT) WHERE student = 'ann'"
expect 0 "$syslab" report "$class" --format html --output "$scratch/book.html"
: >"$scratch/out"

# dom PAGE: what the browser made of it, after scripts had their time
dom() {
    timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
        --disable-component-update --disable-sync --disable-dev-shm-usage --user-data-dir="$scratch/profile" \
        --virtual-time-budget=2000 --dump-dom "file://$1" >"$scratch/dom" 2>"$scratch/words" || fail "the browser ended with $?: $(tail -n 3 "$scratch/words")"
}
shows() { grep -qF -- "$1" "$scratch/dom" || fail "the page has no '$1'"; }

echo "# this browser runs scripts, and this test sees it"
printf '<!DOCTYPE html><title>before</title><img src="x" onerror="document.title = 5"><p>text' >"$scratch/sees.html"
dom "$scratch/sees.html"
shows "<title>5</title>"

sed 's/<meta http-equiv="Content-Security-Policy"[^>]*>//' "$scratch/book.html" >"$scratch/bare.html"
if grep -q Content-Security-Policy "$scratch/bare.html"; then fail "the policy is still there"; fi
for page in book bare; do
    echo "# $page.html: shown, not run"
    dom "$scratch/$page.html"
    shows "<title>Gradebook</title>"
    # Text has no "<" in what the browser prints, so what stands inside one is an element.
    if grep -qiE '<(script|img|svg|iframe)|<[a-z]+ [^<>]*( on[a-z]+=|javascript:)' "$scratch/dom"; then fail "hostile text became markup"; fi
    [ "$(grep -c '<style>' "$scratch/dom")" = 1 ] || fail "a style of theirs is in the page"
    shows "&lt;script&gt;document.title = \"run\"&lt;/script&gt;"
    shows "&lt;script&gt;document.title = 4"
    [ "$(grep -o '<article ' "$scratch/dom" | wc -l)" = 2 ] || fail "not two grades"
done
if find "$scratch/profile" -name 'core*' | grep -q .; then fail "the browser crashed"; fi
echo passed
