// SPDX-License-Identifier: GPL-2.0-or-later
#include "protect.h"

#include "cgroup.h"

#include <errno.h>
#include <inttypes.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

/**
 * struct field - a keyword of a selector
 * @word: the keyword
 * @put: reads the operand and adds the attributes; false after an error message
 */
struct field {
	const char *word;
	bool (*put)(struct request *req, const struct field *field,
		    const char *value);
};

static const struct {
	const char *name;
	uint8_t proto;
} protocols[] = {
	{ "icmp", 1 }, { "tcp", 6 }, { "udp", 17 }, { "dccp", 33 },
	{ "gre", 47 }, { "esp", 50 }, { "ah", 51 }, { "icmpv6", 58 },
	{ "sctp", 132 }, { "udplite", 136 },
};

enum {
	N_PROTOCOLS = sizeof(protocols) / sizeof(protocols[0]),
};

static bool refuse(struct request *req, const struct field *field,
		   const char *value, const char *why)
{
	cli_fail(req->cli, "%s '%s': %s", field->word, value, why);
	return false;
}

/* A number up to @max at @text; @end is behind it. */
static bool read_number(const char *text, const char **end, uint32_t max,
			uint32_t *number)
{
	unsigned long long n;
	char *stop;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	n = strtoull(text, &stop, strncmp(text, "0x", 2) ? 10 : 16);
	*end = stop;
	*number = n;
	return !errno && n <= max;
}

/* "N" or "N-M" */
static bool read_range(const char *text, uint32_t max, uint32_t range[2])
{
	if (!read_number(text, &text, max, &range[0]))
		return false;
	range[1] = range[0];
	if (*text == '-' && !read_number(text + 1, &text, max, &range[1]))
		return false;
	return !*text && range[0] <= range[1];
}

static bool put_proto(struct request *req, const struct field *field,
		      const char *value)
{
	const char *end = "";
	uint32_t number = 0;
	uint8_t proto;
	int i;

	for (i = 0; i < N_PROTOCOLS; i++)
		if (!strcmp(protocols[i].name, value))
			number = protocols[i].proto;
	if (!number && (!read_number(value, &end, UINT8_MAX, &number) || *end))
		return refuse(req, field, value, "no such protocol, give a number");
	proto = number;
	return request_put(req, SIDESTEP_SELECTOR_A_PROTO, &proto,
			   sizeof(proto), field->word, value);
}

static bool put_ports(struct request *req, const struct field *field,
		      const char *value, enum sidestep_selector_attr first)
{
	uint32_t range[2];

	if (!read_range(value, UINT16_MAX, range))
		return refuse(req, field, value, "not a port, nor a range N-M of ports");
	for (int i = 0; i < 2; i++) {
		uint16_t port = range[i];

		if (!request_put(req, first + i, &port, sizeof(port),
				 field->word, value))
			return false;
	}
	return true;
}

static bool put_sport(struct request *req, const struct field *field,
		      const char *value)
{
	return put_ports(req, field, value, SIDESTEP_SELECTOR_A_SPORT_MIN);
}

static bool put_dport(struct request *req, const struct field *field,
		      const char *value)
{
	return put_ports(req, field, value, SIDESTEP_SELECTOR_A_DPORT_MIN);
}

static bool put_mark(struct request *req, const struct field *field,
		     const char *value)
{
	uint32_t mark, mask = UINT32_MAX;
	const char *end;

	if (!read_number(value, &end, UINT32_MAX, &mark) ||
	    (*end == '/' && !read_number(end + 1, &end, UINT32_MAX, &mask)) ||
	    *end)
		return refuse(req, field, value, "not a mark, nor MARK/MASK");
	return request_put(req, SIDESTEP_SELECTOR_A_MARK, &mark, sizeof(mark),
			   field->word, value) &&
	       request_put(req, SIDESTEP_SELECTOR_A_MASK, &mask, sizeof(mask),
			   field->word, value);
}

/* RFC 2474, 2597 and 3246: "cs0" to "cs7", "af11" to "af43", "ef" */
static int dscp_from_name(const char *name)
{
	if (!strcmp(name, "ef"))
		return 46;
	if (!strncmp(name, "cs", 2) && name[2] >= '0' && name[2] <= '7' && !name[3])
		return (name[2] - '0') * 8;
	if (!strncmp(name, "af", 2) && name[2] >= '1' && name[2] <= '4' &&
	    name[3] >= '1' && name[3] <= '3' && !name[4])
		return (name[2] - '0') * 8 + (name[3] - '0') * 2;
	return -1;
}

