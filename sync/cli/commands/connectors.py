"""`segmenthub connectors`: what is installed, what each can do, and how a new one begins."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from typer.core import TyperGroup

from core import plugins
from core.errors import Misconfigured
from sync.cli.context import hub_of, progress_bars
from sync.cli.output import AsCsv, AsJson, Listing, say, show, write
from sync.connector_info import ConnectorInfo, describe, reading_mode
from sync.scaffold.package import begin_package, folder_of
from sync.scaffold.recording import Samples, record

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


@group.command("new")
def new_connector(
    kind: Annotated[str, typer.Argument(help="What it will be called, like my_shop.")],
    into: Annotated[
        Path | None, typer.Option("--into", help="The folder; without it segmenthub-KIND.")
    ] = None,
    destination: Annotated[
        bool, typer.Option("--destination", help="Also one that is written to.")
    ] = False,
) -> None:
    """Begin a connector: a package of its own that works as it is, to be changed step by step."""
    folder = into or folder_of(kind)
    for file in begin_package(kind, folder, writing=destination):
        say(f"wrote {folder / file}")
    say(f"what to do next stands in {folder / 'README.md'}")


@group.command("record")
def record_samples(
    context: typer.Context,
    connection: Annotated[str, typer.Argument(help="Its name in the config.")],
    into: Annotated[
        Path | None, typer.Option("--into", help="The file; without it they are printed.")
    ] = None,
    pages: Annotated[int, typer.Option("--pages", min=1, help="How many of each list.")] = 1,
    keep: Annotated[
        list[str] | None,
        typer.Option("--keep", help="A field that tells of nobody; may be said again."),
    ] = None,
) -> None:
    """Take samples of a live system for a connector's tests, without the people in them."""
    if into is not None and into.exists():
        raise Misconfigured(f"{into} is there already and stays as it is; name another file")
    with hub_of(context) as hub, progress_bars() as progress:
        samples = record(hub, connection, pages=pages, keep=keep or (), progress=progress)
    if into is None:
        sys.stdout.write(samples.text())
    else:
        try:
            into.write_text(samples.text(), "utf-8")
        except OSError as error:
            raise Misconfigured(f"{into} cannot be written: {error.strerror}") from None
    _tell_samples(samples)


def _tell_samples(samples: Samples) -> None:
    for path, raws in samples.lists.items():
        say(f"{path}: {len(raws)} rows")
    for stream in samples.empty:
        say(f"{stream}: nothing came; add a row by hand, or record more pages", "yellow")
    for name, value in samples.settings.items():
        say(f'in the test, write {name} = "{value}"; the ids have changed')
    say(
        "Names, addresses, numbers of people and free text are replaced. Look it through all the "
        "same before you give it to anybody."
    )


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
        (each, describe(each, each.connector) if each.connector else None)
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


def _row(offer: plugins.Installed, sheet: ConnectorInfo | None) -> dict[str, object]:
    of_package = {"kind": offer.kind, "package": offer.package, "version": offer.version}
    said = sheet.row() if sheet else dict.fromkeys(COLUMNS[3:-1])
    return {**of_package, **said, "error": offer.error}


def _overview(found: list[tuple[plugins.Installed, ConnectorInfo | None]]) -> None:
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


def _about(sheet: ConnectorInfo) -> str:
    said = [sheet.about]
    if sheet.streams:
        said.append(f"Reads {', '.join(each.name for each in sheet.streams)}.")
    if sheet.writing:
        said.append(f"Writes {' and '.join(f'{each}s' for each in sheet.writing.targets)}.")
    return " ".join(said)


def _tell(offer: plugins.Installed, sheet: ConnectorInfo) -> None:
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


def _streams(sheet: ConnectorInfo) -> Listing:
    columns = {"name": "Stream", "read": "Is read", "again": "Read again", "nouns": "Delivers"}
    rows = []
    for each in sheet.streams or ():
        read, again = reading_mode(each)
        nouns = ", ".join(each.nouns)
        rows.append({"name": each.name, "read": read, "again": again, "nouns": nouns})
    return Listing("Streams", columns, rows)


def _settings(sheet: ConnectorInfo) -> Listing:
    rows = []
    for each in sheet.settings:
        marks = [word for word, yes in (("needed", each.needed), ("secret", each.secret)) if yes]
        usual = f" Without it: {each.default}." if each.default else ""
        rows.append({"name": each.name, "mark": ", ".join(marks), "help": f"{each.help}{usual}"})
    return Listing("Settings", {"name": "Setting", "mark": "", "help": "What it is"}, rows)
