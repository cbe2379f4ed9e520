"""Simulation: a scenario of typed steps, run against a bank, traced to the byte."""
