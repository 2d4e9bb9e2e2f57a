// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli.h"
#include "../common/conf_file.h"
#include "netdev.h"

#include <errno.h>
#include <linux/sidestep.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/**
 * struct check - one run of "sidestep check"
 * @path: the file
 * @problems: how many were found; notes do not count
 */
struct check {
	const char *path;
	size_t problems;
};

static void say(const struct check *check, unsigned int line, const char *format,
		va_list args)
{
	fprintf(stderr, "%s:", check->path);
	if (line)
		fprintf(stderr, "%u:", line);
	fputc(' ', stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

static void __attribute__((format(printf, 3, 4)))
note(const struct check *check, unsigned int line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(check, line, format, args);
	va_end(args);
}

static void __attribute__((format(printf, 3, 4)))
fault(struct check *check, unsigned int line, const char *format, ...)
{
	va_list args;

	check->problems++;
	va_start(args, format);
	say(check, line, format, args);
	va_end(args);
}

static void tell_problem(const struct conf_problem *problem, void *data)
{
	fault(data, problem->line, "%s", problem->text);
}

static void check_direct(struct check *check, const struct conf_session *s)
{
	struct netdev dev;

	if (!netdev_read(&dev, s->direct))
		note(check, s->line, "note: Direct=%s: there is no such device now",
		     s->direct);
	else if (dev.kind != NETDEV_LINK)
		fault(check, s->line, "Direct=%s is %s: say the radio's device",
		      s->direct, netdev_kind_name(dev.kind));
	else if (!dev.up)
		note(check, s->line, "note: Direct=%s is down", s->direct);
	else if (!dev.link_local)
		fault(check, s->line,
		      "Direct=%s has no IPv6 link-local address, the helpers need one to find each other: sysctl -w net/ipv6/conf/%s/disable_ipv6=0, or ip link set %s addrgenmode eui64",
		      s->direct, s->direct, s->direct);
}

static void check_modem(struct check *check, const struct conf_session *s)
{
	struct netdev dev;

	if (!netdev_read(&dev, s->modem))
		note(check, s->line, "note: Modem=%s: there is no such device now",
		     s->modem);
	else if (dev.kind == NETDEV_LOOPBACK || dev.kind == NETDEV_SESSION)
		fault(check, s->line, "Modem=%s is %s: say the modem's device",
		      s->modem, netdev_kind_name(dev.kind));
}

/* What the helper will make: is something else there by that name? */
static void check_made(struct check *check, const struct conf_session *s)
{
	struct netdev dev;

	if (netdev_read(&dev, s->device) && dev.kind != NETDEV_SESSION)
		fault(check, s->line,
		      "%s is there and no session device: say another name in [Session %s]",
		      s->device, s->device);
	if (netdev_read(&dev, s->tunnel) && dev.kind != NETDEV_WIREGUARD)
		fault(check, s->line,
		      "%s is there and no WireGuard device: say another Tunnel=",
		      s->tunnel);
}

static void check_file(struct check *check, const struct conf_mno *mno,
		       const char *key, const char *path, bool secret)
{
	char text[CONF_PROBLEM_SIZE];

	if (conf_file_fault(text, path, secret))
		fault(check, mno->line, "%s=%s: %s", key, path, text);
}

static void check_mno(struct check *check, const struct conf *conf)
{
	const struct conf_mno *mno = &conf->mno;

	if (!mno->line)
		return;
	check_file(check, mno, "Certificate", mno->certificate, false);
	check_file(check, mno, "Key", mno->key, true);
	check_file(check, mno, "Authority", mno->authority, false);
	for (size_t i = 0; i < conf->n_sessions; i++)
		if (*conf->session[i].peer_epuid)
			return;
	note(check, mno->line, "note: no session has a PeerEPUID=, so the function has nothing to do");
}

static void check_module(struct check *check)
{
	struct genl genl;
	int ret;

	/* Another root has no kernel. */
	if (*netdev_root())
		return;
	ret = genl_open(&genl, SIDESTEP_GENL_NAME, SIDESTEP_GENL_GROUP);
	if (ret == -ENOENT) {
		fault(check, 0,
		      "the kernel module is not loaded (modprobe sidestep)");
	} else if (ret < 0) {
		fault(check, 0, "generic netlink: %s", strerror(-ret));
	} else {
		if (genl.version != SIDESTEP_GENL_VERSION)
			fault(check, 0,
			      "the kernel module speaks version %u and this program %d: install both from one release, and load the module again",
			      genl.version, SIDESTEP_GENL_VERSION);
		genl_close(&genl);
	}
}

int cli_check(struct cli *cli, int argc, char **argv)
{
	struct check check = { .path = argc ? argv[0] : CONF_PATH };
	struct conf conf;
	size_t i;

	if (argc > 1)
		return cli_misuse(cli, "unexpected word '%s'", argv[1]);
	conf_read(&conf, check.path, tell_problem, &check);
	for (i = 0; i < conf.n_sessions; i++) {
		check_direct(&check, &conf.session[i]);
		check_modem(&check, &conf.session[i]);
		check_made(&check, &conf.session[i]);
	}
	check_mno(&check, &conf);
	check_module(&check);
	if (!check.problems)
		printf("%s: ok, %zu session%s\n", check.path, conf.n_sessions,
		       conf.n_sessions == 1 ? "" : "s");
	conf_free(&conf);
	return check.problems ? EXIT_FAILURE : EXIT_SUCCESS;
}
