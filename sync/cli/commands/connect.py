"""`segmenthub connect NAME`: the first token of a connection that a person signs in to."""

from contextlib import nullcontext
from typing import Annotated

import typer

from core.errors import Misconfigured
from sync.access.sign_in import HOST, PORT, Loopback, pasted_code
from sync.cli.context import hub_of
from sync.cli.output import say

Name = Annotated[str, typer.Argument(help="The connection, as the config names it.")]
Paste = Annotated[
    bool, typer.Option("--paste", help="No browser on this machine: paste the address afterwards.")
]
Port = Annotated[int, typer.Option("--port", help="Where the browser is sent back to.")]
Redirect = Annotated[
    str, typer.Option("--redirect", help="With --paste: the address registered with the vendor.")
]


def register(app: typer.Typer) -> None:
    """Make the command known."""
    app.command()(connect)


def connect(
    context: typer.Context,
    name: Name,
    paste: Paste = False,
    port: Port = PORT,
    redirect: Redirect = "",
) -> None:
    """Sign in to a connection at its vendor's page, and store the token."""
    if redirect and not paste:
        raise Misconfigured("--redirect is of use with --paste alone; add it, or leave both out")
    back = redirect or f"http://{HOST}:{port}/"
    with hub_of(context) as hub:
        connection = hub.connection(name)
        sign_in = connection.connector.begin_sign_in(back)
        if sign_in is None:
            raise Misconfigured(
                f"{name} needs no sign-in: {connection.kind} takes what the config says"
            )
        with nullcontext() if paste else Loopback(port) as loopback:
            say(f"Open this address and grant the access ({back} must be registered there):")
            say(sign_in.address)
            if loopback is None:
                say("Afterwards paste the whole address that the browser shows, and press Enter:")
                code = pasted_code(sign_in)
            else:
                code = loopback.code(sign_in)
        connection.connector.finish_sign_in(sign_in, code)
    say(f"{name} is connected; try: segmenthub check --live")
