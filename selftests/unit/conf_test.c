// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What sidestepd.conf may say, in tables.
 */
#include "ktap.h"
#include "../../userspace/common/conf_file.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define KEY_1 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY_2 "/wECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
/* Lines 1 to 5, or as many more. */
#define NEEDED "Peer=bob\nPeerKey=" KEY_1 "\nDirect=wlan0\nModem=wwan0\n"
#define GOOD "[Session p2p0]\n" NEEDED
#define LETTERS_30 "abcdefghijklmnopqrstuvwxyzabcd"
#define LETTERS_60 LETTERS_30 LETTERS_30
#define LETTERS_64 LETTERS_60 "efgh"
#define OTHER(device, more) \
	"[Session " device "]\nPeer=carol\nPeerKey=" KEY_2 "\nModem=wwan0\n" more

static struct conf conf;
static struct conf_problem told[8];
static size_t n_told;

static void hear(const struct conf_problem *problem, void *data)
{
	(void)data;
	if (n_told < SIZE(told))
		told[n_told] = *problem;
	n_told++;
}

static size_t parse_bytes(const char *text, size_t len)
{
	conf_free(&conf);
	memset(told, 0, sizeof(told));
	n_told = 0;
	return conf_parse(&conf, text, len, hear, NULL);
}

static size_t parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

/* What was told, if a row is not as it should be. */
static void explain(void)
{
	for (size_t i = 0; i < n_told && i < SIZE(told); i++)
		printf("#   told: %u: %s\n", told[i].line, told[i].text);
}

static void good(const char *what, const char *text, size_t n_sessions)
{
	bool holds = !parse(text) && !n_told && conf.n_sessions == n_sessions;

	ktap_expect(holds, __LINE__, "%s: refused, or %zu sessions", what,
		    conf.n_sessions);
	if (!holds)
		explain();
}

/* Of the sessions; empty if there is none. */
static const struct conf_session *first(void)
{
	static const struct conf_session none;

	return conf.n_sessions ? conf.session : &none;
}

struct row {
	const char *what;
	const char *text;
	unsigned int line;
	const char *problem;
	size_t n_sessions;
};

/* Each has this one problem, and so many sessions are left. */
static void wrong(const struct row *row, size_t count)
{
	for (; count; count--, row++) {
		bool holds = parse(row->text) == 1 && n_told == 1 &&
			told[0].line == row->line &&
			!strcmp(told[0].text, row->problem) &&
			conf.n_sessions == row->n_sessions;

		ktap_expect(holds, __LINE__, "%s: %zu sessions", row->what,
			    conf.n_sessions);
		if (!holds)
			explain();
	}
}

#define WRONG(...)							\
do {									\
	static const struct row rows[] = { __VA_ARGS__ };		\
									\
	wrong(rows, SIZE(rows));					\
} while (0)

static void lines(void)
{
	good("empty", "", 0);
	good("comments", "# a\n; b\n   # c = d\n[Host]\n#Name=\n", 0);
	good("a session", GOOD, 1);
	good("no newline at the end", GOOD "Keepalive=7", 1);
	EXPECT(first()->keepalive_s == 7);
	good("white space", "  [Session\t p2p0 ]  \r\n\tPeer \t= bob  \r\n"
	     "PeerKey=" KEY_1 "\r\nDirect=wlan0\r\nModem=wwan0\r\n", 1);
	EXPECT(!strcmp(first()->peer, "bob"));
	EXPECT(!strcmp(first()->device, "p2p0"));
	good("byte order mark", "\xef\xbb\xbf" GOOD, 1);
	WRONG(
	{ "no assignment", "[Host]\nName\n", 2,
	  "'Name' is no section, no KEY=VALUE and no comment", 0 },
	{ "no key", "[Host]\n=alice\n", 2,
	  "'=alice' is no section, no KEY=VALUE and no comment", 0 },
	{ "no section", "\nName=alice\n", 2,
	  "'Name=alice' is in no section: [Host], [Mno] or [Session DEVICE] comes first", 0 },
	{ "in a session", GOOD "frob\n", 6,
	  "'frob' is no section, no KEY=VALUE and no comment", 0 },
	{ "control character", GOOD "Tunnel=\033[2J\n", 6, "a control character", 0 },
	{ "shown as it is safe", "[Host]\n\xc2\x9b" "2J\n", 2,
	  "'??2J' is no section, no KEY=VALUE and no comment", 0 },
	);
	EXPECT(parse_bytes("[Host]\nName=a\0b\n", 16) == 1 && told[0].line == 2);
}

