# SPDX-License-Identifier: GPL-2.0-only
"""Steps walked node by node: what they mean, written down plainly.

Most steps of a small program are made a few times only, and to walk one costs
less than to write a function of it and compile that.  A walk can also be
logged, which is what traces are made of.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from memcharge.engine.nodecode import fits
from memcharge.engine.slots import (
    DONE,
    ENDINGS,
    FINDING,
    WARNED,
    FieldOverflow,
    Slots,
    bits,
    offset,
)
from memcharge.ir.layout import FREED
from memcharge.ir.nodes import (
    Bug,
    Choose,
    Const,
    End,
    Expr,
    Free,
    Graph,
    Load,
    Node,
    Pass,
    Place,
    Program,
    Set,
    Store,
    Table,
    Test,
    Var,
    Wait,
    Warn,
)
from memcharge.ir.operators import FOLD

OVER = -1  # instead of the next node: the step is over

Log = list[tuple[int, Any, Any]]


class Locals(dict[int, int]):
    """The locals of a CPU by number; one that is not there yet is taken from the state."""

    def __init__(self, walker: Walker, state: bytes) -> None:
        super().__init__()
        self.walker, self.state = walker, state

    def __missing__(self, number: int) -> int:
        place = self.walker.place
        value = 0  # never set on the way here
        if place is not None and number in place.local:
            value = self.state[place.local[number]] - offset(self.walker.graph.locals[number])
        self[number] = value
        return value


class Run:
    """One way through a step: the state and the locals as they are by now, the log."""

    __slots__ = ("emit", "locals", "log", "state")

    def __init__(
        self, state: bytearray, locals_: Locals, emit: Callable[[Any], None], log: Log | None
    ) -> None:
        self.state, self.locals, self.emit, self.log = state, locals_, emit, log

    def note(self, number: int, old: Any, new: Any) -> None:
        if self.log is not None:
            self.log.append((number, old, new))


class Walker:
    """Walks the steps of one graph; without a CPU it is that of a property.

    `marks` are set as in `Stepper.reached`.
    """

    def __init__(
        self, program: Program, slots: Slots, graph: Graph, cpu: int | None, marks: bytearray
    ) -> None:
        self.layout, self.fields = program.layout, slots.fields
        self.graph, self.nodes, self.marks = graph, graph.nodes, marks
        self.place = slots.cpus[cpu] if cpu is not None else None
        self._lasting: dict[int, list[tuple[int, int, int]]] = {}

    def step(
        self, start: int, state: bytes, emit: Callable[[Any], None], log: Log | None = None
    ) -> None:
        """Emit the states one step later, with a log the pairs of state and log."""
        self._go(start, Run(bytearray(state), Locals(self, state), emit, log), begins=True)

    def _go(self, number: int, run: Run, *, begins: bool) -> None:
        nodes = self.nodes
        if begins:
            self.marks[number] = 1
            number = _VISIT[type(nodes[number])](self, number, nodes[number], run)
        while number != OVER:
            node = nodes[number]
            if not node.glued or isinstance(node, End):
                self._finish(number, node, run)
                return
            number = _VISIT[type(node)](self, number, node, run)

    # -- the end of a step ------------------------------------------------------------

    def _finish(self, number: int, node: Node, run: Run) -> None:
        place, state = self.place, run.state
        if place is None:
            assert self.graph.result is not None
            run.emit(bool(self.value(self.graph.result, run.locals)))
            return
        label = DONE if isinstance(node, End) else place.labels[number]
        state[place.pc], state[place.pc + 1] = label & 255, label >> 8
        kept = [(slot, run.locals[local] + shift) for slot, local, shift in self.lasting(number)]
        state[place.first : place.last] = bytes(place.last - place.first)
        for slot, value in kept:
            state[slot] = value
        self._emit(run)

    def lasting(self, number: int) -> list[tuple[int, int, int]]:
        """Slot, local and offset of what lives on where a step ends at a node."""
        found = self._lasting.get(number)
        if found is None:
            place = self.place
            assert place is not None
            alive = 0 if isinstance(self.nodes[number], End) else place.live[number]
            found = [(place.local[n], n, offset(self.graph.locals[n])) for n in bits(alive)]
            self._lasting[number] = found
        return found

    def _emit(self, run: Run) -> None:
        if run.log is None:
            run.emit(bytes(run.state))
        else:
            run.emit((bytes(run.state), tuple(run.log)))

    def _finding(self, kind: str, number: int, run: Run) -> int:
        if self.place is None:  # a property looks through NULL: it does not hold
            run.emit(False)
            return OVER
        run.note(number, kind, 1)
        run.state[FINDING] = ENDINGS.index(kind)
        self._emit(run)
        return OVER

    # -- values and places ------------------------------------------------------------

    def value(self, expr: Expr, known: Locals) -> int:
        """The value of an expression."""
        if isinstance(expr, Var):
            return known[expr.local.number]
        if isinstance(expr, Const):
            return expr.value
        if isinstance(expr, Table):
            return expr.values[self.value(expr.index, known)]
        args = expr.args
        if len(args) == 1:
            return FOLD[expr.op](self.value(args[0], known))
        return FOLD[expr.op](self.value(args[0], known), self.value(args[1], known))

    def slot(self, number: int, place: Place, run: Run) -> tuple[int, tuple[int, int | None]]:
        """The slot of a place, and object and element; slot OVER if the run ends here."""
        rows, obj = self.fields[place.key], self.value(place.obj, run.locals)
        if not obj or not rows:
            return self._finding("null_dereference", number, run), (0, None)
        if place.struct in self.layout.freeable:
            freed = self.fields[place.struct, FREED][obj - 1][0]
            if run.state[freed]:
                return self._finding("use_after_free", number, run), (0, None)
        row = rows[obj - 1]
        if place.index is None:
            return row[0], (obj, None)
        index = self.value(place.index, run.locals)
        if not 0 <= index < len(row):
            raise FieldOverflow(
                f"{place.struct}.{place.field} has {len(row)} elements and is indexed by {index}"
            )
        return row[index], (obj, index)

    # -- nodes ------------------------------------------------------------------------

    def set(self, number: int, node: Set, run: Run) -> int:
        value = node.value
        if isinstance(value, Table) and not isinstance(value.index, Const):
            pointer = self.value(value.index, run.locals)
            if not pointer:
                return self._finding("null_dereference", number, run)
            run.locals[node.local.number] = value.values[pointer]
        else:
            run.locals[node.local.number] = self.value(value, run.locals)
        return node.next

    def load(self, number: int, node: Load, run: Run) -> int:
        slot, which = self.slot(number, node.place, run)
        if slot == OVER:
            return OVER
        found = run.state[slot] + min(self.layout.fields[node.place.key].lowest, 0)
        run.locals[node.local.number] = found
        run.note(number, which, found)
        return node.next

    def store(self, number: int, node: Store, run: Run) -> int:
        place = node.place
        slot, which = self.slot(number, place, run)
        if slot == OVER:
            return OVER
        info = self.layout.fields[place.key]
        value = self.value(node.value, run.locals)
        if not info.lowest <= value <= info.highest and not fits(node.value, info):
            raise FieldOverflow(
                f"{place.struct}.{place.field} is declared {info.lowest}..{info.highest} "
                f"and gets {value}"
            )
        lowest = min(info.lowest, 0)
        run.note(number, (which, run.state[slot] + lowest), value)
        run.state[slot] = value - lowest
        return node.next

    def test(self, number: int, node: Test, run: Run) -> int:
        outcome = 1 if self.value(node.condition, run.locals) else 0
        run.note(number, 0, outcome)
        self.marks[len(self.nodes) + 2 * number + outcome] = 1
        return node.next if outcome else node.other

    def choose(self, number: int, node: Choose, run: Run) -> int:
        for option in range(node.options):
            state, known = bytearray(run.state), Locals(self, run.locals.state)
            known.update(run.locals)
            known[node.local.number] = option
            one = Run(state, known, run.emit, None if run.log is None else [*run.log])
            one.note(number, 0, option)
            self.marks[node.next] = 1
            self._go(node.next, one, begins=False)
        return OVER

    def wait(self, number: int, node: Wait, run: Run) -> int:
        if not self.value(node.condition, run.locals):
            return OVER
        self.marks[node.next] = 1
        run.note(number, 0, 1)
        return node.next

    def bug(self, number: int, node: Bug, run: Run) -> int:
        if self.value(node.condition, run.locals):
            return self._finding(node.kind, number, run)
        self.marks[node.next] = 1
        return node.next

    def warn(self, number: int, node: Warn, run: Run) -> int:
        if self.value(node.condition, run.locals) and not run.state[WARNED]:
            run.note(number, 0, 1)
            run.state[WARNED] = 1
        return node.next

    def free(self, number: int, node: Free, run: Run) -> int:
        slot, _ = self.slot(number, Place(node.struct, FREED, node.obj), run)
        if slot == OVER:
            return OVER
        run.state[slot] = 1
        run.note(number, 0, 1)
        return node.next


_VISIT: dict[type[Node], Callable[[Walker, int, Any, Run], int]] = {
    Set: Walker.set,
    Load: Walker.load,
    Store: Walker.store,
    Test: Walker.test,
    Choose: Walker.choose,
    Wait: Walker.wait,
    Bug: Walker.bug,
    Warn: Walker.warn,
    Free: Walker.free,
    Pass: lambda _walker, _number, node, _run: cast(int, node.next),
}
