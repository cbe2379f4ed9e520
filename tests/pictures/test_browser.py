"""Pages in a browser, on a desktop and a phone: nothing is fetched, nothing overflows, no two texts overlap.

All pages stand in frames of one page that measures them, so the browser starts once.
"""

from __future__ import annotations

import html as escaping
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.pictures.books import NAMES, simulated

from bankcore.pictures import html, run_page

pytest.importorskip("jinja2")
pytest.importorskip("vl_convert")
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
WIDTHS = (390, 1280)
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", "--window-size=1400,900",
    "--virtual-time-budget=20000", "--dump-dom",
)  # fmt: skip
MEASURE = """
const found = [];
for (const frame of document.querySelectorAll("iframe")) {
  const page = frame.contentDocument, root = page.documentElement, width = root.clientWidth;
  const box = it => it.getBoundingClientRect(), shown = it => box(it).width > 0;
  const outside = [], overlapping = [];
  for (const svg of [...page.querySelectorAll("svg")].filter(shown)) {
    const texts = [...svg.querySelectorAll("text")].map(it => [it.textContent, box(it)]);
    for (const [text, it] of texts) if (it.left < -1 || it.right > width + 1) outside.push(text);
    texts.forEach(([one, a], nth) => texts.slice(nth + 1).forEach(([two, b]) => {
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      const halo = one === two && Math.abs(a.left - b.left) < 1 && Math.abs(a.top - b.top) < 1;
      if (wide > 1 && high > 4 && !halo) overlapping.push([one, two]);
    }));
  }
  found.push({
    name: frame.title, width, content: root.scrollWidth, outside, overlapping,
    fetched: frame.contentWindow.performance.getEntriesByType("resource").map(it => it.name),
    titles: [...page.querySelectorAll("h2")].map(it => it.textContent),
    pictures: [...page.querySelectorAll("svg")].filter(shown).length,
    unnamed: page.querySelectorAll("svg:not(:has(> title + desc))").length,
    blank: [...page.querySelectorAll("svg text")].filter(it => !it.textContent).length,
    tables: page.querySelectorAll("table caption").length,
  });
}
const out = document.createElement("pre");
out.id = "found";
out.textContent = JSON.stringify(found);
document.body.append(out);
"""


def frames() -> tuple[str, dict[str, list[str]]]:
    """The page that measures, and the titles of the sections of each page in it."""
    made, titles = [], {}
    for name in NAMES:
        for language in ("en", "zh"):
            scenario, bank, outcome = simulated(name)
            page = run_page(outcome, bank, scenario, language)
            text = escaping.escape(html(page))
            for width in WIDTHS:
                key = f"{name} {language} {width}"
                titles[key] = [it.title for it in page.sections]
                style = f"width:{width}px;height:6000px;border:0"
                made.append(f'<iframe title="{key}" style="{style}" srcdoc="{text}"></iframe>')
    script = f"<script>onload = () => {{ {MEASURE} }}</script>"
    return f"<!doctype html><meta charset=utf-8><body>{''.join(made)}{script}", titles


@pytest.mark.skipif(BROWSER is None, reason="no Chromium")
def test_pages_in_a_browser(tmp_path: Path) -> None:
    page, titles = frames()
    (tmp_path / "frames.html").write_text(page, encoding="utf-8")
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    ran = subprocess.run(
        [str(BROWSER), *OPTIONS, profile, (tmp_path / "frames.html").as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert ":CONSOLE" not in ran.stderr
    measured = re.search(r'<pre id="found">(.*?)</pre>', ran.stdout, re.DOTALL)
    assert measured, ran.stdout[-500:]
    found = {it["name"]: it for it in json.loads(escaping.unescape(measured[1]))}
    assert {name: it["titles"] for name, it in found.items()} == titles
    for name, it in found.items():
        assert it["content"] <= it["width"], name
        assert (it["fetched"], it["outside"], it["overlapping"]) == ([], [], []), name
        assert it["pictures"] > 1, name
        assert it["tables"] >= len(it["titles"]), name
        assert (it["unnamed"], it["blank"]) == (0, 0), name
    assert sum(it["pictures"] for it in found.values()) > 4 * len(NAMES) * 4
