// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Load for a ProSe Function: many UEs of its own, each with a certificate, an association
 * over DTLS, a registration and a confirmed agreement with its neighbour
 *
 *	pfload [OPTION]... DIR ADDRESS PORT PFID
 *
 * DIR has the authority of UEs, ues.pem and ues.key (pki.sh authority DIR ues); the UEs'
 * certificates are made there. -n UES (even); -f number of the first (even), for several
 * of these programs at once: a UE takes 3 descriptors; -c of them that begin per second; -i seconds
 * between reports of a UE; -a assists per second; -s seconds of an assist; -t seconds of
 * load; -p PID of the function, for its memory and CPU time; -j FILE for JSON.
 *
 * Who loses its association makes it anew after a while, as if it had just begun: how long not
 * all of them were up is an outage.
 *
 * An assist: the report with the decision to prepare, the orders to both UEs, their
 * words "relayed", and, -s seconds later, the release. Its latency ends with the second
 * order.
 */
#include "../../userspace/common/coaps.h"
#include "../../userspace/common/pf_msg.h"
#include "common.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PATH_SIZE = 512,
	TICK_US = 10000,
	WINDOW_S = 3600,
	/* For all of them to be agreed, after the last one has begun. */
	SETTLE_S = 60,
	/* UEs that are on their way: more would only wait for this program. */
	MAX_COMING = 16,
	/* Before an association is made anew: at least so long, and as much more at random. */
	AGAIN_MS = 1000,
	AGAIN_MORE_MS = 9000,
};

/* struct ue - @up: its agreement is confirmed; @busy: it is in an assist */
struct ue {
	char epuid[PF_ID_SIZE];
	struct coaps *coaps;
	struct coaps_assoc *assoc;
	struct ue *peer;
	uint32_t agreement;
	uint32_t version;
	uint32_t seq;
	uint64_t begun_ns;
	uint64_t report_ns;
	uint64_t asked_ns;
	uint64_t next_ns;
	uint64_t release_ns;
	uint64_t again_ns;
	char session[PF_SESSION_SIZE];
	bool up, busy, ordered;
};

/* struct usage - of the function: resident bytes, CPU seconds */
struct usage {
	double rss;
	double cpu;
};

static struct {
	unsigned int n, first, per_s, assists;
	double interval_s, hold_s, load_s;
	pid_t pid;
	const char *json, *dir, *pfid;
	struct endpoint to;
} opt = { .n = 100, .per_s = 200, .assists = 10, .interval_s = 10, .hold_s = 2, .load_s = 30 };

static struct {
	struct samples setup, report, assist, outage;
	unsigned int up, lost, refused, unanswered, reports, assists, connects, releases;
} count;

static sd_event *event;
static struct ue *ues;
static unsigned int begun, coming;
static bool is_load;
static uint64_t began_ns, load_ns, outage_ns;

/* --- certificates --------------------------------------------------------- */

static EVP_PKEY *key, *authority_key;
static X509 *authority;

/* NAME of the authority; of the UE, if it begins with a dot. */
static const char *path_of(char path[PATH_SIZE], const char *name)
{
	if (*name == '.')
		snprintf(path, PATH_SIZE, "%s/load-%u%s", opt.dir, opt.first, name);
	else
		snprintf(path, PATH_SIZE, "%s/%s", opt.dir, name);
	return path;
}

static FILE *file_of(const char *name, const char *mode)
{
	char path[PATH_SIZE];
	FILE *file;

	path_of(path, name);
	file = fopen(path, mode);
	if (!file)
		die("pfload: %s: %s", path, strerror(errno));
	return file;
}

/* All UEs have the same key: it is theirs to keep, and nobody's to compare. */
static void pki_begin(void)
{
	FILE *cert = file_of("ues.pem", "r"), *ca_key = file_of("ues.key", "r"), *out;

	authority = PEM_read_X509(cert, NULL, NULL, NULL);
	authority_key = PEM_read_PrivateKey(ca_key, NULL, NULL, NULL);
	key = EVP_EC_gen("P-256");
	if (!authority || !authority_key || !key)
		die("pfload: no authority in %s", opt.dir);
	fclose(cert);
	fclose(ca_key);
	out = file_of(".key", "w");
	PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL);
	fclose(out);
}

static void cert_make(const char *epuid)
{
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);
	FILE *out = file_of(".pem", "w");
	uint32_t serial;

	RAND_bytes((uint8_t *)&serial, sizeof(serial));
	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
	X509_set_issuer_name(cert, X509_get_subject_name(authority));
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)epuid, -1, -1, 0);
	X509_set_pubkey(cert, key);
	if (!X509_sign(cert, authority_key, EVP_sha256()) || !PEM_write_X509(out, cert))
		die("pfload: no certificate for %s", epuid);
	fclose(out);
	X509_free(cert);
}

