# Certifikatguide. `make run` and `make test` do all the set-up on a fresh Debian 12 machine with Rust and Node.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
CARGO ?= cargo
CARGO_DENY_VERSION := 0.20.2

PACKAGE_PACKAGES := binutils dpkg-dev git librsvg2-bin python3 rpm
BUILD_PACKAGES := build-essential curl pkg-config libwebkit2gtk-4.1-dev
RUN_PACKAGES := webkit2gtk-driver xvfb xauth dbus gnome-keyring xdg-utils
TEST_PACKAGES := $(RUN_PACKAGES) at-spi2-core libsecret-tools openssl poppler-utils qpdf python3-venv softhsm2 opensc p11-kit swtpm swtpm-tools \
	tpm2-abrmd tpm2-tools libtpm2-pkcs11-1 libtpm2-pkcs11-tools libtss2-tcti-tabrmd0 libtss2-tcti-swtpm0 chromium chromium-driver libnss3-tools postgresql

# The tests that compare what is generated (the window's types, openapi.json) with what is checked in.
GENERATED_FILES_ARE_CURRENT := bindings_are_current the_description_of_the_api_that_is_checked_in_is_the_generated_one

UI_SOURCES := $(shell find ui -path ui/node_modules -prune -o -path ui/dist -prune -o -type f -print) \
	$(wildcard src-tauri/crates/lifecycle/problems/*.json src-tauri/crates/lifecycle/findings/*.json)

.PHONY: help run build test check bench bench-portal compare-crl format advisories bindings clean setup-build setup-package setup-run setup-test

help: ## Shows the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

run: setup-build ui/dist/index.html ## Builds everything and opens the window; without a display it plays the journey
	@$(CARGO) build --workspace --bins
	@if [ -n "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ]; then \
		exec target/debug/certifikatguide; \
	else \
		echo; \
		echo "There is no display here. The whole journey is played in the real window on a virtual one (Xvfb);"; \
		echo "numbered screenshots and the signed declaration will be in target/tour/."; \
		$(MAKE) --no-print-directory tour; \
	fi

.PHONY: tour
tour: setup-run ui/dist/index.html ## Plays the journey in the real window on a virtual display
	@$(CARGO) build --workspace --bins
	@target/debug/tour

build: setup-build ui/dist/index.html ## Release binaries in target/release
	$(CARGO) build --release -p certifikatguide -p portal -p cli --features certifikatguide/custom-protocol

test: setup-test ui/dist/index.html target/pyhanko/ready ## All tests, with a real window, keychain and portal
	npm --prefix ui run --silent test
	@$(CARGO) build --workspace --bins
	export CERTIFIKATGUIDE_TOKENS_REQUIRED=1; \
	export PYHANKO="$(CURDIR)/target/pyhanko/bin/pyhanko"; \
	export PKITS="$$(echo $(CURDIR)/target/pyhanko/lib/python*/site-packages/cryptography_vectors/x509/PKITS_data)"; \
	tests/with-keychain.sh $(CARGO) test --workspace --no-fail-fast

check: setup-test ui/dist/index.html ## Format, lints, types, licences, stale generated files
	$(CARGO) fmt --all --check
	npm --prefix ui run --silent format:check
	npm --prefix ui run --silent lint
	npm --prefix ui run --silent check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(CARGO) test --workspace --locked --quiet -- $(GENERATED_FILES_ARE_CURRENT) | grep -v '^$$\|running 0 tests\|0 passed'
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --document-private-items --quiet
	@command -v cargo-deny >/dev/null || $(CARGO) install cargo-deny --locked --debug --version $(CARGO_DENY_VERSION)
	$(CARGO) deny --log-level error check bans licenses sources

.PHONY: package
package: setup-package build ## The app as a Debian and an RPM package, in target/package
	src-tauri/packaging/package.sh target/release "$$($(CARGO) pkgid -p certifikatguide | sed 's/.*[#@]//')" target/package

.PHONY: try-package
try-package: ## Installs, uses and removes those packages in a clean Debian 12, as root
	$(call install,appstream desktop-file-utils mmdebstrap rpm)
	$(SUDO) tests/package/in-clean-root.sh target/package/certifikatguide_*.deb target/package/certifikatguide-[0-9]*.rpm target/clean-root

.PHONY: package-portal
package-portal: setup-build ## The portal as a Debian package, in target/package
	$(CARGO) build --release --locked -p portal
	src-tauri/crates/portal/packaging/package.sh target/release/portal "$$($(CARGO) pkgid -p portal | sed 's/.*[#@]//')" target/package

bench: setup-test target/pyhanko/ready ## How long a declaration takes, then beside pyHanko and OpenSSL: one table
	$(CARGO) bench -p declaration --bench declaration
	CARGO="$(CARGO)" tests/bench/run.sh

bench-portal: setup-test ## What the portal carries: declarations, status beside OpenSSL, a million certificates, memory; half an hour
	$(CARGO) bench -p portal --bench load -- $(CURDIR)/target/bench
	python3 tests/bench/table.py target/bench/portal.json $(addprefix target/bench/portal-,$(addsuffix .json,declarations status growth memory))

compare-crl: setup-test ## Checks a serial number against a list of a million entries, beside OpenSSL
	tests/compare-crl.sh

advisories: ## Known vulnerabilities (needs the advisory database from the network)
	$(CARGO) deny check advisories

format: ## Formats everything
	$(CARGO) fmt --all
	npm --prefix ui run --silent format

bindings: ## Writes the generated files again: the window's types and openapi.json
	UPDATE_BINDINGS=1 $(CARGO) test -q -p certifikatguide bindings_are_current
	$(CARGO) run -q -p portal -- openapi > target/openapi.json && mv target/openapi.json src-tauri/crates/portal-api/openapi.json

clean: ## Removes what was built
	$(CARGO) clean
	rm -rf ui/dist ui/node_modules

ui/node_modules/.package-lock.json: ui/package-lock.json
	npm --prefix ui ci --no-audit --no-fund
	@touch $@

ui/dist/index.html: ui/node_modules/.package-lock.json $(UI_SOURCES)
	npm --prefix ui run --silent build
	@touch $@

target/pyhanko/ready: tests/requirements.txt
	/usr/bin/python3 -m venv target/pyhanko
	target/pyhanko/bin/pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@

# Debian packages, only where one is missing.
define install
	@missing=$$(for package in $(1); do dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'install ok installed' || echo $$package; done); \
	if [ -n "$$missing" ]; then \
		if command -v apt-get >/dev/null; then \
			echo "Installing:" $$missing; \
			$(SUDO) apt-get update -qq; \
			DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
		else \
			echo "Please install what these Debian packages hold:" $$missing; exit 1; \
		fi; \
	fi
	@command -v $(CARGO) >/dev/null || { echo "Rust is missing: install it with rustup (1.95 or newer)."; exit 1; }
	@node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' 2>/dev/null && command -v npm >/dev/null || \
		{ echo "Node 20.19 or newer with npm is missing: Debian 12's own is too old; nodejs.org has one."; exit 1; }
endef

setup-build:
	$(call install,$(BUILD_PACKAGES))

setup-package:
	$(call install,$(PACKAGE_PACKAGES))

setup-run:
	$(call install,$(BUILD_PACKAGES) $(RUN_PACKAGES))

setup-test:
	$(call install,$(BUILD_PACKAGES) $(TEST_PACKAGES))
