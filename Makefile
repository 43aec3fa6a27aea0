# Two commands for most people: `make lab` to learn, `make test` to check. Everything else is for maintainers.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# JupyterLab refuses to run as root unless told to (containers, cloud machines).
LAB_FLAGS ?= $(if $(filter 0,$(shell id -u)),--allow-root)
PINNED := --constraint constraints.txt --build-constraints constraints.txt
# Each notebook whole, once, in the quick profile; limits end only what would never end.
NBVAL := --nbval-lax --nbval-current-env --nbval-cell-timeout=3600 --nbval-kernel-startup-timeout=600
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder $(NBVAL)

.DEFAULT_GOAL := help
.PHONY: help lab page book test test-all test-class test-newest check notebooks bench gpu colab constraints clean

help:
	@echo "make lab          make the environment and open the first notebook in JupyterLab"
	@echo "make book         build the book from the notebooks as they ran: docs/build/book/index.html"
	@echo "make page         build the page that needs nothing: docs/build/page.html, for a double click"
	@echo "make test         make the environment and run every test, in two processes"
	@echo "make test-05      what proves one notebook, here 05"
	@echo "make test-all     the same on five seeds, with Colab's, the class profile's and the newest versions' runs"
	@echo "make check        ruff and mypy"
	@echo "make notebooks    run every notebook again and save it"
	@echo "make bench        the same, measured: writes times into the headers and the README"
	@echo "make gpu          run every notebook in the class profile on this machine's GPU and write what it took"
	@echo "make colab        run every notebook in short with the widget versions that Colab ships"
	@echo "make constraints  pin the newest versions that fit pyproject.toml"

lab: $(VENV)/.lab
	$(BIN)/jupyter lab --ServerApp.kernel_websocket_connection_class=ganutils.server.PromptConnection \
	    --ServerApp.root_dir=notebooks --LabApp.default_url=/lab/tree/00_start_here.ipynb $(LAB_FLAGS)

page: $(VENV)/.test
	$(BIN)/python tools/page.py

book: page
	$(BIN)/python tools/book.py

test: $(VENV)/.test
	$(PYTEST) tests notebooks

test-%: $(VENV)/.test
	$(PYTEST) tests notebooks -k "$*_"

test-all: test-class test-newest colab
	$(PYTEST) --all-seeds tests notebooks
	$(BIN)/python benchmarks/classroom.py --students 12

# MNIST must be at hand: loading it once puts it into data/; or GANUTILS_DATA names its folder.
test-class: $(VENV)/.test
	$(BIN)/python tests/support/smoke.py class

test-newest: $(VENV)/bin/uv
	$(BIN)/uv venv --quiet --clear --seed --python $(BIN)/python .venv-newest
	$(BIN)/python tools/install.py --quiet --upgrade --python .venv-newest/bin/python --editable '.[test]'
	.venv-newest/bin/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder $(NBVAL) tests notebooks

check: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

notebooks: $(VENV)/.test
	$(BIN)/python tools/notebooks.py

bench: $(VENV)/.test
	$(BIN)/python benchmarks/threads.py
	$(BIN)/python tools/notebooks.py --measure
	$(BIN)/python benchmarks/sliders.py
	$(BIN)/python benchmarks/classroom.py
	GANUTILS_TEST_TIMES=benchmarks/tests.json $(PYTEST) tests notebooks

gpu: $(VENV)/.test
	$(BIN)/python tools/notebooks.py --gpu

colab: .venv-colab/.done
	.venv-colab/bin/python tests/support/colab.py

constraints: $(VENV)/bin/uv
	printf 'uv\nsetuptools>=77\n' | $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	    --no-header --no-annotate --no-emit-index-url --extra lab --extra test \
	    pyproject.toml - --output-file constraints.txt

clean:
	rm -rf $(VENV) .venv-colab .venv-newest .pytest_cache .mypy_cache .ruff_cache

$(VENV)/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' || \
	    { echo "Python 3.11 to 3.14 is needed; say which with: make PYTHON=python3.12 lab"; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) || \
	    { echo "Python's venv module is missing; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv

$(VENV)/.lab: pyproject.toml constraints.txt tools/install.py | $(VENV)/bin/uv
	$(BIN)/python tools/install.py $(PINNED) --editable '.[lab]'
	@touch $@

$(VENV)/.test: pyproject.toml constraints.txt tools/install.py | $(VENV)/bin/uv
	$(BIN)/python tools/install.py $(PINNED) --editable '.[test]'
	@touch $@ $(VENV)/.lab

.venv-colab/.done: tests/support/colab-constraints.txt pyproject.toml tools/install.py | $(VENV)/bin/uv
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-colab
	$(BIN)/python tools/install.py --quiet --python .venv-colab/bin/python --build-constraints constraints.txt \
	    --constraint tests/support/colab-constraints.txt --editable . nbclient
	@touch $@
