"""`python -m sat_sweep`, the same as `sat-sweep`."""

from sat_sweep.cli import main

main()
