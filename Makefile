# Needs make and Python 3.11 or newer, nothing else. `make help` lists the targets.

PYTHON ?= python3
VENV ?= .venv
# Two workers: the end-to-end tests play in real time, and a loaded machine stutters.
WORKERS ?= 2
# Real players, each for a minute or less, mostly waiting for time to pass.
PLAYS ?= 8
# Of a soak.
SECONDS ?= 600
SEED ?= 1
# Of the lines, those to play; none: all.
CASES ?=
# Of a benchmark; --help tells which there are.
OPTIONS ?=
# Where `make install` puts the program; system-wide: /usr/local
PREFIX ?= $(HOME)/.local
# Each target of `make fuzz` runs for so long.
FUZZ_SECONDS ?= 60
# Played after the others: it measures delays.
ALONE := tests/players/test_low_latency.py

BIN := $(VENV)/bin
# No build script runs on install. Where a package has no wheel (Macs with an Intel
# processor): make demo WHEELS=
WHEELS ?= --only-binary :all:
INSTALL := $(BIN)/python -m pip install --quiet --require-hashes $(WHEELS)
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet \
	--generate-hashes --allow-unsafe --strip-extras --resolver=backtracking \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options

# Not --quiet, which would let warnings pass. Material's note about MkDocs 2 is not for us.
SITE := NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

# A peer of `make bench`, with dependencies of its own. One of them, pyaes, has no wheel.
MEDIAFLOW := build/mediaflow
INSTALLED := $(PREFIX)/lib/hls-auth-proxy

# The stamp names the Python, so that another PYTHON makes the environment anew.
MADE := $(VENV)/.made-by-$(notdir $(PYTHON))
RUN := $(VENV)/.run
DEV := $(VENV)/.dev
FUZZ := $(VENV)/.fuzz

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: bench bench-line bench-players bench-playlists check clean demo docs fuzz help \
	install lines lint lock media pages players soak test uninstall upgrade

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' \
		$(MAKEFILE_LIST)
	@echo "Another Python: make test PYTHON=python3.12"

demo: $(RUN) ## play a protected stream against a demo upstream, offline
	@$(BIN)/hls-auth-proxy demo