static void sections(void)
{
	good("host alone", "[Host]\nName=a-B_9.c\nMetricsFile=/run/a b.prom\n", 0);
	EXPECT(!strcmp(conf.name, "a-B_9.c"));
	EXPECT(!strcmp(conf.metrics_file, "/run/a b.prom"));
	WRONG(
	{ "no bracket", "[Host\nName=alice\n", 1,
	  "'[Host': a section's line ends with ']'", 0 },
	{ "comment behind", "[Host] # mine\n", 1,
	  "'[Host] # mine': a section's line ends with ']'", 0 },
	{ "slip", "[Sesion p2p0]\nPeer=bob\n" GOOD, 1,
	  "unknown section [Sesion]; do you mean [Session DEVICE]?", 1 },
	{ "case", "[host]\nFrob=1\n", 1,
	  "unknown section [host]; do you mean [Host]?", 0 },
	{ "swapped", "[Hots]\n", 1,
	  "unknown section [Hots]; do you mean [Host]?", 0 },
	{ "nothing near", "[Match]\nName=alice\n", 1,
	  "unknown section [Match]: there are [Host], [Mno] and [Session DEVICE]", 0 },
	{ "empty", "[]\n", 1,
	  "unknown section []: there are [Host], [Mno] and [Session DEVICE]", 0 },
	{ "host twice", "[Host]\nName=a\n[Host]\nName=b\n", 3,
	  "[Host] was there in line 1 already", 0 },
	{ "host of what", "[Host alice]\n", 1,
	  "'alice': [Host] has nothing behind its name", 0 },
	{ "no device", "[Session]\n" NEEDED, 1,
	  "[Session] of which device? say [Session DEVICE]", 0 },
	{ "two devices", "[Session a b]\n" NEEDED, 1,
	  "[Session a b]: no device can have this name", 0 },
	{ "long name", "[Session 0123456789abcdef]\n" NEEDED, 1,
	  "[Session 0123456789abcdef]: a device's name has 1 to 15 characters", 0 },
	{ "no name of a file", "[Session ..]\n" NEEDED, 1,
	  "[Session ..]: no device can have this name", 0 },
	{ "twice", GOOD "[Session p2p0]\nPeer=carol\n", 6,
	  "[Session p2p0] was there in line 1 already", 1 },
	);
}

static void keys(void)
{
	WRONG(
	{ "slip", GOOD "Tunel=wg0\n", 6,
	  "unknown key 'Tunel' in [Session]; do you mean Tunnel=?", 0 },
	{ "swapped", GOOD "Endpiont=192.0.2.1:7\n", 6,
	  "unknown key 'Endpiont' in [Session]; do you mean Endpoint=?", 0 },
	{ "swapped and more", "[Host]\nNmaes=a\n", 2,
	  "unknown key 'Nmaes' in [Host]; do you mean Name=?", 0 },
	{ "case", GOOD "listenport=7\n", 6,
	  "unknown key 'listenport' in [Session]; do you mean ListenPort=?", 0 },
	{ "nothing near", GOOD "Frobnicate=7\n", 6,
	  "unknown key 'Frobnicate' in [Session]", 0 },
	{ "of the other section", "[Host]\nPeer=bob\n", 2,
	  "Peer= is not for [Host], but for [Session DEVICE]", 0 },
	{ "of the host", GOOD "Name=alice\n", 6,
	  "Name= is not for [Session], but for [Host]", 0 },
	{ "twice", GOOD "Direct=wlan1\n", 6, "Direct= was given in line 4 already", 0 },
	{ "no value", "[Host]\nName=\n", 2,
	  "Name= has no value: this host's name, or no such line", 0 },
	{ "needed, no value", "[Session p2p0]\nPeer=\nPeerKey=" KEY_1
	  "\nDirect=wlan0\nModem=wwan0\n", 2,
	  "Peer= has no value: the other host's name", 0 },
	{ "missing peer", "[Session p2p0]\nPeerKey=" KEY_1
	  "\nDirect=wlan0\nModem=wwan0\n", 1,
	  "Peer= is missing: the other host's name", 0 },
	{ "missing key", "\n[Session p2p0]\nPeer=bob\nDirect=wlan0\nModem=wwan0\n", 2,
	  "PeerKey= is missing: what `sidestepd --key` prints on the other host", 0 },
	{ "missing direct", "[Session p2p0]\nPeer=bob\nPeerKey=" KEY_1
	  "\nModem=wwan0\n", 1,
	  "Direct= is missing: the device of the direct link", 0 },
	{ "missing modem", "[Session p2p0]\nPeer=bob\nPeerKey=" KEY_1
	  "\nDirect=wlan0\n", 1,
	  "Modem= is missing: the device by which the tunnel's packets leave", 0 },
	);
}

