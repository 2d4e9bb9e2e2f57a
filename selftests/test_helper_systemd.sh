#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The service sidestepd as it is installed: a real systemd runs it at A, with its own
# user, sandbox, watchdog and journal, and it keeps a session with a plain helper at B.
# It is read again, started again, killed, stopped dead and ended under a UDP stream, and
# says what is wrong where one would look. Topology: lib.sh; sessions: helpers.sh; A's
# systemd: systemd.sh.
#
# Guest: --icount
# Takes: 180
# shellcheck disable=SC2317 # called by test_ok and busywait
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"
# shellcheck source=selftests/helpers.sh
. "$here/helpers.sh"
# shellcheck source=selftests/systemd.sh
. "$here/systemd.sh"

UDP_RATE=100
# CAP_NET_ADMIN and CAP_NET_RAW are the 12th and 13th.
RIGHTS=0000000000003000
NOBODY=65534
# shellcheck disable=SC2034 # systemd.sh's
SERVICE=sidestepd SERVICE_USER=sidestep HELPER_SERVICE=A
METRICS=/run/sidestep/sidestep.prom

# conf_write [LINE...]: A's, with these in the session's section
conf_write()
{
	helper_conf A "$@"
	sed -i "s|^\[Session|MetricsFile=$METRICS\n\n&|" "$(helper_dir A)/conf"
	cp "$(helper_dir A)/conf" "$SYSTEMD_ROOT/etc/sidestep/sidestepd.conf"
}

# --- as the README has it ---------------------------------------------------

boot_test()
{
	test_ok "boot: the module is loaded" [ -d /sys/module/sidestep ]
	test_ok "boot: the user is there" [ -n "$(service_uid)" ]
	HELPER_KEY[A]=$(inside sidestepd --key)
	service_file_check /etc/sidestep root 755
	# What a host has that was not started anew since.
	module_unload
}

start_test()
{
	test_ok "systemctl enable --now sidestepd" inside systemctl -q enable --now sidestepd
	service_is ActiveState active || { logs; die "the service does not start"; }
	test_ok "it has loaded the module" [ -d /sys/module/sidestep ]
	test_ok "it begins with the host" service_is UnitFileState enabled
	helper_start B
	helpers_ready || { logs; die "no session"; }
	test_ok "both have met" busywait 10000 met
	test_ok "the standby is ready" busywait 10000 helper_is A standby ready
	test_eq "nothing is wrong" "$(helper_says A problem)$(helper_says B problem)" ""
}

files_test()
{
	service_file_check /var/lib/sidestep sidestep 700
	service_file_check /var/lib/sidestep/host.key sidestep 600
	service_file_check /var/lib/sidestep/p2p0.session sidestep 600
	service_file_check /run/sidestep sidestep 755
	service_file_check /run/sidestep/status sidestep 666
	busywait 20000 [ -e "$SYSTEMD_ROOT$METRICS" ]
	service_file_check $METRICS sidestep 644
	test_eq "anybody may ask" "$(inside setpriv --reuid=$NOBODY --regid=$NOBODY --clear-groups \
		sidestep -j show p2p0 | "$PROGS/jget" 0.helper.peer)" ue-b
}

journal_test()
{
	test_ok "the session moves" move infra
	test_ok "... and returns" move direct
	test_ok "journal: what is said of the session" journal_has SIDESTEP_SESSION=p2p0
	test_ok "journal: what was decided" busywait 5000 journal_has \
		SIDESTEP_SESSION=p2p0 SIDESTEP_DECISION=execute
}

journal_has()
{
	[ -n "$(inside journalctl -q -u sidestepd -o cat "$@")" ]
}

# --- a service's life -------------------------------------------------------

