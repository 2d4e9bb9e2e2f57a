// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli.h"
#include "../common/conf.h"
#include "netdev.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

/**
 * struct proposal - what this host has
 * @dev: its devices
 * @n: how many
 * @direct: proposed for Direct=, NULL if nothing is
 * @modem: likewise, for Modem=
 */
struct proposal {
	struct netdev *dev;
	size_t n;
	const struct netdev *direct;
	const struct netdev *modem;
};

static bool may_be_direct(const struct netdev *dev)
{
	return dev->radio && dev->kind == NETDEV_LINK;
}

static bool may_be_modem(const struct netdev *dev)
{
	return (dev->kind == NETDEV_LINK || dev->kind == NETDEV_PPP) &&
	       (dev->modem || dev->default_route);
}

/* A radio that leads into the world is the less likely one. */
static int direct_worth(const struct netdev *dev)
{
	return !may_be_direct(dev) ? 0 : dev->default_route ? 1 : 2;
}

/* What is called a modem, then any way out, a radio last. */
static int modem_worth(const struct netdev *dev)
{
	return !may_be_modem(dev) ? 0 : dev->modem ? 3 : dev->radio ? 1 : 2;
}

static const struct netdev *best(const struct proposal *p,
				 int (*worth)(const struct netdev *),
				 const struct netdev *but)
{
	const struct netdev *found = NULL;

	for (size_t i = 0; i < p->n; i++)
		if (p->dev + i != but && worth(&p->dev[i]) > 0 &&
		    (!found || worth(&p->dev[i]) > worth(found)))
			found = &p->dev[i];
	return found;
}

static void propose(struct proposal *p)
{
	p->n = netdev_list(&p->dev);
	p->direct = best(p, direct_worth, NULL);
	p->modem = best(p, modem_worth, p->direct);
}

/* A comment with what was found. */
static void print_found(FILE *out, const struct proposal *p,
			bool (*may)(const struct netdev *))
{
	const char *before = "# Found:";

	for (size_t i = 0; i < p->n; i++) {
		const struct netdev *dev = &p->dev[i];

		if (!may(dev))
			continue;
		fprintf(out, "%s %s (%s%s%s)", before, dev->name,
			dev->radio ? "radio" : dev->modem ? "modem" : "network",
			dev->up ? "" : ", down",
			dev->default_route ? ", default route" : "");
		before = ",";
	}
	fprintf(out, "%s\n", *before == '#' ? "# Found: none" : "");
}

/* A name that nothing has. */
static void session_name(char name[IFNAMSIZ])
{
	struct netdev dev;
	unsigned int i = 0;

	do {
		snprintf(name, IFNAMSIZ, "p2p%u", i++);
	} while (i < 1000 && netdev_read(&dev, name));
}

static void print_host(FILE *out)
{
	struct utsname host = {};

	uname(&host);
	host.nodename[strcspn(host.nodename, ".")] = '\0';
	fprintf(out,
		"# What sidestepd does on this host: see sidestepd.conf(5).\n"
		"#\n"
		"# Fill in Peer= and PeerKey=, and look whether the two devices are the right ones.\n"
		"# Then: sidestep check; systemctl reload-or-restart sidestepd\n"
		"# On the other host likewise, with this host's name and key.\n"
		"\n"
		"[Host]\n"
		"# What the other host has in its Peer=. If not given, the host name.\n"
		"#Name=%s\n"
		"# Figures for node_exporter.\n"
		"#MetricsFile=/run/sidestep/sidestep.prom\n"
		"\n"
		"# If the operator helps hosts to find each other: its ProSe Function, and what\n"
		"# it has issued to this host.\n"
		"#[Mno]\n"
		"#Function=198.51.100.7\n"
		"#Certificate=/etc/sidestep/ue.pem\n"
		"#Key=/etc/sidestep/ue.key\n"
		"#Authority=/etc/sidestep/authority.pem\n"
		"\n", host.nodename);
}

static void print_session(FILE *out, const struct proposal *p)
{
	char name[IFNAMSIZ];

	session_name(name);
	fprintf(out,
		"# One section for each peer; the session device gets this name.\n"
		"[Session %s]\n"
		"# The other host's Name=.\n"
		"Peer=\n"
		"# The other host's public key: run `sidestepd --key` there, as root.\n"
		"PeerKey=\n"
		"\n"
		"# The device of the direct radio link.\n", name);
	print_found(out, p, may_be_direct);
	fprintf(out, "Direct=%s\n"
		"\n"
		"# The device by which the standby tunnel leaves.\n",
		p->direct ? p->direct->name : "");
	print_found(out, p, may_be_modem);
	fprintf(out, "Modem=%s\n\n", p->modem ? p->modem->name : "");
	fprintf(out,
		"# The standby tunnel. \"warm\": always up; \"cold\": when it is needed.\n"
		"#Standby=warm\n"
		"# Seconds between keepalives, so that NATs remember a warm tunnel.\n"
		"#Keepalive=25\n"
		"# Where the peer's end is reached, if the peer cannot tell itself: it has a public\n"
		"# address that is not on its own devices, as behind a port forward.\n"
		"#Endpoint=203.0.113.2:51820\n"
		"# UDP port of this end, for the peer's Endpoint=.\n"
		"#ListenPort=51820\n"
		"# Name of the WireGuard device.\n"
		"#Tunnel=wg-%s\n"
		"# With [Mno]: the name by which the operators know the peer; then no Endpoint= is\n"
		"# needed. And whether the peer may be told this host's addresses, for a direct way.\n"
		"#PeerEPUID=bob@operator.example\n"
		"#RelayOnly=no\n", name);
}

/* Return: 0 or an errno value. */
static int write_file(int fd, const struct proposal *p)
{
	FILE *out = fdopen(fd, "w");
	bool failed;

	if (!out) {
		close(fd);
		return errno;
	}
	print_host(out);
	print_session(out, p);
	failed = fflush(out) || ferror(out);
	return fclose(out) || failed ? errno : 0;
}

/* Its directory is made, too. Return: a descriptor or -1, with errno. */
static int create(const char *path)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
	int fd = open(path, flags, 0644);
	char dir[PATH_MAX];

	if (fd >= 0 || errno != ENOENT)
		return fd;
	snprintf(dir, sizeof(dir), "%s", path);
	if (mkdir(dirname(dir), 0755) < 0)
		return -1;
	return open(path, flags, 0644);
}

static int refuse(const struct cli *cli, const char *path, int error)
{
	if (error == EEXIST)
		return cli_fail(cli, "'%s' is there already: remove it, or name another file",
				path);
	if (error == EACCES)
		return cli_fail(cli, "'%s': %s (be root)", path, strerror(error));
	return cli_fail(cli, "'%s': %s", path, strerror(error));
}

int cli_init(struct cli *cli, int argc, char **argv)
{
	const char *path = argc ? argv[0] : CONF_PATH;
	struct proposal p = {};
	int fd, error;

	if (argc > 1)
		return cli_misuse(cli, "unexpected word '%s'", argv[1]);
	fd = create(path);
	if (fd < 0)
		return refuse(cli, path, errno);
	propose(&p);
	error = write_file(fd, &p);
	if (error)
		unlink(path);
	else
		printf("%s: fill in Peer=, PeerKey=%s%s; then: sidestep check%s%s\n",
		       path, p.direct ? "" : ", Direct=",
		       p.modem ? "" : ", Modem=", argc ? " " : "",
		       argc ? path : "");
	free(p.dev);
	return error ? refuse(cli, path, error) : EXIT_SUCCESS;
}