static void defaults(void)
{
	const struct conf_session *s;

	good("defaults", "\n" GOOD, 1);
	s = first();
	EXPECT(s->line == 2);
	EXPECT(!strcmp(s->device, "p2p0") && !strcmp(s->direct, "wlan0"));
	EXPECT(!strcmp(s->modem, "wwan0") && !strcmp(s->tunnel, "wg-p2p0"));
	EXPECT(s->peer_key[0] == 0 && s->peer_key[31] == 31);
	EXPECT(!s->listen_port && s->endpoint.ss_family == AF_UNSPEC);
	EXPECT(s->standby == CONF_STANDBY_WARM && s->keepalive_s == 25);
	EXPECT(!*conf.name && !*conf.metrics_file);
	good("long device", "[Session 0123456789abcde]\n" NEEDED, 1);
	EXPECT(!strcmp(first()->tunnel, "wg-0123456789ab"));
	EXPECT(conf_find(&conf, "0123456789abcde") == first());
	EXPECT(!conf_find(&conf, "p2p0"));
}

static void values(void)
{
	const struct conf_session *s;

	good("all keys", GOOD "Tunnel=wg7\nListenPort=65535\nStandby=cold\n"
	     "Keepalive=1\nEndpoint=203.0.113.2:51820\n", 1);
	s = first();
	EXPECT(!strcmp(s->tunnel, "wg7") && s->listen_port == 65535);
	EXPECT(s->standby == CONF_STANDBY_COLD && s->keepalive_s == 1);
	WRONG(
	{ "name", "[Host]\nName=al ice\n", 2,
	  "Name=al ice: a name has 1 to 63 letters, digits, '-', '_' and '.'", 0 },
	{ "long name", "[Host]\nName=" LETTERS_64 "\n", 2, "Name=" LETTERS_60
	  "...: a name has 1 to 63 letters, digits, '-', '_' and '.'", 0 },
	{ "comment behind", GOOD "Tunnel=wg7 # mine\n", 6,
	  "Tunnel=wg7 # mine: no device can have this name (a comment needs a line of its own)", 0 },
	{ "metrics here", "[Host]\nMetricsFile=a.prom\n", 2,
	  "MetricsFile=a.prom: not the absolute path of a file", 0 },
	{ "metrics directory", "[Host]\nMetricsFile=/run/\n", 2,
	  "MetricsFile=/run/: not the absolute path of a file", 0 },
	{ "device", GOOD "Tunnel=wg%d\n", 6,
	  "Tunnel=wg%d: no device can have this name", 0 },
	{ "standby", GOOD "Standby=hot\n", 6, "Standby=hot: warm or cold?", 0 },
	);
}

/* Of a key, each of these is refused for one reason. */
static void refused(const char *key, const char *reason,
		    const char *const *value, size_t count)
{
	char text[512], problem[512];

	for (size_t i = 0; i < count; i++) {
		struct row row = { value[i], text, 6, problem, 0 };

		snprintf(text, sizeof(text), GOOD "%s=%s\n", key, value[i]);
		snprintf(problem, sizeof(problem), "%s=%s: %s", key, value[i],
			 reason);
		wrong(&row, 1);
	}
}

#define REFUSED(key, reason, ...)					\
do {									\
	static const char *const values[] = { __VA_ARGS__ };		\
									\
	refused(key, reason, values, SIZE(values));			\
} while (0)

static void numbers(void)
{
	REFUSED("ListenPort",
		"not a port, 1 to 65535; without this line the kernel chooses one",
		"0", "65536", "-1", "+1", "7x", "0x7", "4294967297", "1.5",
		"99999999999999999999999");
	REFUSED("Keepalive", "not a number of seconds, 1 to 65535",
		"0", "65536", "25s", "off");
	good("zeros before", GOOD "ListenPort=0007\n", 1);
	EXPECT(first()->listen_port == 7);
}

