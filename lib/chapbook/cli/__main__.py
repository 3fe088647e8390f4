"""`python -m chapbook.cli`, which is how ./chapbook starts."""
from . import main

main()
