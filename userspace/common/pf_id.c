// SPDX-License-Identifier: GPL-2.0-or-later
#include "host_addr.h"
#include "pf_field.h"
#include "pf_msg.h"
#include "utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* They are parts of URIs and of certificates, and words in tables and logs. */
static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~' || strchr("\"'`\\/%?#&", *text))
			return false;
	return true;
}

const char *pf_pfid_fault(const char *pfid)
{
	if (!*pfid)
		return "a PFID that is empty";
	if (strlen(pfid) >= PF_ID_SIZE)
		return "a PFID that is too long";
	if (!is_plain(pfid) || strchr(pfid, '@'))
		return "a PFID with a character that it cannot have";
	return *pfid == '.' ? "a PFID that begins with a dot" : NULL;
}

const char *pf_epuid_fault(const char *epuid)
{
	const char *at = strchr(epuid, '@');

	if (strlen(epuid) >= PF_ID_SIZE)
		return "an EPUID that is too long";
	if (!at || at == epuid)
		return "an EPUID that is not USER@PFID";
	if (!is_plain(epuid))
		return "an EPUID with a character that it cannot have";
	return pf_pfid_fault(at + 1);
}

const char *pf_epuid_pfid(const char *epuid)
{
	return strchr(epuid, '@') + 1;
}

/* 1 to INT64_MAX, without zeros in front. */
static bool is_number(const char *text)
{
	if (strspn(text, "0123456789") != strlen(text) || *text == '0' || !*text)
		return false;
	errno = 0;
	strtoll(text, NULL, 10);
	return !errno;
}

const char *pf_session_fault(const char *session)
{
	const char *slash = strchr(session, '/');
	char pfid[PF_ID_SIZE];

	if (!slash || slash - session >= PF_ID_SIZE || !is_number(slash + 1))
		return "a session's id that is not PFID/NUMBER";
	memcpy(pfid, session, slash - session);
	pfid[slash - session] = '\0';
	return pf_pfid_fault(pfid);
}

const char *pf_addr_fault(const struct sockaddr_storage *addr)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)addr;
	const struct sockaddr_in *in = (const struct sockaddr_in *)addr;

	if (addr->ss_family != AF_INET && addr->ss_family != AF_INET6)
		return "no address";
	/* At the same place in both. */
	if (!in->sin_port)
		return "an address with port 0";
	if (addr->ss_family == AF_INET)
		return host_addr_fault(AF_INET, (const uint8_t *)&in->sin_addr);
	return host_addr_fault(AF_INET6, in6->sin6_addr.s6_addr);
}

const char *pf_words_fault(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n;

	for (; *s; s += n) {
		n = utf8_len(s);
		if (!n)
			return "words that are not in UTF-8";
		if (utf8_is_control(s))
			return "words with control characters";
	}
	return NULL;
}
