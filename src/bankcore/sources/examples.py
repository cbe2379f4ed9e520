"""The scenarios that come with bankcore: data of an installed package, the folder examples/ of a checkout."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from bankcore.errors import UnknownName

__all__ = ["about", "example", "examples"]


def examples() -> Mapping[str, Traversable]:
    """Each scenario's file by its name, in order.

    >>> "current" in examples(), "mall" in examples()
    (True, True)
    """
    package = files("bankcore")
    installed = package / "data" / "examples"
    folder: Traversable = installed if installed.is_dir() else Path(str(package)).parents[1] / "examples"
    found = (it for it in folder.iterdir() if it.name.endswith(".toml")) if folder.is_dir() else ()
    return {it.name.removesuffix(".toml"): it for it in sorted(found, key=lambda it: it.name)}


def example(name: str) -> str:
    """The text of a scenario, by its name with or without `.toml`; raises UnknownName.

    >>> example("current").splitlines()[0][:8]
    '# A stre'
    """
    known = examples()
    if found := known.get(name.removesuffix(".toml")):
        return found.read_text(encoding="utf-8")
    raise UnknownName("example", name, ", ".join(known))


def about(text: str) -> str:
    """The first sentence of the comment that a scenario begins with.

    >>> about("# A street keeps its\\n# money.  The rate changes.\\n\\ntitle = 1")
    'A street keeps its money.'
    """
    lines = re.match(r"(#[^\n]*\n)*", text)
    said = " ".join((lines.group() if lines else "").replace("#", " ").split())
    first = re.match(r".*?[^ A-Z][.:](?= |$)", said)
    return (first.group() if first else said).replace(":", ".")
