// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * prosefd: a ProSe Function of a mobile network operator; see prosefd(8)
 */
#include "../common/log.h"
#include "function.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#define STATE_DIR "/var/lib/prosefd"

/**
 * struct options - the command line
 * @conf: the configuration file
 * @state: directory of the database
 * @check: read the configuration, and end
 */
struct options {
	const char *conf;
	const char *state;
	bool check;
};

static void print_help(void)
{
	printf("usage: prosefd [OPTION]...\n\n"
	       "  -c, --config FILE  instead of " MNO_CONF_PATH "\n"
	       "  -s, --state DIR    instead of " STATE_DIR "\n"
	       "  -t, --test         say what is wrong with the configuration, and end\n"
	       "  -V, --version      print the version\n"
	       "  -h, --help         print this help\n");
}

/* Return: -1 to go on, or the exit status. */
static int parse_options(struct options *opt, int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "state", required_argument, NULL, 's' },
		{ "test", no_argument, NULL, 't' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:s:tVh", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			opt->conf = optarg;
			break;
		case 's':
			opt->state = optarg;
			break;
		case 't':
			opt->check = true;
			break;
		case 'V':
			printf("prosefd %s\n", VERSION);
			return EXIT_SUCCESS;
		case 'h':
			print_help();
			return EXIT_SUCCESS;
		default:
			fprintf(stderr, "'prosefd --help' lists the options\n");
			return EXIT_FAILURE;
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "prosefd: unexpected word '%s'\n", argv[optind]);
	return EXIT_FAILURE;
}

/* Signals end the loop. */
static int take_signals(sd_event *event)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0 ||
	    sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL) < 0 ||
	    sd_event_add_signal(event, NULL, SIGINT, NULL, NULL) < 0)
		return -1;
	return 0;
}

static int run(struct function *f, const char *state_dir)
{
	int err = sd_event_default(&f->event);

	if (err < 0)
		return err;
	err = take_signals(f->event);
	if (!err)
		err = function_open(f, state_dir);
	if (!err) {
		log_say(LOG_INFO, NULL, "function %s", f->conf.pfid);
		sd_event_set_watchdog(f->event, true);
		sd_notify(0, "READY=1");
		err = sd_event_loop(f->event);
		sd_notify(0, "STOPPING=1");
	}
	function_close(f);
	sd_event_unref(f->event);
	return err;
}

int main(int argc, char **argv)
{
	struct options opt = { .conf = MNO_CONF_PATH, .state = STATE_DIR };
	static struct function f;
	int status = parse_options(&opt, argc, argv);

	if (status >= 0)
		return status;
	if (!mno_conf_read(&f.conf, opt.conf))
		return EXIT_FAILURE;
	if (opt.check)
		return EXIT_SUCCESS;
	f.figures.version = VERSION;
	return run(&f, opt.state) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
