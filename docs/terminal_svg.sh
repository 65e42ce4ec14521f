#!/bin/sh
# terminal_svg.sh TITLE COLUMNS < CAPTURE > PICTURE - a terminal's output, colours and all, as an SVG.
#
# The capture is what the command wrote to a terminal, for example:
#     script -qec './syslab start' /dev/null | docs/terminal_svg.sh './syslab start' 96 > docs/start.svg
# Only colours and bold are kept; a line that was rewritten (carriage return) shows its last state.
set -eu
LC_ALL=C.UTF-8 awk -v title="$1" -v columns="$2" '
BEGIN {
    advance = 8.4; line_height = 19; left = 16; top = 58
    ink[31] = "#ff7b72"; ink[32] = "#7ee787"; ink[33] = "#e3b341"; ink[34] = "#79c0ff"
    ink[35] = "#d2a8ff"; ink[36] = "#76e3ea"; ink[37] = "#e6edf3"; ink[90] = "#8b949e"
}
function escape(text) {
    gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/>/, "\\&gt;", text)
    return text
}
function style(codes,    n, part, i) {
    n = split(codes, part, ";")
    if (codes == "") { color = ""; bold = 0; dim = 0 }
    for (i = 1; i <= n; i++) {
        if (part[i] == 0) { color = ""; bold = 0; dim = 0 }
        else if (part[i] == 1) bold = 1
        else if (part[i] == 2) dim = 1
        else if (part[i] == 22) { bold = 0; dim = 0 }
        else if (part[i] == 39) color = ""
        else if (part[i] in ink) color = ink[part[i]]
    }
}
function emit(text,    attributes) {
    if (text == "") return
    attributes = ""
    if (color != "") attributes = attributes " fill=\"" color "\""
    else if (dim) attributes = attributes " fill=\"#8b949e\""
    if (bold) attributes = attributes " font-weight=\"bold\""
    out = out "<tspan" attributes ">" escape(text) "</tspan>"
}
{
    sub(/\r+$/, ""); sub(/^.*\r/, "")
    rest = $0; out = ""
    while (match(rest, /\033\[[0-9;?]*[A-Za-z]/)) {
        emit(substr(rest, 1, RSTART - 1))
        sequence = substr(rest, RSTART + 2, RLENGTH - 3)
        final = substr(rest, RSTART + RLENGTH - 1, 1)
        rest = substr(rest, RSTART + RLENGTH)
        if (final == "m") style(sequence)
    }
    emit(rest)
    body[++count] = out
}
END {
    while (count > 0 && body[count] == "") count--
    width = int(columns * advance + 2 * left); height = int(top + count * line_height + 6)
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n", width, height, width, height
    printf "<rect width=\"%d\" height=\"%d\" rx=\"8\" fill=\"#0d1117\"/>\n", width, height
    print "<circle cx=\"20\" cy=\"18\" r=\"6\" fill=\"#ff5f57\"/><circle cx=\"40\" cy=\"18\" r=\"6\" fill=\"#febc2e\"/><circle cx=\"60\" cy=\"18\" r=\"6\" fill=\"#28c840\"/>"
    printf "<g font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"14\" fill=\"#e6edf3\" xml:space=\"preserve\">\n"
    printf "<text x=\"84\" y=\"23\" fill=\"#8b949e\">$ %s</text>\n", escape(title)
    for (i = 1; i <= count; i++)
        if (body[i] != "") printf "<text x=\"%d\" y=\"%d\">%s</text>\n", left, top + (i - 1) * line_height, body[i]
    print "</g>\n</svg>"
}'
