"""`segmenthub connectors`: what is installed, and what each of it can do and wants to know."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from typer.core import TyperGroup

from core import plugins
from sync.cli.output import AsCsv, AsJson, Listing, say, show, write
from sync.sheets import Sheet, how_read, sheet_of

COLUMNS = (
    "kind", "package", "version", "source", "destination", "system", "about", "streams", "writing",
    "settings", "error",
)  # fmt: skip
LIST = "list"


class ListsUnlessTold(TyperGroup):
    """A group of commands that lists where none of them is named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # typer hides what it is made of
        """Read the words after `connectors`."""
        if not args or args[0] not in (*self.commands, "--help"):
            args = [LIST, *args]
        return super().parse_args(ctx, args)


group = typer.Typer(
    cls=ListsUnlessTold, help="List the connectors, or all about one: connectors KIND."
)


def register(app: typer.Typer) -> None:
    """Make the commands known."""
    app.add_typer(group, name="connectors")


@group.command(LIST)
def list_connectors(
    kind: Annotated[str | None, typer.Argument(help="All about this one.")] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the connectors that are installed, or everything that one says of itself."""
    if kind is not None:
        plugins.find(kind)  # one that is not there or broken says so
    found = [
        (each, sheet_of(each, each.connector) if each.connector else None)
        for each in plugins.installed()
        if kind in (None, each.kind)
    ]
    if as_json or as_csv:
        write([_row(*each) for each in found], COLUMNS, as_csv=as_csv)
    elif kind is None:
        _overview(found)
    else:
        for offer, sheet in found:
            if sheet is not None:
                _tell(offer, sheet)


def _row(offer: plugins.Installed, sheet: Sheet | None) -> dict[str, object]:
    of_package = {"kind": offer.kind, "package": offer.package, "version": offer.version}
    said = sheet.row() if sheet else dict.fromkeys(COLUMNS[3:-1])
    return {**of_package, **said, "error": offer.error}


def _overview(found: list[tuple[plugins.Installed, Sheet | None]]) -> None:
    rows = [
        {
            "kind": offer.kind,
            "roles": " and ".join(sheet.roles) if sheet else "broken",
            "origin": f"{offer.package} {offer.version}",
            "about": _about(sheet) if sheet else offer.error,
        }
        for offer, sheet in found
    ]
    columns = {"kind": "Kind", "roles": "Roles", "origin": "Package", "about": "What it is"}
    show(Listing("Connectors", columns, rows))
    say("more of one, with its settings: segmenthub connectors KIND")


def _about(sheet: Sheet) -> str:
    said = [sheet.about]
    if sheet.streams:
        said.append(f"Reads {', '.join(each.name for each in sheet.streams)}.")
    if sheet.writing:
        said.append(f"Writes {' and '.join(f'{each}s' for each in sheet.writing.targets)}.")
    return " ".join(said)


def _tell(offer: plugins.Installed, sheet: Sheet) -> None:
    output = Console(highlight=False)
    output.print(
        f"[bold]{escape(sheet.kind)}[/] ({escape(f'{offer.package} {offer.version}')}): "
        f"{' and '.join(sheet.roles)}. {escape(sheet.about)}\n"
    )
    if sheet.streams is None:
        output.print("Its streams follow from its settings.\n")
    elif sheet.streams:
        show(_streams(sheet))
    if sheet.writing:
        told = [{"what": what, "said": said} for what, said in sheet.writing.told().items()]
        show(Listing("As a destination", {"what": "What", "said": "Here"}, told))
    show(_settings(sheet))


def _streams(sheet: Sheet) -> Listing:
    columns = {"name": "Stream", "read": "Is read", "again": "Read again", "nouns": "Delivers"}
    rows = []
    for each in sheet.streams or ():
        read, again = how_read(each)
        nouns = ", ".join(each.nouns)
        rows.append({"name": each.name, "read": read, "again": again, "nouns": nouns})
    return Listing("Streams", columns, rows)


def _settings(sheet: Sheet) -> Listing:
    rows = []
    for each in sheet.settings:
        marks = [word for word, yes in (("needed", each.needed), ("secret", each.secret)) if yes]
        usual = f" Without it: {each.default}." if each.default else ""
        rows.append({"name": each.name, "mark": ", ".join(marks), "help": f"{each.help}{usual}"})
    return Listing("Settings", {"name": "Setting", "mark": "", "help": "What it is"}, rows)
