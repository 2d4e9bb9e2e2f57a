// SPDX-License-Identifier: GPL-2.0-or-later
#include "mno_cert.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

static const char *take_name(char epuid[PF_ID_SIZE], X509 *cert)
{
	X509_NAME *name = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
	const ASN1_STRING *text;

	if (at < 0 || X509_NAME_get_index_by_NID(name, NID_commonName, at) >= 0)
		return "its subject has no common name, or several";
	text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
	if (ASN1_STRING_length(text) >= PF_ID_SIZE ||
	    memchr(ASN1_STRING_get0_data(text), '\0', ASN1_STRING_length(text)))
		return "its common name is no EPUID: USER@PFID";
	snprintf(epuid, PF_ID_SIZE, "%.*s", ASN1_STRING_length(text),
		 (const char *)ASN1_STRING_get0_data(text));
	return pf_epuid_fault(epuid) ? "its common name is no EPUID: USER@PFID" : NULL;
}

const char *mno_cert_epuid(char epuid[PF_ID_SIZE], const char *path)
{
	const char *why = "there is no certificate in it";
	FILE *file = fopen(path, "re");
	X509 *cert;

	*epuid = '\0';
	if (!file)
		return "it cannot be read";
	cert = PEM_read_X509(file, NULL, NULL, NULL);
	fclose(file);
	if (cert)
		why = take_name(epuid, cert);
	X509_free(cert);
	ERR_clear_error();
	if (why)
		*epuid = '\0';
	return why;
}