# life POINT COMMAND...: done under a stream, to which nothing happens
life()
{
	local point=$1 before

	shift
	before=$(devices)
	service_mark
	udp_start udp4 4 5000 -r $UDP_RATE
	test_ok "$point" "$@"
	test_ok "$point: both have met" busywait 20000 met
	test_ok "$point: both paths are ready" helpers_ready
	test_ok "$point: nothing is wrong" busywait 10000 helper_is A problem ""
	test_eq "$point: the devices are the same" "$(devices)" "$before"
	# A stream of a second or more is one.
	sleep 1.5
	stream_stop udp4 || diag "$point: the stream did not end as it should"
	stream_clean udp4 $UDP_RATE || stream_report udp4
	test_ok "$point: nothing lost, nothing twice" stream_clean udp4 $UDP_RATE
}

reload_test()
{
	local before

	before=$(service_pid)
	conf_write "Keepalive=20"
	life "reload" inside systemctl reload sidestepd
	test_ok "reload: said" service_logged "was read again"
	conf_write "Keepalive=70000"
	test_ok "reload with a mistake" inside systemctl reload sidestepd
	test_ok "reload with a mistake: systemctl status says so, with file and line" busywait 5000 \
		service_status_says "/etc/sidestep/sidestepd.conf:[0-9]+: .*Keepalive"
	test_ok "reload with a mistake: all stays" both_ready
	conf_write
	inside systemctl reload sidestepd
	test_eq "the process is the same all the while" "$(service_pid)" "$before"
}

life_test()
{
	life "restart" inside systemctl restart sidestepd
	life "killed" service_again KILL
	test_ok "killed: systemd says so" service_failed_with signal
	life "stopped dead" service_again STOP
	test_ok "stopped dead: the watchdog says so" service_failed_with watchdog
}

# --- what is wrong ----------------------------------------------------------

broken_test()
{
	local key=$SYSTEMD_ROOT/var/lib/sidestep/host.key

	inside systemctl stop sidestepd
	service_mark
	chmod 644 "$key"
	test_ok "host.key that all may read: it does not start" cmd_fail inside systemctl -q start sidestepd
	test_ok "... the journal says why, and the way out" service_logged "host.key.*chmod 600"
	chmod 600 "$key"
	test_ok "it may not any more: it starts by itself" \
		busywait 10000 service_is ActiveState active
	test_ok "... and both meet" busywait 20000 met
}

stop_test()
{
	local before

	before=$(devices)
	udp_start udp4 4 5000 -r $UDP_RATE
	service_mark
	test_ok "systemctl stop" inside systemctl stop sidestepd
	test_eq "stopped: in good order" \
		"$(inside systemctl show --property ActiveState,SubState,Result --value sidestepd | paste -s -d ' ')" \
		"success inactive dead"
	test_ok "stopped: nothing was wrong" cmd_fail service_logged "no contact"
	test_ok "stopped: the session moves" move infra
	test_ok "stopped: ... and returns" move direct
	sleep 0.5
	stream_stop udp4 || diag "stopped: the stream did not end as it should"
	stream_clean udp4 $UDP_RATE || stream_report udp4
	test_ok "stopped: nothing lost, nothing twice" stream_clean udp4 $UDP_RATE
	test_eq "stopped: the devices stay" "$(devices)" "$before"
	test_ok "stopped: keys and sessions stay" inside test -s /var/lib/sidestep/host.key -a \
		-s /var/lib/sidestep/p2p0.session
	test_ok "stopped: nothing is left in /run" [ ! -e "$SYSTEMD_ROOT/run/sidestep" ]
}

logs()
{
	service_journal
	sed 's/^/# B: /' "$(helper_dir B)/log"
}

type -P $SYSTEMD > /dev/null || ktap_skip_all "the service" "no $SYSTEMD"
ktap_header
topo_up 2 25
systemd_modules wireguard
systemd_up "$UE_A" "make -s -o all -C '$ROOT_DIR/userspace' install"
helper_init
boot_test
conf_write
helper_conf B
defer helpers_kill
service_mark
start_test
service_sandbox_check $RIGHTS
files_test
journal_test
reload_test
life_test
broken_test
stop_test
[ "$KTAP_FAILED" -eq 0 ] || logs
ktap_plan "$KTAP_COUNT"
ktap_end
