"""Simulation: a scenario of typed steps, run against a bank, reproducible to the byte."""
