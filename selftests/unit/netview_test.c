// SPDX-License-Identifier: GPL-2.0-or-later
/* The view is of host 0. Its own routes and rules have the protocol 83. */
#include "../../userspace/ue/netview.h"

#include "hosts.h"
#include "ktap.h"

#include <stdlib.h>

#define TABLE "1000"
#define ROUTE "unreachable default table " TABLE " proto 83 metric 9"
#define RULE "fwmark 7 lookup " TABLE " pref 990 protocol 83"

enum { QUIET_US = 100000 };

static sd_event *event;
static struct netview *view;
static unsigned int calls;

static void changed(void *data)
{
	(void)data;
	calls++;
}

/* Until nothing has happened for a while. Return: was anything told? */
static bool told(void)
{
	calls = 0;
	while (sd_event_run(event, QUIET_US) > 0)
		;
	return calls;
}

static size_t routes(void)
{
	size_t n;

	netview_routes(view, &n);
	return n;
}

static size_t rules(void)
{
	size_t n;

	netview_rules(view, &n);
	return n;
}

static void test_followed(void)
{
	EXPECT(hosts_run(0, "ip route add " ROUTE));
	EXPECT(told() && routes() == 1);
	EXPECT(hosts_run(0, "ip rule add " RULE));
	EXPECT(told() && rules() == 1);
	EXPECT(hosts_run(0, "ip route del " ROUTE "; ip rule del " RULE));
	EXPECT(told() && !routes() && !rules());
}

/* Whoever has made it must hear that it is gone, though the view is as it was. */
static void test_taken_away(void)
{
	EXPECT(hosts_run(0, "ip route add " ROUTE " && ip route flush table " TABLE));
	EXPECT(told() && !routes());
	EXPECT(hosts_run(0, "ip rule add " RULE " && ip rule del " RULE));
	EXPECT(told() && !rules());
}

static void test_not_looked_at(void)
{
	EXPECT(hosts_run(0, "ip route add unreachable 192.0.2.0/24"));
	EXPECT(!told());
	EXPECT(hosts_run(0, "ip route del unreachable 192.0.2.0/24"));
	EXPECT(!told());
}

static const struct ktap_case cases[] = {
	{ "netview: routes and rules come and go", test_followed },
	{ "netview: what was there between two looks only is told", test_taken_away },
	{ "netview: other routes are not looked at", test_not_looked_at },
};

int main(void)
{
	int ret;

	if (!hosts_open()) {
		printf("KTAP version 1\n1..1\nok 1 netview # SKIP no namespaces for this user\n");
		return 4;
	}
	hosts_enter(0);
	if (sd_event_new(&event) < 0 || netview_open(&view, event, changed, NULL))
		abort();
	told();
	ret = ktap_run(KTAP_CASES(cases));
	netview_close(view);
	sd_event_unref(event);
	return ret;
}
