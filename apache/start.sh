#!/bin/sh
# The command of a packed site, for hosts that have a shell or a cron: it needs neither .venv nor pip.
root=$(dirname -- "$(readlink -f -- "$0")")
export PYTHONPATH="$root/lib"
exec PYTHON -P -m chapbook.cli "$@" # -P: modules of the current folder stay out
