"""What a source of leads is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

__all__ = ["LeadSource"]


class LeadSource(Protocol):
    """Anything that finds leads: a file, a queue, the interface of a map or a delivery service.

    A class with these two is an adapter; nothing has to know of it but who calls `take_leads`.
    """

    @property
    def name(self) -> str:
        """What leads from it are marked with."""
        ...

    def rows(self) -> Iterator[Mapping[str, str]]:
        """The rows, each a mapping from column to text.  Raises BadFile or an error of its own."""
        ...
