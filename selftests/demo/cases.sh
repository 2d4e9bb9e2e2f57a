# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by demo.sh, to know the cases' names, and by story.sh, to make one.

CASES=(default same-mno symmetric corner ipv6 relay-only)

# case_is_known NAME
case_is_known()
{
	[[ " ${CASES[*]} " == *" $1 "* ]]
}

# What the radios do (walk, or turn a corner), how many operators there are, what their
# NATs are, and how the tunnel goes in the end: by the relay, or direct. BLIND_MS is what
# may pass, without warning, from the cut until packets take the other path: docs/demo.md
# says what of it has been seen.
# shellcheck disable=SC2034 # for story.sh
case_begin()
{
	RADIO_STORY=walk BLIND_MS=0 OPERATORS=2 TUNNEL_GOES=relay
	case $1 in
	default) TUNNEL_GOES=direct ;;
	same-mno) OPERATORS=1 TUNNEL_GOES=direct ;;
	symmetric) MNO_NAT_A=symmetric MNO_NAT_B=symmetric ;;
	ipv6) MNO_NAT_A=ipv6 ;;
	relay-only) HELPER_LINES+=(RelayOnly=yes) ;;
	corner) RADIO_STORY=corner BLIND_MS=1000 TUNNEL_GOES=direct ;;
	esac
}

# case_check: was it that case?
case_check()
{
	if function_says direct; then
		[ "$TUNNEL_GOES" = direct ] || die "the tunnel has left the relay"
	else
		[ "$TUNNEL_GOES" = relay ] || die "the tunnel has not left the relay"
		function_says "by the relay" || die "there was no tunnel by the relay"
	fi
}