/* --- what UEs say --------------------------------------------------------- */

static void put(struct ue *ue, unsigned int code, const char *path, const uint8_t *body,
		size_t len, coaps_answered answered)
{
	struct coaps_message request = { .code = code, .body = body, .len = len,
					 .format = PF_FORMAT_CBOR };

	snprintf(request.path, sizeof(request.path), "%s", path);
	if (!ue->assoc || coaps_request(ue->assoc, &request, answered, ue))
		count.lost++;
}

static bool is_good(int error, const struct coaps_message *response)
{
	if (error)
		count.unanswered++;
	else if (response->code / 100 != 2 && !count.refused++)
		fprintf(stderr, "pfload: refused: %u.%02u %.*s\n", response->code / 100,
			response->code % 100, (int)response->len, (const char *)response->body);
	return !error && response->code / 100 == 2;
}

static void confirmed(void *data, int error, const struct coaps_message *response)
{
	struct ue *ue = data;

	if (!is_good(error, response) || ue->up)
		return;
	ue->up = true;
	count.up++;
	coming--;
	samples_add(&count.setup, (clock_ns() - ue->begun_ns) / NSEC_PER_USEC);
	if (count.up < opt.n || !outage_ns)
		return;
	samples_add(&count.outage, (clock_ns() - outage_ns) / NSEC_PER_USEC);
	outage_ns = 0;
}

static void offered(void *data, int error, const struct coaps_message *response)
{
	struct coaps_message request = { .code = COAPS_PUT, .format = PF_FORMAT_CBOR,
					 .has_if_match = true };
	struct pf_agreement doc;
	struct pf_confirm confirm;
	uint8_t body[PF_MAX_SIZE];
	struct ue *ue = data;
	const char *why;

	if (!is_good(error, response))
		return;
	if (pf_decode_agreement(&doc, response->body, response->len, &why))
		die("pfload: the answer to an offer: %s", why);
	ue->agreement = doc.id;
	ue->version = confirm.version = request.if_match = doc.version;
	snprintf(request.path, sizeof(request.path), "pf/v1/ues/%s/agreements/%" PRIu32,
		 ue->epuid, doc.id);
	request.body = body;
	request.len = pf_encode_confirm(&confirm, body, sizeof(body));
	if (!ue->assoc || coaps_request(ue->assoc, &request, confirmed, ue))
		count.lost++;
}

static void registered(void *data, int error, const struct coaps_message *response)
{
	struct pf_agreement offer = {
		.window_s = WINDOW_S, .relay_only = true, .n_triggers = 2,
		.trigger = { { PF_TRIGGER_S2_PREPARE, -7000, 300, 160 },
			     { PF_TRIGGER_S1_RELEASE, -6000, 300, 1000 } },
	};
	char path[COAPS_PATH_SIZE];
	uint8_t body[PF_MAX_SIZE];
	struct ue *ue = data;

	if (!is_good(error, response))
		return;
	snprintf(offer.peer, sizeof(offer.peer), "%s", ue->peer->epuid);
	memcpy(offer.wg_key, &ue, sizeof(ue));
	snprintf(path, sizeof(path), "pf/v1/ues/%s/agreements", ue->epuid);
	put(ue, COAPS_POST, path, body, pf_encode_agreement(&offer, body, sizeof(body)),
	    offered);
}

static void say_registration(struct ue *ue)
{
	struct pf_registration doc = { .version = PF_VERSION, .boot = 1 };
	char path[COAPS_PATH_SIZE];
	uint8_t body[PF_MAX_SIZE];

	snprintf(path, sizeof(path), "pf/v1/ues/%s", ue->epuid);
	put(ue, COAPS_PUT, path, body, pf_encode_registration(&doc, body, sizeof(body)),
	    registered);
}

static void reported(void *data, int error, const struct coaps_message *response)
{
	struct ue *ue = data;

	if (is_good(error, response))
		samples_add(&count.report, (clock_ns() - ue->report_ns) / NSEC_PER_USEC);
}

static void say_report(struct ue *ue, enum pf_decision decision)
{
	struct pf_report doc = { .version = ue->version, .seq = ++ue->seq,
				 .decision = decision, .has_signal = true,
				 .signal_mbm = -6500 };
	char path[COAPS_PATH_SIZE];
	uint8_t body[PF_MAX_SIZE];

	ue->report_ns = clock_ns();
	count.reports++;
	snprintf(path, sizeof(path), "pf/v1/reports/%" PRIu32, ue->agreement);
	put(ue, COAPS_PUT, path, body, pf_encode_report(&doc, body, sizeof(body)), reported);
}

