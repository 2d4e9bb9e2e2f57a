// SPDX-License-Identifier: GPL-2.0-or-later
#include "mno_conf.h"
#include "../common/log.h"
#include "mno_value.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum section {
	NONE,
	FUNCTION,
	PEER,
};

/**
 * struct reader - the file while it is read
 * @section: that is read
 * @section_line: where it began
 */
struct reader {
	struct mno_conf *conf;
	enum section section;
	unsigned int line, section_line;
	uint64_t given;
	char *problem;
};

/* --- values --------------------------------------------------------------- */

static const char *take_pfid(struct mno_conf *conf, const char *value)
{
	const char *fault = pf_pfid_fault(value);

	if (!fault)
		strcpy(conf->pfid, value);
	return fault;
}

static const char *take_listen(struct mno_conf *conf, const char *value)
{
	return mno_value_address(&conf->listen, value, MNO_CONF_UE_PORT) ? NULL :
	       "no ADDRESS or ADDRESS:PORT";
}

static const char *take_listen_peers(struct mno_conf *conf, const char *value)
{
	return mno_value_address(&conf->listen_peers, value, MNO_CONF_PEER_PORT) ? NULL :
	       "no ADDRESS or ADDRESS:PORT";
}

static const char *take_path(char path[PATH_MAX], const char *value)
{
	if (*value != '/')
		return "no absolute path";
	if (strlen(value) >= PATH_MAX)
		return "too long";
	strcpy(path, value);
	return NULL;
}

#define TAKE_PATH(name, field)							\
	static const char *take_##name(struct mno_conf *conf, const char *value)	\
	{									\
		return take_path(conf->field, value);				\
	}

TAKE_PATH(certificate, ue.cert)
TAKE_PATH(key, ue.key)
TAKE_PATH(authority, ue.ca)
TAKE_PATH(peer_certificate, peer.cert)
TAKE_PATH(peer_key, peer.key)
TAKE_PATH(peer_authority, peer.ca)

/* Return: is it the first one of its family? */
static bool set_relay_addr(struct in_addr *in, struct in6_addr *in6,
			   const struct sockaddr_storage *addr)
{
	bool is_first = addr->ss_family == AF_INET ? in->s_addr == htonl(INADDR_ANY) :
						     IN6_IS_ADDR_UNSPECIFIED(in6);

	if (addr->ss_family == AF_INET)
		*in = ((const struct sockaddr_in *)addr)->sin_addr;
	else
		*in6 = ((const struct sockaddr_in6 *)addr)->sin6_addr;
	return is_first;
}

/* One of each family, separated by blanks. */
static const char *take_relay_addresses(struct in_addr *in, struct in6_addr *in6,
					const char *value)
{
	static const char fault[] = "no ADDRESS or [IPv6 ADDRESS], one of each at most";
	char copy[256], *word, *save;
	struct sockaddr_storage addr;

	if (strlen(value) >= sizeof(copy))
		return fault;
	strcpy(copy, value);
	word = strtok_r(copy, " \t", &save);
	if (!word)
		return fault;
	for (; word; word = strtok_r(NULL, " \t", &save))
		if (!mno_value_address(&addr, word, 1) || !set_relay_addr(in, in6, &addr))
			return fault;
	return NULL;
}

static const char *take_relay_address(struct mno_conf *conf, const char *value)
{
	return take_relay_addresses(&conf->relays.listen4, &conf->relays.listen6, value);
}

static const char *take_relay_public(struct mno_conf *conf, const char *value)
{
	return take_relay_addresses(&conf->relays.public4, &conf->relays.public6, value);
}

static const char *take_relay_ports(struct mno_conf *conf, const char *value)
{
	return mno_value_ports(&conf->relays.port_min, &conf->relays.port_max, value);
}

static const char *take_relays_per_ue(struct mno_conf *conf, const char *value)
{
	return mno_value_number(&conf->relays.limits.max_per_owner, value, 1000) ? NULL :
	       "no number from 1 to 1000";
}

