"""The options --html and --lang, and writing a page with pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from attrs import frozen

from bankcore.errors import BadFile

if TYPE_CHECKING:
    from bankcore.pictures import Page

__all__ = ["LANGUAGES", "Wanted", "page_options"]

LANGUAGES: Final = ("en", "zh")  # those of bankcore.pictures, which most commands need not load


@frozen
class Wanted:
    """The page that a command is to write: its file and language."""

    file: str
    language: str

    def write(self, page: Page) -> None:
        """Write the page; an older page of bankcore is replaced, any other file refused as BadFile."""
        from bankcore.pictures import html

        self.check()
        Path(self.file).write_text(html(page), encoding="utf-8", newline="")

    def check(self) -> Wanted:
        """Itself; raises LibraryMissing where no page can be made, BadFile where another file is there."""
        from bankcore.pictures.drawing import check_installed
        from bankcore.pictures.pages import is_page

        check_installed()
        path = Path(self.file)
        if not path.parent.is_dir():
            raise BadFile(self.file, "there is no such folder")
        if path.exists():
            with path.open("rb") as file:
                if not is_page(file.read(64).decode(errors="replace")):
                    raise BadFile(self.file, "there is such a file already, and it is no page of bankcore")
        return self


def page_options(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the options --html and --lang, as the argument `page`: a Wanted, or None."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        def choose(ctx: click.Context, _: click.Parameter, language: str | None) -> Wanted | None:
            file = ctx.params.pop("html", None)
            if file is None and language is not None:
                raise click.UsageError("--lang is the language of --html: give its FILE.", ctx)
            return None if file is None else Wanted(file, language or "en")

        html = click.option(
            "--html", is_eager=True, metavar="FILE", help=f"Write {what} as a page with pictures."
        )
        lang = click.option("--lang", "page", type=click.Choice(LANGUAGES), callback=choose,
                            help="The language of the page; en if not given.")  # fmt: skip
        return html(lang(command))

    return decorate
