// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mno_conf_test: what prosefd.conf may say, and what is said of what it may not: line,
 * key, value and fault
 */
#include "ktap.h"
#include "../../userspace/mno/mno_conf.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define FUNCTION "[Function]\nPFID=a.example\nListen=192.0.2.1\nCertificate=/c\nKey=/k\n"	\
		 "Authority=/a\nRelayAddress=192.0.2.1\n"
#define PEERS "PeerCertificate=/c\nPeerKey=/k\nPeerAuthority=/a\n"
#define PEER "[Peer]\nPFID=b.example\nAddress=192.0.2.2\n"

static struct mno_conf conf;
static char problem[MNO_CONF_PROBLEM_SIZE];

static bool parse(const char *text)
{
	return mno_conf_parse(&conf, text, strlen(text), problem);
}

static void test_good(void)
{
	const struct sockaddr_in *in = (void *)&conf.listen;

	EXPECT(parse(FUNCTION) && !*problem);
	EXPECT(!strcmp(conf.pfid, "a.example") && in->sin_port == htons(MNO_CONF_UE_PORT));
	EXPECT(conf.assists_per_minute == 30 && conf.relays.limits.max_per_owner == 8);
	EXPECT(parse("# one\n; two\n\n \t\n" FUNCTION PEERS " MaxWindow = 60 \r\n" PEER));
	EXPECT(conf.n_peers == 1 && conf.agreement.window_s == 60);
	EXPECT(parse("[Function]\nPFID=a.example\nListen=[2001:db8::1]:7\nCertificate=/c\n"
		     "Key=/k\nAuthority=/a\nRelayAddress=192.0.2.1 [2001:db8::1]"));
	EXPECT(conf.relays.listen4.s_addr == htonl(0xc0000201) &&
	       conf.relays.listen6.s6_addr[15] == 1);
}

