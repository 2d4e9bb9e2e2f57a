// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sidestepd: keeps the sessions of this host; see sidestepd(8)
 */
#include "../common/clock.h"
#include "host.h"
#include "../common/log.h"
#include "memory.h"

#include <errno.h>
#include <getopt.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#define STATE_DIR "/var/lib/sidestep"

/**
 * struct options - the command line
 * @conf: the configuration file
 * @state: directory of keys and of what sessions remember
 * @key: print this host's public key, and end
 */
struct options {
	const char *conf;
	const char *state;
	bool key;
};

static void print_help(void)
{
	printf("usage: sidestepd [OPTION]...\n\n"
	       "  -c, --config FILE  instead of " CONF_PATH "\n"
	       "  -s, --state DIR    instead of " STATE_DIR "\n"
	       "  -k, --key          print this host's public key, for PeerKey= of its peers\n"
	       "  -V, --version      print the version\n"
	       "  -h, --help         print this help\n");
}

/* Return: -1 to go on, or the exit status. */
static int parse_options(struct options *opt, int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "state", required_argument, NULL, 's' },
		{ "key", no_argument, NULL, 'k' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:s:kVh", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			opt->conf = optarg;
			break;
		case 's':
			opt->state = optarg;
			break;
		case 'k':
			opt->key = true;
			break;
		case 'V':
			printf("sidestepd %s\n", VERSION);
			return EXIT_SUCCESS;
		case 'h':
			print_help();
			return EXIT_SUCCESS;
		default:
			fprintf(stderr, "'sidestepd --help' lists the options\n");
			return EXIT_FAILURE;
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "sidestepd: unexpected word '%s'\n", argv[optind]);
	return EXIT_FAILURE;
}

static int print_key(const char *state_dir)
{
	char text[HOSTKEY_TEXT_SIZE];
	struct hostkey key;

	/* Before the service has run for the first time nobody has made it. */
	if (mkdir(state_dir, 0700) && errno != EEXIST) {
		fprintf(stderr, "sidestepd: %s: %s\n", state_dir, strerror(errno));
		return EXIT_FAILURE;
	}
	if (hostkey_load(&key, state_dir))
		return EXIT_FAILURE;
	hostkey_text(text, key.public);
	hostkey_free(&key);
	puts(text);
	return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info,
		     void *data)
{
	struct host *host = data;

	(void)source;
	(void)info;
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
		   (unsigned long long)clock_now_ns(CLOCK_MONOTONIC) / 1000);
	host_reload(host);
	sd_notify(0, "READY=1");
	return 0;
}

/* Signals end the loop, or make it read the configuration again. */
static int take_signals(struct host *host)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	if (sd_event_add_signal(host->event, NULL, SIGTERM, NULL, NULL) < 0 ||
	    sd_event_add_signal(host->event, NULL, SIGINT, NULL, NULL) < 0 ||
	    sd_event_add_signal(host->event, NULL, SIGHUP, on_reload, host) < 0)
		return -ENOMEM;
	return 0;
}

static int run(struct host *host)
{
	int err;

	err = sd_event_default(&host->event);
	if (err < 0)
		return err;
	err = take_signals(host);
	if (!err)
		err = host_open(host);
	if (!err) {
		sd_event_set_watchdog(host->event, true);
		sd_notify(0, "READY=1");
		memory_let_go();
		err = sd_event_loop(host->event);
		sd_notify(0, "STOPPING=1");
	}
	host_close(host);
	sd_event_unref(host->event);
	return err;
}

int main(int argc, char **argv)
{
	struct options opt = { .conf = CONF_PATH, .state = STATE_DIR };
	struct host host = { .version = VERSION };
	int status = parse_options(&opt, argc, argv);

	if (status >= 0)
		return status;
	/* Its texts and its configuration would take memory, and nobody reads them. */
	OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_SSL_STRINGS |
			 OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS |
			 OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	if (opt.key)
		return print_key(opt.state);
	host.conf_path = opt.conf;
	host.state_dir = opt.state;
	return run(&host) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
