# Ieum's commands. `make help` lists them; each sets up what it needs and skips what is already there.
#
#   make run                     the app on http://127.0.0.1:8501 (another port: make run PORT=8600)
#   make office                  the same with the office's records alone, without the demonstration city
#   DATABASE_URL=… make run      the same on PostgreSQL, or beside another SQLite file
#   make run WHEELS=wheels       the same without a network, from a folder that `make wheels` filled on another machine

PORT  ?= 8501
SCALE ?= 1
SEED  ?= 120

IS_311 := -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'
PYTHON ?= $(shell for p in python3.11 python3 python; do "$$p" $(IS_311) 2>/dev/null && echo "$$p" && break; done)
PY     := .venv/bin/python
PIP    := $(PY) -m pip --disable-pip-version-check -qq

ifdef WHEELS
export PIP_NO_INDEX := 1
export PIP_FIND_LINKS := $(abspath $(WHEELS))
endif

RUNTIME := .venv/.runtime
TESTING := .venv/.testing
FONTS   := ui/static/fonts/.source
BOUNDARIES := var/boundaries.parquet
PACKED := var/static/.made

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run office data demo test check proof bench bench-cox mutants pins spark wheels clean setup

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: data ## set up, build both cities' stores if absent, start the app on 127.0.0.1:8501 (or PORT=…)
	@echo "이음 · Ieum: http://127.0.0.1:$(PORT)"
	@exec $(PY) -m serve --port $(PORT)

office: setup $(BOUNDARIES) ## the same with the office's records alone
	@$(PY) -m data build --city office --boundaries $(BOUNDARIES)
	@echo "이음 · Ieum: http://127.0.0.1:$(PORT)"
	@exec env IEUM_DEMO=off $(PY) -m serve --port $(PORT)

data: setup $(BOUNDARIES) ## build both stores if absent; a complete store is left as it is
	@$(PY) -m data build --boundaries $(BOUNDARIES)

demo: data ## make the demonstration city again (SCALE=10, SEED=7 for others)
	@$(PY) -m data demo --seed $(SEED) --scale $(SCALE)

test: setup $(TESTING) ## every test, from unit to browser
	@sh tools/system.sh chromium-headless-shell postgresql-15 nginx
	@OMP_NUM_THREADS=1 $(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(TESTING) ## formatting, lint and types
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy

STUDIES := shares rates funnel trend unit_cost outturn verdict frailty small_area reisolation

proof: setup $(TESTING) ## long proofs in full: random ledgers, faults of the store, kills, and every study at its full size (hours)
	@IEUM_PROOF=1 $(PY) -m pytest -m proof
	@$(PY) -m tools.faults
	@$(PY) -m tools.kills
	@for study in $(STUDIES); do echo "== $$study"; OMP_NUM_THREADS=1 $(PY) -m tools.$${study}_study || exit 1; done

bench: data ## measure pages, sessions, facts and imports (SCALE=10 or 100: on a demonstration city of its own in var/)
	@if [ "$(SCALE)" != 1 ]; then \
	    export DATABASE_URL="sqlite:///$(CURDIR)/var/scale-$(SCALE)/ieum.db"; \
	    mkdir -p var/scale-$(SCALE) && $(PY) -m data build --scale $(SCALE) --boundaries $(BOUNDARIES) || exit 1; \
	fi; \
	sh tools/system.sh chromium && $(PY) -m answers studies --make && $(PY) -m tools.bench

bench-cox: $(RUNTIME) .venv-check/.ready ## fit the re-isolation model against lifelines' Cox regression
	@OMP_NUM_THREADS=1 $(PY) -m tools.bench_cox

mutants: $(TESTING) .venv-mutants/.ready ## change the code one operator at a time, see what no test notices (SAMPLE=600 SEED=120)
	@nice -n 15 $(PY) -m tools.mutants --sample $(or $(SAMPLE),600) --seed $(SEED)

pins: $(RUNTIME) ## resolve the ranges of pyproject.toml into the requirements files
	@$(PIP) install "uv ~=0.13"
	@$(PY) -m tools.pins

spark: setup ## Spark, to count a lake that is too large for one machine, and what its tests need
	@CI=true sh tools/system.sh default-jre-headless
	@$(PIP) install -r requirements-spark.txt

wheels: $(RUNTIME) $(FONTS) ## every package and font that the app needs, into wheels/, for a machine without a network
	@$(PIP) download --only-binary :all: -r requirements.txt --dest wheels
	@tar -cf wheels/fonts.tar -C ui/static fonts
	@echo "wheels/: $$(ls wheels | wc -l) files. Copy the project with it, then: make run WHEELS=wheels"

clean: ## remove what the set-up and the tests wrote (the store in var/ too)
	rm -rf .venv .venv-check .venv-mutants var ui/static/fonts ui/static/geo .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup: $(RUNTIME) $(FONTS) $(PACKED)

.venv/bin/python:
	@test -n "$(PYTHON)" && "$(PYTHON)" $(IS_311) 2>/dev/null || { \
	    echo "Python 3.11이 필요합니다. 설치하거나 자리를 알려 주세요: make PYTHON=/path/to/python3.11 …"; \
	    echo "Python 3.11 is needed. Install it, or say where it is: make PYTHON=/path/to/python3.11 …"; \
	    exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || CI=true sh tools/system.sh python3.11-venv
	@$(PYTHON) -m venv .venv

$(RUNTIME): requirements.txt | .venv/bin/python
	@echo "Installing Python packages (a few minutes the first time)"
	@$(PIP) install -r requirements.txt
	@touch $@

$(TESTING): requirements-test.txt $(RUNTIME)
	@echo "Installing test tools"
	@$(PIP) install -r requirements-test.txt
	@touch $@

# lifelines wants pandas below 3: an environment of its own, for the comparison alone.
.venv-check/.ready: | .venv/bin/python
	@.venv/bin/python -m venv .venv-check
	@.venv-check/bin/python -m pip --disable-pip-version-check -qq install "lifelines ~=0.30" "pandas <3" pyarrow
	@touch $@

# Changes code and runs tests over the copies: nothing that the app needs.
.venv-mutants/.ready: | .venv/bin/python
	@.venv/bin/python -m venv .venv-mutants
	@.venv-mutants/bin/python -m pip --disable-pip-version-check -qq install "cosmic-ray ~=8.7"
	@touch $@

# Never an error: without a registry the app uses the system's own font and the next set-up tries again.
$(FONTS): tools/assets.py | $(RUNTIME)
	@if [ -n "$(WHEELS)" ]; then mkdir -p $(@D) && tar -xmf $(WHEELS)/fonts.tar -C ui/static; else $(PY) tools/assets.py --force; fi
# Again when Streamlit's version or a file of ours changes; what is packed already is left.
$(PACKED): $(RUNTIME) serve/pack.py $(shell find ui/static -name '*.css' -o -name '*.json')
	@$(PY) -m serve.pack
	@touch $@
$(BOUNDARIES): | $(RUNTIME)
	@mkdir -p $(@D)
	@$(PY) -m geo build --out $@
