#!/bin/sh
# Prints the path of a Python 3.13 that really runs, wherever this machine keeps one. A `python3.13` on PATH may be a
# pyenv shim that answers "command not found", so every candidate is asked before it is believed.
# The one that RIDEFLOW_PYTHON names is taken, or the command fails: another in its place would be a surprise.
HOME=${HOME:-/nonexistent}

is_313() {
    "$1" -c 'import sys, venv; sys.version_info[:2] == (3, 13) or sys.exit(1); print(sys.executable)'
}

if [ -n "${RIDEFLOW_PYTHON:-}" ]; then
    real=$(is_313 "$RIDEFLOW_PYTHON" 2>/dev/null) && [ -n "$real" ] && printf '%s\n' "$real" && exit
    {
        printf 'RIDEFLOW_PYTHON=%s is no Python 3.13 that runs. It says:\n' "$RIDEFLOW_PYTHON"
        "$RIDEFLOW_PYTHON" --version
    } >&2
    exit 1
fi

candidates() {
    echo .venv/bin/python
    command -v python3.13
    for root in "${PYENV_ROOT:-}" "$HOME/.pyenv" /opt/pyenv; do
        [ -z "$root" ] || ls -d "$root"/versions/3.13*/bin/python3.13 2>/dev/null
    done
    for uv in uv "$HOME/.local/bin/uv" "$HOME/.cargo/bin/uv"; do
        command -v "$uv" >/dev/null 2>&1 && "$uv" python find --offline --no-python-downloads --no-project 3.13 2>/dev/null
    done
    ls -d "$HOME"/.local/share/uv/python/cpython-3.13*/bin/python3.13 "$HOME"/.local/share/mise/installs/python/3.13*/bin/python3.13 \
        "$HOME"/.asdf/installs/python/3.13*/bin/python3.13 /opt/python/3.13*/bin/python3.13 /opt/python/cp313-cp313/bin/python3.13 \
        "$HOME"/miniconda3/envs/*/bin/python3.13 /opt/conda/bin/python3.13 2>/dev/null
    for prefix in /usr/local /usr /opt/homebrew /opt/local /opt/python3.13 /usr/local/opt/python@3.13 /opt/homebrew/opt/python@3.13; do
        echo "$prefix/bin/python3.13"
    done
    echo /Library/Frameworks/Python.framework/Versions/3.13/bin/python3.13
    command -v python3
    command -v python
}

found=$(candidates | while IFS= read -r python; do
    real=$(is_313 "$python" 2>/dev/null) || continue
    [ -n "$real" ] && printf '%s\n' "$real" && break
done)
if [ -z "$found" ]; then
    cat >&2 <<'END'
Python 3.13 is missing. Install it with one of
    pyenv install 3.13
    uv python install 3.13
    sudo apt-get install python3.13 python3.13-venv
    brew install python@3.13
then run the command again. If it is somewhere unusual, name it: RIDEFLOW_PYTHON=/path/to/python3.13 make setup
END
    exit 1
fi
printf '%s\n' "$found"
