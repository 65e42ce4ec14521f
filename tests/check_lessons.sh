#!/bin/sh
# check_lessons.sh ROOT - what a page quotes and links to is there.
#
#   <!-- quote FILE NAME -->   the fenced block below it equals what stands in FILE between
#                              /* lesson: NAME */ and /* end lesson */
#   [text](path#anchor)        the file exists, and has a heading with that anchor
#   section: ANCHOR            of an exercise.yaml: a heading of the lesson that it names
set -eu
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/errors"
quotes=0

# The headings of a page as anchors, the way Git hosts make them.
anchors() {
    awk '/^```/ { fence = !fence } !fence && /^#+ /' "$1" | sed 's/^#* *//' | tr '[:upper:]' '[:lower:]' |
        sed 's/[^a-z0-9 _-]//g; s/ /-/g'
}

check_quote() { # PAGE LINE FILE NAME
    sed -n "$(($2 + 1)),\$p" "$1" | awk '/^```/ { if (on) exit; on = 1; next } on' >"$work/page"
    if [ ! -f "$3" ]; then
        echo "$1:$2: quotes $3, which does not exist" >>"$work/errors"
        return
    fi
    awk -v begin="lesson: $4 " '/\/\* end lesson \*\// { on = 0 } on
         index($0, "/* " begin "*/") || index($0, "# " begin) { on = 1; found = 1 } END { exit !found }' "$3" >"$work/code" || {
        echo "$1:$2: $3 has no marker /* lesson: $4 */" >>"$work/errors"
        return
    }
    cmp -s "$work/page" "$work/code" || {
        echo "$1:$2: the quote of $3 ($4) is not what the code says now:" >>"$work/errors"
        diff "$work/page" "$work/code" >>"$work/errors" || true
    }
}

pages=$(git ls-files '*.md' 2>/dev/null || find . -name '*.md' -not -path './build/*' -not -path './work/*')
for page in $pages; do
    grep -n '^<!-- quote ' "$page" | sed 's/^\([0-9]*\):<!-- quote \([^ ]*\) \([^ ]*\) -->.*/\1 \2 \3/' >"$work/quotes" || true
    while read -r line file name; do
        quotes=$((quotes + 1))
        check_quote "$page" "$line" "$file" "$name"
    done <"$work/quotes"
    # shellcheck disable=SC2016
    awk '/^```/ { fence = !fence; next } !fence' "$page" | sed 's/`[^`]*`//g' |
        grep -o '](\([^)]*\))' | sed 's/^](//; s/)$//; s/ ".*//' >"$work/links" || true
    while read -r link; do
        case $link in http://* | https://* | mailto:*) continue ;; esac
        target=${link%%#*} anchor=''
        case $link in *#*) anchor=${link#*#} ;; esac
        path=$page
        [ -z "$target" ] || path=$(dirname "$page")/$target
        if [ ! -e "$path" ]; then
            echo "$page: links to $target, which does not exist" >>"$work/errors"
        elif [ -n "$anchor" ] && ! anchors "$path" | grep -qxF -- "$anchor"; then
            echo "$page: links to $link, and there is no such heading" >>"$work/errors"
        fi
    done <"$work/links"
done

for manifest in exercises/*/*/exercise.yaml; do
    [ -f "$manifest" ] || continue
    lesson=$(sed -n 's/^lesson: *//p' "$manifest")
    sed -n 's/^ *section: *//p' "$manifest" | sort -u | while read -r section; do
        anchors "$lesson" | grep -qxF -- "$section" ||
            echo "$manifest: section $section is no heading of $lesson" >>"$work/errors"
    done
done

if [ -s "$work/errors" ]; then
    cat "$work/errors"
    exit 1
fi
echo "$(echo "$pages" | grep -c .) pages, $quotes quotes: all hold"
