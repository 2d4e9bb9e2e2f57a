# SPDX-License-Identifier: GPL-2.0-or-later
# For people; kbuild reads the Kbuild beside it.
#
#   make                  sidestep.ko for the running kernel, and the programs
#   make module KDIR=DIR  sidestep.ko for another kernel
#   make demo             the whole story on this machine, in guests
#   make demo CASE=same-mno
#                         or symmetric, corner, ipv6, relay-only: a variant of it
#   make check            all tests; T=name runs some
#   make check-kernels    the same on 6.1 and on 6.12
#   make check-debug      the same on one that looks for faults, built first
#   make check-packages   Debian's packages, installed, upgraded and removed in a guest
#   make fuzz T=order S=60
#                         one fuzz target (tag, window, order, trigger,
#                         session_parse, ...; `make fuzz` names them) for so long
#   make replay           what the triggers are worth, on scripted walks
#   make soak MINUTES=30  a session to which things happen at random, for so long
#   make kselftest KSRC=DIR
#                         puts the tests into a kernel's source
#   make bench            what it costs
#   make bench-profile    and in which piece of the code
#   make install          undone by `make uninstall`, for all kernels
#   make dkms-install     undone by `make dkms-uninstall`
#   make deb              Debian packages sidestep-dkms, sidestep and sidestep-mno, in out/deb
#   make style            sparse, checkpatch and shellcheck

KDIR ?= /lib/modules/$(shell uname -r)/build
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"$$/\1/p' dkms.conf)
# What prosefd has of the module
ENGINE := trigger decide trigger_config event l3filter linkfail pace trend words
KSELFTEST = $(KSRC)/tools/testing/selftests/net/sidestep
DKMS_DIR := $(DESTDIR)/usr/src/sidestep-$(VERSION)

all: module programs

module:
	@test -e '$(KDIR)/Makefile' || { \
		echo 'make: no kernel headers in $(KDIR): install them, or say KDIR=DIR' >&2; \
		exit 1; }
	$(MAKE) -C '$(KDIR)' M='$(CURDIR)' modules

programs:
	$(MAKE) -C userspace

demo:
	CASE='$(CASE)' selftests/demo/demo.sh

check:
	selftests/deps.sh --for $(or $(filter debug,$(KERNEL)),check)
	selftests/run.sh

check-kernels:
	selftests/deps.sh --for check
	KERNEL=6.1 selftests/run.sh
	KERNEL=6.12 selftests/run.sh

check-debug:
	$(MAKE) check KERNEL=debug

check-packages:
	selftests/deps.sh --for packages
	selftests/packages/packages.sh

fuzz:
	@test -n '$(T)' || { echo "make: which target? say T= and one of: $$($(MAKE) -s --no-print-directory -C selftests/fuzz targets)" >&2; exit 1; }
	selftests/deps.sh --for check
	$(MAKE) -C selftests/fuzz T='$(T)' S='$(or $(S),60)'

replay:
	selftests/deps.sh --for replay
	$(MAKE) -s -C selftests/replay
	mkdir -p out/replay
	selftests/replay/bin/replay out/replay

soak:
	selftests/deps.sh --for $(or $(filter debug,$(KERNEL)),check)
	MINUTES='$(MINUTES)' SEED='$(SEED)' selftests/soak/soak.sh

kselftest:
	@test -e '$(KSRC)/tools/testing/selftests/lib.mk' || { \
		echo "make: no kernel source in '$(KSRC)': say KSRC=DIR" >&2; exit 1; }
	mkdir -p '$(KSELFTEST)/progs' '$(KSELFTEST)/kmod/uapi/linux'
	cp $(addprefix selftests/,*.sh Makefile config settings) dkms.conf '$(KSELFTEST)'
	rm '$(KSELFTEST)/run.sh' '$(KSELFTEST)/guest_run.sh' '$(KSELFTEST)/deps.sh'
	cp selftests/progs/*.[ch] '$(KSELFTEST)/progs'
	install -D -m 0644 selftests/unit/random.h '$(KSELFTEST)/kmod/unit/random.h'
	cp $(addprefix kmod/,tag.c tag.h wire.h pure.h $(foreach part,$(ENGINE),$(part).c $(part).h)) \
		'$(KSELFTEST)/kmod'
	cp kmod/uapi/linux/sidestep.h '$(KSELFTEST)/kmod/uapi/linux'
	cp -r userspace selftests/soak '$(KSELFTEST)'

bench:
	selftests/bench/bench.sh

bench-profile:
	selftests/bench/bench.sh --profile

style:
	selftests/deps.sh --for lint
	selftests/vm/build.sh --sparse
	selftests/vm/build.sh --checkpatch
	git ls-files '*.sh' .ci/run | xargs -n 8 -P "$$(nproc)" shellcheck -x

install: module
	$(MAKE) -C '$(KDIR)' M='$(CURDIR)' INSTALL_MOD_DIR=updates modules_install
	$(MAKE) -C userspace install

uninstall:
	set -e; for ko in '$(INSTALL_MOD_PATH)'/lib/modules/*/updates/sidestep.ko*; do \
		test -e "$$ko" || continue; \
		dir=$${ko%/*}; kernel=$${dir%/updates}; \
		$(RM) "$$ko"; \
		rmdir --ignore-fail-on-non-empty "$$dir"; \
		depmod -b '$(INSTALL_MOD_PATH)/' "$${kernel##*/}"; \
	done
	$(MAKE) -C userspace uninstall

dkms-install:
	find Kbuild dkms.conf kmod -name '*.[ch]' -o -name Kbuild -o -name dkms.conf | \
		xargs -I{} install -D -m 0644 {} '$(DKMS_DIR)/{}'
	dkms add sidestep/$(VERSION)
	dkms install sidestep/$(VERSION)

deb:
	selftests/deps.sh --for deb
	selftests/deb.sh

dkms-uninstall:
	dkms remove sidestep/$(VERSION) --all
	$(RM) -r '$(DKMS_DIR)'

clean:
	$(RM) -r build out
	if test -e '$(KDIR)/Makefile'; then \
		$(MAKE) -C '$(KDIR)' M='$(CURDIR)' clean; fi
	$(MAKE) -C userspace clean
	$(MAKE) -C selftests clean
	$(MAKE) -C selftests/unit clean
	$(MAKE) -C selftests/fuzz clean
	$(MAKE) -C selftests/bench clean
	$(MAKE) -C selftests/demo clean
	$(MAKE) -C selftests/replay clean

.PHONY: all module programs demo check check-kernels check-debug check-packages replay soak kselftest fuzz bench \
	style deb install uninstall dkms-install dkms-uninstall clean
