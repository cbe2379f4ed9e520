"""The pictures of README say what today's run says."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytest.importorskip("vl_convert")

DOCS = Path(__file__).parents[1] / "docs"


def _said(picture: str) -> list[str]:
    """The texts of a picture; where they stand may change with the library that draws."""
    return [text for text in ElementTree.fromstring(picture).itertext() if text.strip()]


def test_the_pictures_of_readme_are_of_today() -> None:
    spec = spec_from_file_location("images", DOCS / "images.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.images()
    assert set(made) == {it.name for it in (DOCS / "images").iterdir()}
    for name, picture in made.items():
        assert _said(picture) == _said((DOCS / "images" / name).read_text(encoding="utf-8")), name
    for readme, names in (("README.md", ("flows", "reserve")), ("README.zh.md", ("flows.zh", "reserve.zh"))):
        text = (DOCS.parent / readme).read_text(encoding="utf-8")
        assert all(f"(docs/images/{name}.svg)" in text for name in names)
