/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nft: commands to nftables, in the words of nft(8)
 */
#ifndef _SIDESTEP_NFT_H
#define _SIDESTEP_NFT_H

/* struct nft - libnftables, and what is gathered for it */
struct nft;

/* nft_open() - NULL if the kernel has no nftables, or there is no memory; see errno */
struct nft *nft_open(void);

/* nft_close() - NULL is fine */
void nft_close(struct nft *nft);

/* nft_add() - gather a command, as printf() with a newline at its end */
void nft_add(struct nft *nft, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* nft_forget() - what is gathered */
void nft_forget(struct nft *nft);

/**
 * nft_commit() - do what is gathered, all or nothing
 * @nft: see there
 * @why: what is wrong, one line, valid until the next call
 *
 * Return: 0 or -EIO.
 */
int nft_commit(struct nft *nft, const char **why);

/**
 * nft_ask() - a listing
 * @nft: see there
 * @command: one command; what is gathered stays
 * @why: likewise
 *
 * Return: the text, to be freed, or NULL.
 */
char *nft_ask(struct nft *nft, const char *command, const char **why);

#endif /* _SIDESTEP_NFT_H */
