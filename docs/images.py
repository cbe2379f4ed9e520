"""Draws the pictures of README, of a run of examples/mall-reserve.toml: `make images`.

They are those of the page that `bankcore simulate --html` writes, each as a file of its own.
"""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

from bankcore import Bank, MemoryStore
from bankcore.pictures import LANGUAGES, Chart, Frame, Words, run_page
from bankcore.pictures.drawing import draw
from bankcore.simulation.runner import simulate
from bankcore.simulation.scenario import load

DOCS = Path(__file__).parent
SECTIONS = {
    "flows": {"en": "Flows", "zh": "资金流向"},
    "reserve": {"en": "Reserve and threshold", "zh": "备付金与阈值"},
}
WIDTH = 860
FONTS = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', sans-serif"


def alone(chart: Chart, name: str, language: str) -> str:
    """A chart as an SVG file: on paper of its own, so that it is read on a dark page too."""
    picture = ElementTree.fromstring(
        draw(chart.make(chart.table, Frame(Words(language), WIDTH)), name, chart.title, chart.about)
    )
    left, top, width, height = (float(it) for it in picture.attrib["viewBox"].split())
    box = (left - 16, top - 16, width + 32, height + 32)
    picture.attrib["viewBox"] = " ".join(f"{it:g}" for it in box)
    picture.attrib["style"] = f"font-family: {FONTS}"
    paper = {
        "x": f"{box[0]:g}",
        "y": f"{box[1]:g}",
        "width": f"{box[2]:g}",
        "height": f"{box[3]:g}",
        "fill": "#fff",
    }
    picture.insert(2, ElementTree.Element("rect", paper))
    picture.attrib["xmlns"] = "http://www.w3.org/2000/svg"
    return ElementTree.tostring(picture, encoding="unicode") + "\n"


def images() -> dict[str, str]:
    """The pictures by the names of their files."""
    scenario, store = load(str(DOCS.parent / "examples" / "mall-reserve.toml")), MemoryStore()
    outcome = simulate(scenario, store)
    made = {}
    for language in LANGUAGES:
        page = run_page(outcome, Bank.open(store), scenario, language)
        charts = {section.title: section.charts[0] for section in page.sections if section.charts}
        for name, titles in SECTIONS.items():
            suffix = "" if language == "en" else f".{language}"
            made[f"{name}{suffix}.svg"] = alone(charts[titles[language]], name, language)
    return made


def main() -> int:
    """Write them."""
    folder = DOCS / "images"
    folder.mkdir(exist_ok=True)
    for name, picture in images().items():
        (folder / name).write_text(picture, encoding="utf-8", newline="")
        print(f"docs/images/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
