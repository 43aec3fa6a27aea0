# Two commands for most people: `make lab` to learn, `make test` to check. Everything else is for maintainers.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# JupyterLab refuses to run as root unless told to (containers, cloud machines).
LAB_FLAGS ?= $(if $(filter 0,$(shell id -u)),--allow-root)

.DEFAULT_GOAL := help
.PHONY: help lab test check notebooks bench colab constraints clean

help:
	@echo "make lab          make the environment and open the first notebook in JupyterLab"
	@echo "make test         make the environment and run every test"
	@echo "make check        ruff and mypy"
	@echo "make notebooks    run every notebook again and save it"
	@echo "make bench        the same, measured: writes times into the headers and the README"
	@echo "make colab        run notebook 00 with the widget versions that Colab ships"
	@echo "make constraints  pin the newest versions that fit pyproject.toml"

lab: $(VENV)/.lab
	$(BIN)/jupyter lab --ServerApp.kernel_websocket_connection_class=ganutils.server.PromptConnection \
	    --ServerApp.root_dir=notebooks --LabApp.default_url=/lab/tree/00_start_here.ipynb $(LAB_FLAGS)

test: $(VENV)/.test
	$(BIN)/python -m pytest tests
	PYTHONPATH=tests/offline GANUTILS_PROFILE=quick $(BIN)/python -m pytest \
	    --nbval-lax --nbval-current-env --nbval-cell-timeout=120 notebooks

check: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

notebooks: $(VENV)/.test
	$(BIN)/python benchmarks/notebooks.py

bench: $(VENV)/.test
	$(BIN)/python benchmarks/notebooks.py --measure
	$(BIN)/python benchmarks/sliders.py

colab: .venv-colab/.done
	.venv-colab/bin/python tests/colab.py

constraints: $(VENV)/bin/uv
	printf 'uv\nsetuptools>=77\n' | $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	    --no-header --no-annotate --no-emit-index-url --extra lab --extra test \
	    pyproject.toml - --output-file constraints.txt

clean:
	rm -rf $(VENV) .venv-colab notebooks/runs .pytest_cache .mypy_cache .ruff_cache

$(VENV)/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or newer is needed; say which with: make PYTHON=python3.12 lab"; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) || \
	    { echo "Python's venv module is missing; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv

$(VENV)/.lab: pyproject.toml constraints.txt | $(VENV)/bin/uv
	$(BIN)/uv pip install --python $(BIN)/python --constraint constraints.txt --build-constraints constraints.txt \
	    --editable '.[lab]'
	@touch $@

$(VENV)/.test: pyproject.toml constraints.txt | $(VENV)/bin/uv
	$(BIN)/uv pip install --python $(BIN)/python --constraint constraints.txt --build-constraints constraints.txt \
	    --editable '.[test]'
	@touch $@ $(VENV)/.lab

.venv-colab/.done: tests/colab-constraints.txt pyproject.toml | $(VENV)/bin/uv
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-colab
	$(BIN)/uv pip install --quiet --python .venv-colab/bin/python --constraint tests/colab-constraints.txt \
	    --build-constraints constraints.txt --editable . nbclient
	@touch $@
