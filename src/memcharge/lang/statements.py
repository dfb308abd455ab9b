# SPDX-License-Identifier: GPL-2.0-only
"""Statements: assignments, branches, loops and indivisible sections."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from memcharge.ir.nodes import (
    Const,
    Expr,
    Kind,
    Local,
    Number,
    Pass,
    Place,
    Pointer,
    Set,
    Store,
    Truth,
    Var,
)
from memcharge.kernel import flow
from memcharge.kernel.struct import Struct, each
from memcharge.lang.builder import Ends
from memcharge.lang.errors import did_you_mean
from memcharge.lang.expressions import ARITHMETIC, BINARY, Expressions
from memcharge.lang.values import (
    NULL,
    Elements,
    Inner,
    Many,
    Nothing,
    Operand,
    Value,
    describe,
    operate,
    unify,
)

LANGUAGE = "assign, if, while, for .. in each() or range(), with atomic(), return, a call"


@dataclass(slots=True)
class Loop:
    """The ends that leave a loop, and those that go on with its next round."""

    section: int
    breaks: Ends = field(default_factory=list)
    continues: Ends = field(default_factory=list)


class Statements(Expressions):
    """How an inlined call's statements are compiled."""

    loops: list[Loop]
    returns: Ends
    results: list[Local] | None
    entry_section: int
    alias: ast.Return | None
    outcome: Operand

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
                self._assign(target, value)
            case ast.AnnAssign(target=ast.Name() as target):
                self._annotated(node, target)
            case ast.AugAssign():
                self._augment(node)
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

    # -- assignment --------------------------------------------------------------

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        match target:
            case ast.Name():
                self.bind(target, self.operand(value))
            case ast.Tuple(elts=names):
                self._unpack(target, names, self.operand(value))
            case ast.Attribute() | ast.Subscript():
                computed = self.value(value)
                place, kind = self._target(target)
                self._store(target, place, kind, computed)
            case _:
                self.fail(target, "assignment target", "it names no local or field", LANGUAGE)

    def _unpack(self, target: ast.expr, names: list[ast.expr], results: Operand) -> None:
        if not isinstance(results, Many) or len(results.values) != len(names):
            self.fail(
                target,
                f"{describe(results)} for {len(names)} names",
                "the results of a call are unpacked all at once",
                "give each result a name",
            )
        copies = [
            self.build.temporary(self.site(target), one.kind, one.expr)
            if isinstance(one.expr, Var)
            else one
            for one in results.values
        ]
        for name, copy in zip(names, copies, strict=True):
            if not isinstance(name, ast.Name):
                self.fail(name, "unpacking into a field", "it hides an access", "use a local")
            self.bind(name, copy)

    def bind(self, target: ast.Name, operand: Operand) -> None:
        """Give a local a value."""
        if isinstance(operand, Inner):
            self.scope[target.id] = operand
            return
        if not isinstance(operand, Value):
            self.fail(
                target,
                f"{describe(operand)} given to {target.id}",
                "a local holds a number, a truth value or a pointer",
                "unpack several results into as many names",
            )
        local = self._local(target, operand.kind)
        self.build.emit(Set(self.site(target), local, operand.expr))

    def _local(self, target: ast.Name, kind: Kind) -> Local:
        found = self.scope.get(target.id)
        if isinstance(found, Local):
            joined = unify(found.kind, kind)
            if joined is None:
                self.fail(
                    target,
                    f"{target.id} held {describe(Value(found.kind, Const(0)))} before and now "
                    f"{describe(Value(kind, Const(0)))}",
                    "a local keeps one kind",
                    "use another name",
                )
            found.kind = joined
            return found
        made = self.build.local(target.id, kind)
        self.scope[target.id] = made
        return made

    def _annotated(self, node: ast.AnnAssign, target: ast.Name) -> None:
        kind = self._declared(node.annotation)
        local = self._local(target, kind)
        if node.value is not None:
            self.bind(target, self.value(node.value))
            if unify(local.kind, kind) is None:
                self.fail(node, "the value is not of the declared type", "", "mend either")

    def _declared(self, node: ast.expr) -> Kind:
        names = {part.strip() for part in ast.unparse(node).replace("'", "").split("|")}
        names.discard("None")
        name = names.pop() if len(names) == 1 else ""
        if name == "int":
            return Number()
        if name == "bool":
            return Truth()
        if name in Struct.known:
            return Pointer(name)
        self.fail(
            node,
            f"type {ast.unparse(node)}",
            "a local holds a number, a truth value or a pointer to one struct",
            did_you_mean(name, [*Struct.known, "int", "bool"]),
        )

    def _target(self, target: ast.Attribute | ast.Subscript) -> tuple[Place, Kind]:
        if isinstance(target, ast.Subscript):
            return self.element(target)
        found = self.member(target)
        if isinstance(found, Inner | Elements):
            self.fail(
                target,
                f"assignment to {target.attr}, a whole struct or array",
                "one access reads or writes one field",
                "assign its fields or elements",
            )
        if found[0].key in self.build.shape.layout.links:
            self.fail(
                target,
                f"assignment to {target.attr}, which never changes",
                "it stands for address arithmetic",
                "set it in the start state",
            )
        return found

    def _store(self, target: ast.expr, place: Place, kind: Kind, value: Value) -> None:
        if unify(kind, value.kind) is None:
            self.fail(
                target,
                f"{describe(value)} stored where {describe(Value(kind, Const(0)))} belongs",
                "a field keeps its declared type",
                "store a value of that type",
            )
        text = self.source.line(target.lineno)
        self.build.emit(Store(self.site(target, text), place, value.expr))

    def _augment(self, node: ast.AugAssign) -> None:
        op = BINARY.get(type(node.op))
        if op is None:
            self.fail(node, "augmented operator", "it has no bounded form", ARITHMETIC)
        if isinstance(node.target, ast.Name):
            before = self.value(node.target)
            after = operate(op, before.expr, self.value(node.value).expr)
            self.bind(node.target, Value(Number(), after))
            return
        place, kind = self._target(node.target)
        found = self.load(node.target, place, kind)
        change = self.value(node.value)
        result = Value(Number(), operate(op, found.expr, change.expr))
        self._store(node.target, place, kind, result)

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
                if func.id == "range":
                    self._range(node, node.target, argument)
                    return
        self.fail(
            node.iter,
            "a loop over this",
            "only objects of a struct and known numbers can be counted through",
            "use each(Struct) or range(n)",
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
        shadowed = self.scope.get(target.id)
        for obj in range(1, len(self.build.shape.layout.pools.get(struct, ())) + 1):
            self.scope[target.id] = Value(Pointer(struct), Const(obj))
            self.block(node.body)
            self.build.put(loop.continues)
            loop.continues = []
        self.loops.pop()
        self.build.put(loop.breaks)
        if shadowed is not None:
            self.scope[target.id] = shadowed

    def _range(self, node: ast.For, target: ast.Name, argument: ast.expr) -> None:
        limit = self.value(argument).expr
        if not isinstance(limit, Const):
            self.fail(
                argument,
                "a range that is not known when compiled",
                "the number of rounds bounds the state",
                "use a constant, or `while` with a counter",
            )
        counter = self._local(target, Number())
        site = self.site(node)
        self.build.emit(Set(site, counter, Const(0)))
        head = self.build.head(site)
        self.loops.append(Loop(self.build.section))
        yes, no = self.build.test(site, operate("<", Var(counter), limit))
        self.build.put(yes)
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
        if node is self.alias:
            self.outcome = operand
        elif isinstance(operand, Value | Many):
            self._give(node, operand)
        elif not isinstance(operand, Nothing) or self.results is not None:
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
        if len(self.results) != len(values) or None in kinds:
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


__all__ = ["NULL", "Statements"]
