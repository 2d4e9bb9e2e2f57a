# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by story.sh: who talks to whom over the internet, as seen in its middle.

# witness_start: from now on
witness_start()
{
	in_ns "$NET" nft -f - <<- END
		table inet witness {
			set pairs4 {
				type ipv4_addr . ipv4_addr . inet_service . inet_service
				flags dynamic
				size 4096
			}
			set pairs6 {
				type ipv6_addr . ipv6_addr . inet_service . inet_service
				flags dynamic
				size 4096
			}
			chain forward {
				type filter hook forward priority 0;
				meta l4proto udp update @pairs4 { ip saddr . ip daddr . udp sport . udp dport counter }
				meta l4proto udp update @pairs6 { ip6 saddr . ip6 daddr . udp sport . udp dport counter }
			}
		}
	END
}

# witness_hosts: the log "hosts", whose each address is: "ADDRESS NAME"
witness_hosts()
{
	cat > "$LOG/hosts" <<- END
		198.51.100.2 ue_a
		$MODEM_A6 ue_a
		203.0.113.2 ue_b
		$PF_A4 mno_a
		$PF_A6 mno_a
		$PF_B4 mno_b
		$PF_B6 mno_b
	END
}

# witness_end: the log "pairs", "FROM TO FROM_PORT TO_PORT PACKETS BYTES"
witness_end()
{
	local set

	for set in pairs4 pairs6; do
		in_ns "$NET" nft -n list set inet witness $set
	done | grep -o '[0-9a-f.:]* \. [0-9a-f.:]* \. [0-9]* \. [0-9]* counter packets [0-9]* bytes [0-9]*' |
		sed 's/ \. / /g; s/counter packets //; s/bytes //' > "$LOG/pairs"
	witness_hosts
}
