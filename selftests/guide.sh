# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced, after lib.sh and systemd.sh, by the tests that do what a guide in docs/ says.
#
# A guide's commands are in fenced blocks, each behind the host that types it: "alice# ",
# "both# ". A here-document ends with END. Lines below a command are what it prints: "..."
# stands for anything, alone in a line for any lines; NAME_OF_NAME for what is printed
# there the first time, and in commands for that. A command without such lines must
# succeed, and so must one with them. What only asks is asked again until it prints what
# it should; so is systemctl, for a guest's clock leaps while it waits for the host.
#
# Comments, which a reader does not see, stand before a block or alone in a line:
#   <!-- not run: REASON -->   the next block; it is counted and told
#   <!-- fails -->             the next block; its commands must fail
#   <!-- test: NAME -->        the test does guide_NAME: what people do, not commands

# The systemd of each host
declare -A GUIDE_HOST
# Hosts that "both" means
GUIDE_BOTH=(alice bob)
# What NAME_OF_NAME stands for
declare -A GUIDE_WORD
# What was not run
GUIDE_NOT_RUN=()
readonly GUIDE_PATIENCE_MS=120000

# guide_host_up NAME NS COMMAND: a host that has its name; COMMAND as systemd_up's
guide_host_up()
{
	# shellcheck disable=SC2034 # systemd.sh's
	SYSTEMD_DIR=$TMP/$1
	mkdir "$SYSTEMD_DIR"
	systemd_up "$2" "echo $1 > /etc/hostname; $3"
	GUIDE_HOST[$1]=$SYSTEMD_PID
}

# on HOST COMMAND...
on()
{
	local SYSTEMD_PID=${GUIDE_HOST[$1]}

	inside "${@:2}"
}

# guide_run FILE: also from within another one
guide_run()
{
	local line GUIDE GUIDE_NAME=${1##*/} GUIDE_AT=0 GUIDE_REASON='' GUIDE_FAILS=''

	mapfile -t GUIDE < "$1"
	while [ $GUIDE_AT -lt ${#GUIDE[@]} ]; do
		guide_next
		case $line in
		"<!-- not run: "*" -->") GUIDE_REASON=${line:14:-4} ;;
		"<!-- fails -->") GUIDE_FAILS=1 ;;
		"<!-- test: "*" -->") guide_people "${line:11:-4}" ;;
		'```'*) guide_block ;;
		"    "*) test_fail "$GUIDE_NAME:$GUIDE_AT" "what looks like a command is in no block" ;;
		esac
	done
}

# guide_next: into the caller's line
guide_next()
{
	line=${GUIDE[GUIDE_AT]}
	GUIDE_AT=$((GUIDE_AT + 1))
}

guide_people()
{
	test_ok "$GUIDE_NAME:$GUIDE_AT: $1" "guide_${1// /_}"
}

guide_block()
{
	local line host='' command='' want=() at

	while guide_next && [ "$line" != '```' ]; do
		if [[ $line =~ ^[a-z]+#\ . ]]; then
			[ -z "$command" ] || guide_do
			host=${line%%#*} command=${line#*# } want=() at=$GUIDE_AT
			guide_whole
		elif [ -z "$command" ]; then
			test_fail "$GUIDE_NAME:$GUIDE_AT" "a block begins with a command"
		else
			want+=("$line")
		fi
	done
	guide_do
	GUIDE_REASON='' GUIDE_FAILS=''
}

# guide_whole: the lines that belong to the caller's command
guide_whole()
{
	local line

	while [[ $command == *\\ ]]; do
		guide_next
		command+=$'\n'$line
	done
	[[ $command =~ \<\<\ \'?END\'?$ ]] || return
	while guide_next; do
		command+=$'\n'$line
		[ "$line" != END ] || break
	done
}

# guide_do: the caller's command
guide_do()
{
	local hosts=("$host") h

	if [ -n "$GUIDE_REASON" ]; then
		GUIDE_NOT_RUN+=("$GUIDE_NAME:$at: $host# $command ($GUIDE_REASON)")
		return
	fi
	[ "$host" != both ] || hosts=("${GUIDE_BOTH[@]}")
	for h in "${hosts[@]}"; do
		guide_on "$h"
	done
}

# guide_on HOST
guide_on()
{
	local name="$GUIDE_NAME:$at: $1# ${command%%$'\n'*}" patience=0 word typed=$command

	for word in "${!GUIDE_WORD[@]}"; do
		typed=${typed//$word/${GUIDE_WORD[$word]}}
	done
	case $command in
	sidestep\ *show* | prosefctl\ * | journalctl\ * | ping\ * | systemctl\ *) patience=$GUIDE_PATIENCE_MS ;;
	esac
	if busywait $patience guide_works "$1" "$typed"; then
		test_pass "$name"
		return
	fi
	sed "s/^/# $1: /" "$TMP/said"
	test_fail "$name" "code $GUIDE_CODE, or it prints something else"
}

# guide_works HOST COMMAND
guide_works()
{
	GUIDE_CODE=0
	# Not a pipe: what it leaves in the background would hold it open.
	on "$1" bash -c "cd /tmp; $2" < /dev/null > "$TMP/said" 2>&1 || GUIDE_CODE=$?
	if [ -n "$GUIDE_FAILS" ]; then
		[ $GUIDE_CODE -ne 0 ] || return
	else
		[ $GUIDE_CODE -eq 0 ] || return
	fi
	[ ${#want[@]} -eq 0 ] || guide_fits
}

# Blanks are not compared.
guide_plain()
{
	sed -E 's/[[:space:]]+/ /g; s/^ //; s/ $//'
}

# guide_patterns: of what should be printed
guide_patterns()
{
	printf '%s\n' "${want[@]}" | guide_plain | sed -E 's/[][*?\\]/\\&/g; s/\.\.\./*/g'
}

# guide_fits: what was printed to the caller's want
guide_fits()
{
	local said patterns pattern i=0 any=

	mapfile -t said < <(guide_plain < "$TMP/said")
	mapfile -t patterns < <(guide_patterns)
	for pattern in "${patterns[@]}"; do
		if [ "$pattern" = '*' ]; then
			any=1
			continue
		fi
		until guide_line_fits "${said[i]:-}" "$pattern"; do
			[ -n "$any" ] && [ "$i" -lt ${#said[@]} ] || return
			i=$((i + 1))
		done
		i=$((i + 1)) any=
	done
	[ -n "$any" ] || [ "$i" -eq ${#said[@]} ]
}

# guide_line_fits LINE PATTERN: a name stands for what it stood for before
guide_line_fits()
{
	if [[ $2 =~ ^[A-Z]+_OF_[A-Z]+$ ]]; then
		[ -n "$1" ] || return
		GUIDE_WORD[$2]=${GUIDE_WORD[$2]:-$1}
		[ "$1" = "${GUIDE_WORD[$2]}" ]
	else
		# shellcheck disable=SC2053 # a pattern
		[[ $1 == $2 ]]
	fi
}

# guide_told N: what was not run, N commands
guide_told()
{
	printf '# not run: %s\n' "${GUIDE_NOT_RUN[@]//$'\n'/ }"
	test_eq "commands that are not run here" ${#GUIDE_NOT_RUN[@]} "$1"
}
