// SPDX-License-Identifier: GPL-2.0-or-later
#include "key.h"
#include "budget.h"
#include "protect.h"
#include "request.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

/**
 * struct setting - a keyword of "sidestep set"
 * @word: the keyword
 * @type: the attribute that it becomes
 * @put: reads the operand and adds the attribute; false after an error message
 */
struct setting {
	const char *word;
	enum sidestep_attr type;
	bool (*put)(struct request *req, const struct setting *setting,
		    const char *value);
};

static bool put_id(struct request *req, const struct setting *setting,
		   const char *value)
{
	unsigned long n;
	uint16_t id;
	char *end;

	n = strtoul(value, &end, 10);
	if (*value < '0' || *value > '9' || *end || n < 1 || n > UINT16_MAX) {
		cli_fail(req->cli, "%s '%s': not a number from 1 to %d",
			 setting->word, value, UINT16_MAX);
		return false;
	}
	id = n;
	return request_put(req, setting->type, &id, sizeof(id), setting->word,
			   value);
}

/* Returns the bytes of the address, or 0. */
static size_t read_addr(const char *text, uint8_t addr[16])
{
	if (inet_pton(AF_INET, text, addr) == 1)
		return 4;
	return inet_pton(AF_INET6, text, addr) == 1 ? 16 : 0;
}

static bool put_host(struct request *req, const char *word, const char *value)
{
	uint8_t addr[16];
	size_t len = read_addr(value, addr);

	if (!len) {
		cli_fail(req->cli, "%s '%s': not an IPv4 or IPv6 address", word,
			 value);
		return false;
	}
	return request_put(req, SIDESTEP_A_PEER, addr, len, word, value);
}

/* ADDR/BITS; @slash is in @value. */
static bool put_prefix(struct request *req, const char *word, const char *value,
		       const char *slash)
{
	char buf[64] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nest = mnl_nlmsg_put_header(buf);
	char text[INET6_ADDRSTRLEN] = "";
	uint8_t addr[16];
	unsigned long bits;
	size_t len = 0;
	char *end;

	if ((size_t)(slash - value) < sizeof(text)) {
		memcpy(text, value, slash - value);
		len = read_addr(text, addr);
	}
	bits = strtoul(slash + 1, &end, 10);
	if (!len || slash[1] < '0' || slash[1] > '9' || *end || bits > 8 * len) {
		cli_fail(req->cli, "%s '%s': not an IPv4 or IPv6 prefix", word,
			 value);
		return false;
	}
	mnl_attr_put(nest, SIDESTEP_PREFIX_A_ADDR, len, addr);
	mnl_attr_put_u8(nest, SIDESTEP_PREFIX_A_LEN, bits);
	return request_put(req, SIDESTEP_A_PREFIX | NLA_F_NESTED,
			   mnl_nlmsg_get_payload(nest),
			   mnl_nlmsg_get_payload_len(nest), word, value);
}

static bool put_peer(struct request *req, const struct setting *setting,
		     const char *value)
{
	const char *slash = strchr(value, '/');

	return slash ? put_prefix(req, setting->word, value, slash) :
		       put_host(req, setting->word, value);
}

static bool put_key(struct request *req, const struct setting *setting,
		    const char *value)
{
	uint8_t key[SIDESTEP_KEY_LEN];
	bool ok;

	ok = key_read(req->cli, setting->word, value, key) &&
	     request_put(req, setting->type, key, sizeof(key), setting->word,
			 value);
	explicit_bzero(key, sizeof(key));
	return ok;
}

static bool put_device(struct request *req, const struct setting *setting,
		       const char *value)
{
	return cli_ifname_check(req->cli, setting->word, value) &&
	       request_put(req, setting->type, value, strlen(value) + 1,
			   setting->word, value);
}

static const struct setting settings[] = {
	{ "id", SIDESTEP_A_ID, put_id },
	{ "peer", SIDESTEP_A_PEER, put_peer },
	{ "tx-key", SIDESTEP_A_TX_KEY, put_key },
	{ "rx-key", SIDESTEP_A_RX_KEY, put_key },
	{ "direct", SIDESTEP_A_DIRECT, put_device },
	{ "infra", SIDESTEP_A_INFRA, put_device },
	{}
};

static const struct setting *find_setting(const char *word)
{
	const struct setting *setting;

	for (setting = settings; setting->word; setting++)
		if (!strcmp(setting->word, word))
			return setting;
	return NULL;
}

/*
 * What has words of its own: how many follow, 0 if the first is nothing of the
 * kind, or -1 after an error message.
 */
static int put_clause(struct request *req, int argc, char **argv)
{
	if (!strcmp(argv[0], "protect"))
		return protect_put(req, SIDESTEP_A_SELECTOR, argc, argv);
	if (!strcmp(argv[0], "important"))
		return protect_put(req, SIDESTEP_A_IMPORTANT, argc, argv);
	if (!strcmp(argv[0], "budget"))
		return budget_put(req, argc - 1, argv + 1);
	return 0;
}

static int put_settings(struct request *req, int argc, char **argv)
{
	const struct setting *setting;
	int words;

	for (int i = 0; i < argc; i += 2) {
		words = put_clause(req, argc - i, argv + i);
		if (words < 0)
			return EXIT_FAILURE;
		if (words) {
			i += words - 1;
			continue;
		}
		setting = find_setting(argv[i]);
		if (!setting)
			return cli_misuse(req->cli, "unknown word '%s'", argv[i]);
		if (i + 1 == argc)
			return cli_misuse(req->cli, "nothing follows '%s'",
					  argv[i]);
		if (setting->type != SIDESTEP_A_PEER &&
		    request_has(req, setting->word))
			return cli_misuse(req->cli, "'%s' is given twice",
					  argv[i]);
		if (!setting->put(req, setting, argv[i + 1]))
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

int cli_set(struct cli *cli, int argc, char **argv)
{
	struct request req;
	int status;

	if (!argc)
		return cli_misuse(cli, "which device?");
	if (!cli_device(cli, argv[0]))
		return EXIT_FAILURE;
	if (argc == 1)
		return cli_misuse(cli, "nothing to set");
	request_begin(&req, cli, SIDESTEP_CMD_SET);
	status = put_settings(&req, argc - 1, argv + 1);
	if (status == EXIT_SUCCESS)
		return request_send(&req);
	request_end(&req);
	return status;
}
