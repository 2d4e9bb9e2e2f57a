/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mno_cert: who this host is to its function
 */
#ifndef _SIDESTEP_MNO_CERT_H
#define _SIDESTEP_MNO_CERT_H

#include "../common/pf_msg.h"

/**
 * mno_cert_epuid() - the common name of a certificate
 * @epuid: the result
 * @path: the file, PEM; its first certificate counts
 *
 * Return: NULL, or what is wrong, in words.
 */
const char *mno_cert_epuid(char epuid[PF_ID_SIZE], const char *path);

#endif /* _SIDESTEP_MNO_CERT_H */