static void peer_keys(void)
{
	static const char reason[] =
		"not 44 characters of base64, as `sidestepd --key` prints them on the other host";
	static const char *const value[] = {
		"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
		"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=",
		"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8f",
		"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==",
		"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=AAAA",
		"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBka!xwdHh8=",
	};
	char text[256], problem[256];

	for (size_t i = 0; i < SIZE(value); i++) {
		struct row row = { value[i], text, 3, problem, 0 };

		snprintf(text, sizeof(text),
			 "[Session p2p0]\nPeer=bob\nPeerKey=%s\nDirect=a\nModem=b\n",
			 value[i]);
		snprintf(problem, sizeof(problem), "PeerKey=%s: %s", value[i],
			 reason);
		wrong(&row, 1);
	}
}

static void endpoints(void)
{
	const struct sockaddr_in *in;
	const struct sockaddr_in6 *in6;
	char text[INET6_ADDRSTRLEN];

	good("IPv4", GOOD "Endpoint=203.0.113.2:51820\n", 1);
	in = (const void *)&first()->endpoint;
	EXPECT(in->sin_family == AF_INET && ntohs(in->sin_port) == 51820);
	EXPECT(ntohl(in->sin_addr.s_addr) == 0xcb007102);
	good("IPv6", GOOD "Endpoint=[2001:db8::2]:7\n", 1);
	in6 = (const void *)&first()->endpoint;
	EXPECT(in6->sin6_family == AF_INET6 && ntohs(in6->sin6_port) == 7);
	EXPECT(!strcmp(inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text)),
		       "2001:db8::2"));
	REFUSED("Endpoint",
		"no port, 1 to 65535, at its end: ADDRESS:PORT or [ADDRESS]:PORT",
		"203.0.113.2", "203.0.113.2:", "203.0.113.2:0",
		"203.0.113.2:65536", "[2001:db8::2]", "2001:db8::");
	REFUSED("Endpoint", "an IPv6 address needs brackets: [ADDRESS]:PORT",
		"2001:db8::2:51820", "2001:db8:1:2:3:4:5:6:7");
	REFUSED("Endpoint",
		"not ADDRESS:PORT or [ADDRESS]:PORT with an IPv4 or IPv6 address; names are not looked up",
		"bob.example:7", ":7", "[]:7", "[2001:db8::2:7", "256.0.0.1:7",
		"[fe80::1%wlan0]:7",
		"2001:db8:1111:2222:3333:4444:5555:6666:7777:8888:7");
	REFUSED("Endpoint", "not the address of a host that is far away",
		"0.0.0.0:7", "127.0.0.1:7", "169.254.1.1:7", "224.0.0.1:7",
		"255.255.255.255:7", "[::]:7", "[::1]:7", "[fe80::1]:7",
		"[ff02::1]:7", "[::ffff:192.0.2.1]:7");
}

