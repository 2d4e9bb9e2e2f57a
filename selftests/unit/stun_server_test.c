// SPDX-License-Identifier: GPL-2.0-or-later
#include "../../userspace/mno/stun_server.h"

#include "../../userspace/common/stun.h"
#include "ktap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT = 45478 };

static const uint8_t key[32] = "a key of the agreement";
static sd_event *event;
static struct stun_server *server;
static int fd[2];

static void settle(void)
{
	while (sd_event_run(event, 30000) > 0)
		;
}

static void begin(void)
{
	static const struct in_addr listen4 = { .s_addr = 0x0100007f };

	if (stun_server_open(&server, event, &listen4, &in6addr_loopback, PORT) ||
	    stun_server_add(server, "ue-a@a.example", key, sizeof(key)))
		abort();
}

static void send_to(int family, const void *buf, size_t len)
{
	struct sockaddr_in6 sin6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(PORT),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	if ((family == AF_INET ? sendto(fd[0], buf, len, 0, (void *)&sin, sizeof(sin)) :
	     sendto(fd[1], buf, len, 0, (void *)&sin6, sizeof(sin6))) < 0)
		abort();
}

static size_t request(uint8_t *buf, const char *user, const uint8_t *with,
		      enum stun_class class)
{
	struct stun_message message = { .class = class, .id = { 1, 2, 3 } };

	strcpy(message.user, user);
	return stun_encode(&message, with, sizeof(key), buf, STUN_MAX_SIZE);
}

/* ask - Return: length of the answer, or 0 */
static size_t ask(const char *user, const uint8_t *with, enum stun_class class,
		  uint8_t *answer)
{
	uint8_t buf[STUN_MAX_SIZE];
	ssize_t len = request(buf, user, with, class);

	send_to(AF_INET, buf, len);
	settle();
	len = recv(fd[0], answer, STUN_MAX_SIZE, 0);
	return len < 0 ? 0 : len;
}

static bool is_mapped(const struct stun_message *answer, int which)
{
	struct sockaddr_storage own = {};
	socklen_t len = sizeof(own);

	if (getsockname(fd[which], (void *)&own, &len))
		abort();
	return !memcmp(&own, &answer->mapped, sizeof(own));
}

static void test_answer(void)
{
	static const uint8_t id[STUN_ID_LEN] = { 1, 2, 3 };
	uint8_t buf[STUN_MAX_SIZE];
	struct stun_message answer;
	ssize_t len;

	begin();
	for (int which = 0; which < 2; which++) {
		len = request(buf, "ue-a@a.example", key, STUN_REQUEST);
		send_to(which ? AF_INET6 : AF_INET, buf, len);
		settle();
		len = recv(fd[which], buf, sizeof(buf), 0);
		EXPECT(len > 0 && !stun_decode(&answer, buf, len));
		EXPECT(answer.class == STUN_SUCCESS && !memcmp(answer.id, id, sizeof(id)));
		EXPECT(stun_is_from(buf, len, key, sizeof(key)));
		EXPECT(is_mapped(&answer, which));
	}
	EXPECT(stun_server_count(server, STUN_SERVER_ANSWERED) == 2);
	stun_server_close(server);
}

static void test_refused(void)
{
	static const uint8_t other[32] = "another key";
	uint8_t buf[STUN_MAX_SIZE];
	char big[2000] = {};

	begin();
	EXPECT(!ask("ue-b@a.example", key, STUN_REQUEST, buf));
	EXPECT(!ask("", key, STUN_REQUEST, buf));
	EXPECT(!ask("ue-a@a.example", NULL, STUN_REQUEST, buf));
	EXPECT(stun_server_count(server, STUN_SERVER_USER) == 3);
	EXPECT(!ask("ue-a@a.example", other, STUN_REQUEST, buf));
	EXPECT(stun_server_count(server, STUN_SERVER_INTEGRITY) == 1);
	EXPECT(!ask("ue-a@a.example", key, STUN_INDICATION, buf));
	EXPECT(!ask("ue-a@a.example", key, STUN_SUCCESS, buf));
	send_to(AF_INET, big, sizeof(big));
	send_to(AF_INET, big, 0);
	settle();
	EXPECT(stun_server_count(server, STUN_SERVER_FORM) == 4);
	stun_server_del(server, "ue-a@a.example");
	EXPECT(!ask("ue-a@a.example", key, STUN_REQUEST, buf));
	EXPECT(stun_server_count(server, STUN_SERVER_USER) == 4);
	EXPECT(!stun_server_count(server, STUN_SERVER_ANSWERED));
	stun_server_close(server);
}

