#!/bin/sh
# Sets culpa up where that is needed (uv, .venv, hash-checked packages) and runs a command in it: scripts/bootstrap.py.
#   ./uv_run.sh [setup | test [pytest options] | any culpa command; none = serve]
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
for python in "$here/.venv/bin/python" python3 python3.13 python3.12 python3.11 python3.14 python; do
    # A name may be there and yet not run (pyenv shims, a .venv whose Python went away): ask it.
    "$python" -I -S -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null &&
        exec "$python" -I -S "$here/scripts/bootstrap.py" "$@"
done
echo "culpa needs Python 3.11 to 3.14; python3 here is: $(python3 --version 2>/dev/null || echo none)" >&2
echo "  install one (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python@3.13) and run this again" >&2
exit 1
