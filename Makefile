# Zählbar: every command a person needs. `make help` lists them.
#
# Nothing here names a package index or a machine: uv and pip use whatever this machine is set up with.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= $(firstword $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo "$$p"; done))
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PY := $(BIN)/python

# One uv, whether the machine has one or we fetch our own. It never downloads a Python.
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
# Municipal networks often bring their own certification authority: trust what the system trusts, as pip does.
export UV_SYSTEM_CERTS := 1
UV := $(or $(shell command -v uv >/dev/null && uv --version >/dev/null 2>&1 && echo uv),.uv/bin/uv)
ifeq ($(UV),.uv/bin/uv)
UV_READY := .uv/.ready
endif
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

.PHONY: help
help: ## diese Übersicht
	@echo "Zählbar – die Befehle:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(READY) ## Umgebung in .venv anlegen oder erneuern (gesperrte Versionen mit Prüfsummen)

.PHONY: demo
demo: $(READY) ## die Nachtladung auf examples/inbox/ vorführen (Airflow, eingebettetes PostgreSQL)
	@$(PY) -m zaehlbar.demo

.PHONY: test
test: $(READY) ## alle Tests
	@$(PY) -m pytest -n 2 --dist loadfile $(ARGS)

.PHONY: test-quick
test-quick: $(READY) ## alle Tests außer den langsamen
	@$(PY) -m pytest -n 2 --dist loadfile -m 'not slow' $(ARGS)

.PHONY: check
check: $(READY) ## Format, Stil, Typen, Richtung der Importe, Lizenzangaben
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/reuse lint --quiet || $(BIN)/reuse lint --lines
	@$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

.PHONY: format
format: $(READY) ## Format und einfache Stilfehler beheben
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: bench
bench: $(READY) ## jede Stufe messen, daneben die Untergrenze (PERSONS=100000 ACTIVITIES=1000000)
	@$(PY) -m benchmarks.night --persons $(or $(PERSONS),100000) $(if $(ACTIVITIES),--activities $(ACTIVITIES))
	@$(MAKE) bench-count ACTIVITIES=

.PHONY: bench-count
bench-count: $(READY) ## Zählung und Nacht neben PostgreSQL und DuckDB (PARTICIPATIONS=1000000 ACTIVITIES=10000000)
	@$(PY) -m benchmarks.count --participations $(or $(PARTICIPATIONS),1000000) \
		--activities $(or $(ACTIVITIES),10000000) --jobcenters $(or $(JOBCENTERS),400) --repeat $(or $(REPEAT),1)

.PHONY: count-laws
count-laws: $(READY) ## Zählung gegen die langsame Fassung, an tausenden erzeugten Verläufen (HISTORIES=3000)
	@ZAEHLBAR_TEST_HISTORIES=$(or $(HISTORIES),3000) $(PY) -m pytest -q -n 2 --timeout 0 tests/property/test_count_laws.py

.PHONY: bench-matching
bench-matching: $(READY) ## Personen finden auf FEBRL, neben Splink im Klartext (ZAEHLBAR_SHARED_DATA)
	@$(UV) pip install --quiet --python $(PY) --require-hashes -r requirements-matching.lock
	@$(PY) -m benchmarks.matching

.PHONY: docs
docs: $(READY) ## die erzeugten Seiten neu schreiben: Datenvertrag, Datenkatalog, Fragen
	@$(PY) -m zaehlbar.contract.docs docs/datenvertrag.md
	@$(PY) -m tools.data_catalogue docs

.PHONY: lock
lock: $(UV_READY) ## requirements*.lock neu auflösen (UPGRADE=1 nimmt neuere Versionen)
	@$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --all-extras --group dev -o requirements.lock
	@$(COMPILE) pyproject.toml -c requirements.lock -o requirements-base.lock
	@$(COMPILE) pyproject.toml --extra airflow --group build -c requirements.lock -o requirements-airflow.lock
	@$(COMPILE) --group pyproject.toml:matching -c requirements.lock -o requirements-matching.lock
	@echo uv | $(COMPILE) $(if $(UPGRADE),--upgrade) - -o requirements-uv.lock

.PHONY: clean
clean: ## Umgebung und Zwischenstände löschen (die Daten in .zaehlbar/ bleiben)
	@rm -rf $(VENV) .uv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
	@find dags pipelines sql tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml $(UV_READY)
	@test -n "$(PYTHON)" || { echo "Zählbar braucht Python 3.11, 3.12 oder 3.13 (python3 --version); auf diesem Rechner wurde keines gefunden." >&2; exit 2; }
	@echo "Umgebung in $(VENV) wird eingerichtet (beim ersten Mal etwa eine Minute) …"
	@test -x $(PY) && $(PY) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
		|| $(UV) venv --quiet --clear --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(VENV)
	@$(UV) pip sync --quiet --python $(PY) --require-hashes requirements.lock
	@$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation --editable .
	@touch $@

.uv/.ready: requirements-uv.lock
	@test -n "$(PYTHON)" || { echo "Zählbar braucht Python 3.11, 3.12 oder 3.13 (python3 --version)." >&2; exit 2; }
	@echo "uv wird aus PyPI nach .uv/ geholt …"
	@$(PYTHON) -m venv --clear .uv || { echo "python3 kann keine Umgebung anlegen; unter Debian und Ubuntu hilft: apt-get install python3-venv" >&2; exit 2; }
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@
