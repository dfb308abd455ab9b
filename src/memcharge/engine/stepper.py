# SPDX-License-Identifier: GPL-2.0-only
"""From the graphs of a program to functions that make one step each.

`interp` runs these, and they are the definition that every other engine is
held to.  For each label of each CPU there is a function of a state that emits
the states one step later: none where the CPU has to wait, several where the
environment chooses.  At first it walks the nodes; a step that is made often
becomes Python of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from memcharge.engine.codegen import GraphCode
from memcharge.engine.nodecode import Output
from memcharge.engine.orbits import Canonical, Orbits, canonical_of, orbits_of
from memcharge.engine.slots import DONE, FieldOverflow, Slots, assign
from memcharge.engine.walker import Walker
from memcharge.ir.layout import Key, Layout
from memcharge.ir.nodes import Const, Free, Load, Program, Store, successors

WALKS = 8  # how often a step is walked before it is worth being compiled

Emit = Callable[[Any], None]
StepFunction = Callable[[bytes, Emit], None]


@dataclass(slots=True)
class Property:
    """A property as a function of a state: whether it holds there.

    `reads` are the fields it looks at, `elements` those of arrays by index.
    """

    name: str
    meaning: str
    consequence: str
    when: str
    holds: Callable[[bytes], bool]
    elements: frozenset[tuple[Key, int | None]]
    reads: frozenset[Key] = field(init=False)

    def __post_init__(self) -> None:
        self.reads = frozenset(key for key, _ in self.elements)


@dataclass(slots=True)
class Stepper:
    """A program made executable.

    `tables[cpu][label]` is a step function, None at the end.  `affected[cpu][label]`
    are the always-properties whose fields that step may write.  `reached[cpu]`
    marks the nodes that ran, then for each node both outcomes, if it is a test.
    `walkers[cpu]` make the same steps, and log them.
    Where CPUs or objects are interchangeable, `canonical` gives the state that
    stands for a state; `orbits` says what is.
    """

    program: Program
    slots: Slots
    walkers: list[Walker]
    tables: list[list[StepFunction | None]]
    affected: list[list[tuple[Property, ...]]]
    properties: list[Property]
    reached: list[bytearray]
    orbits: Orbits | None = None
    canonical: Canonical | None = None

    @property
    def start(self) -> bytes:
        return self.slots.start

    def into(self, found: list[bytes]) -> Emit:
        """What a search calls a step function with: each state goes to a list, as it is stored."""
        canonical = self.canonical
        if canonical is None:
            return found.append
        return lambda state: found.append(canonical(state))

    def done(self, state: bytes) -> bool:
        """Whether every CPU has finished."""
        return all(state[cpu.pc] | state[cpu.pc + 1] << 8 == DONE for cpu in self.slots.cpus)

    def label(self, state: bytes, cpu: int) -> int:
        """The label at which a CPU stands."""
        pc = self.slots.cpus[cpu].pc
        return state[pc] | state[pc + 1] << 8


def make_stepper(program: Program) -> Stepper:
    """Make a program executable."""
    slots = assign(program)
    reached = [bytearray(3 * len(graph.nodes)) for graph in program.cpus]
    walkers = [
        Walker(program, slots, graph, cpu, reached[cpu]) for cpu, graph in enumerate(program.cpus)
    ]
    names: dict[str, Any] = {"FieldOverflow": FieldOverflow}
    names.update((f"C{cpu}", marks) for cpu, marks in enumerate(reached))
    output = Output(program, slots, names)
    properties = [_property(output, number) for number in range(len(program.properties))]
    stepper = Stepper(program, slots, walkers, [], [], properties, reached)
    for cpu in range(len(program.cpus)):
        labels = len(slots.cpus[cpu].nodes) - 1
        stepper.tables.append([None])
        stepper.tables[cpu] += [_first_step(stepper, _Writer(output, cpu))] * labels
        stepper.affected.append([()] * (labels + 1))
    stepper.orbits = orbits_of(program, slots)
    if stepper.orbits is not None:
        stepper.canonical = canonical_of(stepper.orbits)
    return stepper


class _Writer:
    """Writes the step functions of one CPU, once one is asked for."""

    def __init__(self, output: Output, cpu: int) -> None:
        self.output, self.cpu = output, cpu

    @cached_property
    def code(self) -> GraphCode:
        graph = self.output.program.cpus[self.cpu]
        return GraphCode(self.output, graph, f"_{self.cpu}", self.cpu)

    def function(self, node: int) -> StepFunction:
        """The function of the step that begins at a node."""
        self.code.label(node)
        found: StepFunction = self.output.load(f"L_{self.cpu}_{node}")
        return found


def _first_step(stepper: Stepper, writer: _Writer) -> StepFunction:
    """What makes the steps of a CPU at first: it walks, then puts compiled ones in its place."""
    cpu, walker = writer.cpu, stepper.walkers[writer.cpu]
    nodes, table = stepper.slots.cpus[cpu].nodes, stepper.tables[cpu]
    walks = [0] * len(nodes)

    def step(state: bytes, emit: Emit) -> None:
        label = stepper.label(state, cpu)
        if walks[label] == 0:
            written = written_fields(stepper.program.layout, walker.nodes, nodes[label])
            stepper.affected[cpu][label] = tuple(
                one for one in stepper.properties if one.when == "always" and one.reads & written
            )
        walks[label] += 1
        if walks[label] > WALKS:
            table[label] = function = writer.function(nodes[label])
            function(state, emit)
        else:
            walker.step(nodes[label], state, emit)

    return step


def _property(output: Output, number: int) -> Property:
    """A property that is walked at first, and compiled when it is asked often."""
    one = output.program.properties[number]
    marks, walks = bytearray(3 * len(one.graph.nodes)), 0
    walker = Walker(output.program, output.slots, one.graph, None, marks)

    def holds(state: bytes) -> bool:
        nonlocal walks
        walks += 1
        if walks > WALKS:
            GraphCode(output, one.graph, f"_p{number}", None).property(f"P{number}")
            prop.holds = output.load(f"P{number}")
            return prop.holds(state)
        found: list[bool] = []
        walker.step(one.graph.entry, state, found.append)
        return found[0]

    elements = read_elements(one.graph.nodes)
    prop = Property(one.name, one.meaning, one.consequence, one.when, holds, elements)
    return prop


def read_elements(nodes: list[Any]) -> frozenset[tuple[Key, int | None]]:
    """The fields that a property looks at, with the index where that is a constant."""
    places = [node.place for node in nodes if isinstance(node, Load)]
    return frozenset(
        (place.key, place.index.value if isinstance(place.index, Const) else None)
        for place in places
    )


def written_fields(layout: Layout, nodes: list[Any], start: int) -> frozenset[Key]:
    """The fields that the step from a node may write; all of an object that it may free."""
    seen, waiting, keys = {start}, [start], set()
    while waiting:
        number = waiting.pop()
        node = nodes[number]
        if isinstance(node, Store):
            keys.add(node.place.key)
        elif isinstance(node, Free):
            keys |= {key for key in layout.fields if key[0] == node.struct}
        for target in successors(node):
            if nodes[target].glued and target not in seen:
                seen.add(target)
                waiting.append(target)
    return frozenset(keys)
