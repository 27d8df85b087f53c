# Everything runs from inside the checkout; `make setup` makes what is missing and is cheap when nothing is.
.PHONY: help new setup setup-tests run test test-long screenshots mutants walks check findings docs synth lock format
.DEFAULT_GOAL := help
# Dozens of Python processes start here; without bytecode each would compile all that it imports. Git ignores it.
unexport PYTHONDONTWRITEBYTECODE
# A command with quotes runs in a shell, and of a TERM to make only that shell is told: `exec` leaves no shell between.

BIN := .venv/bin
SCENE ?=
RIDES ?= $(if $(SCENE),200,10)
TIMES ?= 100
STAGE ?= local
OUT ?= build/$(STAGE)
METHOD ?= GET

help: ## Say what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /	/' | expand -t 12

setup: ## Make the environments that are missing or outdated (PostgreSQL, Redis, LocalStack, CDK)
	@python=$$(sh local/find_python.sh) && exec "$$python" local/setup.py

# What only the tests of contracts and templates run is not worth a minute of somebody who wants to see a ride.
setup-tests: setup
	@$(BIN)/python local/setup.py --contract-tools --template-tools --store-tools --browser-tools --double-tools

run: export RIDEFLOW_BASEMAP ?= $(BASEMAP)
run: setup ## The whole cloud on this machine and ten rides from request to receipt, or SCENE=evening; ends with Ctrl-C
	@exec $(BIN)/rideflow up --foreground --demo "$(RIDES)" $(if $(SCENE),--scene "$(SCENE)")

# Three workers on two cores: the tests of the deployed cloud wait a good part of their time.
test: setup-tests ## Every test but the long ones
	@exec $(BIN)/pytest -m "not long" -n 3 --dist loadscope --no-loadscope-reorder $(ARGS)

test-long: setup-tests ## The tests that take minutes
	@exec $(BIN)/pytest -m long $(ARGS)

screenshots: setup ## Pictures of the console's pages in build/screenshots; ARGS=--readme takes those of the README
	@$(BIN)/python local/setup.py --browser-tools
	@$(BIN)/python -m tools.browser.screenshots $(ARGS)

mutants: setup ## Plant the kept list of faults, one at a time, and say which the tests notice
	@exec $(BIN)/python -m tools.mutants $(ARGS)

walks: setup ## The long walk at random TIMES times in a row, as many walks as it takes to meet what is rare
	@for walk in $$(seq $(TIMES)); do \
		$(BIN)/pytest -q -m long tests/races/test_at_random.py::test_the_invariants_hold_after_any_simultaneous_acts || exit 1; echo "$$walk of $(TIMES)"; done

check: setup ## Format, lint, types, imports, templates and generated documents
	@$(BIN)/python -m tools.check

findings: setup-tests ## What checkov and cfripper find in the templates of dev and prod without an argument in infra/findings
	@$(BIN)/python -m infra.findings

docs: setup ## Generate the OpenAPI and AsyncAPI documents, costs, architecture and the index of decision records
	@$(BIN)/python -m tools.contracts
	@$(BIN)/python -m infra.costs --write
	@$(BIN)/python -m tools.adr_index
	@$(BIN)/python -m tools.architecture

synth: setup ## Write the CloudFormation templates of STAGE to OUT; needs no AWS account and no network
	@exec $(BIN)/rideflow synth --stage "$(STAGE)" --out "$(OUT)"

new: setup ## Write the files of an operation: OPERATION=riders/get_consents ROUTE=/v1/… PERMISSION=noun:verb [METHOD=GET]
	@exec $(BIN)/python -m tools.new "$(OPERATION)" --method "$(METHOD)" --route "$(ROUTE)" --permission "$(PERMISSION)"

format: setup ## Format the code and mend what ruff can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: setup ## Compile the lock files again from what they are derived from
	@sh tools/lock.sh
