/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * request: a change that the kernel is asked for, which remembers the words of
 * the command line that each attribute came from
 */
#ifndef _SIDESTEP_REQUEST_H
#define _SIDESTEP_REQUEST_H

#include "cli.h"

#include <linux/sidestep.h>
#include <stddef.h>
#include <stdint.h>

enum request_limits {
	REQUEST_SIZE = 4096,
	REQUEST_MAX_WORDS = SIDESTEP_MAX_PEERS + 12 +
			    (SIDESTEP_MAX_SELECTORS + SIDESTEP_MAX_IMPORTANT) *
			    SIDESTEP_SELECTOR_A_MAX,
};

/**
 * struct request_word - where an attribute came from
 * @offset: of the attribute in the message
 * @word: the keyword
 * @value: the operand after it
 */
struct request_word {
	uint32_t offset;
	const char *word;
	const char *value;
};

/**
 * struct request - a message in the making
 * @cli: whose it is
 * @msg: the message, in @buf
 * @n_words: used entries of @words
 * @words: in the order of the attributes
 * @buf: the message's memory; may hold keys
 */
struct request {
	const struct cli *cli;
	struct nlmsghdr *msg;
	size_t n_words;
	struct request_word words[REQUEST_MAX_WORDS];
	char buf[REQUEST_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
};

/* request_begin() - a message to the device of the command line */
void request_begin(struct request *req, const struct cli *cli,
		   enum sidestep_cmd cmd);

/**
 * request_put() - add an attribute
 * @req: the request
 * @type: the attribute
 * @data: its payload
 * @len: length of the payload
 * @word: the keyword it came from
 * @value: the operand it came from
 *
 * Return: true, or false after an error message.
 */
bool request_put(struct request *req, uint16_t type, const void *data,
		 size_t len, const char *word, const char *value);

/* request_nest() - likewise; begins a nest, or returns NULL */
struct nlattr *request_nest(struct request *req, uint16_t type,
			    const char *word, const char *value);

/* request_has() - was this keyword given? */
bool request_has(const struct request *req, const char *word);

/* request_fail() - say why the kernel refused, and which word it means */
int request_fail(const struct request *req, const struct ack *ack);

/**
 * request_send() - ask the kernel, then wipe the message
 * @req: the request
 *
 * Return: the exit status, after an error message if it is not 0.
 */
int request_send(struct request *req);

/* request_end() - wipe a request */
void request_end(struct request *req);

#endif /* _SIDESTEP_REQUEST_H */
