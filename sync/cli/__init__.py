"""The command line: one module per group of commands."""

import sys

from core.errors import HubError, Misconfigured
from sync.cli.app import app
from sync.cli.commands.check import show_mistakes
from sync.cli.context import Settings
from sync.cli.output import PIPE_CLOSED, finish_output, replace_unknown_letters, say
from sync.hub import collect_seldom
from sync.shutdown import Stopped, stoppable

__all__ = ["app", "main"]


def main() -> None:
    """Run a command; a HubError becomes a message and an exit code."""
    collect_seldom()
    replace_unknown_letters()
    settings = Settings()
    try:
        try:
            with stoppable():
                app(obj=settings, standalone_mode=True)
        finally:
            finish_output()
    except HubError as error:
        if isinstance(error, Misconfigured) and any(each.path for each in error.mistakes):
            show_mistakes(error, settings.config)
        else:
            say(str(error), "red")
        sys.exit(error.exit_code)
    except Stopped as stopped:
        say("stopped; what is stored stays, and the next run goes on from there")
        sys.exit(stopped.exit_code)
    except SystemExit as ending:
        # The libraries of the command line end with 1 where a pipe is closed.
        if isinstance(ending.__context__, BrokenPipeError):
            sys.exit(PIPE_CLOSED)
        raise
