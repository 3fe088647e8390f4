"""`python -m chapbook.cli`, which is how ./chapbook starts."""
import sys

try:
    from .commands import main
except ModuleNotFoundError as missing:
    if str(missing.name).startswith("chapbook"):
        raise
    sys.exit(f"chapbook: {missing.name} is missing from {sys.prefix}, which is not whole.\n"
             "Remove .venv; the next start makes it anew.")

main()
