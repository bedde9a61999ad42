"""`python -m hil.cli` is `hukka`."""

from hil.cli import main

main()
