# SPDX-License-Identifier: GPL-2.0-only
"""From the graphs of a program to Python functions that make one step each.

`interp` runs these, and they are the definition that every other engine is
held to.  For each label of each CPU there is a function of a state that emits
the states one step later: none where the CPU has to wait, several where the
environment chooses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from memcharge.engine.codegen import GraphCode
from memcharge.engine.nodecode import Output
from memcharge.engine.slots import DONE, Slots, assign
from memcharge.ir.layout import Key, Layout
from memcharge.ir.nodes import Const, Free, Load, Program, Store, successors

Emit = Callable[[Any], None]
StepFunction = Callable[[bytes, Emit], None]


class FieldOverflow(Exception):
    """A value does not fit the declared width of its field, or a local's byte."""


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

    @property
    def reads(self) -> frozenset[Key]:
        return frozenset(key for key, _ in self.elements)


@dataclass(slots=True)
class Stepper:
    """A program made executable.

    `tables[cpu][label]` is a step function, None at the end.  `affected[cpu][label]`
    are the always-properties whose fields that step may write.  `reached[cpu]`
    marks the nodes that ran, then for each node both outcomes, if it is a test.
    """

    program: Program
    slots: Slots
    tables: list[list[StepFunction | None]]
    affected: list[list[tuple[Property, ...]]]
    properties: list[Property]
    reached: list[bytearray]

    @property
    def start(self) -> bytes:
        return self.slots.start

    def done(self, state: bytes) -> bool:
        """Whether every CPU has finished."""
        return all(state[cpu.pc] | state[cpu.pc + 1] << 8 == DONE for cpu in self.slots.cpus)

    def label(self, state: bytes, cpu: int) -> int:
        """The label at which a CPU stands."""
        pc = self.slots.cpus[cpu].pc
        return state[pc] | state[pc + 1] << 8


def make_stepper(program: Program, *, slots: Slots | None = None, observe: bool = False) -> Stepper:
    """Make a program executable; each function is generated when it is first called.

    With `observe` a step emits pairs: the state, and the (node, old, new) of
    every access and decision on the way.  `slots` are those of another stepper
    of the program, to be shared.
    """
    slots = slots or assign(program)
    reached = [bytearray(3 * len(graph.nodes)) for graph in program.cpus]
    names: dict[str, Any] = {"FieldOverflow": FieldOverflow}
    names.update((f"C{cpu}", marks) for cpu, marks in enumerate(reached))
    output = Output(program, slots, names, observe=observe)
    properties = [_property(output, number) for number in range(len(program.properties))]
    stepper = Stepper(program, slots, [], [], properties, reached)
    for cpu, graph in enumerate(program.cpus):
        code = GraphCode(output, graph, f"_{cpu}", cpu)
        labels = range(1, len(slots.cpus[cpu].nodes))
        stepper.tables.append([None, *(_first_step(stepper, code, cpu, one) for one in labels)])
        stepper.affected.append([()] * (len(labels) + 1))
    return stepper


def _first_step(stepper: Stepper, code: GraphCode, cpu: int, label: int) -> StepFunction:
    """A step function that generates the real one, puts it in its own place and calls it."""

    def step(state: bytes, emit: Emit) -> None:
        node = stepper.slots.cpus[cpu].nodes[label]
        code.label(node)
        function = code.output.load(f"L_{cpu}_{node}")
        stepper.tables[cpu][label] = function
        written = written_fields(stepper.program.layout, code.nodes, node)
        stepper.affected[cpu][label] = tuple(
            one for one in stepper.properties if one.when == "always" and one.reads & written
        )
        function(state, emit)

    return step


def _property(output: Output, number: int) -> Property:
    """A property that is generated when it is first asked."""
    one = output.program.properties[number]

    def holds(state: bytes) -> bool:
        GraphCode(output, one.graph, f"_p{number}", None).property(f"P{number}")
        prop.holds = output.load(f"P{number}")
        return prop.holds(state)

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
