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

SYNC = $(UV) sync --frozen --python "$$python"

.PHONY: help
help: ## What there is to do
	@echo "make TARGET [ARGS=\"…\"]"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

.PHONY: serve
serve: .venv/.installed ## Start the server (ARGS="--port 9000"); Ctrl-C ends it
	@exec $(BIN)/midspan serve $(ARGS)

.PHONY: test
test: check ## Check, then run the tests (ARGS="-k journal"); .ci/run leaves none out
	$(BIN)/pytest -n 2 --dist loadfile $(ARGS)

.PHONY: check
check: .venv/.installed-dev ## Lint, format, types, import layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

.PHONY: format
format: .venv/.installed-dev ## Mend what ruff can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: bench
bench: .venv/.installed ## Measure this machine, in tables (ARGS=--quick, ARGS=--queries, ARGS=--large)
	$(BIN)/python bench/run.py $(ARGS)

.PHONY: bench-peers
bench-peers: .venv/.installed ## Install Arize Phoenix for `make bench` to measure beside Midspan
	$(BIN)/python bench/peers.py install

.PHONY: lock
lock: $(UV) ## Take the newest dependencies that pyproject.toml allows into uv.lock
	$(UV) lock --upgrade

.PHONY: clean
clean: ## Remove what the other targets made, but never data
	rm -rf .venv .cache dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name .git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# The steps behind them

$(UV):
	@echo "Setting up: the installer …"
	@python=$$(scripts/find-python) && "$$python" scripts/get_uv.py $(patsubst %/bin/uv,%,$@)

.venv/.installed: pyproject.toml uv.lock | $(UV)
	@echo "Setting up: Midspan and what it runs on …"
	@python=$$(scripts/find-python) && $(SYNC) --inexact --no-default-groups
	@touch $@

.venv/.installed-dev: pyproject.toml uv.lock | .venv/.installed
	@echo "Setting up: what checks and tests need …"
	@python=$$(scripts/find-python) && $(SYNC)
	@touch $@
