"""Every public name is documented: what it does, its types, the errors that it raises, an example."""

from __future__ import annotations

import reference


def test_every_public_name_is_documented() -> None:
    assert list(reference.lacks()) == []
