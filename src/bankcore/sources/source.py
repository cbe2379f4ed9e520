"""The protocol of a source of leads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

__all__ = ["LeadSource"]


class LeadSource(Protocol):
    """Anything that provides leads: a file, a queue, the interface of a map or a delivery service.

    A class with these two members is an adapter; only the caller of `take_leads` needs to know it.
    """

    @property
    def name(self) -> str:
        """The source recorded with its leads."""
        ...

    def rows(self) -> Iterator[Mapping[str, str]]:
        """The rows, each a mapping from column to text.  Raises BadFile or an error of its own."""
        ...
