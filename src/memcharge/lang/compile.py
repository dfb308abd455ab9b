# SPDX-License-Identifier: GPL-2.0-only
"""From actors and properties on a machine to a program of graphs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType
from typing import Any, Literal, cast

from memcharge.ir.liveness import unset_locals
from memcharge.ir.nodes import (
    Choose,
    Const,
    End,
    Free,
    Graph,
    Number,
    Pointer,
    Program,
    Property,
    Site,
    Store,
    Wait,
    Warn,
)
from memcharge.ir.passes import fold_loads
from memcharge.kernel.struct import Machine, Struct
from memcharge.lang.builder import Builder
from memcharge.lang.calls import Inlined
from memcharge.lang.errors import LangError
from memcharge.lang.layout import Shape, shape_of
from memcharge.lang.shelf import kept_or_compiled, shelf_for
from memcharge.lang.source import source_of
from memcharge.lang.values import Value


@dataclass(frozen=True, slots=True)
class Cpu:
    """What one CPU runs: a function, its arguments, and the CPU's own kernel globals."""

    function: Callable[..., None]
    arguments: Sequence[Struct | int | None] = ()
    globals: dict[str, Struct] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The call as a report prints it, `migrate(page)`."""
        names = (arg.name if isinstance(arg, Struct) else str(arg) for arg in self.arguments)
        return f"{self.function.__name__}({', '.join(names)})"


@dataclass(frozen=True, slots=True)
class Claim:
    """A property to compile: a function without parameters that returns a truth value."""

    name: str
    meaning: str
    consequence: str
    when: Literal["always", "at_end"]
    function: Callable[[], bool]


def compile_program(machine: Machine, cpus: Sequence[Cpu], claims: Sequence[Claim]) -> Program:
    """Compile what runs on each CPU, and what must hold, from the machine's present state.

    Links are followed already: that is address arithmetic, under any reduction.
    Raises LangError where a text is outside the language.
    """
    work = _Work(machine, shape_of(machine))
    graphs = [work.graph(cpu.name, cpu.function, cpu.arguments, cpu.globals) for cpu in cpus]
    properties = [
        Property(
            claim.name,
            claim.meaning,
            claim.consequence,
            claim.when,
            work.graph(claim.name, claim.function, (), {}, indivisible=True),
        )
        for claim in claims
    ]
    layout = work.shape.layout
    layout.constant |= layout.links
    return Program(layout, graphs, properties)


class _Work:
    """The machine of one program, and the graphs that there are for such machines."""

    def __init__(self, machine: Machine, shape: Shape) -> None:
        self.machine, self.shape, self.shelf = machine, shape, shelf_for(shape)

    def graph(
        self,
        name: str,
        function: Callable[..., Any],
        arguments: Sequence[Struct | int | None],
        own: dict[str, Struct],
        *,
        indivisible: bool = False,
    ) -> Graph:
        """A graph, compiled if there is none yet of this function on such objects."""
        shape, entry = self.shape, cast(FunctionType, function)
        objects = {**self.machine.globals, **own}

        def compiled() -> Graph:
            known = {key: _constant(shape, one) for key, one in objects.items()}
            values = [_constant(shape, argument) for argument in arguments]
            graph = _graph(shape, known, name, entry, values, indivisible=indivisible)
            if indivisible:
                _refuse_deeds(graph)
            fold_loads(shape.layout, [graph], shape.layout.links)
            return graph

        asked = (
            name,
            tuple(_number(shape, one) for one in arguments),
            tuple((key, *_number(shape, objects[key])) for key in sorted(objects)),
            indivisible,
        )
        return kept_or_compiled(self.shelf, entry, shape.layout, asked, compiled)


def _number(shape: Shape, argument: Struct | int | None) -> tuple[str, int]:
    """What the compiler knows of an argument: the struct, or "" for a number, and which."""
    if isinstance(argument, Struct):
        return type(argument).__name__, shape.number(argument)
    return ("None", 0) if argument is None else ("", int(argument))


def _refuse_deeds(graph: Graph) -> None:
    """Raise LangError if a property does more than look."""
    for node in graph.nodes:
        if isinstance(node, Store | Free | Wait | Choose | Warn):
            site = node.site
            line = Path(site.frame.file).read_text("utf-8").splitlines()[site.line - 1]
            raise LangError(
                site.frame.file,
                site.line,
                len(line) - len(line.lstrip()),
                line,
                f"the property {graph.name} does more than look",
                "it is asked in every state, and must leave the state as it is",
                "read fields and compute with locals only",
            )


def _graph(
    shape: Shape,
    known: dict[str, Value],
    name: str,
    entry: FunctionType,
    arguments: list[Value],
    *,
    indivisible: bool,
) -> Graph:
    builder = Builder(name, shape, known)
    if indivisible:
        builder.enter_section()
    source = source_of(entry)
    frame = builder.frame(entry.__name__, str(source.path), name, 0, None)
    call = Inlined(builder, entry, source, frame)
    if len(arguments) != len(source.definition.args.args):
        call.fail(
            source.definition,
            f"{len(arguments)} arguments for {entry.__name__}",
            f"it takes {len(source.definition.args.args)}",
            "mend the scenario",
        )
    outcome = call.run([*arguments])
    builder.emit(End(Site(frame, source.definition.lineno, "end")))
    if not builder.nodes or not isinstance(builder.nodes[-1], End):
        builder.nodes.append(End(Site(frame, source.definition.lineno, "end")))
    graph = builder.graph()
    if isinstance(outcome, Value):
        graph.result = outcome.expr
    graph.unset = unset_locals(graph) if builder.unsure else frozenset()
    return graph


def _constant(shape: Shape, argument: Struct | int | None) -> Value:
    if isinstance(argument, Struct):
        return Value(Pointer(type(argument).__name__), Const(shape.number(argument)))
    if argument is None:
        return Value(Pointer(""), Const(0))
    return Value(Number(), Const(int(argument)))
