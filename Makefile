# The two commands to know: `make up` and `make test`. Everything they need they install themselves.
.PHONY: help up down test test-deep test-live test-strangers sim lint package clean
node = .tenantry/bin/node --disable-warning=ExperimentalWarning

help: ## lists these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## three tenants on the embedded cloud, their machines running, from nothing
	@tools/install.sh run
	@cli/tenantry cloud up
	@cli/tenantry up --yes --stack local
	@cli/tenantry list --stack local
	@cli/tenantry demo --stack local
	@cli/tenantry status --stack local

down: ## stops the embedded cloud; what is in it stays
	@cli/tenantry cloud down

test: ## all checks and tests; ONLY=changed, ONLY=tests/e2e/drift, ONLY=provider/clock.ts: some tests
	@tools/install.sh test
	@$(node) tests/run.ts$(if $(ONLY), only $(ONLY))

test-deep: ## the same with many more seeds and long sweeps, as a workflow runs it every night
	@tools/install.sh gates
	@tools/install.sh test
	@TENANTRY_DEEP=1 $(node) tests/run.ts

test-live: ## the conformance tests and the canary at real vendors; only with TENANTRY_LIVE=yes and TENANTRY_STACK
	@tools/install.sh run
	@$(node) tests/live.ts

test-strangers: ## other people's clients, from their registries, against the embedded cloud
	@tools/install.sh run
	@$(node) tests/strangers/run.ts

sim: ## simulates tenantry and its vendors: SEED=… that one, MINUTES=… as many from SEED on as there is time for
	@tools/install.sh test
	@$(node) tests/simulator/main.ts --seed $(or $(SEED),1) $(if $(MINUTES),--minutes $(MINUTES)) --evidence .tenantry/simulator/simulator.json

lint: ## the checks alone: formatting, types, linters
	@tools/install.sh test
	@$(node) tests/run.ts lint

package: ## builds and packs what a project of your own installs
	@tools/install.sh run
	@$(node) packaging/build.ts

clean: ## stops the embedded cloud and throws away all it holds, and the local stack with it
	@if [ -e .tenantry/cloud/cloud.json ]; then cli/tenantry cloud down; fi
	@rm -rf .tenantry