static void test_bad(void)
{
	static const struct {
		const char *text, *problem;
	} rows[] = {
		{ "", "line 1: there is no [Function]" },
		{ "PFID=a.example", "line 1: no such key here: PFID=" },
		{ "[Funktion]", "line 1: no such section: [Funktion]; there are [Function] and [Peer]" },
		{ "[Function]\nPFID", "line 2: neither a section nor Key=value: PFID" },
		{ "[Function]\nPFID=a.example\n", "line 1: this section needs Listen=" },
		{ "[Function]\nPFID=a@b\n",
		  "line 2: PFID=a@b: a PFID with a character that it cannot have" },
		{ FUNCTION "Key=/k", "line 8: Key= is there already" },
		{ FUNCTION "Key =/k", "line 8: Key= is there already" },
		{ FUNCTION "Colour=red", "line 8: no such key here: Colour=" },
		{ FUNCTION "[Function]", "line 8: a second [Function]" },
		{ FUNCTION "ListenPeers=2001:db8::1",
		  "line 8: ListenPeers=2001:db8::1: no ADDRESS or ADDRESS:PORT" },
		{ FUNCTION "PeerKey=k", "line 8: PeerKey=k: no absolute path" },
		{ FUNCTION "RelayPublicAddress=",
		  "line 8: RelayPublicAddress=: no ADDRESS or [IPv6 ADDRESS], one of each at most" },
		{ FUNCTION "RelayPublicAddress=192.0.2.1 192.0.2.2",
		  "line 8: RelayPublicAddress=192.0.2.1 192.0.2.2: no ADDRESS or [IPv6 ADDRESS], one of each at most" },
		{ FUNCTION "RelayPorts=7", "line 8: RelayPorts=7: no LOWEST-HIGHEST" },
		{ FUNCTION "RelayPorts=9-7", "line 8: RelayPorts=9-7: no LOWEST-HIGHEST" },
		{ FUNCTION "RelayPorts=7-65536", "line 8: RelayPorts=7-65536: no LOWEST-HIGHEST" },
		{ FUNCTION "RelaysPerUE=0", "line 8: RelaysPerUE=0: no number from 1 to 1000" },
		{ FUNCTION "RelaysPerUE=-1", "line 8: RelaysPerUE=-1: no number from 1 to 1000" },
		{ FUNCTION "RelaysPerUE=8x", "line 8: RelaysPerUE=8x: no number from 1 to 1000" },
		{ FUNCTION "RelayRate=", "line 8: RelayRate=: no number of kbit/s" },
		{ FUNCTION "AssistsPerMinute=1000000",
		  "line 8: AssistsPerMinute=1000000: no number from 1 to 100000" },
		{ FUNCTION "MaxWindow=1 h",
		  "line 8: MaxWindow=1 h: no number of seconds from 1 to 604800" },
		{ FUNCTION "MinReportInterval=0",
		  "line 8: MinReportInterval=0: no number of milliseconds from 1 to 3600000" },
		{ FUNCTION "OwnNetworks=10.0.0.0",
		  "line 8: OwnNetworks=10.0.0.0: no ADDRESS/BITS" },
		{ FUNCTION "OwnNetworks=10.0.0.0/33",
		  "line 8: OwnNetworks=10.0.0.0/33: no ADDRESS/BITS" },
		{ FUNCTION "NatControl=", "line 8: NatControl=: no name of a device" },
		{ FUNCTION "NatControl=wan\"", "line 8: NatControl=wan\": no name of a device" },
		{ FUNCTION "NatAddress=[2001:db8::1]",
		  "line 8: NatAddress=[2001:db8::1]: no IPv4 ADDRESS" },
		{ FUNCTION "NatAddress=0.0.0.0", "line 8: NatAddress=0.0.0.0: no IPv4 ADDRESS" },
		{ FUNCTION "NatNetworks=", "line 8: NatNetworks=: no ADDRESS/BITS" },
		{ FUNCTION "NatPorts=9-7", "line 8: NatPorts=9-7: no LOWEST-HIGHEST" },
		{ FUNCTION "NatControl=wan\nNatAddress=192.0.2.1\n",
		  "line 10: with NatControl=, [Function] needs NatAddress= and NatNetworks=" },
		{ FUNCTION PEERS "[Peer]\nPFID=b.example\n" PEER,
		  "line 11: this section needs Address=" },
		{ FUNCTION PEERS PEER "[Peer]\nPFID=b.example",
		  "line 15: PFID=b.example: a peer that is there already" },
		{ FUNCTION PEER,
		  "line 11: with peers, [Function] needs PeerCertificate=, PeerKey= and PeerAuthority=" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EXPECT(!parse(rows[i].text));
		ktap_expect(!strcmp(problem, rows[i].problem), __LINE__, "\"%s\", not \"%s\"",
			    problem, rows[i].problem);
	}
}

/* All that is allowed is kept; one more is said, not lost. */
static void test_networks(void)
{
	char text[4096] = FUNCTION "OwnNetworks=";
	struct sockaddr_storage addr = { .ss_family = AF_INET6 };
	struct sockaddr_in6 *in6 = (void *)&addr;
	size_t len = strlen(text);

	for (int i = 0; i < MNO_MAX_NETWORKS; i++)
		len += snprintf(text + len, sizeof(text) - len,
				"2001:0db8:0000:0000:0000:0000:0000:%04x/128 ", i);
	EXPECT(parse(text) && conf.own.n == MNO_MAX_NETWORKS);
	inet_pton(AF_INET6, "2001:db8::1f", &in6->sin6_addr);
	EXPECT(mno_conf_is_own(&conf, &addr));
	inet_pton(AF_INET6, "2001:db8::20", &in6->sin6_addr);
	EXPECT(!mno_conf_is_own(&conf, &addr));
	snprintf(text + len, sizeof(text) - len, "10.0.0.0/8");
	EXPECT(!parse(text) && strstr(problem, "too many networks"));
}

static void test_nat(void)
{
	struct sockaddr_storage addr = { .ss_family = AF_INET };
	struct sockaddr_in *in = (void *)&addr;

	EXPECT(parse(FUNCTION) && !*conf.nat.device);
	EXPECT(parse(FUNCTION "NatControl=wan\nNatAddress=192.0.2.1\nNatNetworks=10.0.0.0/8\n"));
	EXPECT(!strcmp(conf.nat.device, "wan") && conf.nat.addr.s_addr == htonl(0xc0000201));
	EXPECT(conf.nat.port_min == MNO_CONF_NAT_PORT_MIN &&
	       conf.nat.port_max == MNO_CONF_NAT_PORT_MAX);
	in->sin_addr.s_addr = htonl(0x0a010203);
	EXPECT(mno_conf_is_behind(&conf, &addr) && !mno_conf_is_own(&conf, &addr));
	in->sin_addr.s_addr = htonl(0xc0000202);
	EXPECT(!mno_conf_is_behind(&conf, &addr));
}

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "what is good", test_good },
		{ "what is not, and why", test_bad },
		{ "a NAT of the operator's", test_nat },
		{ "as many networks as there may be", test_networks },
	};

	return ktap_run(KTAP_CASES(cases));
}
