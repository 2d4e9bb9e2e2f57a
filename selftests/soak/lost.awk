# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is missing in the log of a udpstream, twice, or late, and whether that was
# in a span in which it may be. Files: spans; the log; the log sorted by number.
# Variable: sent, how many the other end has sent. The first line is for people,
# the others are what must not be.
#
# A span is "START END CAUSE", a line of a log "TIME NUMBER DELAY_US"; TIME, START
# and END in nanoseconds of one clock.

function in_span(t,    i)
{
	for (i = 1; i <= spans; i++)
		if (t >= from[i] && t <= to[i])
			return 1
	return 0
}

function judge(what, number, t)
{
	count[what]++
	if (what == "late" && !order)
		return
	if (what == "twice" || !in_span(t))
		bad[++faults] = sprintf("bad: %s: %d, sent at %.3f s", what, number, t / 1e9)
}

BEGIN { at = -1 }

file == 1 {
	spans++
	from[spans] = $1
	to[spans] = $2
}

file == 2 && $2 < highest { judge("late", $2, $1 - $3 * 1000) }
file == 2 && $2 > highest { highest = $2 }

file == 3 {
	t = $1 - $3 * 1000
	if (started && $2 == number)
		judge("twice", $2, t)
	for (i = started ? number + 1 : 0; i < $2; i++)
		judge("lost", i, started ? at + (t - at) * (i - number) / ($2 - number) : t)
	number = $2
	at = t
	started = 1
}

END {
	for (i = started ? number + 1 : 0; i < sent; i++)
		judge("lost", i, at)
	printf "sent %d, lost %d, late %d, twice %d; must not be: %d\n", sent,
	       count["lost"], count["late"], count["twice"], faults
	for (i = 1; i <= faults; i++)
		print bad[i]
}
