#!/bin/sh
# Sets culpa up with plain venv and pip, from the same hash-checked lock that uv_run.sh uses.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
CULPA_INSTALLER=pip exec "$here/uv_run.sh" setup
