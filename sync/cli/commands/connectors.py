"""`segmenthub connectors`: list and describe connectors, start a new one, record samples."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from core import plugins
from core.config import named_kinds
from core.errors import Misconfigured
from sync.cli.context import Settings, hub_of, progress_bars
from sync.cli.output import AsCsv, AsJson, Listing, console, say, show, styled, write
from sync.connector_info import ConnectorInfo, describe, reading_mode
from sync.scaffold.package import folder_of, write_package
from sync.scaffold.recording import Samples, record

COLUMNS = (
    "kind", "package", "version", "source", "destination", "system", "about", "streams", "writing",
    "settings", "error",
)  # fmt: skip
LIST = "list"
UNLOADED = "Not loaded, since the config does not name it; name it here to load it."


class ListByDefault(TyperGroup):
    """A group of commands whose default is `list`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # typer hides the types
        """Insert `list` where no command is named."""
        if not args or args[0] not in (*self.commands, "--help"):
            args = [LIST, *args]
        return super().parse_args(ctx, args)


group = typer.Typer(
    cls=ListByDefault, help="List the connectors, or describe one: connectors KIND."
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="connectors")


@group.command("new")
def new_connector(
    kind: Annotated[str, typer.Argument(help="Its name, like my_shop.")],
    into: Annotated[
        Path | None, typer.Option("--into", help="The folder; by default segmenthub-KIND.")
    ] = None,
    destination: Annotated[bool, typer.Option("--destination", help="Also a destination.")] = False,
    audience: Annotated[
        bool, typer.Option("--audience", help="A destination of ad audiences alone.")
    ] = False,
    graphql: Annotated[
        bool, typer.Option("--graphql", help="Read over GraphQL instead of REST.")
    ] = False,
    oauth: Annotated[
        bool, typer.Option("--oauth", help="OAuth 2.0 instead of a fixed token.")
    ] = False,
) -> None:
    """Start a connector: write a working package, to be changed step by step."""
    folder = into or folder_of(kind)
    choices = {"graphql": graphql, "oauth": oauth, "audience": audience}
    for file in write_package(kind, folder, writing=destination, **choices):
        say(f"wrote {folder / file}")
    say(f"the next steps are in {folder / 'README.md'}")


@group.command("record")
def record_samples(
    context: typer.Context,
    connection: Annotated[str, typer.Argument(help="Its name in the config.")],
    into: Annotated[
        Path | None, typer.Option("--into", help="The file; by default they are printed.")
    ] = None,
    pages: Annotated[int, typer.Option("--pages", min=1, help="Pages of each list.")] = 1,
    keep: Annotated[
        list[str] | None,
        typer.Option("--keep", help="A field without personal data; may be repeated."),
    ] = None,
) -> None:
    """Record samples of a live system for a connector's tests, without personal data."""
    if into is not None and into.exists():
        raise Misconfigured(f"{into} exists already and is not overwritten; name another file")
    with hub_of(context) as hub, progress_bars() as progress:
        samples = record(hub, connection, pages=pages, keep=keep or (), progress=progress)
    if into is None:
        sys.stdout.write(samples.text())
    else:
        try:
            into.write_text(samples.text(), "utf-8")
        except OSError as error:
            raise Misconfigured(f"{into} cannot be written: {error.strerror}") from None
    _show_samples(samples)


def _show_samples(samples: Samples) -> None:
    for path, raws in samples.lists.items():
        say(f"{path}: {len(raws)} rows")
    for stream in samples.empty:
        say(f"{stream}: no rows; add one by hand, or record more pages", "yellow")
    for name, value in samples.settings.items():
        say(f'in the test, write {name} = "{value}"; the ids have changed')
    say(
        "Names, addresses, personal numbers and free text are replaced. Check the samples all the "
        "same before you share them."
    )


@group.command(LIST)
def list_connectors(
    context: typer.Context,
    kind: Annotated[str | None, typer.Argument(help="Describe this one.")] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the installed connectors, or describe one."""
    if kind is not None:
        plugins.find(kind)  # raises for one that is missing or broken
    named = named_kinds(context.ensure_object(Settings).config) | {kind or ""}
    found = [
        (each, describe(each, each.connector) if each.connector else None)
        for each in plugins.installed(named)
        if kind in (None, each.kind)
    ]
    if as_json or as_csv:
        write([_row(*each) for each in found], COLUMNS, as_csv=as_csv)
    elif kind is None:
        _overview(found)
    else:
        for offer, info in found:
            if info is not None:
                _show_info(offer, info)


def _row(offer: plugins.Installed, info: ConnectorInfo | None) -> dict[str, object]:
    of_package = {"kind": offer.kind, "package": offer.package, "version": offer.version}
    described = info.row() if info else dict.fromkeys(COLUMNS[3:-1])
    return {**of_package, **described, "error": offer.error}


def _overview(found: list[tuple[plugins.Installed, ConnectorInfo | None]]) -> None:
    rows = [
        {
            "kind": offer.kind,
            "roles": " and ".join(info.roles) if info else "broken" if offer.loaded else "?",
            "origin": f"{offer.package} {offer.version}",
            "about": _about(info) if info else offer.error or UNLOADED,
        }
        for offer, info in found
    ]
    columns = {"kind": "Kind", "roles": "Roles", "origin": "Package", "about": "What it is"}
    show(Listing("Connectors", columns, rows))
    say("to describe one, with its settings: segmenthub connectors KIND")


def _about(info: ConnectorInfo) -> str:
    sentences = [info.about]
    if info.streams:
        sentences.append(f"Reads {', '.join(each.name for each in info.streams)}.")
    if info.destination:
        sentences.append(f"Writes {' and '.join(f'{each}s' for each in info.destination.targets)}.")
    return " ".join(sentences)


def _show_info(offer: plugins.Installed, info: ConnectorInfo) -> None:
    output = console()
    origin = f" ({offer.package} {offer.version}): {' and '.join(info.roles)}. {info.about}\n"
    output.print(styled((info.kind, "bold"), origin))
    if info.streams is None:
        output.print("Its streams depend on its settings.\n")
    elif info.streams:
        show(_streams(info))
    if info.destination:
        properties = [
            {"what": what, "value": value} for what, value in info.destination.labelled().items()
        ]
        show(Listing("As a destination", {"what": "Property", "value": "Value"}, properties))
    show(_settings(info))


def _streams(info: ConnectorInfo) -> Listing:
    columns = {"name": "Stream", "read": "Reads", "again": "Reads again", "nouns": "Delivers"}
    rows = []
    for each in info.streams or ():
        read, again = reading_mode(each)
        nouns = ", ".join(each.nouns)
        rows.append({"name": each.name, "read": read, "again": again, "nouns": nouns})
    return Listing("Streams", columns, rows)


def _settings(info: ConnectorInfo) -> Listing:
    rows = []
    for each in info.settings:
        marks = [word for word, yes in (("needed", each.needed), ("secret", each.secret)) if yes]
        default = f" Default: {each.default}." if each.default else ""
        rows.append({"name": each.name, "mark": ", ".join(marks), "help": f"{each.help}{default}"})
    return Listing("Settings", {"name": "Setting", "mark": "", "help": "What it is"}, rows)
