# plot.gp - ratios of a chapter as an SVG: a bar for each bench against its fastest peer, a mark where
# the course promises a floor. Called by run.sh: gnuplot -e "data='...'; svg='...'; name='...'" plot.gp
stats data using 1 nooutput
rows = STATS_records
stats data using ($3 + $4 / 2) nooutput
right = STATS_max < 1.15 ? 1.25 : STATS_max * 1.1
set terminal svg size 900, 110 + 26 * rows font "Helvetica,13" noenhanced background rgb "white"
set output svg
set title sprintf("%s: time of ours / time of the fastest peer (left of 1: ours is faster)", name)
set xrange [0:right]
set yrange [rows - 0.5:-0.5]
set ytics nomirror scale 0
set xtics nomirror
set border 3
set grid xtics lc rgb "#dddddd"
set key outside bottom center horizontal
set arrow from 1, graph 0 to 1, graph 1 nohead lc rgb "#888888" dt 2
# A floor that is missed is an orange bar.
late(ratio, floor) = (floor > 0 && ratio > floor)
plot data using (late($3, $5) ? NaN : $3 / 2):1:(late($3, $5) ? NaN : $3 / 2):(0.32):ytic(2) \
         with boxxyerror fill solid 0.9 noborder lc rgb "#4477aa" title "ratio", \
     data using (late($3, $5) ? $3 / 2 : NaN):1:($3 / 2):(0.32) \
         with boxxyerror fill solid 0.9 noborder lc rgb "#ee7733" title "floor missed", \
     data using 3:1:($4 / 2) with xerrorbars pt 7 ps 0.3 lc rgb "#222222" title "spread (quartiles)", \
     data using ($5 > 0 ? $5 : NaN):($1 - 0.42):(0):(0.84) \
         with vectors nohead lw 3 lc rgb "#cc3311" title "floor promised"