static bool put_dscp(struct request *req, const struct field *field,
		     const char *value)
{
	int named = dscp_from_name(value);
	uint32_t number = named;
	const char *end = "";
	uint8_t dscp;

	if (named < 0 && (!read_number(value, &end, 63, &number) || *end))
		return refuse(req, field, value,
			      "not a number from 0 to 63, nor csN, afNM or ef");
	dscp = number;
	return request_put(req, SIDESTEP_SELECTOR_A_DSCP, &dscp, sizeof(dscp),
			   field->word, value);
}

static bool put_uid(struct request *req, const struct field *field,
		    const char *value)
{
	uint32_t range[2];

	if (!read_range(value, UINT32_MAX - 1, range))
		return refuse(req, field, value, "not a user id, nor a range N-M of these");
	return request_put(req, SIDESTEP_SELECTOR_A_UID_MIN, &range[0],
			   sizeof(range[0]), field->word, value) &&
	       request_put(req, SIDESTEP_SELECTOR_A_UID_MAX, &range[1],
			   sizeof(range[1]), field->word, value);
}

static bool put_cgroup(struct request *req, const struct field *field,
		       const char *value)
{
	const char *why;
	uint64_t id;

	why = cgroup_id(value, &id);
	if (why)
		return refuse(req, field, value, why);
	return request_put(req, SIDESTEP_SELECTOR_A_CGROUP, &id, sizeof(id),
			   field->word, value);
}

static const struct field fields[] = {
	{ "proto", put_proto },
	{ "sport", put_sport },
	{ "dport", put_dport },
	{ "mark", put_mark },
	{ "dscp", put_dscp },
	{ "uid", put_uid },
	{ "cgroup", put_cgroup },
	{}
};

static const struct field *find_field(const char *word)
{
	const struct field *field;

	for (field = fields; field->word; field++)
		if (!strcmp(field->word, word))
			return field;
	return NULL;
}

/* The fields of one selector; how many words, or -1 after an error message. */
static int put_fields(struct request *req, int argc, char **argv)
{
	const struct field *field;
	uint32_t given = 0;
	int i;

	for (i = 0; i < argc; i += 2) {
		field = find_field(argv[i]);
		if (!field)
			break;
		if (given & 1u << (field - fields)) {
			cli_misuse(req->cli, "'%s' is given twice", argv[i]);
			return -1;
		}
		given |= 1u << (field - fields);
		if (i + 1 == argc) {
			cli_misuse(req->cli, "nothing follows '%s'", argv[i]);
			return -1;
		}
		if (!field->put(req, field, argv[i + 1]))
			return -1;
	}
	return i;
}

int protect_put(struct request *req, uint16_t type, int argc, char **argv)
{
	const char *word = *argv++;
	bool all = --argc && !strcmp(argv[0], "all");
	struct nlattr *nest;
	int words;

	if (argc && !all && !find_field(argv[0])) {
		cli_misuse(req->cli, "%s: unknown word '%s'", word, argv[0]);
		return -1;
	}
	if (!argc) {
		cli_misuse(req->cli, "nothing follows '%s'", word);
		return -1;
	}
	nest = request_nest(req, type, word, argv[0]);
	if (!nest)
		return -1;
	words = all ? 1 : put_fields(req, argc, argv);
	mnl_attr_nest_end(req->msg, nest);
	return words;
}

const char *protect_proto(unsigned int proto)
{
	for (int i = 0; i < N_PROTOCOLS; i++)
		if (protocols[i].proto == proto)
			return protocols[i].name;
	return NULL;
}

static void print_proto(FILE *out, unsigned int proto)
{
	if (protect_proto(proto))
		fprintf(out, "proto %s", protect_proto(proto));
	else
		fprintf(out, "proto %u", proto);
}

static void print_range(FILE *out, const char *word, const uint32_t range[2])
{
	fprintf(out, "%s %" PRIu32, word, range[0]);
	if (range[1] != range[0])
		fprintf(out, "-%" PRIu32, range[1]);
}

