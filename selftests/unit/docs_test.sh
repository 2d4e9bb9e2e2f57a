#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the pages for users quote exists: each text between backquotes in them is a key of
# a configuration, a counter, a field, a command, or words of a message in the sources,
# with "..." for what varies. Likewise the files that they refer to.
# `selftests/unit/docs_test.sh` at the root of the checkout.

set -eu

# shellcheck source=selftests/unit/ok.sh
. "$(dirname "$0")/ok.sh"

readonly PAGES=(docs/{guide,operator,troubleshooting,tuning,limits}.md)
# What is not ours: commands of the system, words of its own, and names in examples
readonly COMMANDS='ip|iw|tc|wg|nft|ping|tcpdump|sysctl|chmod|chown|modprobe|dmesg|uname|journalctl|systemctl|timedatectl|cp|INSERT'
readonly OTHERS='rp_filter|wpa_supplicant|\* IBSS|SO_[A-Z]*|fe80::|masquerade|snat to|eth1|usb0|[A-Z]+_OF_[A-Z]+|[a-z]+#|[a-z]+\.pem|alice|bob|(alice@)?[ab]\.example'

# Each literal of the sources, in a line of its own; those that follow one another are one.
literals()
{
	find userspace kmod selftests/replay -name '*.[ch]' -exec cat {} + |
		sed "s/'\\\\\?\"'//g" | sed -E ':a; N; $!ba; s/"\n[[:space:]]*"//g' |
		grep -oE '"([^"\\]|\\.)*"' | sed -E 's/^"//; s/"$//; s/\\"/"/g; s/%%/%/g'
	cat userspace/man/*.[58] | sed 's/\\-/-/g; s/\\fB//g; s/\\fR//g'
}

# spans PAGE: what is between backquotes
spans()
{
	# shellcheck disable=SC2016 # not a command
	grep -oE '`[^`]+`' "$1" | tr -d '`' | sort -u
}

# pattern SPAN: a regular expression for it; what varies there is anything here
pattern()
{
	sed -E 's/[][\\.*^$+?(){}|]/\\&/g; s/(\\\.){3}/.*/g' <<< "$1"
}

is_key()
{
	grep -qE "\"${1%%=*}\"," userspace/common/conf_key.c userspace/mno/mno_conf.c
}

# is_ours SPAN: a command of ours, and its words that are not the user's are somewhere in
# the sources
is_ours()
{
	local word words

	read -ra words <<< "$1"
	[ "${words[1]}" != -j ] || unset 'words[1]'
	words=("${words[@]}")
	[[ ${words[1]} == -* ]] || grep -qF "{ \"${words[1]}\"," userspace/{cli,ctl}/*.c || return
	for word in "${words[@]}"; do
		[[ $word =~ ^(p2p[0-9]|-?[0-9]+|[A-Z_]+)$ ]] || grep -qxF -e "$word" "$TMP/words" ||
			return
	done
}

is_said()
{
	grep -qE -e "$(pattern "$1")" "$TMP/literals"
}

is_target()
{
	grep -qE "^${1##*make }:" Makefile
}

# is_figure NAME: of prosefd's, without what its kind and unit add
is_figure()
{
	grep -qxE "$(sed -E 's/^sidestep_(mno_)/(\1)?/; s/_total$//' <<< "$1")" \
		"$TMP/literals"
}

# is_file PATH: of this tree, or one that a program names
is_file()
{
	[ -e "$1" ] || grep -qF "${1##*/}" "$TMP/literals"
}

exists()
{
	local span=$1

	case $span in
	[A-Z]*[a-z]=*) is_key "$span" ;;
	docs_test | install_test | test_dkms) is_file "$(find selftests -name "$span.sh")" ;;
	sidestep\ * | sidestepd\ * | prosefctl\ * | prosefd\ *) is_ours "$span" ;;
	sidestep_mno_*) is_figure "$span" ;;
	make\ * | *\ make\ *) is_target "$span" ;;
	*/*[a-z]) is_file "$span" || is_said "$span" ;;
	*) [[ $span =~ ^(($COMMANDS)( .*)?|$OTHERS)$ ]] || is_said "$span" ;;
	esac
}

# all_exist PAGE: says what does not
all_exist()
{
	local span wrong=0

	while IFS= read -r span; do
		exists "$span" && continue
		echo "not in the tree: $span"
		wrong=1
	done < <(spans "$1")
	return $wrong
}

# links_lead PAGE: to files that are there
links_lead()
{
	local to wrong=0

	while IFS= read -r to; do
		[ -e "$(dirname "$1")/$to" ] && continue
		echo "no such file: $to"
		wrong=1
	done < <(grep -oE '\]\([^):#]+' "$1" | sed 's/^](//' | sort -u)
	return $wrong
}

literals > "$TMP/literals"
grep -oE '[A-Za-z0-9_-]+' "$TMP/literals" | sort -u > "$TMP/words"
echo "KTAP version 1"
for page in "${PAGES[@]}"; do
	ok "$page: what it quotes exists" all_exist "$page"
done
for page in README.md docs/*.md; do
	ok "$page: its links lead somewhere" links_lead "$page"
done
ok_end
