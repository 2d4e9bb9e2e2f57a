#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Certificates for prosefd and for the UEs, made on the spot: for tests, and to try it
# out. An operator of a real network has an authority of its own.
#
# Usage: pki.sh authority DIR NAME            makes DIR/NAME.pem and DIR/NAME.key
#        pki.sh issue DIR NAME FILE CN [DAYS] makes DIR/FILE.pem and DIR/FILE.key, of the
#                                             authority NAME; 0 days: expired at once
#
# A function's CN is its PFID, in both roles; a UE's is its EPUID. The authority of the
# UEs also vouches for the function to them; that of the functions is another one.
set -eu -o pipefail
umask 077

usage()
{
	sed -n 's/^# \(Usage: .*\|       pki.sh .*\|  *authority NAME.*\)$/\1/p' "$0" >&2
	exit 1
}

# quietly COMMAND...: what it says only if it fails
quietly()
{
	local said

	said=$("$@" 2>&1) || {
		echo "$said" >&2
		exit 1
	}
}

# new_key FILE
new_key()
{
	quietly openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"
}

# authority DIR NAME
authority()
{
	new_key "$1/$2.key"
	quietly openssl req -x509 -new -key "$1/$2.key" -subj "/CN=$2" -days 3650 \
		-addext keyUsage=critical,keyCertSign,cRLSign -out "$1/$2.pem"
}

# issue DIR NAME FILE CN DAYS
issue()
{
	new_key "$1/$3.key"
	openssl req -new -key "$1/$3.key" -subj "/CN=$4" |
		quietly openssl x509 -req -CA "$1/$2.pem" -CAkey "$1/$2.key" -days "$5" \
			-extfile <(echo "basicConstraints = CA:FALSE
				keyUsage = digitalSignature
				extendedKeyUsage = serverAuth, clientAuth") -out "$1/$3.pem"
}

case ${1:-}$# in
authority3) authority "$2" "$3" ;;
issue5 | issue6) issue "$2" "$3" "$4" "$5" "${6:-365}" ;;
*) usage ;;
esac
