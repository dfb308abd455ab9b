# SPDX-License-Identifier: GPL-2.0-only
"""The text of the step functions of one graph.

A step is written as straight code with an early return in every branch.  The
state `s` is copied to `t` at the first write.  Locals are Python variables
within a step and go back to their slots where it ends.  Where branches meet
again, what follows becomes a function of the locals that are live there.
"""

from __future__ import annotations

from memcharge.engine.nodecode import NodeCode, Output, Scope
from memcharge.engine.slots import CpuSlots, bits, offset
from memcharge.ir.nodes import Choose, End, Graph, Local, Test, successors

SMALL = 10  # nodes up to which what follows a meeting of branches is written twice


class GraphCode(NodeCode):
    """Writes the functions of one graph."""

    def __init__(self, output: Output, graph: Graph, suffix: str, cpu: int | None) -> None:
        super().__init__(output, graph, suffix, cpu)
        self.shared = _meetings(graph)
        self.wanted: list[tuple[int, bool]] = []
        self.written: set[tuple[int, bool]] = set()

    # -- functions ------------------------------------------------------------------

    def label(self, node: int) -> None:
        """Write a function for the label at a node, and what it shares with others."""
        self.out(0, f"def L_{self.cpu}_{node}(s, emit):")
        self.mark(1, node)
        self.run(node, Scope(start=node), 1, arriving=False)
        self.functions()

    def property(self, name: str) -> None:
        """Write the one function of a property."""
        self.out(0, f"def {name}(s):")
        self.run(self.graph.entry, Scope(), 1, arriving=False)
        self.functions()

    def functions(self) -> None:
        """Write the shared functions that calls have asked for, until none is new."""
        while self.wanted:
            node, copied = self.wanted.pop()
            if (node, copied) in self.written:
                continue
            self.written.add((node, copied))
            live = bits(self.live[node])
            self.out(0, f"def {self.shared_name(node, copied)}({self.parameters(live, copied)}):")
            self.mark(1, node)
            scope = Scope(known=set(live), modified=set(live), copied=copied)
            self.run(node, scope, 1, arriving=True)

    def shared_name(self, node: int, copied: bool) -> str:
        return f"J{self.suffix}_{node}{'c' if copied else ''}"

    def parameters(self, live: list[int], copied: bool) -> str:
        first = ["s", "t"] if copied else ["s"]
        if self.cpu is not None:
            first += ["emit"]
        return ", ".join([*first, *(f"v{number}" for number in live)])

    # -- walking ----------------------------------------------------------------------

    def run(self, number: int, scope: Scope, depth: int, *, arriving: bool) -> None:
        """Write what happens from a node to the end of the step.

        With `arriving` the node is reached by a shared function: a step may
        end at it, but it is not handed to a shared function again.
        """
        first = True
        while True:
            node = self.nodes[number]
            if isinstance(node, End) or (not node.glued and (arriving or not first)):
                self.finish(number, scope, depth)
                return
            if not first and number in self.shared:
                self.out(depth, f"return {self.hand_over(number, scope, depth)}")
                return
            if isinstance(node, Test):
                condition = self.expr(node.condition, scope, depth)
                self.out(depth, f"if {condition}:")
                self.arm(node.next, scope.fork(), depth + 1, number, "1")
                self.arm(node.other, scope, depth, number, "0")
                return
            if isinstance(node, Choose):
                self.choose(node, scope, depth)
                return
            if not self.node(node, scope, depth):
                return
            number, first, arriving = node.next, False, False

    def arm(self, target: int, scope: Scope, depth: int, test: int, outcome: str) -> None:
        """Write one side of a test, down to its return."""
        self.mark(depth, len(self.nodes) + 2 * test + int(outcome))
        node = self.nodes[target]
        if target in self.shared and node.glued and not isinstance(node, End):
            self.out(depth, f"return {self.hand_over(target, scope, depth)}")
        elif isinstance(node, End) or not node.glued:
            self.finish(target, scope, depth)
        else:
            self.run(target, scope, depth, arriving=False)

    def hand_over(self, number: int, scope: Scope, depth: int, copy: bool = False) -> str:
        """A call of the shared function of a node."""
        live = bits(self.live[number])
        for local in live:
            self.fetch(local, scope, depth)
        self.wanted.append((number, scope.copied))
        arguments = self.parameters(live, scope.copied)
        if copy:
            arguments = arguments.replace("s, t,", "s, bytearray(t),", 1)
        return f"{self.shared_name(number, scope.copied)}({arguments})"

    def choose(self, node: Choose, scope: Scope, depth: int) -> None:
        variable = f"v{node.local.number}"
        scope.known.add(node.local.number)
        scope.modified.add(node.local.number)
        live = bits(self.live[node.next])
        for local in live:
            self.fetch(local, scope, depth)
        self.out(depth, f"for {variable} in range({node.options}):")
        self.out(depth + 1, self.hand_over(node.next, scope, depth + 1, copy=scope.copied))
        self.out(depth, "return")

    def finish(self, number: int, scope: Scope, depth: int) -> None:
        """Write the end of the step: the label, the locals that live on, the new state."""
        if self.place is None:
            assert self.graph.result is not None
            self.out(depth, f"return {self.expr(self.graph.result, scope, depth)}")
            return
        self.copy(scope, depth)
        label = 0 if isinstance(self.nodes[number], End) else self.place.labels[number]
        before = self.place.labels[scope.start] if scope.start is not None else None
        pc = self.place.pc
        self.out(depth, f"t[{pc}] = {label & 255}")
        if before is None or before >> 8 != label >> 8:
            self.out(depth, f"t[{pc + 1}] = {label >> 8}")
        self.put_back(number, scope, depth, self.place)
        self.emit(depth, "t")

    def put_back(self, number: int, scope: Scope, depth: int, place: CpuSlots) -> None:
        alive = 0 if isinstance(self.nodes[number], End) else self.live[number]
        wanted = {place.local[local]: local for local in bits(alive)}
        held: dict[int, int] = {}
        if scope.start is not None:
            held = {place.local[local]: local for local in bits(self.live[scope.start])}
        for slot in range(place.first, place.last):
            local = wanted.get(slot)
            if local is None:
                if scope.start is None or slot in held:
                    self.out(depth, f"t[{slot}] = 0")
            elif held.get(slot) != local or local in scope.modified:
                self.fetch(local, scope, depth)
                self.out(depth, f"t[{slot}] = {self.stored(self.graph.locals[local])}")

    def stored(self, local: Local) -> str:
        shift = offset(local)
        return f"v{local.number} + {shift}" if shift else f"v{local.number}"


def _meetings(graph: Graph) -> set[int]:
    """Glued nodes where paths meet and what follows is too long to be written twice."""
    count = len(graph.nodes)
    entries, back = [0] * count, set()
    for number, node in enumerate(graph.nodes):
        for target in successors(node):
            entries[target] += 1
            if target <= number:
                back.add(target)
    size = [1] * count
    for number in range(count - 1, -1, -1):
        for target in successors(graph.nodes[number]):
            if target <= number:
                size[number] += SMALL
            elif graph.nodes[target].glued:
                size[number] += SMALL if entries[target] > 1 else size[target]
            else:
                size[number] += 3
    return {
        number
        for number, node in enumerate(graph.nodes)
        if node.glued and ((entries[number] > 1 and size[number] > SMALL) or number in back)
    }