static void said(void *data, int error, const struct coaps_message *response)
{
	(void)data;
	is_good(error, response);
}

static void say_relayed(struct ue *ue)
{
	struct pf_session_report doc = { .state = PF_SESSION_RELAYED };
	char path[COAPS_PATH_SIZE];
	uint8_t body[PF_MAX_SIZE];

	snprintf(path, sizeof(path), "pf/v1/sessions/%s", ue->session);
	put(ue, COAPS_PUT, path, body, pf_encode_session_report(&doc, body, sizeof(body)),
	    said);
}

/* --- assists -------------------------------------------------------------- */

static void take_connect(struct ue *ue, const struct pf_order *order)
{
	struct ue *asked = ue->asked_ns ? ue : ue->peer;

	count.connects++;
	ue->ordered = true;
	snprintf(ue->session, sizeof(ue->session), "%s", order->session);
	say_relayed(ue);
	if (!ue->peer->ordered || !asked->asked_ns)
		return;
	samples_add(&count.assist, (clock_ns() - asked->asked_ns) / NSEC_PER_USEC);
	asked->release_ns = clock_ns() + opt.hold_s * NSEC_PER_SEC;
}

static void take_release(struct ue *ue)
{
	count.releases++;
	ue->ordered = false;
	ue->busy = false;
	ue->asked_ns = 0;
}

static void requested(void *data, struct coaps_assoc *assoc,
		      const struct coaps_message *request, struct coaps_message *response)
{
	struct pf_order order;
	const char *why;

	(void)assoc;
	response->code = COAPS_CHANGED;
	/* An offer: this UE makes one itself. */
	if (strncmp(request->path, "pf-c/v1/orders/", 15) != 0)
		return;
	if (pf_decode_order(&order, request->body, request->len, &why))
		die("pfload: an order: %s", why);
	if (order.kind == PF_ORDER_CONNECT)
		take_connect(data, &order);
	else if (order.kind == PF_ORDER_RELEASE)
		take_release(data);
}

/* Both ends of a pair say when they do without it. */
static void release(struct ue *ue)
{
	ue->release_ns = 0;
	say_report(ue, PF_DECISION_RELEASE);
	say_report(ue->peer, PF_DECISION_RELEASE);
}

static bool assist(void)
{
	struct ue *ue = &ues[random() % (opt.n / 2) * 2];

	if (!ue->up || !ue->peer->up || ue->busy || ue->peer->busy)
		return false;
	ue->busy = ue->peer->busy = true;
	ue->asked_ns = clock_ns();
	count.assists++;
	say_report(ue, PF_DECISION_PREPARE);
	return true;
}

/* --- UEs ------------------------------------------------------------------ */

static void connected(void *data, struct coaps_assoc *assoc)
{
	(void)assoc;
	say_registration(data);
}

static void closed(void *data, struct coaps_assoc *assoc, const char *why)
{
	struct ue *ue = data;

	(void)assoc;
	if (!count.lost++)
		fprintf(stderr, "pfload: %s: %s\n", ue->epuid, why);
	ue->assoc = NULL;
	if (count.up == opt.n)
		outage_ns = clock_ns();
	coming -= !ue->up;
	count.up -= ue->up;
	ue->up = ue->busy = ue->ordered = false;
	ue->asked_ns = ue->release_ns = 0;
	ue->again_ns = clock_ns() + (AGAIN_MS + random() % AGAIN_MORE_MS) * NSEC_PER_MSEC;
}

static void ue_connect(struct ue *ue)
{
	ue->begun_ns = clock_ns();
	coming++;
	ue->assoc = coaps_connect(ue->coaps, NULL, &opt.to.ss, opt.pfid, 60, ue);
	if (!ue->assoc)
		die("pfload: no association for %s: %s", ue->epuid, strerror(errno));
}

static void ue_begin(struct ue *ue)
{
	static const struct coaps_ops ops = { requested, connected, closed };
	char cert[PATH_SIZE], private_key[PATH_SIZE], ca[PATH_SIZE];
	struct coaps_setup setup = {
		.cert = path_of(cert, ".pem"), .key = path_of(private_key, ".key"),
		.ca = path_of(ca, "ues.pem"), .ops = &ops, .data = ue,
	};

	cert_make(ue->epuid);
	if (coaps_open(&ue->coaps, event, &setup))
		die("pfload: no credential for %s", ue->epuid);
	ue_connect(ue);
}