static void clashes(void)
{
	WRONG(
	{ "one device for both", "[Session p2p0]\nPeer=bob\nPeerKey=" KEY_1
	  "\nDirect=wlan0\nModem=wlan0\n", 5,
	  "Modem=wlan0 is the direct device, too: the tunnel must leave by another one", 0 },
	{ "itself", GOOD OTHER("p2p1", "Direct=p2p1\n"), 10,
	  "Direct=p2p1 is a session device, [Session p2p1]", 1 },
	{ "its tunnel", GOOD OTHER("p2p1", "Direct=wg-p2p1\n"), 10,
	  "Direct=wg-p2p1 is the tunnel of [Session p2p1]", 1 },
	{ "another's tunnel", GOOD OTHER("p2p1", "Direct=wg-p2p0\n"), 10,
	  "Direct=wg-p2p0 is the tunnel of [Session p2p0]", 1 },
	{ "a session below", OTHER("p2p1", "Direct=p2p0\n") GOOD, 5,
	  "Direct=p2p0 is a session device, [Session p2p0]", 1 },
	{ "one name for both", GOOD "Tunnel=p2p0\n", 6,
	  "Tunnel=p2p0 is a session device, [Session p2p0]", 0 },
	{ "tunnels", GOOD OTHER("p2p1", "Direct=wlan0\nTunnel=wg-p2p0\n"), 11,
	  "Tunnel=wg-p2p0 is that of [Session p2p0], too: say another Tunnel=", 1 },
	{ "cut to the same", "[Session 0123456789ab-1]\n" NEEDED
	  OTHER("0123456789ab-2", "Direct=wlan0\n"), 6,
	  "Tunnel=wg-0123456789ab is that of [Session 0123456789ab-1], too: say another Tunnel=",
	  1 },
	{ "ports", GOOD "ListenPort=7\n" OTHER("p2p1", "Direct=wlan0\nListenPort=7\n"),
	  12, "ListenPort=7 is that of [Session p2p0], too: each tunnel needs its own",
	  1 },
	{ "one peer", GOOD "[Session p2p1]\n" NEEDED, 8,
	  "this PeerKey= on wlan0 is that of [Session p2p0], too: one session is enough for both",
	  1 },
	{ "one name", GOOD "[Session p2p1]\nPeer=bob\nPeerKey=" KEY_2
	  "\nModem=wwan0\nDirect=wlan0\n", 7,
	  "Peer=bob on wlan0 is that of [Session p2p0], too, with another PeerKey=",
	  1 },
	);
	good("the same peer on another link", GOOD "[Session p2p1]\nPeer=bob\nPeerKey="
	     KEY_1 "\nDirect=wlan1\nModem=wwan0\n", 2);
	good("another peer", GOOD OTHER("p2p1", "Direct=wlan0\n"), 2);
}

#define MNO "[Mno]\nFunction=198.51.100.7\nCertificate=/c\nKey=/k\nAuthority=/a\n"

static void mno(void)
{
	const struct sockaddr_in *in = (const void *)&conf.mno.function;
	const struct sockaddr_in6 *in6 = (const void *)&conf.mno.function;

	good("none", GOOD, 1);
	EXPECT(!conf.mno.line && !*first()->peer_epuid && !first()->relay_only);
	good("a function", GOOD "PeerEPUID=b@x.example\nRelayOnly=yes\n" MNO, 1);
	EXPECT(conf.mno.line == 8 && !strcmp(first()->peer_epuid, "b@x.example"));
	EXPECT(first()->relay_only && !strcmp(conf.mno.certificate, "/c"));
	EXPECT(!strcmp(conf.mno.key, "/k") && !strcmp(conf.mno.authority, "/a"));
	EXPECT(in->sin_family == AF_INET && ntohs(in->sin_port) == 5684 &&
	       ntohl(in->sin_addr.s_addr) == 0xc6336407);
	good("a port", "[Mno]\nFunction=198.51.100.7:7\nCertificate=/c\nKey=/k\nAuthority=/a\n", 0);
	EXPECT(ntohs(in->sin_port) == 7);
	good("IPv6", "[Mno]\nFunction=2001:db8::2\nCertificate=/c\nKey=/k\nAuthority=/a\n", 0);
	EXPECT(in6->sin6_family == AF_INET6 && ntohs(in6->sin6_port) == 5684);
	good("IPv6, a port", "[Mno]\nFunction=[2001:db8::2]:7\nCertificate=/c\nKey=/k\nAuthority=/a\n", 0);
	EXPECT(ntohs(in6->sin6_port) == 7);
}

