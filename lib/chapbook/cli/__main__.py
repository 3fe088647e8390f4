"""`python -m chapbook.cli`, which is how ./chapbook starts."""
import sys

try:
    from .commands import main
except ModuleNotFoundError as missing:
    if str(missing.name).startswith("chapbook"):
        raise
    if sys.prefix == sys.base_prefix:                 # no .venv: a site that was packed, on a host
        sys.exit(f"chapbook: The package {missing.name} is missing.\n"
                 "Upload vendor/ again, whole, in binary mode.")
    sys.exit(f"chapbook: {missing.name} is missing from {sys.prefix}, which is not whole.\n"
             "Remove .venv; the next start makes it anew.")

main()
