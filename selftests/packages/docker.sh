# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced, after beside.sh and systemd.sh, by guest.sh: Docker's own daemon on host A, with
# one container, whose web page is published. It is Debian's docker.io, and all settings are
# Docker's own; the image is busybox, for no registry is in reach.

WEB_PORT=8080 WEB_PAGE="from a container"

# docker_up: with the container
docker_up()
{
	local image=$TMP/web

	mkdir -p "$image/bin" "$image/www"
	cp /bin/busybox "$image/bin"
	ln -s busybox "$image/bin/ping"
	echo "$WEB_PAGE" > "$image/www/index.html"
	inside systemctl start docker || return
	tar -c -C "$image" . | inside docker import - web > /dev/null &&
		inside docker run -d --name web -p $WEB_PORT:80 web \
			/bin/busybox httpd -f -p 80 -h /www > /dev/null
}

# docker_works: the peer has its page through the session; it reaches the internet, and the peer
docker_works()
{
	[ "$(docker_page)" = "$WEB_PAGE" ] && docker_reaches "$INTERNET4" && docker_reaches "$B4"
}

docker_page()
{
	# shellcheck disable=SC2016 # expanded there
	in_ns "$UE_B" timeout 5 bash -c 'exec 3<> "/dev/tcp/$1/$2"
		printf "GET / HTTP/1.0\r\n\r\n" >&3; tail -n 1 <&3' bash "$A4" $WEB_PORT
}

docker_reaches()
{
	inside docker exec web ping -q -c 1 -W 2 "$1" > /dev/null
}

# docker_says: for a failed test
docker_says()
{
	{
		docker_page
		inside docker ps -a
		inside docker logs web
		inside journalctl -q -u docker --no-pager -n 30
		theirs
	} 2>&1 | sed 's/^/# /'
}

docker_test()
{
	beside Docker docker_works
	flows_begin
	test_ok "Docker starts again" inside systemctl restart docker
	test_ok "... and its container" inside docker start web
	flows_end "Docker starts again"
	busywait 20000 docker_works || docker_says
	test_ok "Docker: works again" docker_works
}