static void ues_make(void)
{
	unsigned int i;

	ues = calloc(opt.n, sizeof(*ues));
	if (!ues)
		die("pfload: no memory");
	for (i = 0; i < opt.n; i++) {
		snprintf(ues[i].epuid, sizeof(ues[i].epuid), "load-%u@%.48s",
			 opt.first + i, opt.pfid);
		ues[i].peer = &ues[i ^ 1];
	}
}

/* --- time ----------------------------------------------------------------- */

static void ues_look(uint64_t now)
{
	struct ue *ue;

	for (ue = ues; ue < ues + begun; ue++) {
		if (ue->release_ns && now >= ue->release_ns)
			release(ue);
		if (!ue->up || ue->busy || now < ue->next_ns)
			continue;
		ue->next_ns = now + opt.interval_s * NSEC_PER_SEC;
		say_report(ue, PF_DECISION_NONE);
	}
}

static void ues_again(uint64_t now)
{
	struct ue *ue;

	for (ue = ues; ue < ues + begun && coming < MAX_COMING; ue++)
		if (!ue->assoc && now >= ue->again_ns) {
			/* All of them have the same file. */
			cert_make(ue->epuid);
			ue_connect(ue);
		}
}

static int on_tick(sd_event_source *source, uint64_t usec, void *data)
{
	uint64_t now = clock_ns();

	(void)usec;
	(void)data;
	while (begun < opt.n && coming < MAX_COMING &&
	       begun < (now - began_ns) / 1e9 * opt.per_s)
		ue_begin(&ues[begun++]);
	ues_again(now);
	if (is_load) {
		ues_look(now);
		while (count.assists < (now - load_ns) / 1e9 * opt.assists && assist())
			;
	}
	if (stop_asked)
		sd_event_exit(event, 1);
	sd_event_source_set_time_relative(source, TICK_US);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

/* Their reports are spread over the interval. */
static void load_begin(void)
{
	struct ue *ue;

	load_ns = clock_ns();
	for (ue = ues; ue < ues + begun; ue++)
		ue->next_ns = load_ns + random() % 1000 * opt.interval_s * NSEC_PER_MSEC;
	is_load = true;
}

/* Return: whether it came to be. */
static bool run_until(bool (*is_done)(void), double seconds)
{
	uint64_t until = clock_ns() + seconds * NSEC_PER_SEC;

	while (!is_done() && clock_ns() < until)
		if (sd_event_run(event, TICK_US) < 0 || stop_asked)
			die("pfload: stopped");
	return is_done();
}

static bool all_up(void)
{
	return count.up == opt.n;
}

static bool never(void)
{
	return false;
}

/* --- figures -------------------------------------------------------------- */

static struct usage usage_of(pid_t pid)
{
	unsigned long user = 0, system = 0, pages = 0;
	struct usage usage;
	char path[64];
	FILE *file;

	if (!pid)
		return (struct usage){};
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
			    &user, &system) != 2)
		die("pfload: %s: nothing to read", path);
	fclose(file);
	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%*u %lu", &pages) != 1)
		die("pfload: %s: nothing to read", path);
	fclose(file);
	usage.rss = (double)pages * sysconf(_SC_PAGESIZE);
	usage.cpu = (double)(user + system) / sysconf(_SC_CLK_TCK);
	return usage;
}

static void print_samples(FILE *json, const char *name, struct samples *s)
{
	double p50, p99, max;

	samples_sort(s);
	p50 = s->count ? samples_at(s, 0.5) / 1000.0 : 0;
	p99 = s->count ? samples_at(s, 0.99) / 1000.0 : 0;
	max = s->count ? samples_at(s, 1) / 1000.0 : 0;
	printf("%-8s %8zu times, ms: %.1f median, %.1f p99, %.1f max\n", name, s->count,
	       p50, p99, max);
	if (json)
		fprintf(json, "\"%s\": {\"count\": %zu, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f}, ",
			name, s->count, p50, p99, max);
}

static void print_counts(FILE *json)
{
	printf("up %u of %u; reports %u; assists %u, orders %u, releases %u; refused %u, unanswered %u, lost %u\n",
	       count.up, opt.n, count.reports, count.assists, count.connects, count.releases,
	       count.refused, count.unanswered, count.lost);
	if (json)
		fprintf(json, "\"ues\": %u, \"up\": %u, \"reports\": %u, \"assists\": %u, \"connects\": %u, \"releases\": %u, \"refused\": %u, \"unanswered\": %u, \"lost\": %u, ",
			opt.n, count.up, count.reports, count.assists, count.connects,
			count.releases, count.refused, count.unanswered, count.lost);
}

