#!/bin/bash
set -u
here=$(dirname "$0")
. "$here/lib.sh"
. "$here/helpers.sh"
. "$here/mno.sh"
export SIDESTEP_DEBUG=1
mno_agreed() { sleep 5; helper_logged $1 'agree'; }
mno_start
ktap_header
udp_start udp4 4 5000 -r 100
t=$(now_ms)
in_ns $UE_A "$SIDESTEP" trigger order p2p0 prepare id 1 reason test 2>&1
busywait 15000 paths_ready $UE_A; echo "# A ready after $(( $(now_ms) - t )) ms"
busywait 15000 paths_ready $UE_B; echo "# B ready after $(( $(now_ms) - t )) ms"
sleep 3
in_ns $UE_A "$SIDESTEP" show p2p0
in_ns $UE_A wg show wg-p2p0 | grep -v key
in_ns $UE_B wg show wg-p2p0 | grep -v key
stream_stop udp4; stream_report udp4
mno_logs
