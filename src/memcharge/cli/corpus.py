# SPDX-License-Identifier: GPL-2.0-only
"""`memcharge corpus`: the known bugs, and whether each is found where it is."""

from __future__ import annotations

import itertools
import time
from typing import Unpack

import click

from memcharge import __version__
from memcharge.analysis.corpus import Finder, bugs, bugs_of
from memcharge.cli.errors import BROKEN, HOLDS, INCOMPLETE, unknown
from memcharge.cli.options import Limits, options_from, search_options
from memcharge.cli.output import keep_text, say
from memcharge.cli.progress import ProgressLine
from memcharge.editions.chain import known, without
from memcharge.report.corpus import corpus_text
from memcharge.trace.corpus import Bug, Corpus, Entry, dump_corpus


@click.command("corpus")
@click.argument("name", nargs=-1, metavar="[BUG|EDITION]...")
@click.option("--check", "look", is_flag=True, help="Look for each in the editions that have it.")
@search_options
@click.option("--json", "path", metavar="FILE", help="Where the record goes; - prints it alone.")
@click.option("--no-times", is_flag=True, help="Leave out what differs from run to run.")
def verb(
    name: tuple[str, ...],
    *,
    look: bool,
    path: str | None,
    no_times: bool,
    **limits: Unpack[Limits],
) -> int:
    """Name the known bugs of page-charge accounting, with what mended each.

    With --check: look for each in every edition that has it, where it must be
    found, and in those that have it no more, where it must not. Ends with 1 if
    that is not so.

    BUG is a number, as B-03. An EDITION stands for what is known to be broken
    in it, and is the only one looked at then.
    """
    options = options_from(limits)
    chosen = _chosen(name)
    began = time.process_time()
    entries = [Entry(bug) for bug in chosen]
    interrupted = False
    if look:
        line = ProgressLine(_searches(chosen))
        number_of = itertools.count(1)
        finder = Finder(options, lambda *what: line.begin(next(number_of), *what))
        try:
            for at, bug in enumerate(chosen):
                entries[at] = finder.look(bug)
        except KeyboardInterrupt:
            interrupted = True
        finally:
            line.end()
    corpus = Corpus(tuple(entries), __version__, time.process_time() - began)
    written = keep_text(dump_corpus(corpus), path) if path else ""
    if path != "-":
        say(corpus_text(corpus, written=written, times=not no_times))
    if interrupted:
        return INCOMPLETE
    return HOLDS if not look or all(entry.as_expected for entry in entries) else BROKEN


def _chosen(names: tuple[str, ...]) -> list[Bug]:
    numbered, editions = {bug.id: bug for bug in bugs()}, [*known(), *without()]
    chosen: list[Bug] = []
    for name in names:
        if name in editions:
            chosen += bugs_of(name)
        elif name in numbered:
            chosen.append(numbered[name])
        else:
            raise unknown("bug", name, [*numbered, *editions], "memcharge corpus names them")
    return chosen if names else [*numbered.values()]


def _searches(chosen: list[Bug]) -> int:
    pairs = {(n, b.scenario) for b in chosen if not b.excused for n in b.editions + b.fixed_in}
    return len(pairs)
