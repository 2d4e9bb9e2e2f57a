// SPDX-License-Identifier: GPL-2.0-or-later
#include "request.h"

#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

void request_begin(struct request *req, const struct cli *cli,
		   enum sidestep_cmd cmd)
{
	req->cli = cli;
	req->n_words = 0;
	req->msg = genl_message(req->buf, cmd, SIDESTEP_GENL_VERSION);
	mnl_attr_put_strz(req->msg, SIDESTEP_A_IFNAME, cli->dev);
}

/* The attribute at @offset came from these words, if there was room for it. */
static bool remember(struct request *req, bool room, const char *word,
		     const char *value, uint32_t offset)
{
	if (req->n_words == REQUEST_MAX_WORDS || !room) {
		cli_fail(req->cli, "%s '%s': one too many", word, value);
		return false;
	}
	req->words[req->n_words++] = (struct request_word){
		.offset = offset,
		.word = word,
		.value = value,
	};
	return true;
}

bool request_put(struct request *req, uint16_t type, const void *data,
		 size_t len, const char *word, const char *value)
{
	uint32_t offset = req->msg->nlmsg_len;
	bool room = mnl_attr_put_check(req->msg, sizeof(req->buf), type, len,
				       data);

	return remember(req, room, word, value, offset);
}

struct nlattr *request_nest(struct request *req, uint16_t type,
			    const char *word, const char *value)
{
	uint32_t offset = req->msg->nlmsg_len;
	struct nlattr *nest = mnl_attr_nest_start_check(req->msg,
							sizeof(req->buf), type);

	return remember(req, nest, word, value, offset) ? nest : NULL;
}

bool request_has(const struct request *req, const char *word)
{
	for (size_t i = 0; i < req->n_words; i++)
		if (!strcmp(req->words[i].word, word))
			return true;
	return false;
}

/* The kernel's text may begin with the word that is printed before it. */
static const char *without_word(const char *reason, const char *word)
{
	size_t len = strlen(word);

	return !strncmp(reason, word, len) && !strncmp(reason + len, ": ", 2) ?
		       reason + len + 2 : reason;
}

int request_fail(const struct request *req, const struct ack *ack)
{
	const char *reason = cli_reason(req->cli, ack);

	for (size_t i = 0; i < req->n_words; i++) {
		const struct request_word *word = &req->words[i];

		if (word->offset == ack->offset)
			return cli_fail(req->cli, "%s '%s': %s", word->word,
					word->value,
					without_word(reason, word->word));
	}
	return cli_fail(req->cli, "%s", reason);
}

int request_send(struct request *req)
{
	int status = EXIT_SUCCESS;
	struct genl genl;
	struct ack ack;

	if (!cli_open(req->cli, &genl)) {
		request_end(req);
		return EXIT_FAILURE;
	}
	if (genl_call(&genl, req->msg, NLM_F_ACK, NULL, NULL, &ack) < 0)
		status = request_fail(req, &ack);
	genl_close(&genl);
	request_end(req);
	return status;
}

void request_end(struct request *req)
{
	explicit_bzero(req->buf, sizeof(req->buf));
}
