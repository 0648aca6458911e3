# Everything that one does with this project. `make up` and `make test` work alone on a fresh machine.
.PHONY: help setup build up test bench check format fuzz simulate docs clean

SHELL := bash
# Where `dev/setup` puts what the machine did not have.
SWIFT_HOME ?= $(HOME)/.local/share/weather-tweets/swift
export SWIFT_HOME
export PATH := $(SWIFT_HOME)/usr/bin:$(CURDIR)/.tools/usr/bin:$(PATH)

RELEASE := -c release --static-swift-stdlib
SWIFT_CODE := Sources Tests Package.swift Benchmarks/Sources Benchmarks/Package.swift Fuzz
SCRIPTS := dev/setup .ci/run Fuzz/run

ARGS ?=
SECONDS ?= 60
SEED ?=
PYTEST ?= -ra

help: ## Lists the targets.
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' Makefile | while IFS=$$'\t' read -r name text; do printf '  make %-9s %s\n' "$$name" "$$text"; done

setup: ## Installs what is missing: system packages, a Swift toolchain.
	@dev/setup

build: setup ## Builds the release binary and says its size.
	swift build $(RELEASE) --product weather-tweets
	@binary=$$(swift build $(RELEASE) --show-bin-path)/weather-tweets; \
	echo "$$binary: $$(du -h --apparent-size "$$binary" | cut -f1), linked dynamically:" \
		$$(readelf -d "$$binary" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')

up: build ## Runs the whole pipeline in one process (ARGS="--listen 127.0.0.1:8081 ...").
	@exec "$$(swift build $(RELEASE) --show-bin-path)/weather-tweets" up $(ARGS)

test: ## Runs every test, in Swift and from outside.
	@dev/setup --tests
	swift build --build-tests
	swift test --skip-build --no-parallel
	swift build $(RELEASE) --product weather-tweets
	WEATHER_TWEETS_BINARY="$$(swift build $(RELEASE) --show-bin-path)/weather-tweets" \
		.venv/bin/python -m pytest $(PYTEST) Tests/EndToEnd

bench: ## Measures, in a release build.
	@dev/setup --tests
	@Benchmarks/run $(ARGS)

check: ## Format, lint, warnings as errors, house rules, syntax of scripts.
	@dev/setup --tests
	swift format lint --strict --recursive --parallel $(SWIFT_CODE)
	swift build --build-tests
	swift test --skip-build --filter HouseTests
	@for script in $(SCRIPTS); do bash -n $$script || exit 1; done
	@if command -v shellcheck >/dev/null; then shellcheck $(SCRIPTS); fi
	@python3 -c 'import ast, sys; [ast.parse(open(name).read(), name) for name in sys.argv[1:]]' \
		Benchmarks/run Tests/EndToEnd/*.py

format: setup ## Formats the Swift code in place.
	swift format --in-place --recursive --parallel $(SWIFT_CODE)

fuzz: setup ## Fuzzes the JSON reader (SECONDS=60).
	@Fuzz/run $(SECONDS)

simulate: setup ## Repeats one seed of the simulation, or runs all (SEED=n).
	swift build --build-tests
	$(if $(SEED),WEATHER_TWEETS_SIMULATION_SEED=$(SEED)) swift test --skip-build --filter Simulation

docs: setup ## Writes docs/configuration.md from the table of settings.
	swift run weather-tweets reference > .build/configuration.md
	@mv .build/configuration.md docs/configuration.md

clean: ## Removes what was built; toolchain and packages stay.
	rm -rf .build .venv .tools Benchmarks/.build