static void test_rate(void)
{
	uint8_t buf[STUN_MAX_SIZE];
	size_t len = request(buf, "ue-a@a.example", key, STUN_REQUEST);
	uint64_t answered;

	begin();
	stun_server_add(server, "ue-b@a.example", key, sizeof(key));
	for (int i = 0; i < 100; i++)
		send_to(AF_INET, buf, len);
	settle();
	answered = stun_server_count(server, STUN_SERVER_ANSWERED);
	/* It may have seen the turn of a second. */
	EXPECT(answered >= STUN_SERVER_USER_A_SECOND &&
	       answered <= 2 * STUN_SERVER_USER_A_SECOND);
	EXPECT(answered + stun_server_count(server, STUN_SERVER_RATE) == 100);
	while (recv(fd[0], buf, sizeof(buf), 0) > 0)
		;
	EXPECT(ask("ue-b@a.example", key, STUN_REQUEST, buf));
	stun_server_close(server);
}

static void test_users(void)
{
	static const uint8_t second[32] = "its second key";
	char user[400], name[32];
	uint8_t buf[STUN_MAX_SIZE];

	begin();
	EXPECT(!stun_server_add(server, "ue-a@a.example", second, sizeof(second)));
	EXPECT(!ask("ue-a@a.example", key, STUN_REQUEST, buf));
	EXPECT(ask("ue-a@a.example", second, STUN_REQUEST, buf));
	memset(user, 'u', sizeof(user) - 1);
	user[sizeof(user) - 1] = 0;
	EXPECT(stun_server_add(server, user, key, sizeof(key)) == -EINVAL);
	EXPECT(stun_server_add(server, "", key, sizeof(key)) == -EINVAL);
	EXPECT(stun_server_add(server, "u", key, 0) == -EINVAL);
	EXPECT(stun_server_add(server, "u", key, 65) == -EINVAL);
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "user%d", i);
		EXPECT(!stun_server_add(server, name, key, sizeof(key)));
	}
	EXPECT(ask("user4711", key, STUN_REQUEST, buf));
	stun_server_del(server, "user4711");
	stun_server_del(server, "user4711");
	EXPECT(!ask("user4711", key, STUN_REQUEST, buf));
	EXPECT(ask("user4710", key, STUN_REQUEST, buf));
	stun_server_close(server);
}

static void test_size(void)
{
	uint8_t buf[STUN_MAX_SIZE], small[STUN_MAX_SIZE];
	size_t asked = request(small, "u", key, STUN_REQUEST), got;

	begin();
	stun_server_add(server, "u", key, sizeof(key));
	got = ask("u", key, STUN_REQUEST, buf);
	EXPECT(got && got <= 2 * asked);
	stun_server_close(server);
}

static void test_open(void)
{
	static const struct in_addr listen4 = { .s_addr = 0x0100007f };
	struct stun_server *second;

	begin();
	EXPECT(stun_server_open(&second, event, &listen4, NULL, PORT) == -EADDRINUSE);
	EXPECT(!strcmp(stun_server_count_name(STUN_SERVER_RATE), "rate"));
	EXPECT(!strcmp(stun_server_count_name(STUN_SERVER_COUNTS), "?"));
	stun_server_close(server);
	stun_server_close(NULL);
}

static const struct ktap_case cases[] = {
	{ "stun_server: an answer, on both families", test_answer },
	{ "stun_server: nothing for strangers", test_refused },
	{ "stun_server: so many a second and user", test_rate },
	{ "stun_server: users come and go", test_users },
	{ "stun_server: no more than twice what was asked", test_size },
	{ "stun_server: a port that is taken", test_open },
};

int main(void)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct sockaddr_in6 sin6 = {
		.sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};

	fd[0] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	fd[1] = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (bind(fd[0], (void *)&sin, sizeof(sin)) ||
	    bind(fd[1], (void *)&sin6, sizeof(sin6)) || sd_event_new(&event) < 0)
		abort();
	return ktap_run(KTAP_CASES(cases));
}