install: $(RUN) ## put `hls-auth-proxy` on your PATH; system-wide: PREFIX=/usr/local
	rm -rf build/wheel
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation \
		--wheel-dir build/wheel .
	$(PYTHON) -m venv --clear $(INSTALLED)
	$(INSTALLED)/bin/python -m pip install --quiet --require-hashes $(WHEELS) \
		--requirement requirements/run.lock
	$(INSTALLED)/bin/python -m pip install --quiet --no-deps --no-index \
		build/wheel/*.whl
	mkdir -p $(PREFIX)/bin
	ln -sf $(INSTALLED)/bin/hls-auth-proxy $(PREFIX)/bin/hls-auth-proxy
	@command -v hls-auth-proxy >/dev/null || echo "Add $(PREFIX)/bin to your PATH"

uninstall: ## remove what `make install` has put there
	rm -rf $(INSTALLED) $(PREFIX)/bin/hls-auth-proxy

check: test lint ## everything that must pass before a change lands

test: $(DEV) ## run every test, the end-to-end ones included
	$(BIN)/pytest -n $(WORKERS) --dist loadscope

players: $(DEV) ## play everything in real players, installed by apt (as root) and npm
	tests/players/install
	$(BIN)/pytest -n $(PLAYS) --dist worksteal tests/players --ignore $(ALONE)
	$(BIN)/pytest $(ALONE)

lint: $(DEV) ## ruff, mypy, and the floors of the house
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/mypy --platform win32
	$(BIN)/lint-imports
	@$(SITE)

docs: $(DEV) ## build the documentation site into build/site; no dead link is let through
	$(SITE)
	@echo "build/site/index.html"

pages: $(DEV) ## write what is generated of the documentation: settings, tests of invariants
	$(BIN)/python -m tools.make_pages

bench: $(DEV) ## what media costs beside nginx and other proxies: OPTIONS="--only stored"
	@npm ci --prefix benchmarks/peers --silent --ignore-scripts --no-audit --no-fund \
		|| echo "npm did not install HLS-Proxy"
	@test -e $(MEDIAFLOW)/.made || { $(PYTHON) -m venv --clear $(MEDIAFLOW) \
		&& $(MEDIAFLOW)/bin/pip install --quiet --require-hashes $(WHEELS) \
			--no-binary pyaes --no-build-isolation \
			--requirement benchmarks/peers/mediaflow.lock \
		&& touch $(MEDIAFLOW)/.made; } || echo "pip did not install mediaflow-proxy"
	@$(BIN)/python -m benchmarks.media $(OPTIONS)

bench-playlists: $(DEV) ## what a playlist costs, beside others in the same run
	@$(BIN)/python -m benchmarks.playlists.speed
	@$(BIN)/python -m benchmarks.playlists.expensive
	@$(BIN)/python -m benchmarks.playlists.pauses
	@$(BIN)/python -m benchmarks.playlists.answers

bench-line: $(DEV) ## first frames on a slow line, beside no proxy, as root: OPTIONS="--runs 3"
	@$(BIN)/python -m benchmarks.line $(OPTIONS)

bench-players: $(DEV) ## many players on one live stream: OPTIONS="200 1000"
	@$(BIN)/python -m benchmarks.players $(OPTIONS)

soak: $(DEV) ## ten minutes of outages and faults, ten of reloads: SECONDS=600 SEED=1
	@$(BIN)/python -m tests.soak $(SECONDS) $(SEED)
	@$(BIN)/python -m tests.soak.reloads $(SECONDS) $(SEED)

lines: $(DEV) ## lines that come and go, as root: CASES="cut-10 address", by default all
	@$(BIN)/python -m tests.lines $(CASES)

fuzz: $(FUZZ) ## look for inputs that break what reads playlists, for some minutes
	@for target in rewriting resolving documents attributes; do \
		$(BIN)/python -m tests.fuzz $$target -max_total_time=$(FUZZ_SECONDS) \
			-timeout=10 -max_len=4096 -verbosity=0 -print_final_stats=1 \
			|| exit 1; \
	done
	@$(BIN)/python -m tests.fuzz.expensive

media: $(DEV) ## make the demo's media anew
	$(BIN)/python tools/make_demo_media.py

lock: $(DEV) ## write the lock files after a change of dependencies
	$(COMPILE) --output-file requirements/run.lock pyproject.toml
	$(COMPILE) --output-file requirements/build.lock \
		--only-build-deps --build-deps-for editable pyproject.toml
	$(COMPILE) --output-file requirements/dev.lock \
		--constraint requirements/run.lock --constraint requirements/build.lock \
		pyproject.toml requirements/dev.in
	$(COMPILE) --output-file requirements/fuzz.lock requirements/fuzz.in
	$(COMPILE) --output-file benchmarks/peers/mediaflow.lock \
		benchmarks/peers/mediaflow.in

upgrade: COMPILE += --upgrade
upgrade: lock ## take the newest versions into the lock files

clean: ## remove the environment and everything that was made
	rm -rf $(VENV) build dist .hypothesis .import_linter_cache
	rm -rf .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(MADE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is missing or older than 3.11; say which one to use:" \
			"make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
		echo "$(PYTHON) lacks venv or pip; on Debian and Ubuntu:" \
			"apt install python3-venv" >&2; exit 1; }
	@rm -f $(VENV)/.made-by-* $(RUN) $(DEV) $(FUZZ) $(BIN)/python*
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(RUN): $(MADE) requirements/build.lock requirements/run.lock pyproject.toml
	@echo "Installing into $(VENV) ..."
	@$(INSTALL) --requirement requirements/build.lock --requirement requirements/run.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): $(RUN) requirements/dev.lock
	@echo "Installing what the tests and checks need ..."
	@$(INSTALL) --requirement requirements/dev.lock
	@touch $@

$(FUZZ): $(DEV) requirements/fuzz.lock
	@echo "Installing the fuzzer ..."
	@$(INSTALL) --requirement requirements/fuzz.lock
	@touch $@
