# Midspan. `make` alone lists what there is to do. Every target sets itself up: it needs git, make and Python 3.11 to 3.14.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# Words for the command behind a target: make serve ARGS="--port 9000", make test ARGS="-k journal -x"
ARGS ?=

UV := .cache/uv-$(shell sed -n 's/^setup = \["uv==\(.*\)"\]/\1/p' pyproject.toml)/bin/uv
BIN := .venv/bin

# uv brings certificates of its own. A company's authority stands in the system's, so these win where there are any.
UV_SYSTEM_CERTS ?= $(if $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem),1,0)
export UV_SYSTEM_CERTS
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := .venv
unexport VIRTUAL_ENV
# Without bytecode each of the servers that the tests start compiles all that it imports: a second more.
unexport PYTHONDONTWRITEBYTECODE

# Builds the web UI and runs its tools, with the machine's Node.js or the one that .cache/.node has put into .cache/node.
UI = $(BIN)/python scripts/build_ui.py

SYNC = $(UV) sync --frozen --python "$$python"

.PHONY: help
help: ## What there is to do
	@echo "make TARGET [ARGS=\"…\"]"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

.PHONY: serve
serve: .venv/.installed ui ## Start the server (ARGS="--port 9000"); Ctrl-C ends it
	@exec $(BIN)/midspan serve $(ARGS)

.PHONY: test
test: check ui .cache/.browser ## Check, then run the tests (ARGS="-k journal"); .ci/run leaves none out
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

.PHONY: check
check: .venv/.installed-dev .cache/.node ## Lint, format, types, import layers; the web UI's lint, types, unit tests
	@$(MAKE) --no-print-directory -j2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) check-code check-ui

# Side by side: each keeps one core busy for half a minute.
.PHONY: check-code check-ui
check-code:
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

check-ui:
	$(UI) run check

.PHONY: format
format: .venv/.installed-dev .cache/.node ## Mend what ruff and biome can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(UI) run format

.PHONY: ui
ui: .venv/.installed .cache/.node ## Build the web UI, if web/ has changed since
	@$(UI) build

.PHONY: web
web: .venv/.installed .cache/.node ## Serve the web UI while it is written; the API comes from MIDSPAN_URL
	@$(UI) run dev -- $(ARGS)

.PHONY: web-types
web-types: .venv/.installed-dev .cache/.node ## Write the API's types for the web UI anew
	@$(UI) install
	$(BIN)/python -m tests.web_types

.PHONY: screens
screens: .venv/.installed-dev ui ## Take a picture of every page of the web UI: build/screens/index.html
	SCREENS=1 $(BIN)/pytest -q tests/browser/test_screens.py $(ARGS)

.PHONY: record
record: .venv/.installed-dev ## Record what an SDK sends, for tests/corpus (SDK=traceloop, SDK=--rows)
	$(BIN)/python -m tests.corpus.record $(SDK)

.PHONY: bench
bench: .venv/.installed $(if $(findstring --ui,$(ARGS)),.venv/.installed-dev .cache/.node) ## Measure this machine, in tables (ARGS=--quick, ARGS=--queries, ARGS=--large, ARGS=--ui)
	$(BIN)/python bench/run.py $(ARGS)

.PHONY: bench-peers
bench-peers: .venv/.installed ## Install Arize Phoenix for `make bench` to measure beside Midspan
	$(BIN)/python bench/peers.py install

.PHONY: fuzz
fuzz: .venv/.installed-dev ## Look for inputs that break OTLP's decoders (ARGS="-runs=1000000")
	$(BIN)/python -m tests.fuzz $(ARGS)

.PHONY: lock
lock: $(UV) ## Take the newest dependencies that pyproject.toml allows into uv.lock
	$(UV) lock --upgrade

.PHONY: clean
clean: ## Remove what the other targets made, but never data
	rm -rf .venv .cache build dist src/midspan/ui web/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name .git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# The steps behind them

$(UV):
	@echo "Setting up: the installer …"
	@python=$$(scripts/find-python) && "$$python" scripts/get_uv.py $(patsubst %/bin/uv,%,$@)

.venv/.installed: pyproject.toml uv.lock | $(UV)
	@echo "Setting up: Midspan and what it runs on …"
	@python=$$(scripts/find-python) && $(SYNC) --inexact --no-default-groups
	@touch $@

# A Node.js from PyPI where the machine's own is missing or too old; checked against the hashes in uv.lock.
.cache/.node: uv.lock scripts/build_ui.py | .venv/.installed
	@if $(UI) needs-node; then \
		echo "Setting up: Node.js, which builds the web UI …"; rm -rf .cache/node; \
		$(UV) export --quiet --frozen --only-group node --no-emit-project --output-file .cache/node.txt && \
		$(UV) pip install --quiet --python $(BIN)/python --target .cache/node --require-hashes --requirements .cache/node.txt; \
	fi
	@touch $@

# Playwright's Chromium, for the tests of the web UI on a machine that has none. What cannot be tested without is named.
.cache/.browser: uv.lock tests/needs.py | .venv/.installed-dev
	@if ! $(BIN)/python -m tests.needs; then \
		echo "Setting up: Chromium, in which the web UI is tested …"; \
		PLAYWRIGHT_BROWSERS_PATH=$(CURDIR)/.cache/browsers \
			$(BIN)/playwright install --only-shell --no-progress chromium > .cache/browser.log 2>&1; \
	fi; \
	if $(BIN)/python -m tests.needs; then touch $@; \
	else echo "There is no Chromium that starts (see .cache/browser.log): tests of the web UI are left out."; fi

.venv/.installed-dev: pyproject.toml uv.lock | .venv/.installed
	@echo "Setting up: what checks and tests need …"
	@python=$$(scripts/find-python) && $(SYNC)
	@touch $@
