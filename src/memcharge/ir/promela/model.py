# SPDX-License-Identifier: GPL-2.0-only
"""A whole program as a Promela model: its fields, a process for each CPU, its properties.

A state of the model is a state of ours: the same fields, labels, locals that
are alive, finding and warning.  Each step is one option of its CPU's loop,
executed as a whole where its first statement holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from math import prod

from memcharge.ir.nodes import FINDINGS, Bug, Choose, End, Graph, Program, Site, successors
from memcharge.ir.promela.guard import NO, YES, Guard
from memcharge.ir.promela.step import CpuStep, Scratch, StepText
from memcharge.ir.promela.words import (
    DONE,
    ExportError,
    Fields,
    Places,
    fields_of,
    nodes_of_step,
    places_of,
    type_of,
)

MOST_CHOICES = 64  # ways in which the environment may choose within one step


def promela_text(program: Program, title: Iterable[str] = (), *, judge: bool = False) -> str:
    """The model; `title` lines come first, as a comment.

    With `judge` one process more asserts the properties in every state.
    Raises ExportError for a step that Promela cannot express.
    """
    fields = fields_of(program)
    scratch = Scratch(fields)
    places = [places_of(program, fields, cpu) for cpu in range(len(program.cpus))]
    processes = [line for one in places for line in _process(fields, scratch, one)]
    verdicts = [fields.unique(prop.name) for prop in program.properties] if judge else []
    judges = list(_judge(program, fields, scratch, places, verdicts)) if judge else []
    lines = [*_head(program, title), *_variables(program, fields, scratch, places, verdicts)]
    return "\n".join([*lines, *processes, *judges]) + "\n"


# --- declarations --------------------------------------------------------------------


def _head(program: Program, title: Iterable[str]) -> Iterator[str]:
    for line in title:
        yield f"/* {_comment(line)} */"
    yield ""
    for struct, names in program.layout.pools.items():
        if names:
            objects = ", ".join(f"{number} {name}" for number, name in enumerate(names, 1))
            yield f"/* {_comment(struct)}: {_comment(objects)} */"
    yield ""
    for number, kind in enumerate(_findings(program), 1):
        yield f"#define {kind.upper()} {number}"
    yield ""


def _findings(program: Program) -> list[str]:
    """What can end a run, in the order of the engines' numbers."""
    kinds = [node.kind for graph in program.cpus for node in graph.nodes if isinstance(node, Bug)]
    return list(dict.fromkeys([*FINDINGS, *kinds]))


def _variables(
    program: Program, fields: Fields, scratch: Scratch, places: list[Places], verdicts: list[str]
) -> Iterator[str]:
    yield "byte finding;  /* what ended the run; nobody steps any more */"
    yield "bit warned;"
    for one in places:
        kind = type_of(0, max(len(one.labels), 2))
        entry = one.labels.get(one.graph.entry, DONE)
        yield f"{kind} {one.at} = {entry};  /* where {_comment(one.graph.name)} is; 0 is the end */"
    yield ""
    yield from fields.declarations()
    yield ""
    yield "/* Used within a step, and no part of the state. */"
    yield from (f"hidden int {name};" for name in scratch.names.values())
    for name, prop in zip(verdicts, program.properties, strict=False):
        yield f"hidden byte {name};  /* {_comment(prop.meaning)} */"


# --- a CPU -----------------------------------------------------------------------------


def _process(fields: Fields, scratch: Scratch, places: Places) -> Iterator[str]:
    yield ""
    yield f"active proctype cpu_{places.cpu}()  /* {_comment(places.graph.name)} */"
    yield "{"
    yield from (f"  {kind} {name};" for name, kind in places.types.items())
    if isinstance(places.graph.nodes[places.graph.entry], End):
        yield f"end_{places.cpu}: false"
        yield "}"
        return
    options = [line for one in places.labels for line in _step(fields, scratch, places, one)]
    yield "  do"
    yield from options
    if not any(line.startswith("  :: ") for line in options):
        yield "  :: false"
    yield "  od;"
    yield f"end_{places.cpu}: false"
    yield "}"


def _step(fields: Fields, scratch: Scratch, places: Places, start: int) -> Iterator[str]:
    """The options of one label: one, or one for each way in which the environment chooses."""
    yield f"  /* {_where(places.graph.nodes[start].site)} */"
    for chosen in _choices(places.graph, start):
        guard = Guard(fields, places, start, chosen).text()
        if guard == NO:
            continue
        stands = f"{places.at} == {places.labels[start]} && !finding"
        first = stands if guard == YES else f"{stands} && {guard}"
        body = CpuStep(fields, scratch, places, start, chosen).body(3)
        ends = _may_end(places.graph, start)
        yield f"  :: {'atomic { ' if ends else ''}d_step {{ {first} ->"
        yield from body
        yield "    }" if not ends else "    };"
        if ends:
            yield f"    if :: {places.at} == 0 -> goto end_{places.cpu} :: else -> skip fi }}"


def _choices(graph: Graph, start: int) -> Iterator[dict[int, int]]:
    nodes = [n for n in nodes_of_step(graph, start) if isinstance(graph.nodes[n], Choose)]
    options = [one.options for one in (graph.nodes[n] for n in nodes) if isinstance(one, Choose)]
    if prod(options) > MOST_CHOICES:
        raise ExportError(
            f"{_where(graph.nodes[start].site)}: the environment may choose in {prod(options)} "
            f"ways within one step, and {MOST_CHOICES} are written at most"
        )
    for picked in product(*map(range, options)):
        yield dict(zip(nodes, picked, strict=True))


def _may_end(graph: Graph, start: int) -> bool:
    """Whether the CPU may finish with this step."""
    return any(
        isinstance(graph.nodes[target], End)
        for number in nodes_of_step(graph, start)
        for target in successors(graph.nodes[number])
    )


# --- the properties --------------------------------------------------------------------


def _judge(
    program: Program, fields: Fields, scratch: Scratch, places: list[Places], verdicts: list[str]
) -> Iterator[str]:
    """A process that looks at every state, and changes none."""
    over = " && ".join([*(f"{one.at} == 0" for one in places), "!finding"])
    yield ""
    yield "active proctype properties()"
    yield "{"
    yield "  do"
    yield "  :: d_step { finding -> assert(finding == 0) }"
    yield "  :: d_step { warned -> assert(warned == 0) }"
    for name, prop in zip(verdicts, program.properties, strict=True):
        yield f"  :: d_step {{ {over if prop.when == 'at_end' else 'true'} ->"
        yield from StepText(fields, scratch, prop.graph, name).body(3)
        yield f"      assert({name});"
        yield "    }"
    yield "  od"
    yield "}"


def _where(site: Site) -> str:
    return _comment(f"{site.frame.function}:{site.line}  {site.text}")


def _comment(text: str) -> str:
    """Text that cannot end the comment that it stands in."""
    return " ".join(text.replace("*/", "* /").replace("/*", "/ *").split())
