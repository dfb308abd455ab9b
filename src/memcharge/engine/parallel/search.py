# SPDX-License-Identifier: GPL-2.0-only
"""Breadth first on several workers: rounds, levels, limits, and what was found in one order.

In a round every worker takes in what the others had for it, expands some of
its states of the level, keeps the new ones that are its own and has the others
ready for the next round.  The rounds are cut by counts, not by clocks, so the
same number of workers always finds the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from memcharge.engine.found import Limits, Progress, Unfinished
from memcharge.engine.native.model import model_texts
from memcharge.engine.native.packing import packing_of
from memcharge.engine.native.record import FULL, OVERFLOW
from memcharge.engine.native.search import Misfit
from memcharge.engine.options import Options
from memcharge.engine.parallel.crew import Crew
from memcharge.engine.parallel.interrupts import Interrupts
from memcharge.engine.parallel.merged import restore, saved
from memcharge.engine.parallel.numbering import Numbering
from memcharge.engine.parallel.part import Model, Order, Report
from memcharge.engine.saved import Keeper, Saved
from memcharge.engine.slots import Slots
from memcharge.engine.workers import WorkerLost
from memcharge.ir.nodes import Program

MEMORY_FULL = "memory is full"
STRIDE = 1 << 17  # states that a worker expands in a round at most


class PartitionedSearch:
    """A search under way on a crew of workers.

    `starts` are for each level where it starts at each worker; of the last,
    which is not expanded yet, more may be found.  `lost` says that a worker is
    gone, so nothing but the figures can be asked.
    """

    def __init__(self, program: Program, slots: Slots, recruit: Callable[[Model], Crew]) -> None:
        """Search with the crew that `recruit` makes."""
        self._program, self._recruit = program, recruit
        self.slots, self.packing = slots, packing_of(program, slots)
        self.names = [one.name for one in program.properties]
        always = (n for n, one in enumerate(program.properties) if one.when == "always")
        self._mask = sum(1 << number for number in always)
        self.incomplete = ""
        self.lost = False
        self.model = Model(
            self.packing.words,
            len(program.cpus),
            self.packing.finding,
            model_texts(self.packing),
            tuple(self.packing.pack(slots.start)),
            len(program.properties),
        )
        self.crew = recruit(self.model)
        self.depth = 0
        self.reports: list[Report] = []
        self.starts: list[list[int]] = []
        self.first: dict[int, set[tuple[int, int]]] = {}  # to break a property, at each worker
        self._pending = self._avoid = 0
        self.elsewhere = 0.0  # CPU seconds of workers in other processes
        self._numbering: Numbering | None = None
        self._finals: dict[int, bytes] | None = None

    # -- running ----------------------------------------------------------------------------

    def run(
        self,
        limits: Limits,
        progress: Callable[[Progress], None] | None = None,
        *,
        avoid: int = 0,
        keeper: Keeper | None = None,
    ) -> PartitionedSearch:
        """Reach every state, and note which first breaks each property, but for the start state.

        A state that breaks one of those to `avoid`, given as bits, is not
        expanded, and is not final.  Raises Misfit if a value does not fit.
        """
        workers = range(self.crew.workers)
        self._pending, self._avoid = self._mask & ~avoid, self._mask & avoid
        with Interrupts() as interrupts:
            try:
                self.look()
                self.starts = [[0 for _ in workers], [one.level_end for one in self.reports]]
                if keeper is not None and keeper.resumed is not None:
                    restore(self, keeper.resumed, limits)
                self._rounds(limits, progress, keeper, interrupts)
            except WorkerLost as lost:
                self._lose(lost)
            finally:
                self.crew.enough()
        return self

    def _lose(self, lost: WorkerLost) -> None:
        """Go on without the states: only the figures are left."""
        self.lost, self.incomplete = True, str(lost)
        self.first.clear()
        self._finals = {}

    @property
    def workers(self) -> str:
        """How many, and where."""
        return f"{self.crew.workers} {self.crew.where}"

    def _ask(self, worker: int, what: str, *arguments: Any) -> Any:
        try:
            return self.crew.ask(worker, what, *arguments)
        except WorkerLost as lost:
            self._lose(lost)
            raise

    def _rounds(
        self,
        limits: Limits,
        progress: Callable[[Progress], None] | None,
        keeper: Keeper | None,
        interrupts: Interrupts,
    ) -> None:
        started = time.monotonic()
        try:
            while self._round():
                self.incomplete = self._limit(limits, time.monotonic() - started)
                if interrupts.heard:
                    self.incomplete = "interrupted"
                if self.incomplete:
                    break
                if keeper is not None and keeper.due():
                    self._settle()
                    keeper.keep(self.saved())
                if progress is not None:
                    progress(Progress(self.count, self.count - self._expanded, self.depth))
        except KeyboardInterrupt:
            self.incomplete = "interrupted"
        if self.incomplete:
            self._settle()
        if self.incomplete == MEMORY_FULL:
            self.incomplete = f"memory for {self.count:,} states is full"

    def _round(self) -> bool:
        """One round; whether there is more to do."""
        ends = [one.level_end for one in self.reports]
        over = [one.current for one in self.reports] == ends
        self._order(STRIDE, advance=over)
        begins = [one.level_end for one in self.reports]
        if over and begins == ends:
            return False  # nothing was on its way that is new
        if over:
            self.depth += 1
            self.starts.append(begins)
        return True

    def _settle(self) -> None:
        """Let every worker take in what is on its way, and expand nothing."""
        self._order(0, advance=False)

    def _order(self, most: int, *, advance: bool) -> None:
        try:
            self._take(self.crew.round(Order(most, advance, self._pending, self._avoid)))
        except KeyboardInterrupt:  # the second ^C: some have done their part, some have not
            raise WorkerLost("interrupted") from None

    def look(self) -> None:
        """Ask every worker how things stand."""
        self._take([self.crew.ask(number, "report") for number in range(self.crew.workers)])

    def _take(self, reports: list[Report]) -> None:
        """Note how things stand, and who breaks a property first."""
        self.reports, self._numbering, self._finals = reports, None, None
        if self.crew.elsewhere:
            self.elsewhere += sum(one.cpu_seconds for one in reports)
        for worker, one in enumerate(reports):
            if one.code == OVERFLOW:
                self._suspected = worker
                raise Misfit
            for prop, number in enumerate(one.broken):
                if number >= 0:
                    self.breaks(prop, worker, number)

    def breaks(self, prop: int, worker: int, number: int) -> None:
        """Note that a worker's state breaks a property; which is the nearest is asked later."""
        self.first.setdefault(prop, set()).add((worker, number))
        self._pending &= ~(1 << prop)

    def _limit(self, limits: Limits, elapsed: float) -> str:
        if any(one.code == FULL for one in self.reports):
            return MEMORY_FULL
        if limits.max_states is not None and self.count >= limits.max_states:
            return f"--max-states {limits.max_states} reached"
        if limits.seconds is not None and elapsed >= limits.seconds:
            return f"--time {limits.seconds:g} reached"
        return ""

    def saved(self) -> Saved:
        """The search between two rounds, nothing on its way, as it goes to a checkpoint."""
        return saved(self)

    @property
    def suspects(self) -> list[bytes]:
        """The states that were being expanded when a value did not fit."""
        return [self._unpacked(one) for one in self._ask(self._suspected, "suspects")]

    # -- what was found -----------------------------------------------------------------------

    @property
    def count(self) -> int:
        return sum(one.found for one in self.reports)

    @property
    def _expanded(self) -> int:
        return sum(one.current for one in self.reports)

    @property
    def transitions(self) -> int:
        return sum(one.transitions for one in self.reports)

    @property
    def numbering(self) -> Numbering:
        """The order of all states found so far."""
        if self._numbering is None:
            current = [one.current for one in self.reports]
            counts = [one.found for one in self.reports]
            self._numbering = Numbering(self.starts, current, counts)
        return self._numbering

    @property
    def finals(self) -> list[int]:
        if self._finals is None:
            finals = {}
            for worker in range(self.crew.workers):
                numbers = self._ask(worker, "finals")
                states = self._ask(worker, "states_at", numbers)
                for number, state in zip(numbers, states, strict=True):
                    place = self.numbering.number(worker, int(number))
                    finals[place] = self._unpacked(state)
            self._finals = finals
        return sorted(self._finals)

    def finals_avoiding(self, properties: int) -> Iterator[int]:
        """See `NativeSearch.finals_avoiding`; they are searched for anew, with such workers.

        Raises Unfinished if that comes to no end.
        """
        numbers = {self.state(number): number for number in self.finals}
        other = PartitionedSearch(self._program, self.slots, self._recruit)
        other.run(Options(), avoid=properties)
        yield from (numbers[other.state(number)] for number in other.finals)
        if other.incomplete:
            raise Unfinished(other.incomplete)

    @property
    def broken(self) -> dict[str, int]:
        return {
            self.names[prop]: min(self.numbering.number(*one) for one in places)
            for prop, places in sorted(self.first.items())
        }

    def first_broken(self, prop: int, number: int) -> None:
        """Note which state first breaks a property."""
        if not self.lost:
            self.breaks(prop, *self.numbering.place(number))

    def state(self, number: int) -> bytes:
        """A state as the interpreter has it."""
        if self._finals is not None and number in self._finals:
            return self._finals[number]
        worker, index = self.numbering.place(number)
        return self._unpacked(self._ask(worker, "rows", index, index + 1)[0])

    def path(self, number: int) -> list[bytes]:
        """The states from the start to the given one."""
        worker, index = self.numbering.place(number)
        path = []
        while True:
            states, parents = self._ask(worker, "rows", index, index + 1)
            path.append(self._unpacked(states))
            if not number:
                return path[::-1]
            index, worker = divmod(int(parents[0]), self.crew.workers)
            number = self.numbering.number(worker, index)

    def _unpacked(self, words: Any) -> bytes:
        return self.packing.unpack([int(one) for one in words], len(self.slots.start))
