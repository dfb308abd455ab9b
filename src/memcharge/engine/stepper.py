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
from memcharge.ir.layout import Key
from memcharge.ir.nodes import Const, Load, Program, Store, successors

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
    are the always-properties whose fields that step may write.
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


def make_stepper(
    program: Program, *, slots: Slots | None = None, watch: set[tuple[int, int]] | None = None
) -> Stepper:
    """Generate and compile the step functions.

    With `watch` only those of the given (cpu, node) pairs are made, and a step
    emits pairs: the state, and the (node, old, new) of every access and
    decision on the way; there are no properties then.  `slots` are those of
    another stepper of the program, to be shared.
    """
    slots = slots or assign(program)
    claimed = program.properties if watch is None else []
    reached = [bytearray(len(graph.nodes)) for graph in program.cpus]
    names: dict[str, Any] = {"FieldOverflow": FieldOverflow}
    output = Output(program, slots, names, observe=watch is not None)
    for cpu, graph in enumerate(program.cpus):
        names[f"C{cpu}"] = reached[cpu]
        labels = slots.cpus[cpu].labels
        GraphCode(output, graph, f"_{cpu}", cpu).labels(
            node for node in labels if watch is None or (cpu, node) in watch
        )
    for number, one in enumerate(claimed):
        GraphCode(output, one.graph, f"_p{number}", None).property(f"P{number}")
    exec(compile("\n".join(output.lines), "<steps>", "exec"), names)  # noqa: S102 - our own text
    properties = [
        Property(
            one.name,
            one.meaning,
            one.consequence,
            one.when,
            names[f"P{number}"],
            read_elements(one.graph.nodes),
        )
        for number, one in enumerate(claimed)
    ]
    always = [one for one in properties if one.when == "always"]
    tables: list[list[StepFunction | None]] = []
    affected: list[list[tuple[Property, ...]]] = []
    for cpu, graph in enumerate(program.cpus):
        starts = slots.cpus[cpu].nodes[1:]
        tables.append([None, *(names.get(f"L_{cpu}_{node}") for node in starts)])
        written = [written_fields(graph.nodes, node) for node in starts]
        affected.append([(), *(tuple(p for p in always if p.reads & keys) for keys in written)])
    return Stepper(program, slots, tables, affected, properties, reached)


def read_elements(nodes: list[Any]) -> frozenset[tuple[Key, int | None]]:
    """The fields that a property looks at, with the index where that is a constant."""
    places = [node.place for node in nodes if isinstance(node, Load)]
    return frozenset(
        (place.key, place.index.value if isinstance(place.index, Const) else None)
        for place in places
    )


def written_fields(nodes: list[Any], start: int) -> frozenset[Key]:
    """The fields that the step from a node may write."""
    seen, waiting, keys = {start}, [start], set()
    while waiting:
        number = waiting.pop()
        node = nodes[number]
        if isinstance(node, Store):
            keys.add(node.place.key)
        for target in successors(node):
            if nodes[target].glued and target not in seen:
                seen.add(target)
                waiting.append(target)
    return frozenset(keys)
