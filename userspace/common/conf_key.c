// SPDX-License-Identifier: GPL-2.0-or-later
#include "conf_key.h"
#include "base64.h"
#include "host_addr.h"

#include <arpa/inet.h>
#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

const char *conf_key_name_fault(const char *name)
{
	size_t len = strlen(name);

	if (!len || len >= CONF_NAME_SIZE ||
	    name[strspn(name, LETTERS DIGITS "-_.")])
		return "a name has 1 to 63 letters, digits, '-', '_' and '.'";
	return NULL;
}

/* As the kernel has it, but for "%", which it fills in. */
const char *conf_key_device_fault(const char *name)
{
	if (!*name || strlen(name) >= IFNAMSIZ)
		return "a device's name has 1 to 15 characters";
	if (strpbrk(name, "/:% \t\v\f\r") || !strcmp(name, ".") ||
	    !strcmp(name, "..") || !strcmp(name, "all") ||
	    !strcmp(name, "default"))
		return "no device can have this name";
	return NULL;
}

static const char *take_name(char to[CONF_NAME_SIZE], const char *value)
{
	const char *fault = conf_key_name_fault(value);

	if (!fault)
		strcpy(to, value);
	return fault;
}

static const char *take_device(char to[IFNAMSIZ], const char *value)
{
	const char *fault = conf_key_device_fault(value);

	if (!fault)
		strcpy(to, value);
	return fault;
}

/* Decimal, 1 to 65535. */
static bool take_u16(uint16_t *to, const char *value)
{
	uint32_t n = 0;
	const char *at;

	for (at = value; *at >= '0' && *at <= '9' && n <= UINT16_MAX; at++)
		n = 10 * n + (*at - '0');
	if (at == value || *at || n < 1 || n > UINT16_MAX)
		return false;
	*to = n;
	return true;
}

static const char *set_name(struct conf *conf, const char *value)
{
	return take_name(conf->name, value);
}

static const char *take_path(char to[CONF_PATH_SIZE], const char *value)
{
	size_t len = strlen(value);

	if (*value != '/' || value[len - 1] == '/')
		return "not the absolute path of a file";
	if (len >= CONF_PATH_SIZE)
		return "a path has up to 255 characters";
	strcpy(to, value);
	return NULL;
}

static const char *set_metrics_file(struct conf *conf, const char *value)
{
	return take_path(conf->metrics_file, value);
}

static const char *set_certificate(struct conf *conf, const char *value)
{
	return take_path(conf->mno.certificate, value);
}

static const char *set_key(struct conf *conf, const char *value)
{
	return take_path(conf->mno.key, value);
}

static const char *set_authority(struct conf *conf, const char *value)
{
	return take_path(conf->mno.authority, value);
}

static const char *set_peer(struct conf_session *s, const char *value)
{
	return take_name(s->peer, value);
}

static const char *set_peer_key(struct conf_session *s, const char *value)
{
	size_t len = strlen(value);

	if (len != BASE64_LEN(CONF_KEY_LEN) ||
	    base64_decode(s->peer_key, CONF_KEY_LEN, value, len) != CONF_KEY_LEN)
		return "not 44 characters of base64, as `sidestepd --key` prints them on the other host";
	return NULL;
}

static const char *set_direct(struct conf_session *s, const char *value)
{
	return take_device(s->direct, value);
}

static const char *set_modem(struct conf_session *s, const char *value)
{
	return take_device(s->modem, value);
}

static const char *set_tunnel(struct conf_session *s, const char *value)
{
	return take_device(s->tunnel, value);
}

static const char *set_listen_port(struct conf_session *s, const char *value)
{
	if (!take_u16(&s->listen_port, value))
		return "not a port, 1 to 65535; without this line the kernel chooses one";
	return NULL;
}

static const char *set_keepalive(struct conf_session *s, const char *value)
{
	if (!take_u16(&s->keepalive_s, value))
		return "not a number of seconds, 1 to 65535";
	return NULL;
}

static const char *set_standby(struct conf_session *s, const char *value)
{
	if (strcmp(value, "warm") && strcmp(value, "cold"))
		return "warm or cold?";
	s->standby = *value == 'w' ? CONF_STANDBY_WARM : CONF_STANDBY_COLD;
	return NULL;
}

