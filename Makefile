# Everything runs in .venv; nothing is installed outside the project but Debian packages in CI.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
WORKERS ?= 2
# The order of tests is the same each time, so that a failure is about the change; SEED=random mixes.
SEED ?= 2026

CHECKS := types lint migrations contract

.PHONY: run test setup check $(CHECKS) bench soak schema clean

run: $(STAMP)
	@$(BIN)/python manage.py run $(if $(ONCE),--once) $(if $(PORT),--port $(PORT))

test: $(STAMP)
	@$(BIN)/python -m pytest -n $(WORKERS) \
	  $(if $(filter random,$(SEED)),,--randomly-seed=$(SEED))

setup: $(STAMP)

# `make --jobs=2 check` takes half as long: types take as long as all others.
check: $(CHECKS)

types: $(STAMP)
	$(BIN)/mypy

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

migrations: $(STAMP)
	DJANGO_SETTINGS_MODULE=config.settings.check $(BIN)/python manage.py makemigrations --check --dry-run
	# Those named make or change tables of the first release: nothing they lock can be in use.
	DJANGO_SETTINGS_MODULE=config.settings.check $(BIN)/python manage.py lintmigrations --project-root-path . \
	  --quiet ok ignore --ignore-name 0001_feed 0002_kept_answers 0002_merge 0003_reading 0006_chain \
	  0009_one_consent 0012_one_link \
	  --exclude-apps oauth2_provider

contract: $(STAMP)
	$(BIN)/python manage.py openapi_snapshot --check
	$(BIN)/python manage.py science_page --check
	tools/spectral/lint.sh

schema: $(STAMP)
	$(BIN)/python manage.py openapi_snapshot
	$(BIN)/python manage.py records_page
	$(BIN)/python manage.py science_page

bench: $(STAMP)
	$(BIN)/python -m bench $(if $(PEERS),--peers) $(if $(ROUNDS),--rounds $(ROUNDS))

# The long profile of the sync protocol's state machine; SEEDS=1-40 HISTORIES=2000 STEPS=25.
soak: $(STAMP)
	@$(BIN)/python -m tests.machine --workers $(WORKERS) $(if $(HISTORIES),--histories $(HISTORIES)) \
	  $(if $(SEEDS),--seeds $(SEEDS)) $(if $(STEPS),--steps $(STEPS))

clean:
	rm -rf .mechanostat .mypy_cache .ruff_cache .pytest_cache

$(STAMP): requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what the project needs into $(VENV) (once) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $(STAMP)
