#!/bin/sh
# The command of a packed site, for hosts that have a shell or a cron: it needs neither .venv nor pip.
set -eu
root=$(dirname -- "$(readlink -f -- "$0")")
case ${1-} in
    "" | help | -h | --help) exec cat -- "$root/lib/chapbook/cli/help.txt" ;;
    serve | check | pack)
        echo "chapbook: $1 is for the machine that the site was packed on; ./chapbook help tells" >&2
        echo "of the others, such as doctor, backup and user." >&2
        exit 2 ;;
esac
export PYTHONPATH="$root/lib"
if [ "${1-}" = doctor ] && ! said=$(PYTHON -P -c "import chapbook.cli.doctor" 2>&1); then
    echo "chapbook: The doctor cannot start: $(printf "%s" "$said" | tail -n 1)" >&2
    echo "Mostly a file has not arrived: upload lib/ and vendor/ again, whole, in binary mode." >&2
    exit 1
fi
exec PYTHON -P -m chapbook.cli "$@" # -P: modules of the current folder stay out
