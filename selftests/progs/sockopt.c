// SPDX-License-Identifier: GPL-2.0-or-later
/* Socket options by name, for -o. */
#include "ends.h"

#include <errno.h>
#include <linux/in6.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum limits {
	BYTES_MAX = 64,
};

/**
 * struct option - a socket option
 * @name: as in -o NAME=VALUE
 * @level4: of an IPv4 socket; 0 if those have no such option
 * @name4: of an IPv4 socket
 * @level6: of an IPv6 socket
 * @name6: of an IPv6 socket
 * @bytes: its value is bytes, given in hex, not a number
 */
struct option {
	const char *name;
	int level4;
	int name4;
	int level6;
	int name6;
	bool bytes;
};

#define BOTH(level, name) (level), (name), (level), (name)
#define IP(name4, name6) SOL_IP, (name4), SOL_IPV6, (name6)
#define ONLY4(name) SOL_IP, (name), 0, 0
#define ONLY6(name) 0, 0, SOL_IPV6, (name)

static const struct option options[] = {
	{ "mark", BOTH(SOL_SOCKET, SO_MARK), false },
	{ "timestamping", BOTH(SOL_SOCKET, SO_TIMESTAMPING), false },
	{ "zerocopy", BOTH(SOL_SOCKET, SO_ZEROCOPY), false },
	{ "tos", IP(IP_TOS, IPV6_TCLASS), false },
	{ "recvtos", IP(IP_RECVTOS, IPV6_RECVTCLASS), false },
	{ "pmtu", IP(IP_MTU_DISCOVER, IPV6_MTU_DISCOVER), false },
	{ "options", ONLY4(IP_OPTIONS), true },
	{ "recvopts", ONLY4(IP_RECVOPTS), false },
	{ "hopopts", ONLY6(IPV6_HOPOPTS), true },
	{ "recvhopopts", ONLY6(IPV6_RECVHOPOPTS), false },
	{ "dstopts", ONLY6(IPV6_DSTOPTS), true },
	{ "recvdstopts", ONLY6(IPV6_RECVDSTOPTS), false },
	{ "rthdr", ONLY6(IPV6_RTHDR), true },
	{ "recvrthdr", ONLY6(IPV6_RECVRTHDR), false },
	{ "recvflow", ONLY6(IPV6_FLOWINFO), false },
	{ "nocheck", SOL_SOCKET, SO_NO_CHECK, SOL_UDP, UDP_NO_CHECK6_RX, false },
	{ "gso", BOTH(SOL_UDP, UDP_SEGMENT), false },
	{ "gro", BOTH(SOL_UDP, UDP_GRO), false },
	{ "fastopen", BOTH(SOL_TCP, TCP_FASTOPEN), false },
	{ "fastopen_connect", BOTH(SOL_TCP, TCP_FASTOPEN_CONNECT), false },
};

static const uint8_t secret[16] = "for tests only.";

static bool name_is(const char *text, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(text, name, len) && (text[len] == '=' || !text[len]);
}

/* Return: whether the command line has the option @name. */
bool sockopt_is(const struct ends *e, const char *name)
{
	unsigned int i;

	for (i = 0; i < e->n_sockopts; i++)
		if (name_is(e->sockopt[i], name))
			return true;
	return false;
}

static socklen_t parse_bytes(uint8_t *value, const char *hex)
{
	socklen_t len = 0;

	for (; *hex; hex += 2)
		if (len == BYTES_MAX || sscanf(hex, "%2hhx", &value[len++]) != 1 || !hex[1])
			die("not bytes in hex: %s", hex);
	return len;
}

static void option_set(const struct option *o, int fd, bool v6, const char *text)
{
	uint8_t bytes[BYTES_MAX];
	char *end;
	int number = (int)strtol(text, &end, 0);
	const void *value = o->bytes ? (void *)bytes : &number;
	socklen_t len = o->bytes ? parse_bytes(bytes, text) : sizeof(number);

	if (!o->bytes && (end == text || *end))
		die("%s: not a number: %s", o->name, text);
	if (setsockopt(fd, v6 ? o->level6 : o->level4, v6 ? o->name6 : o->name4, value, len))
		die("%s: %s", o->name, strerror(errno));
}

/* Segments from and to anybody are signed. */
static void md5_set(int fd, sa_family_t family)
{
	struct tcp_md5sig md5 = {
		.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX,
		.tcpm_keylen = sizeof(secret),
	};

	md5.tcpm_addr.ss_family = family;
	memcpy(md5.tcpm_key, secret, sizeof(secret));
	if (setsockopt(fd, SOL_TCP, TCP_MD5SIG_EXT, &md5, sizeof(md5)))
		die("md5: %s", strerror(errno));
}

static void device_set(int fd, const char *name)
{
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name)))
		die("device %s: %s", name, strerror(errno));
}

static void option_apply(int fd, sa_family_t family, const char *text)
{
	const char *value = strchr(text, '=');
	size_t i;

	if (name_is(text, "md5"))
		return md5_set(fd, family);
	if (value && name_is(text, "device"))
		return device_set(fd, value + 1);
	/* Only a connection can have it: sockopt_tls(). */
	if (name_is(text, "tls"))
		return;
	for (i = 0; i < sizeof(options) / sizeof(*options); i++)
		if (value && name_is(text, options[i].name))
			return option_set(&options[i], fd, family == AF_INET6, value + 1);
	die("-o: no such option: %s", text);
}

/* Sets what the command line says. */
void sockopt_apply(const struct ends *e, int fd)
{
	const struct endpoint *ep = e->listen ? &e->local : &e->peer;
	unsigned int i;

	for (i = 0; i < e->n_sockopts; i++)
		option_apply(fd, ep->ss.ss_family, e->sockopt[i]);
}

/* TLS in the kernel, as after a handshake: what is sent is encrypted from now on. */
void sockopt_tls(int fd)
{
	struct tls12_crypto_info_aes_gcm_128 info = {
		.info = {
			.version = TLS_1_3_VERSION,
			.cipher_type = TLS_CIPHER_AES_GCM_128,
		},
	};

	memcpy(info.key, secret, sizeof(info.key));
	if (setsockopt(fd, SOL_TCP, TCP_ULP, "tls", sizeof("tls")) ||
	    setsockopt(fd, SOL_TLS, TLS_TX, &info, sizeof(info)) ||
	    setsockopt(fd, SOL_TLS, TLS_RX, &info, sizeof(info)))
		die("tls: %s", strerror(errno));
}
