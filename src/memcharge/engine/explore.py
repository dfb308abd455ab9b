# SPDX-License-Identifier: GPL-2.0-only
"""Which engine explores a program: the interpreter, machine code, or one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol, cast

from memcharge.engine import bfs, dfs, simulate
from memcharge.engine.ample import chooser
from memcharge.engine.found import Progress, Search, saved
from memcharge.engine.options import Options
from memcharge.engine.saved import Keeper
from memcharge.engine.slots import FINDING
from memcharge.engine.stepper import Property, Stepper
from memcharge.engine.witness import stored_successors, successors
from memcharge.engine.workers import Workers, workers

if TYPE_CHECKING:
    from memcharge.engine.native.search import NativeSearch
    from memcharge.engine.parallel.search import PartitionedSearch

    Native = NativeSearch | PartitionedSearch

# How many states the interpreter explores before machine code is worth making: so many, and
# so many for each node of the program, for a long one takes longer to translate.
SMALL = 60_000
SMALL_FOR_NODE = 25
SHARE = 0.7  # of the machine's free memory, for states


class Found(Protocol):
    """What every engine finds; see `found.Search` for the meaning."""

    incomplete: str

    @property
    def count(self) -> int: ...
    @property
    def transitions(self) -> int: ...
    @property
    def depth(self) -> int: ...
    @property
    def finals(self) -> list[int]: ...
    @property
    def broken(self) -> dict[str, int]: ...
    def state(self, number: int) -> bytes: ...
    def path(self, number: int) -> list[bytes]: ...


@cache
def native_available() -> bool:
    """Whether llvmlite and numpy are installed; importing them costs more than a small check."""
    return all(find_spec(name) is not None for name in ("llvmlite", "numpy"))


def crew_of(found: Found) -> tuple[str, float]:
    """Which workers found it, "" if it was one, and their CPU seconds outside of this process."""
    if isinstance(found, Search | simulate.Simulation):
        return "", 0.0
    native = cast("Native", found)
    return native.workers, native.elsewhere


def explore(
    stepper: Stepper,
    options: Options,
    progress: Callable[[Progress], None] | None,
    keeper: Keeper | None = None,
) -> tuple[Found, str]:
    """Reach every state; also the engine that did.

    Without a chosen engine the interpreter begins, and machine code takes over
    where the space turns out to be large.  A search that is not finished is
    handed to the keeper.  Raises FieldOverflow.
    """
    engine = options.engine
    if keeper is not None and keeper.resumed is not None and keeper.resumed.engine == "native":
        engine = "native"
    if options.search == "simulate":
        return simulate.search(stepper, options, progress), "interp"
    if options.search == "dfs":
        found = dfs.search(stepper, options, progress, keeper)
        return _kept(stepper, found, options, keeper), "interp"
    if engine == "native":
        return _native(stepper, options, progress, keeper), "native"
    if engine is None and native_available():
        few = max(SMALL, SMALL_FOR_NODE * sum(len(cpu.nodes) for cpu in stepper.program.cpus))
        if options.max_states is not None:
            few = min(few, options.max_states)
        beginning = replace(options, max_states=few)
        found = bfs.search(stepper, beginning, progress, keeper)
        outgrown = found.incomplete.startswith(("--max-states", "--max-memory"))
        if outgrown and few != options.max_states:
            return _native(stepper, options, progress, keeper), "native"
    else:
        found = bfs.search(stepper, options, progress, keeper)
    return _kept(stepper, found, options, keeper), "interp"


def _kept(stepper: Stepper, found: Search, options: Options, keeper: Keeper | None) -> Search:
    if found.incomplete and keeper is not None:
        keeper.keep(saved(stepper, found, options))
    return found


def _native(
    stepper: Stepper,
    options: Options,
    progress: Callable[[Progress], None] | None,
    keeper: Keeper | None,
) -> Native:
    found = _prepared(stepper, options)
    if keeper is not None:
        keeper.leave("interp")
    _run(stepper, found, lambda: found.run(options, progress, keeper=keeper))
    if found.incomplete and keeper is not None and not found.lost:
        keeper.keep(found.saved())
    for number, prop in enumerate(stepper.properties):
        if prop.when == "always" and not prop.holds(stepper.start):
            found.first_broken(number, 0)
    return found


def _prepared(stepper: Stepper, options: Options) -> Native:
    """A search on one core, or on all the workers that are asked for."""
    from memcharge.engine.native.memory import free_memory  # noqa: PLC0415 - heavy
    from memcharge.engine.native.search import NativeSearch  # noqa: PLC0415 - heavy

    memory = options.max_memory or int(free_memory() * SHARE)
    wanted = options.workers and workers(options.workers)
    if not wanted or wanted == Workers(1):
        return NativeSearch(stepper.program, stepper.slots, memory)
    from memcharge.engine.parallel import rayed, threads  # noqa: PLC0415 - heavy
    from memcharge.engine.parallel.search import PartitionedSearch  # noqa: PLC0415 - heavy

    if wanted.ray:
        recruit = rayed.recruit(wanted, options.max_memory, SHARE)
    else:
        recruit = threads.recruit(wanted.number, memory)
    return PartitionedSearch(stepper.program, stepper.slots, recruit)


def _run(stepper: Stepper, found: Native, run: Callable[[], object]) -> None:
    """Run, and let the interpreter say what it is that does not fit."""
    from memcharge.engine.native.search import Misfit  # noqa: PLC0415 - heavy

    try:
        run()
    except Misfit:
        for state in found.suspects:
            for cpu in range(len(stepper.tables)):
                successors(stepper, state, cpu)
        raise


def run_avoiding(
    stepper: Stepper,
    found: Found,
    engine: str,
    never: list[Property],
    good_end: Callable[[bytes], bool],
) -> bool:
    """Whether some complete run keeps all of `never` in every state and ends well.

    `found` is what a search that was finished found.  Raises Unfinished if
    that cannot be told.
    """
    if any(not prop.holds(stepper.start) for prop in never):
        return False
    if not never:
        finals: Iterable[int] = found.finals
    elif engine == "native":
        mask = sum(1 << number for number, one in enumerate(stepper.properties) if one in never)
        finals = cast("Native", found).finals_avoiding(mask)
    else:
        return _depth_first(stepper, never, good_end)
    return any(good_end(found.state(number)) for number in finals)


def _depth_first(
    stepper: Stepper, never: list[Property], good_end: Callable[[bytes], bool]
) -> bool:
    """The same with the interpreter; it stops at the first such run."""
    seen, stack = {stepper.start}, [stepper.start]
    cpus = range(len(stepper.tables))
    choose = chooser(stepper, cpus)
    while stack:
        state = stack.pop()
        ended = True
        stepped = cpus if choose is None else choose(state)
        for cpu in stepped if not state[FINDING] else ():
            for successor in stored_successors(stepper, state, cpu):
                ended = False
                if successor not in seen:
                    seen.add(successor)
                    if all(prop.holds(successor) for prop in never):
                        stack.append(successor)
        if ended and good_end(state):
            return True
    return False
