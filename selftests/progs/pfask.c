// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asks a function what it is told to, whatever that is worth
 *
 *	pfask [-w SECONDS] DIR FILE AUTHORITY ADDRESS PORT NAME [METHOD PATH BODY]...
 *
 * DIR has FILE.pem and FILE.key, the credential, and AUTHORITY.pem. NAME is that of the
 * function. METHOD is get, post, put or delete; "put=3" with If-Match: 3; "50*get" fifty
 * times at once. BODY is hexadecimal CBOR, "" for none, "text" for what is no CBOR.
 * -w: how long orders are waited for at the end, and answered.
 *
 * Of each request a line with the code of the response and what else it says: the
 * location, or the problem's title. Of several at once a line for each code: "50 2.05".
 * Of each order "order PATH". The last line is "closed WHY" if the association ends.
 */
#include "../../userspace/common/coaps.h"
#include "../../userspace/common/pf_msg.h"
#include "common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	PATH_SIZE = 512,
	BODY_SIZE = COAPS_MAX_BODY,
	MAX_CODE = 600,
	TURN_US = 10000,
	/* For the handshake, and for an answer. */
	PATIENCE_S = 20,
	/* Whose certificate is refused hears of it when it is content itself. */
	DOUBT_S = 1,
};

static sd_event *event;
static bool is_connected, is_closed;
static unsigned int answered, codes[MAX_CODE];
static char remark[PF_TEXT_SIZE];

/* --- what comes ----------------------------------------------------------- */

static void requested(void *data, struct coaps_assoc *assoc,
		      const struct coaps_message *request, struct coaps_message *response)
{
	(void)data;
	(void)assoc;
	response->code = COAPS_CHANGED;
	printf("order %s\n", request->path);
}

static void connected(void *data, struct coaps_assoc *assoc)
{
	(void)data;
	(void)assoc;
	is_connected = true;
}

static void closed(void *data, struct coaps_assoc *assoc, const char *why)
{
	(void)data;
	(void)assoc;
	printf("closed %s\n", why);
	is_closed = true;
}

static void on_answer(void *data, int error, const struct coaps_message *response)
{
	struct pf_problem problem;
	const char *why;

	(void)data;
	answered++;
	codes[error ? 0 : response->code % MAX_CODE]++;
	*remark = '\0';
	if (error)
		return;
	snprintf(remark, sizeof(remark), "%.120s", response->location);
	if (response->format == PF_FORMAT_PROBLEM &&
	    !pf_decode_problem(&problem, response->body, response->len, &why))
		snprintf(remark, sizeof(remark), "%.120s", problem.title);
}

static void run_until(const bool *is_done, const unsigned int *count, unsigned int least,
		      double seconds)
{
	uint64_t until = clock_ns() + seconds * NSEC_PER_SEC;

	while (!is_closed && !(is_done && *is_done) && !(count && *count >= least) &&
	       clock_ns() < until)
		if (sd_event_run(event, TURN_US) < 0)
			die("pfask: the loop fails");
}

/* --- what is asked -------------------------------------------------------- */

static size_t read_body(const char *text, uint8_t body[BODY_SIZE], int *format)
{
	unsigned int byte;
	size_t n = 0;

	*format = *text ? PF_FORMAT_CBOR : -1;
	if (!strcmp(text, "text"))
		*format = 0;
	for (; *format == PF_FORMAT_CBOR && n < BODY_SIZE && *text; text += 2)
		if (sscanf(text, "%2x", &byte) != 1)
			die("pfask: no body: %s", text);
		else
			body[n++] = byte;
	return n;
}

static unsigned int read_method(const char *text, struct coaps_message *request)
{
	static const char *const names[] = { "", "get", "post", "put", "delete" };
	const char *star = strchr(text, '*');
	size_t len;

	if (star)
		text = star + 1;
	len = strcspn(text, "=");
	if (text[len]) {
		request->has_if_match = true;
		request->if_match = atoi(text + len + 1);
	}
	for (unsigned int i = 1; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == len && !strncmp(text, names[i], len))
			return i;
	die("pfask: no method: %s", text);
}

static void print_codes(unsigned int n)
{
	for (unsigned int code = 0; code < MAX_CODE; code++) {
		if (!codes[code])
			continue;
		if (n > 1)
			printf("%u ", codes[code]);
		if (code)
			printf("%u.%02u%s%s\n", code / 100, code % 100,
			       n == 1 && *remark ? " " : "", n == 1 ? remark : "");
		else
			printf("no answer\n");
	}
}

static void ask(struct coaps_assoc *assoc, const char *method, const char *path,
		const char *body)
{
	unsigned int n = strchr(method, '*') ? atoi(method) : 1;
	struct coaps_message request = {};
	static uint8_t bytes[BODY_SIZE];
	unsigned int sent = 0;

	if (is_closed)
		return;
	request.code = read_method(method, &request);
	request.len = read_body(body, bytes, &request.format);
	request.body = bytes;
	snprintf(request.path, sizeof(request.path), "%s", path);
	answered = 0;
	memset(codes, 0, sizeof(codes));
	while (sent < n && !coaps_request(assoc, &request, on_answer, NULL))
		sent++;
	run_until(NULL, &answered, sent, PATIENCE_S);
	print_codes(n);
	fflush(stdout);
}

/* -------------------------------------------------------------------------- */

static struct coaps_assoc *associate(char **args)
{
	static const struct coaps_ops ops = { requested, connected, closed };
	char cert[PATH_SIZE], key[PATH_SIZE], ca[PATH_SIZE];
	struct coaps_setup setup = { .cert = cert, .key = key, .ca = ca, .ops = &ops };
	struct coaps_assoc *assoc;
	struct coaps *coaps;
	struct endpoint to;

	snprintf(cert, sizeof(cert), "%s/%s.pem", args[0], args[1]);
	snprintf(key, sizeof(key), "%s/%s.key", args[0], args[1]);
	snprintf(ca, sizeof(ca), "%s/%s.pem", args[0], args[2]);
	endpoint_parse(&to, args[3], parse_number(args[4], "port", 1, 65535));
	if (sd_event_new(&event) < 0 || coaps_open(&coaps, event, &setup))
		die("pfask: no credential %s", cert);
	assoc = coaps_connect(coaps, NULL, &to.ss, args[5], 0, NULL);
	if (!assoc)
		die("pfask: no association");
	run_until(&is_connected, NULL, 0, PATIENCE_S);
	return assoc;
}

int main(int argc, char **argv)
{
	struct coaps_assoc *assoc;
	double wait_s = 0;
	int c, i;

	while ((c = getopt(argc, argv, "w:")) != -1)
		if (c == 'w')
			wait_s = parse_number(optarg, "seconds", 0, 3600);
	if (argc - optind < 6 || (argc - optind) % 3)
		die("usage: pfask [-w SECONDS] DIR FILE AUTHORITY ADDRESS PORT NAME [METHOD PATH BODY]...");
	assoc = associate(argv + optind);
	if (argc - optind == 6)
		run_until(NULL, NULL, 0, DOUBT_S);
	for (i = optind + 6; i < argc; i += 3)
		ask(assoc, argv[i], argv[i + 1], argv[i + 2]);
	run_until(NULL, NULL, 0, wait_s);
	return is_closed || !is_connected;
}
