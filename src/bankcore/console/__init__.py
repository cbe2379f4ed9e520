"""The commands of the command line, one module for each kind of command; they hold no rules."""
