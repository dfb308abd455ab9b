# SPDX-License-Identifier: GPL-2.0-only
"""Statements: assignments, branches, loops and indivisible sections."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from types import FunctionType

from memcharge.ir.nodes import (
    Choose,
    Const,
    Expr,
    Frame,
    Kind,
    Local,
    Mask,
    Number,
    Op,
    Pass,
    Pointer,
    Set,
    Site,
    Var,
    Wait,
)
from memcharge.kernel import flow
from memcharge.kernel.struct import Struct, each
from memcharge.lang.assignments import LANGUAGE, Assignments
from memcharge.lang.builder import Builder, Ends
from memcharge.lang.errors import did_you_mean
from memcharge.lang.source import Source
from memcharge.lang.values import (
    Many,
    Nothing,
    Operand,
    Value,
    describe,
    operate,
    unify,
)

MOST_PICKED = 7  # objects in a set of a local: one bit each, and bit 0 for none


@dataclass(slots=True)
class Loop:
    """The ends that leave a loop, and those that go on with its next round."""

    section: int
    breaks: Ends = field(default_factory=list)
    continues: Ends = field(default_factory=list)


class Statements(Assignments):
    """How an inlined call's statements are compiled."""

    def __init__(
        self, build: Builder, function: FunctionType, source: Source, frame: Frame
    ) -> None:
        super().__init__(build, function, source, frame)
        self.loops: list[Loop] = []
        self.returns: Ends = []
        self.results: list[Local] | None = None
        self.outcome: Operand = Nothing()
        self.bare_return = False
        self.entry_section = build.section

    def block(self, body: list[ast.stmt]) -> None:
        """Compile statements one after another, as far as they can be reached."""
        for statement in body:
            if not self.build.reachable:
                return
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        """Compile one statement."""
        match node:
            case ast.Expr(value=ast.Constant(value=str())):
                pass
            case ast.Pass():
                self.build.emit(Pass(self.site(node)))
            case ast.Expr(value=value):
                self.operand(value)
            case ast.Assign(targets=[target], value=value):
                self.assign(target, value)
            case ast.AnnAssign(target=ast.Name() as target):
                self.annotated(node, target)
            case ast.AugAssign():
                self.augment(node)
            case ast.If():
                self._if(node)
            case ast.While():
                self._while(node)
            case ast.For():
                self._for(node)
            case ast.With():
                self._section(node)
            case ast.Return():
                self._return(node)
            case ast.Break() | ast.Continue():
                self._leave(node)
            case _:
                name = type(node).__name__
                self.fail(
                    node,
                    f"`{name.lower()}` is outside the language",
                    "every statement must become steps of a bounded state",
                    f"use {LANGUAGE}",
                )

    # -- branches and loops --------------------------------------------------------

    def _if(self, node: ast.If) -> None:
        before = len(self.build.nodes)
        yes, no = self.test(node.test)
        if len(self.build.nodes) == before:  # decided when compiled
            self.build.put(yes, no)
            self.build.emit(Pass(self.site(node)))
            yes, no = (self.build.take(), []) if yes else ([], self.build.take())
        self.build.put(yes)
        self.block(node.body)
        after = self.build.take()
        self.build.put(no)
        self.block(node.orelse)
        self.build.put(after)

    def _while(self, node: ast.While) -> None:
        if node.orelse:
            self.fail(node, "`else` of a loop", "C has none", "use a local that says how it ended")
        head = self.build.head(self.site(node))
        self.loops.append(Loop(self.build.section))
        yes, no = self.test(node.test)
        self.build.put(yes)
        self.block(node.body)
        loop = self.loops.pop()
        self.build.put(loop.continues)
        if head == len(self.build.nodes) and self.build.reachable:
            self.fail(node, "a loop that does nothing", "it never ends", "wait with wait_until")
        self.build.join(head)
        self.build.put(no, loop.breaks)

    def _for(self, node: ast.For) -> None:
        if not isinstance(node.target, ast.Name) or node.orelse:
            self.fail(node, "this form of `for`", "C has none", "use one name and no else")
        match node.iter:
            case ast.Call(func=ast.Name() as func, args=[argument]):
                if self.function.__globals__.get(func.id) is each:
                    self._each(node, node.target, self.struct(argument))
                    return
                if self.function.__globals__.get(func.id) is flow.any_order:
                    self._any_order(node, node.target, self.struct(argument))
                    return
                if func.id == "range":
                    self._range(node, node.target, argument)
                    return
        self.fail(
            node.iter,
            "a loop over this",
            "only objects of a struct and known numbers can be counted through",
            "use each(Struct), any_order(Struct) or range(n)",
        )

    def struct(self, node: ast.expr) -> str:
        """The name of the struct that an argument names."""
        found = self.function.__globals__.get(node.id) if isinstance(node, ast.Name) else None
        if isinstance(found, type) and issubclass(found, Struct):
            return found.__name__
        self.fail(
            node,
            "not a struct",
            "the objects of a struct are meant",
            did_you_mean(ast.unparse(node), Struct.known),
        )

    def _each(self, node: ast.For, target: ast.Name, struct: str) -> None:
        loop = Loop(self.build.section)
        self.loops.append(loop)
        if target.id in self.scope:
            self._refuse_other_use(target)
        for obj in range(1, len(self.build.shape.layout.pools.get(struct, ())) + 1):
            self.scope[target.id] = Value(Pointer(struct), Const(obj))
            self.block(node.body)
            self.build.put(loop.continues)
            loop.continues = []
        self.loops.pop()
        self.build.put(loop.breaks)
        self.scope.pop(target.id, None)
        self.ended.add(target.id)

    def _any_order(self, node: ast.For, target: ast.Name, struct: str) -> None:
        """A loop whose body is written once: each round is for an object that was not picked yet.

        Object 0 is no object, so it waits as one does that was picked.
        """
        objects = len(self.build.shape.layout.pools.get(struct, ()))
        if objects < 2:
            self._each(node, target, struct)
            return
        if objects > MOST_PICKED:
            self.fail(
                node.iter,
                f"any order of {objects} objects",
                f"a set of at most {MOST_PICKED} fits a local",
                "use each(Struct), or fewer objects",
            )
        if target.id in self.scope:
            self._refuse_other_use(target)
        site = self.site(node)
        done, pick = (
            self.build.local("", Mask(struct)),
            self.build.local(target.id, Pointer(struct)),
        )
        self.build.emit(Set(site, done, Const(0)))
        head = self.build.head(site)
        self.loops.append(Loop(self.build.section))
        all_done = Const((2 << objects) - 2)
        yes, no = self.build.test(site, operate("!=", Var(done), all_done))
        self.build.put(yes)
        self._pick(site, done, pick, objects)
        self.scope[target.id] = Value(Pointer(struct), Var(pick))
        self.block(node.body)
        loop = self.loops.pop()
        self.build.put(loop.continues)
        self.build.join(head)
        self.build.put(no, loop.breaks)
        self.scope.pop(target.id, None)
        self.ended.add(target.id)

    def _pick(self, site: Site, done: Local, pick: Local, objects: int) -> None:
        bit = Op("<<", (Const(1), Var(pick)))
        fresh = operate("==", Op("&", (Var(done), bit)), Const(0))
        self.build.enter_section()
        self.build.emit(Choose(site, pick, objects + 1))
        self.build.emit(Wait(site, Op("&", (operate("!=", Var(pick), Const(0)), fresh))))
        self.build.emit(Set(site, done, Op("|", (Var(done), bit))))
        self.build.leave_section()

    def _range(self, node: ast.For, target: ast.Name, argument: ast.expr) -> None:
        limit = self.value(argument).expr
        if not isinstance(limit, Const):
            self.fail(
                argument,
                "a range that is not known when compiled",
                "the number of rounds bounds the state",
                "use a constant, or `while` with a counter",
            )
        counter, variable = self.build.local("", Number()), self.local(target, Number())
        site = self.site(node)
        self.build.emit(Set(site, counter, Const(0)))
        head = self.build.head(site)
        self.loops.append(Loop(self.build.section))
        yes, no = self.build.test(site, operate("<", Var(counter), limit))
        self.build.put(yes)
        self.build.emit(Set(site, variable, Var(counter)))
        self.block(node.body)
        loop = self.loops.pop()
        self.build.put(loop.continues)
        self.build.emit(Set(site, counter, operate("+", Var(counter), Const(1))))
        self.build.join(head)
        self.build.put(no, loop.breaks)

    def _leave(self, node: ast.stmt) -> None:
        loop = self.loops[-1]
        if loop.section != self.build.section:
            self._no_jump(node)
        self.build.emit(Pass(self.site(node)))
        (loop.breaks if isinstance(node, ast.Break) else loop.continues).extend(self.build.take())

    # -- sections and returns ----------------------------------------------------------

    def _section(self, node: ast.With) -> None:
        match node.items:
            case [ast.withitem(context_expr=ast.Call(func=ast.Name(id=name)), optional_vars=None)]:
                if self.function.__globals__.get(name) is flow.atomic:
                    self.build.enter_section()
                    self.block(node.body)
                    self.build.leave_section()
                    return
        self.fail(node, "this `with`", "only indivisible sections are known", "with atomic():")

    def _no_jump(self, node: ast.stmt) -> None:
        self.fail(
            node,
            f"`{type(node).__name__.lower()}` out of an indivisible section",
            "a section is left at its end, in one place",
            "note the outcome in a local and act on it behind the section",
        )

    def _return(self, node: ast.Return) -> None:
        if self.build.section != self.entry_section:
            self._no_jump(node)
        before = len(self.build.nodes)
        operand: Operand = Nothing() if node.value is None else self.operand(node.value)
        if len(self.build.nodes) == before:
            self.build.emit(Pass(self.site(node)))
        if node is self.source.only_return:
            self.outcome = operand
        elif isinstance(operand, Value | Many):
            self._give(node, operand)
        elif isinstance(operand, Nothing) and self.results is None:
            self.bare_return = True
        else:
            self.fail(
                node,
                f"{describe(operand)} returned",
                "all returns of a function give results of the same kinds",
                "return a value in each",
            )
        self.returns += self.build.take()

    def _give(self, node: ast.Return, operand: Value | Many) -> None:
        values = operand.values if isinstance(operand, Many) else (operand,)
        if self.results is None:
            self.results = [self.build.local("", value.kind) for value in values]
        kinds: list[Kind | None] = [
            unify(local.kind, value.kind)
            for local, value in zip(self.results, values, strict=False)
        ]
        if len(self.results) != len(values) or None in kinds or self.bare_return:
            self.fail(
                node,
                f"{describe(operand)} returned, and another kind elsewhere",
                "all returns of a function give results of the same kinds",
                "return the same number and kinds of values in each",
            )
        site = self.site(node)
        moved: list[Expr] = [value.expr for value in values]
        for local, kind, expr in zip(self.results, kinds, moved, strict=True):
            assert kind is not None
            local.kind = kind
            self.build.emit(Set(site, local, expr))
