# What a newcomer types. `make` alone prints this help.
.DEFAULT_GOAL := help
SHELL := /bin/bash
# From 24,000 persons on, schemes of several persons and of institutions are planted too.
PERSONS ?= 30000
DAYS ?= 365
SEED ?= 1
DEMO ?= demo
# The server of `make run`: where it listens, and how many visits of a simulated day it gets.
LISTEN ?= 127.0.0.1:8080
VISITS ?= 300
# How many findings of the audit the review of `make run` begins with.
CASES ?= 3000
QUICK := cargo build --profile quick --locked -p cli
TARGET := $(or $(CARGO_TARGET_DIR),target)
YIBAO := $(TARGET)/quick/yibao

S3_PYTHON := $(TARGET)/s3/bin/python
CLUSTER := -p cluster -p cli --features cluster/ballista,cli/cluster --locked

# The console: built by node into the crate that packs it; everything but the console works without node.
NODE := $(shell node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null && echo node)
PACKAGES := web/node_modules/.package-lock.json

.NOTPARALLEL:
.PHONY: help run stop test test-crates test-cluster postgresql check web check-web test-web e2e browser chromium bench bench-store bench-queue discharge bench-benefit accept release deny

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):[^#]*## /  make \1\t/' | expand -t 24

run: stop ## build, audit a generated city, try a reform, start the server on an invented world with a day of hospital traffic
	@$(MAKE) --no-print-directory web || echo "控制台未构建；其余照常"
	$(QUICK)
	@rm -rf $(DEMO)/city $(DEMO)/out $(DEMO)/reform
	$(YIBAO) generate --persons $(PERSONS) --days $(DAYS) --seed $(SEED) --violations heavy --out $(DEMO)/city
	$(YIBAO) audit $(DEMO)/city --out $(DEMO)/out || [ $$? = 1 ] # 1: done, and it lists what to look at
	$(YIBAO) score --truth $(DEMO)/city/truth.csv --findings $(DEMO)/out/findings.csv || [ $$? = 1 ] # 1: below what is expected; shown, not hidden
	@echo
	$(YIBAO) settle docs/examples/retired-outpatient.json --explain person
	$(YIBAO) simulate --lake $(DEMO)/city --reform docs/examples/reform --area 990100 --data-area 610100 --year 2025 --out $(DEMO)/reform || [ $$? = 1 ] # 1: some planted bills do not add up and are refused
	@echo
	@rm -rf $(DEMO)/server && mkdir -p $(DEMO)/server
	$(YIBAO) review import $(DEMO)/out --claims $(DEMO)/city --limit $(CASES) --data $(DEMO)/server
	$(YIBAO) serve --demo --claims $(DEMO)/city --data $(DEMO)/server --listen $(LISTEN) > $(DEMO)/server/log.json 2>&1 & echo $$! > $(DEMO)/server/pid
	@for second in {1..60}; do (exec 3<>/dev/tcp/$(subst :,/,$(LISTEN))) 2>/dev/null && break; \
	kill -0 $$(cat $(DEMO)/server/pid) 2>/dev/null || { cat $(DEMO)/server/log.json; exit 1; }; sleep 1; done
	$(YIBAO) hospital-sim --world $(DEMO)/server/world.json --visits $(VISITS) --clients 8 --seed $(SEED)
	$(YIBAO) ledger prove --data $(DEMO)/server
	@echo
	@echo "控制台：http://$(LISTEN)/　账号、姓名、角色、密码（演示用，见 $(DEMO)/server/demo-users.json）："
	@sed -n 's/.*"\(account\|name\|role\|password\)": "\(.*\)".*/\2/p' $(DEMO)/server/demo-users.json | paste - - - - | sed 's/^/  /'
	@echo "服务：http://$(LISTEN)（全国接口 POST /fsi/api/rsfComIfsService/callService；/health/ready、/metrics、/api/openapi.json），停止：make stop"
	@echo "演示世界：$(abspath $(DEMO)/server/world.json)　服务日志：$(abspath $(DEMO)/server/log.json)"
	@echo "报告：$(abspath $(DEMO)/out/report.html)（浏览器打开，不需要网络）"
	@echo "测算：$(abspath $(DEMO)/reform/report.html)"
	@echo "Excel：$(abspath $(DEMO)/out/report.xlsx)　疑点明细：$(abspath $(DEMO)/out/findings.csv)"

stop: ## stop the server that `make run` left running
	@if [ -s $(DEMO)/server/pid ] && kill $$(cat $(DEMO)/server/pid) 2>/dev/null; then echo "已停止服务"; fi; rm -f $(DEMO)/server/pid

test: postgresql chromium web test-crates test-web browser ## everything that must pass

test-crates: postgresql
	@if cargo nextest --version >/dev/null 2>&1; then cargo nextest run --workspace --locked --no-fail-fast; \
	else cargo test --workspace --locked --no-fail-fast; fi

web: $(PACKAGES) ## build the console (needs Node.js 20.19 or newer)
	cd web && npm run --silent build

$(PACKAGES): web/package-lock.json
	@[ -n "$(NODE)" ] || { echo "the console needs Node.js 20.19 or newer"; exit 1; }
	cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

check-web: $(PACKAGES) ## lints, types, licences of the console
	cd web && npm run --silent check

test-web: $(PACKAGES) ## units of the console
	cd web && npm run --silent types && npm test --silent

e2e: export SCREENS := $(abspath docs/screens)
e2e: browser ## the console in a real browser against the built binary; refreshes docs/screens/

# Cargo builds nothing here that `make test-crates` has built already.
browser: web chromium
	cargo test --workspace --locked --no-run --quiet
	cd web && YIBAO=$(abspath $(TARGET))/debug/yibao npm run --silent e2e

chromium: # Debian's browser and a Chinese font; installed when missing
	@{ [ -x /usr/bin/chromium ] && fc-list :lang=zh | grep -q .; } || { echo "Chromium for the tests is missing: installing it"; \
	SUDO=$$([ "$$(id -u)" = 0 ] || echo sudo); $$SUDO apt-get update && $$SUDO apt-get install -y --no-install-recommends chromium fontconfig fonts-noto-cjk; }

postgresql: # tests start a server of their own from Debian's package; installed when missing
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { echo "PostgreSQL for the tests is missing: installing it"; \
	SUDO=$$([ "$$(id -u)" = 0 ] || echo sudo); $$SUDO apt-get update && $$SUDO apt-get install -y --no-install-recommends postgresql; }

test-cluster: $(S3_PYTHON) ## the audit on several processes, the lake in an object store: builds Ballista (some 20 CPU minutes)
	cargo clippy $(CLUSTER) --all-targets -- -D warnings
	@export YIBAO_S3_PYTHON=$(abspath $(S3_PYTHON)); if cargo nextest --version >/dev/null 2>&1; then cargo nextest run $(CLUSTER) -E 'package(cluster) + binary(cluster)' --no-fail-fast; \
	else cargo test -p cluster --features ballista --locked && cargo test -p cli --features cluster --locked --test cluster; fi

$(S3_PYTHON): # a Python with an S3 server, from PyPI
	python3 -m venv $(TARGET)/s3
	$@ -m pip install --quiet 'moto[server]>=5,<6'

check: check-web ## format, lints, types of crates and console
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

bench: ## measure PERSONS=1600000 (100 M lines; default 300000); needs Python 3 with pip (DuckDB comes from PyPI); results go to bench-data/
	$(if $(filter command environment,$(origin PERSONS)),PERSONS=$(PERSONS)) ./tools/bench/run.sh

bench-store: ## settlements a second over HTTP on both databases, beside a stored function under pgbench
	./tools/bench/settlement.sh

bench-queue: ## the review queue of ITEMS=1000000 findings on both databases
	./tools/bench/queue.sh

bench-benefit: ## the benefit engine against zen-engine and OpenFisca-Core (from PyPI)
	./tools/bench/benefit.sh

discharge: ## what 3102 says of ten thousand discharges held against the batch audit, and 3101 against 3102 (I8); SEED, DISCHARGES
	cargo run --locked -p bedside --example discharge -- $(or $(DISCHARGE_PERSONS),1500) $(SEED) $(or $(DISCHARGES),10000)

accept: ## refresh expected outputs, to be read in review
	UPDATE_EXPECT=1 cargo test --workspace --locked
	cargo run --locked -p cli -- --data . knowledge derive --write

release: ## the fully optimised binary
	cargo build --release --locked -p cli

deny: ## licences and advisories by cargo-deny (installs it when missing)
	@cargo deny --version >/dev/null 2>&1 || cargo install --locked cargo-deny
	cargo deny check licenses bans sources
