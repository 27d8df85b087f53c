#!/bin/sh
# Compiles every lock file from what it is derived from. Versions that a lock names already stay, unless UPGRADE=--upgrade.
set -eu
cd "$(dirname "$0")/.."
compile() {
    .venv/bin/uv pip compile --quiet --generate-hashes --no-header --python-version 3.13 --no-emit-index-url \
        --no-emit-find-links ${UPGRADE:-} "$@"
}
compile --all-extras pyproject.toml packages/stripe-double/pyproject.toml --output-file requirements.lock
for environment in ministack lambda; do
    compile "local/environments/$environment/requirements.in" \
        --output-file "local/environments/$environment/requirements.lock"
done
compile packages/localstack-runtime/pyproject.toml --constraints packages/localstack-runtime/constraints.txt \
    --output-file local/environments/localstack/requirements.lock
for tools in tests/contracts/tools tests/aws/tools infra/findings/tools; do
    compile "$tools/requirements.in" --output-file "$tools/requirements.lock"
done
# The layer holds exactly the versions that everything was tested with.
compile pyproject.toml --constraints requirements.lock --output-file layers/dependencies/requirements.txt
