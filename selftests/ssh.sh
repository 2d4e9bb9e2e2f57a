# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced, after lib.sh, by those who copy a file from A to B with scp.

SSH_PORT=2222
# Small requests make for a steady stream; with large ones scp's limit lets it
# send for a moment and pause for most of a second.
SCP_REQUEST_BYTES=4096
# OpenSSL has it in assembly; what ssh prefers takes the guest two seconds.
SSH_KEX=ecdh-sha2-nistp256

# sshd_start LOG: at B, for who knows $TMP/user_key
sshd_start()
{
	ssh-keygen -q -t ecdsa -N '' -f "$TMP/host_key"
	ssh-keygen -q -t ecdsa -N '' -f "$TMP/user_key"
	echo "[$B4]:$SSH_PORT $(< "$TMP/host_key.pub")" > "$TMP/known_hosts"
	cat > "$TMP/sshd_config" <<- END
		ListenAddress $B4:$SSH_PORT
		HostKey $TMP/host_key
		AuthorizedKeysFile $TMP/user_key.pub
		PidFile none
		StrictModes no
		UsePAM no
		Subsystem sftp internal-sftp
	END
	ip netns exec "$UE_B" "$(command -v sshd)" -D -e -f "$TMP/sshd_config" 2> "$1" &
	defer kill "$!"
	busywait 20000 grep -q "Server listening" "$1" || die "sshd does not listen"
}

# scp_copy FROM TO KBITS_A_SECOND
scp_copy()
{
	ip netns exec "$UE_A" scp -q -F none -P $SSH_PORT -i "$TMP/user_key" \
		-l "$3" -X buffer=$SCP_REQUEST_BYTES \
		-o UserKnownHostsFile="$TMP/known_hosts" -o GlobalKnownHostsFile=/dev/null \
		-o KexAlgorithms=$SSH_KEX -o StrictHostKeyChecking=yes -o BatchMode=yes \
		"$1" "root@$B4:$2"
}