static const char *take_relay_rate(struct mno_conf *conf, const char *value)
{
	unsigned int kbit;

	if (!mno_value_number(&kbit, value, 10000000))
		return "no number of kbit/s";
	conf->relays.limits.bytes_s = kbit * 125ull;
	return NULL;
}

static const char *take_assists(struct mno_conf *conf, const char *value)
{
	return mno_value_number(&conf->assists_per_minute, value, 100000) ? NULL :
	       "no number from 1 to 100000";
}

static const char *take_window(struct mno_conf *conf, const char *value)
{
	return mno_value_number(&conf->agreement.window_s, value, 604800) ? NULL :
	       "no number of seconds from 1 to 604800";
}

static const char *take_report(struct mno_conf *conf, const char *value)
{
	return mno_value_number(&conf->agreement.min_report_ms, value, 3600000) ? NULL :
	       "no number of milliseconds from 1 to 3600000";
}

static const char *take_own_networks(struct mno_conf *conf, const char *value)
{
	return mno_value_networks(&conf->own, value);
}

static const char *take_nat_networks(struct mno_conf *conf, const char *value)
{
	const char *fault = mno_value_networks(&conf->nat.behind, value);

	return fault || conf->nat.behind.n ? fault : "no ADDRESS/BITS";
}

static const char *take_nat_control(struct mno_conf *conf, const char *value)
{
	if (!mno_value_is_device(value))
		return "no name of a device";
	strcpy(conf->nat.device, value);
	return NULL;
}

static const char *take_nat_address(struct mno_conf *conf, const char *value)
{
	return inet_pton(AF_INET, value, &conf->nat.addr) == 1 &&
	       conf->nat.addr.s_addr != htonl(INADDR_ANY) ? NULL : "no IPv4 ADDRESS";
}

static const char *take_nat_ports(struct mno_conf *conf, const char *value)
{
	return mno_value_ports(&conf->nat.port_min, &conf->nat.port_max, value);
}

static const char *take_peer_pfid(struct mno_conf *conf, const char *value)
{
	const char *fault = pf_pfid_fault(value);

	if (fault)
		return fault;
	if (mno_conf_find(conf, value))
		return "a peer that is there already";
	strcpy(conf->peers[conf->n_peers - 1].pfid, value);
	return NULL;
}

static const char *take_peer_address(struct mno_conf *conf, const char *value)
{
	return mno_value_address(&conf->peers[conf->n_peers - 1].addr, value,
			    MNO_CONF_PEER_PORT) ? NULL : "no ADDRESS or ADDRESS:PORT";
}

/* --- keys ----------------------------------------------------------------- */

/**
 * struct key - a key of a section
 * @needed: there is no default
 */
static const struct key {
	enum section section;
	const char *name;
	bool needed;
	const char *(*take)(struct mno_conf *conf, const char *value);
} keys[] = {
	{ FUNCTION, "PFID", true, take_pfid },
	{ FUNCTION, "Listen", true, take_listen },
	{ FUNCTION, "Certificate", true, take_certificate },
	{ FUNCTION, "Key", true, take_key },
	{ FUNCTION, "Authority", true, take_authority },
	{ FUNCTION, "ListenPeers", false, take_listen_peers },
	{ FUNCTION, "PeerCertificate", false, take_peer_certificate },
	{ FUNCTION, "PeerKey", false, take_peer_key },
	{ FUNCTION, "PeerAuthority", false, take_peer_authority },
	{ FUNCTION, "RelayAddress", true, take_relay_address },
	{ FUNCTION, "RelayPublicAddress", false, take_relay_public },
	{ FUNCTION, "RelayPorts", false, take_relay_ports },
	{ FUNCTION, "RelaysPerUE", false, take_relays_per_ue },
	{ FUNCTION, "RelayRate", false, take_relay_rate },
	{ FUNCTION, "AssistsPerMinute", false, take_assists },
	{ FUNCTION, "MaxWindow", false, take_window },
	{ FUNCTION, "MinReportInterval", false, take_report },
	{ FUNCTION, "OwnNetworks", false, take_own_networks },
	{ FUNCTION, "NatControl", false, take_nat_control },
	{ FUNCTION, "NatAddress", false, take_nat_address },
	{ FUNCTION, "NatNetworks", false, take_nat_networks },
	{ FUNCTION, "NatPorts", false, take_nat_ports },
	{ PEER, "PFID", true, take_peer_pfid },
	{ PEER, "Address", true, take_peer_address },
};

