"""`python -m bankcore` is the command line."""

from bankcore.cli import main

main()