static void mno_faults(void)
{
	WRONG(
	{ "slip", "[Nmo]\n", 1, "unknown section [Nmo]; do you mean [Mno]?", 0 },
	{ "twice", MNO "[Mno]\n", 6, "[Mno] was there in line 1 already", 0 },
	{ "missing", "[Mno]\nFunction=198.51.100.7\nCertificate=/c\nKey=/k\n", 1,
	  "Authority= is missing: the file of the certificates of who vouches for the function",
	  0 },
	{ "a name", "[Mno]\nFunction=pf.example\nCertificate=/c\nKey=/k\nAuthority=/a\n", 2,
	  "Function=pf.example: not ADDRESS:PORT or [ADDRESS]:PORT with an IPv4 or IPv6 address; names are not looked up",
	  0 },
	{ "not far away", "[Mno]\nFunction=127.0.0.1\nCertificate=/c\nKey=/k\nAuthority=/a\n", 2,
	  "Function=127.0.0.1: not the address of a host that is far away", 0 },
	{ "no port", "[Mno]\nFunction=198.51.100.7:\nCertificate=/c\nKey=/k\nAuthority=/a\n", 2,
	  "Function=198.51.100.7:: no port, 1 to 65535, at its end: ADDRESS:PORT or [ADDRESS]:PORT",
	  0 },
	{ "no path", "[Mno]\nFunction=198.51.100.7\nCertificate=c\nKey=/k\nAuthority=/a\n", 3,
	  "Certificate=c: not the absolute path of a file", 0 },
	{ "of the function", GOOD "Function=198.51.100.7\n", 6,
	  "Function= is not for [Session], but for [Mno]", 0 },
	{ "of a session", "[Mno]\nFunction=198.51.100.7\nCertificate=/c\nKey=/k\nAuthority=/a\nModem=a\n", 6,
	  "Modem= is not for [Mno], but for [Session DEVICE]", 0 },
	{ "no function", GOOD "PeerEPUID=b@x\n", 6,
	  "PeerEPUID=b@x without a section [Mno]: which function is to help?", 0 },
	{ "neither", MNO GOOD "RelayOnly=maybe\n", 11, "RelayOnly=maybe: yes or no?", 0 },
	{ "one peer", MNO GOOD "PeerEPUID=b@x\n" OTHER("p2p1", "Direct=wlan0\nPeerEPUID=b@x\n"),
	  17, "PeerEPUID=b@x is that of [Session p2p0], too", 1 },
	{ "two modems", MNO GOOD "PeerEPUID=b@x\n[Session p2p1]\nPeer=carol\nPeerKey=" KEY_2
	  "\nModem=wwan1\nDirect=wlan0\nPeerEPUID=c@x\n", 15,
	  "Modem=wwan1 with a PeerEPUID=, but that of [Session p2p0] is wwan0: the function is reached by one modem",
	  1 },
	);
	EXPECT(parse(MNO GOOD "PeerEPUID=nobody\n") == 1 && told[0].line == 11 &&
	       !conf.n_sessions);
	EXPECT(parse("[Mno]\nKey=/k\n" GOOD "PeerEPUID=b@x\n") == 3 &&
	       conf.n_sessions == 1 && !conf.mno.line && !*conf.mno.key);
}

static void mno_limits(void)
{
	char text[4096] = MNO;
	size_t len = strlen(text);

	for (int i = 0; i <= PF_MAX_SESSIONS; i++) {
		if (i == PF_MAX_SESSIONS)
			good("assisted sessions", text, PF_MAX_SESSIONS);
		len += sprintf(text + len, "[Session s%d]\nPeer=bob\nPeerKey=" KEY_1
			       "\nDirect=wlan%d\nModem=wwan0\nPeerEPUID=b%d@x\n", i, i, i);
	}
	EXPECT(parse(text) == 1 && conf.n_sessions == PF_MAX_SESSIONS);
	EXPECT(!strcmp(told[0].text, "more than 6 sessions with a PeerEPUID="));
}

static bool is_fault(const char *path, bool secret, const char *text)
{
	char got[CONF_PROBLEM_SIZE] = "";
	bool fault = conf_file_fault(got, path, secret);

	return text ? fault && strstr(got, text) : !fault;
}

static void named_files(void)
{
	char path[] = "/tmp/conf_test.XXXXXX";
	int fd = mkstemp(path);

	EXPECT(is_fault(path, true, "empty"));
	EXPECT(write(fd, "x", 1) == 1 && is_fault(path, true, NULL));
	EXPECT(!fchmod(fd, 0640) && is_fault(path, true, NULL));
	EXPECT(!fchmod(fd, 0644) && is_fault(path, true, "(mode 0644): chmod 600"));
	EXPECT(is_fault(path, false, NULL));
	EXPECT(!fchmod(fd, 0660) && is_fault(path, true, "(mode 0660)"));
	EXPECT(is_fault("/tmp", false, "no regular file"));
	EXPECT(is_fault("/none", false, "No such file"));
	close(fd);
	unlink(path);
}