enum {
	KEYS = sizeof(keys) / sizeof(keys[0]),
};

static bool __attribute__((format(printf, 3, 4)))
say(struct reader *r, unsigned int line, const char *format, ...)
{
	char text[MNO_CONF_PROBLEM_SIZE - 32];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	snprintf(r->problem, MNO_CONF_PROBLEM_SIZE, "line %u: %s", line, text);
	return false;
}

static bool end_section(struct reader *r)
{
	unsigned int i;

	for (i = 0; i < KEYS; i++)
		if (keys[i].section == r->section && keys[i].needed &&
		    !(r->given & 1ull << i))
			return say(r, r->section_line, "this section needs %s=", keys[i].name);
	return true;
}

static bool begin_section(struct reader *r, const char *name)
{
	if (!end_section(r))
		return false;
	r->given = 0;
	r->section_line = r->line;
	if (!strcmp(name, "[Function]")) {
		if (*r->conf->pfid)
			return say(r, r->line, "a second [Function]");
		r->section = FUNCTION;
		return true;
	}
	if (strcmp(name, "[Peer]") != 0)
		return say(r, r->line, "no such section: %.40s; there are [Function] and [Peer]",
			   name);
	if (r->conf->n_peers == MNO_CONF_MAX_PEERS)
		return say(r, r->line, "too many peers");
	r->conf->n_peers++;
	r->section = PEER;
	return true;
}

static bool take_key_value(struct reader *r, const char *name, const char *value)
{
	const char *fault;
	unsigned int i;

	for (i = 0; i < KEYS; i++)
		if (keys[i].section == r->section && !strcmp(keys[i].name, name))
			break;
	if (i == KEYS)
		return say(r, r->line, "no such key here: %.40s=", name);
	if (r->given & 1ull << i)
		return say(r, r->line, "%s= is there already", name);
	r->given |= 1ull << i;
	fault = keys[i].take(r->conf, value);
	return !fault || say(r, r->line, "%s=%.80s: %s", name, value, fault);
}

static void trim(char *text)
{
	size_t len = strlen(text);

	while (len && strchr(" \t\r", text[len - 1]))
		text[--len] = '\0';
}

static bool read_line(struct reader *r, char *line)
{
	char *equals;

	line += strspn(line, " \t");
	trim(line);
	if (!*line || *line == '#' || *line == ';')
		return true;
	if (*line == '[')
		return begin_section(r, line);
	equals = strchr(line, '=');
	if (!equals)
		return say(r, r->line, "neither a section nor Key=value: %.40s", line);
	*equals = '\0';
	trim(line);
	equals++;
	return take_key_value(r, line, equals + strspn(equals, " \t"));
}

static void defaults(struct mno_conf *conf)
{
	memset(conf, 0, sizeof(*conf));
	conf->relays.port_min = MNO_CONF_RELAY_PORT_MIN;
	conf->relays.port_max = MNO_CONF_RELAY_PORT_MAX;
	conf->nat.port_min = MNO_CONF_NAT_PORT_MIN;
	conf->nat.port_max = MNO_CONF_NAT_PORT_MAX;
	conf->relays.fast = true;
	conf->relays.limits = RELAY_LIMITS_DEFAULT;
	conf->agreement = (struct agreement_limits){ .window_s = 3600, .min_report_ms = 1000 };
	conf->assists_per_minute = 30;
}

