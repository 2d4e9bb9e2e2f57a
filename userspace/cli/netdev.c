// SPDX-License-Identifier: GPL-2.0-or-later
#include "netdev.h"

#include <dirent.h>
#include <limits.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <net/route.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	/* Of an IPv6 address, in /proc/net/if_inet6 (IPV6_ADDR_LINKLOCAL). */
	SCOPE_LINK = 0x20,
};

const char *netdev_root(void)
{
	const char *root = secure_getenv("SIDESTEP_ROOT");

	return root ? root : "";
}

static FILE *open_under(const char *dir, const char *name, const char *file)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s/%s%s%s", netdev_root(), dir, name,
		 *file ? "/" : "", file);
	return fopen(path, "re");
}

static bool has(const char *name, const char *file)
{
	FILE *f = open_under("/sys/class/net", name, file);

	if (f)
		fclose(f);
	return f;
}

static unsigned int read_number(const char *name, const char *file)
{
	FILE *f = open_under("/sys/class/net", name, file);
	int n = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%i", &n) != 1)
		n = 0;
	fclose(f);
	return n;
}

/* What the driver calls it, "" if it does not. */
static void read_devtype(const char *name, char devtype[32])
{
	FILE *f = open_under("/sys/class/net", name, "uevent");
	char line[128];

	*devtype = '\0';
	if (!f)
		return;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "DEVTYPE=%31s", devtype) == 1)
			break;
	fclose(f);
}

static bool is_tunnel(const char *name, const char *devtype, unsigned int type)
{
	switch (type) {
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
	case ARPHRD_IPGRE:
	case ARPHRD_IP6GRE:
		return true;
	default:
		return has(name, "tun_flags") || !strcmp(devtype, "vxlan") ||
		       !strcmp(devtype, "geneve");
	}
}

static enum netdev_kind read_kind(const char *name, const char *devtype)
{
	unsigned int type = read_number(name, "type");

	if (type == ARPHRD_LOOPBACK)
		return NETDEV_LOOPBACK;
	if (type == ARPHRD_PPP)
		return NETDEV_PPP;
	if (has(name, "sidestep"))
		return NETDEV_SESSION;
	if (has(name, "bridge"))
		return NETDEV_BRIDGE;
	if (!strcmp(devtype, "wireguard"))
		return NETDEV_WIREGUARD;
	return is_tunnel(name, devtype, type) ? NETDEV_TUNNEL : NETDEV_LINK;
}

/* Does a line of a file in /proc/net hold for the device? */
typedef bool (*line_holds)(const char *line, const char *name);

static bool any_line(const char *file, const char *name, line_holds holds)
{
	FILE *f = open_under("/proc/net", file, "");
	char line[256];
	bool found = false;

	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f))
		found = holds(line, name);
	fclose(f);
	return found;
}

static bool is_default4(const char *line, const char *name)
{
	unsigned int to, flags, mask;
	char of[IFNAMSIZ];

	return sscanf(line, "%15s %x %*x %x %*d %*d %*d %x", of, &to, &flags,
		      &mask) == 4 &&
	       !strcmp(of, name) && !to && !mask && !(flags & RTF_REJECT);
}

static bool is_default6(const char *line, const char *name)
{
	unsigned int bits, flags;
	char of[IFNAMSIZ];

	return sscanf(line, "%*32[0] %x %*32[0-9a-f] %*x %*32[0-9a-f] %*x %*x %*x %x %15s",
		      &bits, &flags, of) == 3 &&
	       !strcmp(of, name) && !bits && !(flags & RTF_REJECT);
}

static bool is_link_local(const char *line, const char *name)
{
	unsigned int scope, flags;
	char of[IFNAMSIZ];

	return sscanf(line, "%*32[0-9a-f] %*x %*x %x %x %15s", &scope, &flags,
		      of) == 3 &&
	       !strcmp(of, name) && scope == SCOPE_LINK &&
	       !(flags & IFA_F_DADFAILED);
}

bool netdev_read(struct netdev *dev, const char *name)
{
	char devtype[32];

	memset(dev, 0, sizeof(*dev));
	if (strlen(name) >= IFNAMSIZ || !has(name, "type"))
		return false;
	strcpy(dev->name, name);
	read_devtype(name, devtype);
	dev->kind = read_kind(name, devtype);
	dev->up = read_number(name, "flags") & IFF_UP;
	dev->radio = has(name, "phy80211");
	dev->modem = !strcmp(devtype, "wwan") || !strncmp(name, "wwan", 4);
	dev->default_route = any_line("route", name, is_default4) ||
			     any_line("ipv6_route", name, is_default6);
	dev->link_local = any_line("if_inet6", name, is_link_local);
	return true;
}

size_t netdev_list(struct netdev **list)
{
	struct dirent **entry = NULL;
	char dir[PATH_MAX];
	size_t n = 0;
	int i, count;

	snprintf(dir, sizeof(dir), "%s/sys/class/net", netdev_root());
	count = scandir(dir, &entry, NULL, versionsort);
	*list = calloc(count > 0 ? count : 1, sizeof(**list));
	for (i = 0; i < count; i++) {
		if (*list && netdev_read(*list + n, entry[i]->d_name))
			n++;
		free(entry[i]);
	}
	free(entry);
	return n;
}

const char *netdev_kind_name(enum netdev_kind kind)
{
	switch (kind) {
	case NETDEV_PPP:
		return "a PPP link";
	case NETDEV_LOOPBACK:
		return "the loopback device";
	case NETDEV_BRIDGE:
		return "a bridge";
	case NETDEV_TUNNEL:
		return "a tunnel";
	case NETDEV_WIREGUARD:
		return "a WireGuard tunnel";
	case NETDEV_SESSION:
		return "a session device";
	case NETDEV_LINK:
		break;
	}
	return "no tunnel";
}