static void print_ports(FILE *out, const char *word, const uint16_t port[2])
{
	const uint32_t range[2] = { port[0], port[1] };

	print_range(out, word, range);
}

static void print_mark(FILE *out, const struct selector *selector)
{
	fprintf(out, "mark 0x%" PRIx32, selector->mark);
	if (selector->mask != UINT32_MAX)
		fprintf(out, "/0x%" PRIx32, selector->mask);
}

static void print_cgroup(FILE *out, uint64_t id)
{
	char path[PATH_MAX];

	if (cgroup_path(id, path))
		fprintf(out, "cgroup %s", path);
	else
		fprintf(out, "cgroup #%" PRIu64, id);
}

static void print_field(FILE *out, const struct selector *s,
			enum sidestep_selector_attr attr)
{
	switch (attr) {
	case SIDESTEP_SELECTOR_A_PROTO:
		print_proto(out, s->proto);
		break;
	case SIDESTEP_SELECTOR_A_SPORT_MIN:
		print_ports(out, "sport", s->sport);
		break;
	case SIDESTEP_SELECTOR_A_DPORT_MIN:
		print_ports(out, "dport", s->dport);
		break;
	case SIDESTEP_SELECTOR_A_MARK:
		print_mark(out, s);
		break;
	case SIDESTEP_SELECTOR_A_DSCP:
		fprintf(out, "dscp %u", s->dscp);
		break;
	case SIDESTEP_SELECTOR_A_UID_MIN:
		print_range(out, "uid", s->uid);
		break;
	default:
		print_cgroup(out, s->cgroup);
	}
}

void protect_print(FILE *out, const struct selector *s)
{
	static const enum sidestep_selector_attr attrs[] = {
		SIDESTEP_SELECTOR_A_PROTO, SIDESTEP_SELECTOR_A_SPORT_MIN,
		SIDESTEP_SELECTOR_A_DPORT_MIN, SIDESTEP_SELECTOR_A_MARK,
		SIDESTEP_SELECTOR_A_DSCP, SIDESTEP_SELECTOR_A_UID_MIN,
		SIDESTEP_SELECTOR_A_CGROUP,
	};
	const char *space = "";

	for (size_t i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++) {
		if (!selector_has(s, attrs[i]))
			continue;
		fputs(space, out);
		print_field(out, s, attrs[i]);
		space = " ";
	}
}

static void json_number(struct json *json, const char *key, bool known,
			uint64_t value)
{
	if (known)
		json_unsigned(json, key, value);
	else
		json_null(json, key);
}

static void json_range(struct json *json, const char *key, bool known,
		       uint32_t first, uint32_t last)
{
	if (!known) {
		json_null(json, key);
		return;
	}
	json_array(json, key);
	json_unsigned(json, NULL, first);
	json_unsigned(json, NULL, last);
	json_array_end(json);
}

static void json_cgroup(struct json *json, const struct selector *s)
{
	bool known = selector_has(s, SIDESTEP_SELECTOR_A_CGROUP);
	char path[PATH_MAX];

	json_number(json, "cgroup", known, s->cgroup);
	if (known && cgroup_path(s->cgroup, path))
		json_string(json, "cgroup_path", path);
	else
		json_null(json, "cgroup_path");
}

void protect_print_json(struct json *json, const struct selector *s)
{
	bool marked = selector_has(s, SIDESTEP_SELECTOR_A_MARK);

	json_object(json, NULL);
	json_number(json, "proto", selector_has(s, SIDESTEP_SELECTOR_A_PROTO),
		    s->proto);
	json_range(json, "sport", selector_has(s, SIDESTEP_SELECTOR_A_SPORT_MIN),
		   s->sport[0], s->sport[1]);
	json_range(json, "dport", selector_has(s, SIDESTEP_SELECTOR_A_DPORT_MIN),
		   s->dport[0], s->dport[1]);
	json_number(json, "mark", marked, s->mark);
	json_number(json, "mask", marked, s->mask);
	json_number(json, "dscp", selector_has(s, SIDESTEP_SELECTOR_A_DSCP),
		    s->dscp);
	json_range(json, "uid", selector_has(s, SIDESTEP_SELECTOR_A_UID_MIN),
		   s->uid[0], s->uid[1]);
	json_cgroup(json, s);
	json_object_end(json);
}
