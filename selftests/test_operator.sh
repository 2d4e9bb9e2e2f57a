#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# docs/operator.md, command by command: the operator's host and that of its subscriber
# alice have a systemd each; bob, and the function of his operator, are there before.
# Topology: mno.sh; how a guide is read: guide.sh.
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
# shellcheck source=selftests/guide.sh
. "$here/guide.sh"

# shellcheck disable=SC2034 # mno.sh's
MNO_EPUID=([A]=alice@a.example [B]=bob@b.example)
readonly INSTALL="make -s -o all -C '$ROOT_DIR/userspace' install"

# host_root HOST: where its files are seen from here
host_root()
{
	echo "/proc/${GUIDE_HOST[$1]}/root"
}

# --- what is there before ---------------------------------------------------

# alice's session, as docs/guide.md makes one, without an Endpoint=
alice_up()
{
	guide_host_up alice "$UE_A" "$INSTALL"
	HELPER_KEY[A]=$(on alice sidestepd --key)
	cat > "$(host_root alice)/etc/sidestep/sidestepd.conf" <<- END
		[Session p2p0]
		Peer=bob
		PeerKey=${HELPER_KEY[B]}
		Direct=direct0
		Modem=modem0
	END
	on alice systemctl -q start sidestepd
}

bob_pki()
{
	local pki=$TMP/pki

	mkdir -m 0700 "$pki"
	"$LIB_DIR/pki.sh" authority "$pki" ues
	"$LIB_DIR/pki.sh" authority "$pki" functions
	"$LIB_DIR/pki.sh" issue "$pki" ues pf-b b.example
	"$LIB_DIR/pki.sh" issue "$pki" functions peer-b b.example
	"$LIB_DIR/pki.sh" issue "$pki" ues ue-b "${MNO_EPUID[B]}"
}

bob_up()
{
	helper_conf B
	sed -i 's/=ue-b$/=bob/; s/=ue-a$/=alice/' "$(helper_dir B)/conf"
	defer helpers_kill
	helper_start B
}

# --- what people do ---------------------------------------------------------

guide_send_the_request()
{
	cp "$(host_root alice)/tmp/alice.csr" "$(host_root operator)/root/ca"
}

guide_send_the_certificate()
{
	local ca etc

	ca=$(host_root operator)/root/ca etc=$(host_root alice)/etc/sidestep
	cp "$ca/alice.pem" "$etc/ue.pem" && cp "$ca/ues.pem" "$etc/authority.pem" &&
		chmod 644 "$etc"/*.pem
}

# b.example starts when it has those of a.example.
guide_exchange_authorities()
{
	local ca

	ca=$(host_root operator)/root/ca
	cp "$TMP/pki/functions.pem" "$ca/b-functions.pem" &&
		cat "$ca/functions.pem" >> "$TMP/pki/functions.pem" || return
	defer prosefs_kill
	prosef_start B
}

logs()
{
	local host

	for host in operator alice; do
		SYSTEMD_PID=${GUIDE_HOST[$host]} service_journal
	done
	sed 's/^/# B: /' "$(helper_dir B)/log" "$TMP/prosefd.b/log"
}

type -P $SYSTEMD > /dev/null || ktap_skip_all "the operator's guide" "no $SYSTEMD"
type -P sqlite3 > /dev/null || ktap_skip_all "the operator's guide" "no sqlite3"
ktap_header
mno_up
module_load || die "cannot load $SIDESTEP_KO"
systemd_modules wireguard
bob_pki
helper_init
alice_up
guide_host_up operator "$PF_A" "$INSTALL"
bob_up
guide_run "$ROOT_DIR/docs/operator.md"
guide_told 1
[ "$KTAP_FAILED" -eq 0 ] || logs
ktap_plan "$KTAP_COUNT"
ktap_end
