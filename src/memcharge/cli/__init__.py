# SPDX-License-Identifier: GPL-2.0-only
"""The command line: argv in, calls, an exit code out; the only place that prints.

Each verb is a module of its name, imported when it is asked for, so that help
and mistakes are answered at once.
"""

from __future__ import annotations

import gc
import sys
from importlib import import_module

import click

from memcharge import __version__
from memcharge.cli.errors import Group

# The module of the verb `list` becomes an attribute of this one, so `list` is not the type here.
_VERBS = {
    "check": "Explore every interleaving and tell what breaks.",
    "resume": "Go on where a check was stopped.",
    "race": "Draw a witness as a CPU 0 / CPU 1 diagram.",
    "sweep": "Check every combination of actors and start states.",
    "compare": "Put editions side by side, and say what changed.",
    "corpus": "Name the known bugs; look for each where it is, and where it is not.",
    "show": "Print an edition's text as it stands after all patches.",
    "diff": "Print what separates two editions.",
    "export": "Write a scenario as a SPIN model.",
    "list": "Name editions, scenarios, properties and stand-ins.",
}
_EPILOG = (
    "Exit codes: 0 all hold; 1 a property is broken; 2 usage; 3 incomplete; 4 the tool failed."
)


class _Verbs(Group):
    """The verbs, each imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_VERBS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _VERBS:
            return None
        verb = import_module(f"memcharge.cli.{cmd_name}").verb
        assert isinstance(verb, click.Command)
        return verb

    def format_commands(
        self,
        ctx: click.Context,
        formatter: click.HelpFormatter,
    ) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([*_VERBS.items()])


@click.group(
    cls=_Verbs,
    epilog=_EPILOG,
    subcommand_metavar="VERB [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="memcharge")
@click.option("--traceback", is_flag=True, help="Print the traceback if the tool itself fails.")
def verbs(traceback: bool) -> None:
    """Explore every interleaving of Linux memcg page-charge accounting.

    Without arguments, `memcharge check` tells the story this began with: the
    migration scheme of v2_6_34 beside the patch of 2010-05-07.
    """


def main() -> None:
    """Run the command line and exit."""
    gc.set_threshold(100_000, 50, 50)  # graphs are many small objects, and few of them garbage
    verbs.main(sys.argv[1:], prog_name="memcharge")