static bool check_whole(struct reader *r)
{
	const struct mno_conf *conf = r->conf;
	bool has_peers = conf->n_peers || conf->listen_peers.ss_family;

	if (!*conf->pfid)
		return say(r, r->line, "there is no [Function]");
	if (has_peers && (!*conf->peer.cert || !*conf->peer.key || !*conf->peer.ca))
		return say(r, r->line,
			   "with peers, [Function] needs PeerCertificate=, PeerKey= and PeerAuthority=");
	if (*conf->nat.device && (!conf->nat.addr.s_addr || !conf->nat.behind.n))
		return say(r, r->line,
			   "with NatControl=, [Function] needs NatAddress= and NatNetworks=");
	return true;
}

bool mno_conf_parse(struct mno_conf *conf, const char *text, size_t len,
		    char problem[MNO_CONF_PROBLEM_SIZE])
{
	struct reader r = { .conf = conf, .problem = problem };
	char *copy = malloc(len + 1), *line, *next;
	bool ok = copy;

	*problem = '\0';
	defaults(conf);
	if (!copy)
		return say(&r, 0, "%s", strerror(ENOMEM));
	memcpy(copy, text, len);
	copy[len] = '\0';
	for (next = copy; ok && (line = strsep(&next, "\n"));) {
		r.line++;
		ok = read_line(&r, line);
	}
	free(copy);
	return ok && end_section(&r) && check_whole(&r);
}

bool mno_conf_read(struct mno_conf *conf, const char *path)
{
	char problem[MNO_CONF_PROBLEM_SIZE];
	char text[MNO_CONF_MAX_FILE];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text));

	if (len < 0)
		log_say(LOG_ERR, NULL, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	if (len < 0)
		return false;
	if (len == sizeof(text)) {
		log_say(LOG_ERR, NULL, "%s: %s", path, strerror(EFBIG));
		return false;
	}
	if (mno_conf_parse(conf, text, len, problem))
		return true;
	log_say(LOG_ERR, NULL, "%s: %s", path, problem);
	return false;
}

/* --- questions ------------------------------------------------------------ */

const struct mno_conf_peer *mno_conf_find(const struct mno_conf *conf, const char *pfid)
{
	size_t i;

	for (i = 0; i < conf->n_peers; i++)
		if (!strcmp(conf->peers[i].pfid, pfid))
			return &conf->peers[i];
	return NULL;
}

static const uint8_t *address_bytes(const struct sockaddr_storage *addr)
{
	return addr->ss_family == AF_INET ?
	       (const uint8_t *)&((const struct sockaddr_in *)addr)->sin_addr :
	       (const uint8_t *)&((const struct sockaddr_in6 *)addr)->sin6_addr;
}

static bool is_in(const struct sockaddr_storage *addr, const struct mno_network *network)
{
	const uint8_t *a = address_bytes(addr), *b = address_bytes(&network->addr);
	unsigned int bytes = network->bits / 8, rest = network->bits % 8;

	return addr->ss_family == network->addr.ss_family && !memcmp(a, b, bytes) &&
	       (!rest || !((a[bytes] ^ b[bytes]) >> (8 - rest)));
}

static bool is_in_any(const struct sockaddr_storage *addr, const struct mno_networks *networks)
{
	size_t i;

	for (i = 0; i < networks->n; i++)
		if (is_in(addr, &networks->network[i]))
			return true;
	return false;
}

bool mno_conf_is_own(const struct mno_conf *conf, const struct sockaddr_storage *addr)
{
	return is_in_any(addr, &conf->own);
}

bool mno_conf_is_behind(const struct mno_conf *conf, const struct sockaddr_storage *addr)
{
	return is_in_any(addr, &conf->nat.behind);
}