/* @host is without brackets. */
static const char *take_address(struct sockaddr_storage *to, const char *host,
				bool bracketed, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(port) };
	bool is_in = inet_pton(AF_INET, host, &in.sin_addr) == 1;
	bool is_in6 = inet_pton(AF_INET6, host, &in6.sin6_addr) == 1;

	if (is_in6 && !bracketed)
		return "an IPv6 address needs brackets: [ADDRESS]:PORT";
	if (!is_in && !is_in6)
		return "not ADDRESS:PORT or [ADDRESS]:PORT with an IPv4 or IPv6 address; names are not looked up";
	if (is_in ? host_addr_fault(AF_INET, (uint8_t *)&in.sin_addr) :
		    host_addr_fault(AF_INET6, in6.sin6_addr.s6_addr))
		return "not the address of a host that is far away";
	if (is_in)
		memcpy(to, &in, sizeof(in));
	else
		memcpy(to, &in6, sizeof(in6));
	return NULL;
}

static const char *take_endpoint(struct sockaddr_storage *to, const char *value)
{
	char host[INET6_ADDRSTRLEN] = "";
	const char *colon = strrchr(value, ':');
	size_t len = colon ? colon - value : 0;
	bool bracketed = len > 1 && *value == '[' && colon[-1] == ']';
	uint16_t port;

	if (!colon || !take_u16(&port, colon + 1))
		return "no port, 1 to 65535, at its end: ADDRESS:PORT or [ADDRESS]:PORT";
	if (bracketed) {
		value++;
		len -= 2;
	}
	if (len < sizeof(host))
		memcpy(host, value, len);
	return take_address(to, host, bracketed, port);
}

static const char *set_endpoint(struct conf_session *s, const char *value)
{
	return take_endpoint(&s->endpoint, value);
}

/* The port may be left out, with the brackets. */
static const char *set_function(struct conf *conf, const char *value)
{
	struct in6_addr addr;

	if (!strchr(value, ':') || inet_pton(AF_INET6, value, &addr) == 1)
		return take_address(&conf->mno.function, value, true, CONF_MNO_PORT);
	return take_endpoint(&conf->mno.function, value);
}

static const char *set_peer_epuid(struct conf_session *s, const char *value)
{
	const char *fault = pf_epuid_fault(value);

	if (!fault)
		strcpy(s->peer_epuid, value);
	return fault;
}

static const char *set_relay_only(struct conf_session *s, const char *value)
{
	if (strcmp(value, "yes") && strcmp(value, "no"))
		return "yes or no?";
	s->relay_only = *value == 'y';
	return NULL;
}

#define MNO(setter) .set_conf = setter, .section = CONF_SECTION_MNO
#define SESSION(setter) .set_session = setter, .section = CONF_SECTION_SESSION

const struct conf_key conf_key[CONF_KEYS] = {
	[CONF_KEY_NAME] = {
		"Name", "this host's name", .set_conf = set_name },
	[CONF_KEY_METRICS_FILE] = {
		"MetricsFile", "an absolute path", .set_conf = set_metrics_file },
	[CONF_KEY_FUNCTION] = {
		"Function", "the address of the operator's ProSe Function", true,
		MNO(set_function) },
	[CONF_KEY_CERTIFICATE] = {
		"Certificate", "the file of this host's certificate", true,
		MNO(set_certificate) },
	[CONF_KEY_KEY] = {
		"Key", "the file of its private key", true, MNO(set_key) },
	[CONF_KEY_AUTHORITY] = {
		"Authority", "the file of the certificates of who vouches for the function",
		true, MNO(set_authority) },
	[CONF_KEY_PEER] = {
		"Peer", "the other host's name", true, SESSION(set_peer) },
	[CONF_KEY_PEER_KEY] = {
		"PeerKey", "what `sidestepd --key` prints on the other host",
		true, SESSION(set_peer_key) },
	[CONF_KEY_DIRECT] = {
		"Direct", "the device of the direct link", true,
		SESSION(set_direct) },
	[CONF_KEY_MODEM] = {
		"Modem", "the device by which the tunnel's packets leave", true,
		SESSION(set_modem) },
	[CONF_KEY_TUNNEL] = {
		"Tunnel", "the name of the WireGuard device", false,
		SESSION(set_tunnel) },
	[CONF_KEY_LISTEN_PORT] = {
		"ListenPort", "a UDP port", false, SESSION(set_listen_port) },
	[CONF_KEY_ENDPOINT] = {
		"Endpoint", "ADDRESS:PORT or [ADDRESS]:PORT", false,
		SESSION(set_endpoint) },
	[CONF_KEY_STANDBY] = {
		"Standby", "warm or cold", false, SESSION(set_standby) },
	[CONF_KEY_KEEPALIVE] = {
		"Keepalive", "a number of seconds", false, SESSION(set_keepalive) },
	[CONF_KEY_PEER_EPUID] = {
		"PeerEPUID", "the name by which the operators know the peer, USER@PFID",
		false, SESSION(set_peer_epuid) },
	[CONF_KEY_RELAY_ONLY] = {
		"RelayOnly", "yes or no", false, SESSION(set_relay_only) },
};