static void print_usage(FILE *json, const struct usage at[3], double up_s)
{
	double per_ue = (at[1].rss - at[0].rss) / opt.n / 1024;
	double up = (at[1].cpu - at[0].cpu) / up_s * 100;
	double load = (at[2].cpu - at[1].cpu) / opt.load_s * 100;
	struct rusage own;

	getrusage(RUSAGE_SELF, &own);
	printf("all up after %.1f s; this program: %.0f MiB, %ld s of CPU time\n", up_s,
	       own.ru_maxrss / 1024.0, own.ru_utime.tv_sec + own.ru_stime.tv_sec);
	if (opt.pid)
		printf("function: %.1f KiB per UE, %.0f MiB at the end; CPU %.0f %% while they came, %.0f %% under load\n",
		       per_ue, at[2].rss / (1 << 20), up, load);
	if (json)
		fprintf(json, "\"up_s\": %.1f, \"kib_per_ue\": %.1f, \"rss_mib\": %.1f, \"cpu_up\": %.1f, \"cpu_load\": %.1f}\n",
			up_s, per_ue, at[2].rss / (1 << 20), up, load);
}

static void print_all(const struct usage at[3], double up_s)
{
	FILE *json = opt.json ? fopen(opt.json, "w") : NULL;

	if (opt.json && !json)
		die("pfload: %s: %s", opt.json, strerror(errno));
	if (json)
		fprintf(json, "{");
	print_counts(json);
	print_samples(json, "set-up", &count.setup);
	print_samples(json, "report", &count.report);
	print_samples(json, "assist", &count.assist);
	print_samples(json, "outage", &count.outage);
	print_usage(json, at, up_s);
	if (json)
		fclose(json);
}

/* -------------------------------------------------------------------------- */

static void take_option(int c)
{
	switch (c) {
	case 'n':
		opt.n = parse_number(optarg, "UEs", 2, 1e6);
		break;
	case 'f':
		opt.first = parse_number(optarg, "UE", 0, 1e6);
		break;
	case 'c':
		opt.per_s = parse_number(optarg, "UEs per second", 1, 1e5);
		break;
	case 'i':
		opt.interval_s = parse_number(optarg, "seconds", 0.1, 3600);
		break;
	case 'a':
		opt.assists = parse_number(optarg, "assists", 0, 1e5);
		break;
	case 's':
		opt.hold_s = parse_number(optarg, "seconds", 0, 3600);
		break;
	case 't':
		opt.load_s = parse_number(optarg, "seconds", 1, 86400);
		break;
	case 'p':
		opt.pid = parse_number(optarg, "process", 1, 1e7);
		break;
	case 'j':
		opt.json = optarg;
		break;
	default:
		die("usage: pfload [-n N] [-f N] [-c N] [-i S] [-a N] [-s S] [-t S] [-p PID] [-j FILE] DIR ADDRESS PORT PFID");
	}
}

static void init(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "n:f:c:i:a:s:t:p:j:")) != -1)
		take_option(c);
	if (argc - optind != 4 || opt.n % 2)
		take_option('?');
	opt.dir = argv[optind];
	endpoint_parse(&opt.to, argv[optind + 1],
		       parse_number(argv[optind + 2], "port", 1, 65535));
	opt.pfid = argv[optind + 3];
	if (sd_event_new(&event) < 0 ||
	    sd_event_add_time(event, NULL, CLOCK_MONOTONIC, 0, 1, on_tick, NULL) < 0)
		die("pfload: no loop");
}

/* Three descriptors for each UE */
static void raise_limit(void)
{
	struct rlimit limit = { opt.n * 3 + 100, opt.n * 3 + 100 };

	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		die("pfload: %u files: %s", opt.n * 3 + 100, strerror(errno));
}

int main(int argc, char **argv)
{
	struct usage at[3];
	double up_s;

	init(argc, argv);
	raise_limit();
	stop_init();
	pki_begin();
	ues_make();
	at[0] = usage_of(opt.pid);
	began_ns = clock_ns();
	if (!run_until(all_up, (double)opt.n / opt.per_s + SETTLE_S))
		fprintf(stderr, "pfload: not all are up\n");
	up_s = (clock_ns() - began_ns) / 1e9;
	at[1] = usage_of(opt.pid);
	load_begin();
	run_until(never, opt.load_s);
	at[2] = usage_of(opt.pid);
	print_all(at, up_s);
	return count.up == opt.n ? 0 : 1;
}