/* Told by line, whenever they were found; a bad session keeps no other. */
static void several(void)
{
	EXPECT(parse("[Session a]\nPeer=x y\nFrob=1\n" GOOD "[Sesion]\n") == 6);
	EXPECT(n_told == 6 && conf.n_sessions == 1);
	EXPECT(told[0].line == 1 && strstr(told[0].text, "PeerKey= is missing"));
	EXPECT(told[1].line == 1 && strstr(told[1].text, "Direct= is missing"));
	EXPECT(told[2].line == 1 && strstr(told[2].text, "Modem= is missing"));
	EXPECT(told[3].line == 2 && strstr(told[3].text, "Peer=x y"));
	EXPECT(told[4].line == 3 && told[5].line == 9);
}

static void limits(void)
{
	static char text[CONF_MAX_SESSIONS * 128];
	size_t len = 0;

	for (int i = 0; i <= CONF_MAX_SESSIONS; i++) {
		if (i == CONF_MAX_SESSIONS)
			good("sessions", text, CONF_MAX_SESSIONS);
		len += sprintf(text + len, "[Session s%d]\nPeer=bob\nPeerKey=" KEY_1
			       "\nDirect=wlan%d\nModem=wwan0\n", i, i);
	}
	EXPECT(parse(text) == 1 && conf.n_sessions == CONF_MAX_SESSIONS);
	EXPECT(!strcmp(told[0].text, "more than 256 sessions"));
	len = 0;
	for (int i = 0; i < CONF_MAX_PROBLEMS + 7; i++)
		len += sprintf(text + len, "x\n");
	EXPECT(parse(text) == CONF_MAX_PROBLEMS + 7);
	EXPECT(n_told == CONF_MAX_PROBLEMS);
}

static void same_is_same(void)
{
	struct conf_session one;

	good("first", GOOD "Endpoint=[2001:db8::2]:7\nTunnel=a\n", 1);
	one = *first();
	good("again", "\n[Session p2p0]\nTunnel = a\n" NEEDED
	     "Endpoint=[2001:db8:0::2]:7\nStandby=warm\nKeepalive=25\n", 1);
	EXPECT(one.line == 1 && first()->line == 2);
	one.line = 2;
	EXPECT(!memcmp(&one, first(), sizeof(one)));
}

static size_t read_path(const char *path)
{
	conf_free(&conf);
	n_told = 0;
	return conf_read(&conf, path, hear, NULL);
}

static size_t read_text(const char *text, size_t len)
{
	char path[] = "/tmp/conf_test.XXXXXX";
	int fd = mkstemp(path);
	size_t n;

	EXPECT(fd >= 0 && write(fd, text, len) == (ssize_t)len);
	n = read_path(path);
	close(fd);
	unlink(path);
	return n;
}

static void files(void)
{
	static char big[CONF_MAX_FILE + 1];
	struct utsname host;

	EXPECT(!read_text(GOOD, strlen(GOOD)) && conf.n_sessions == 1);
	uname(&host);
	host.nodename[strcspn(host.nodename, ".")] = '\0';
	EXPECT(!strcmp(conf.name, host.nodename));
	EXPECT(!read_text("[Host]\nName=a\n", 14) && !strcmp(conf.name, "a"));
	memset(big, '\n', sizeof(big));
	EXPECT(!read_text(big, sizeof(big) - 1));
	EXPECT(read_text(big, sizeof(big)) == 1 && !told[0].line);
	EXPECT(!strcmp(told[0].text, "File too large"));
	EXPECT(read_path("/") == 1 && !strcmp(told[0].text, "Is a directory"));
	EXPECT(read_path("/none") == 1);
	EXPECT(!strcmp(told[0].text, "no such file; `sidestep init` writes one"));
}

int main(void)
{
	static const struct ktap_case cases[] = {
		{ "conf: lines", lines },
		{ "conf: sections", sections },
		{ "conf: keys", keys },
		{ "conf: defaults", defaults },
		{ "conf: values", values },
		{ "conf: numbers", numbers },
		{ "conf: keys of peers", peer_keys },
		{ "conf: endpoints", endpoints },
		{ "conf: sessions that clash", clashes },
		{ "conf: a function", mno },
		{ "conf: what is wrong of a function", mno_faults },
		{ "conf: sessions with a function's help", mno_limits },
		{ "conf: files that it names", named_files },
		{ "conf: several problems, by line", several },
		{ "conf: limits", limits },
		{ "conf: the same is the same", same_is_same },
		{ "conf: files", files },
	};
	int status = ktap_run(KTAP_CASES(cases));

	conf_free(&conf);
	return status;
}
