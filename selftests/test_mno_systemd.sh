#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The service prosefd as it is installed: a real systemd runs A's function, with its own
# user, sandbox, watchdog and journal. Keys that root has put there are its own after a
# boot; it connects two hosts, is killed and stopped dead, and what it knows outlives it. Topology: mno.sh; A's systemd: systemd.sh.
#
# Guest: --icount
# Takes: 250
# shellcheck disable=SC2317 # called by test_ok and busywait
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/helpers.sh
. "$here/helpers.sh"
# shellcheck source=selftests/mno.sh
. "$here/mno.sh"
# shellcheck source=selftests/systemd.sh
. "$here/systemd.sh"

# shellcheck disable=SC2034 # systemd.sh's
SERVICE=prosefd SERVICE_USER=prosefd
# CAP_NET_ADMIN is the 12th.
RIGHTS=0000000000001000
NOBODY=65534

# Of A, in place of those of mno.sh: the installed one
prosef_start()
{
	local dir=$TMP/prosefd.${1,}

	mkdir "$dir"
	prosef_conf "$1" > "$dir/conf"
	if [ "$1" = A ]; then
		service_install "$dir/conf"
	else
		PROSEFD_CONTROL=$dir/control ip netns exec "$PF_B" \
			"$PROSEFD" --config "$dir/conf" --state "$dir" 2>> "$dir/log" &
		PROSEF[B]=$!
	fi
}

prosef_ctl()
{
	if [ "$1" = A ]; then
		inside prosefctl "${@:2}"
	else
		PROSEFD_CONTROL=$TMP/prosefd.b/control "$PROSEFCTL" "${@:2}"
	fi
}

prosef_logged()
{
	service_logged "$2"
}

mno_logs()
{
	helper_logs
	service_journal
}

# service_install CONF: as an operator would, before the host is started
service_install()
{
	local etc=/etc/prosefd

	systemd_modules wireguard
	systemd_up "$PF_A" "make -s -o all -C '$ROOT_DIR/userspace' install
		mkdir -p $etc
		cp '$TMP'/pki/pf-a.* '$TMP'/pki/peer-a.* '$TMP'/pki/*s.pem $etc
		chmod 644 $etc/*.pem
		sed 's|$TMP/pki|$etc|' '$1' > $etc/prosefd.conf"
	service_mark
	test_ok "systemctl enable --now prosefd" inside systemctl -q enable --now prosefd
	service_is ActiveState active || { service_journal; die "the service does not start"; }
}

files_test()
{
	service_file_check /etc/prosefd root 755
	service_file_check /etc/prosefd/pf-a.key prosefd 600
	service_file_check /var/lib/prosefd prosefd 700
	service_file_check /run/prosefd prosefd 755
	test_eq "the group may use prosefctl" \
		"$(inside setpriv --reuid=$NOBODY --regid=prosefd --clear-groups \
		prosefctl -j subscribers | "$PROGS/jget" 0.epuid)" "${MNO_EPUID[A]}"
	test_ok "nobody else may" cmd_fail inside setpriv --reuid=$NOBODY --regid=$NOBODY \
		--clear-groups prosefctl subscribers
}

# assist_test POINT: two hosts are connected
assist_test()
{
	test_ok "$1: the two are connected" \
		prosef_ctl A assist "${MNO_EPUID[A]}" "${MNO_EPUID[B]}" none
	test_ok "$1: both have the infra path" busywait 10000 both_ready
	test_ok "$1: the session moves" move infra
	test_ok "$1: ... and returns" move direct
}

registered()
{
	[ "$(mno_rows A subscribers epuid registered)" = "${MNO_EPUID[A]} true" ]
}

# life SIGNAL POINT RESULT: sessions outlive it
life()
{
	service_mark
	test_ok "$2: it is started again" service_again "$1"
	test_ok "$2: systemd says why" service_failed_with "$3"
	test_ok "$2: the host comes back" busywait 60000 registered
	test_eq "$2: the session is still there" "$(mno_rows A sessions session)" a.example/1
	test_ok "$2: the session moves" move infra
	test_ok "$2: ... and returns" move direct
}

stop_test()
{
	test_ok "systemctl stop" inside systemctl stop prosefd
	test_eq "stopped: in good order" \
		"$(inside systemctl show --property ActiveState,SubState,Result --value prosefd | sort | paste -s -d ' ')" \
		"dead inactive success"
	test_ok "stopped: what it knows stays" inside sh -c 'test -s /var/lib/prosefd/*.db'
}

broken_test()
{
	service_mark
	sed -i 's/^PFID=a.example/PFID=/' "$SYSTEMD_ROOT/etc/prosefd/prosefd.conf"
	test_ok "a mistake: it does not start" cmd_fail inside systemctl -q start prosefd
	test_ok "a mistake: the journal says so, with file and line" \
		service_logged "prosefd.conf: line [0-9]+: PFID="
}

type -P $SYSTEMD > /dev/null || ktap_skip_all "the service" "no $SYSTEMD"
ktap_header
mno_start
service_sandbox_check $RIGHTS
files_test
assist_test "assist"
life KILL "killed" signal
life STOP "stopped dead" watchdog
stop_test
broken_test
[ "$KTAP_FAILED" -eq 0 ] || mno_logs
ktap_plan "$KTAP_COUNT"
ktap_end
