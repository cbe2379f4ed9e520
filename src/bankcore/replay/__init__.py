"""Replay: a bank's own CSV file, posted row by row into a book."""

from bankcore.replay.mapping import Mapping, read_mapping
from bankcore.replay.refusals import BalancesDiffer
from bankcore.replay.runner import Mismatch, Outcome, Refused, replay

__all__ = ["BalancesDiffer", "Mapping", "Mismatch", "Outcome", "Refused", "read_mapping", "replay"]
