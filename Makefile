# Everything here makes its own environment in .venv first; Python 3.11 or later, make and git are all it needs.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo test check bench generate dist format clean

help:  ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	@echo "Setting up .venv (once) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[speed,sandbox]' --group dev
	@touch $@

demo: .venv/.installed  ## the main job: your account if MOCO_SUBDOMAIN and MOCO_API_KEY are set, else a sandbox
	@$(BIN)/python examples/demo.py

test: .venv/.installed  ## all tests, with coverage
	$(BIN)/python -m pytest --numprocesses auto --cov

check: .venv/.installed  ## format, lint, types, import rules, spec, generated code in step
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python -m generator --check
	$(BIN)/python -m maintenance audit
	$(BIN)/python -m maintenance diff --check
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/python -m pytest --quiet tests/test_house.py tests/test_imports.py tests/test_spec.py

bench: .venv/.installed  ## every promised figure in one run, beside its peers; takes two minutes
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group bench
	@$(BIN)/python benchmarks/bench.py

generate: .venv/.installed  ## models and resources from openapi/
	$(BIN)/python -m generator

dist: .venv/.installed  ## the packages of a release, in dist/
	@rm -rf dist
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check build twine
	$(BIN)/python -m build --outdir dist
	$(BIN)/python -m twine check --strict dist/*

format: .venv/.installed  ## format and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## forget the environment and everything built
	rm -rf .venv .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist
