# SPDX-License-Identifier: GPL-2.0-only
"""Expressions: every read of a field becomes a node of its own, left to right."""

from __future__ import annotations

import ast
from types import FunctionType
from typing import Any, NoReturn

from memcharge.ir.nodes import (
    Bug,
    Const,
    Expr,
    Frame,
    Kind,
    Load,
    Local,
    Number,
    Place,
    Pointer,
    Set,
    Site,
    Truth,
    Var,
)
from memcharge.kernel.struct import GlobalName
from memcharge.lang.builder import Builder, Ends
from memcharge.lang.errors import did_you_mean, error_at
from memcharge.lang.source import Source
from memcharge.lang.values import (
    ARITHMETIC,
    BINARY,
    COMPARE,
    NULL,
    Elements,
    Inner,
    Many,
    Operand,
    Value,
    describe,
    number,
    operate,
    truth,
    unify,
)


class Expressions:
    """One inlined call: its scope, and how its expressions are compiled."""

    def __init__(
        self, build: Builder, function: FunctionType, source: Source, frame: Frame
    ) -> None:
        self.build = build
        self.function = function
        self.source = source
        self.frame = frame
        self.scope: dict[str, Value | Inner | Local] = {}
        self.ended: set[str] = set()

    # -- diagnostics and places ------------------------------------------------

    def fail(self, node: ast.AST, what: str, why: str, remedy: str) -> NoReturn:
        """Raise the LangError for a node of this function."""
        raise error_at(self.source.path, self.source.lines, node, what, why, remedy)

    def site(self, node: ast.expr | ast.stmt, text: str | None = None) -> Site:
        """Where a node comes from; by default with its line as text."""
        return Site(self.frame, node.lineno, text or self.source.line(node.lineno))

    # -- entry points ------------------------------------------------------------

    def value(self, node: ast.expr) -> Value:
        """Compile an expression that must be a single value."""
        operand = self.operand(node)
        if not isinstance(operand, Value):
            self.fail(
                node,
                f"{describe(operand)} where a value is needed",
                "only numbers, truth values and pointers can be computed with",
                "name a field of it, or unpack the results into locals first",
            )
        return operand

    def operand(self, node: ast.expr) -> Operand:
        """Compile any expression."""
        match node:
            case ast.Constant(value=constant):
                return self._constant(node, constant)
            case ast.Name():
                return self._name(node)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Subscript():
                place, kind = self.element(node)
                return self.load(node, place, kind)
            case ast.Call():
                return self.call(node)
            case ast.BinOp(left=left, op=op, right=right):
                return self._binary(node, left, op, right)
            case ast.UnaryOp():
                return self._unary(node)
            case ast.Compare() | ast.BoolOp():
                return self._decide(node)
            case ast.IfExp():
                return self._either(node)
            case ast.Tuple(elts=elements):
                return Many(tuple(self.value(element) for element in elements))
        self.fail(
            node,
            f"{type(node).__name__} is outside the language",
            "an expression is made of names, fields, numbers, operators and calls",
            "write it with plain statements",
        )

    def call(self, node: ast.Call) -> Operand:
        """Compile a call; `memcharge.lang.calls` says how."""
        raise NotImplementedError

    # -- names and constants -------------------------------------------------------

    def _constant(self, node: ast.expr, constant: Any) -> Value:
        if constant is None:
            return NULL
        if isinstance(constant, bool):
            return truth(constant)
        if isinstance(constant, int):
            return number(constant)
        self.fail(
            node,
            f"{type(constant).__name__} constant {constant!r}",
            "a state holds only bounded numbers, truth values and pointers",
            "use a number",
        )

    def _name(self, node: ast.Name) -> Value | Inner:
        found = self.scope.get(node.id)
        if isinstance(found, Local):
            return Value(found.kind, Var(found))
        if found is not None:
            return found
        if node.id in self.ended:
            self.fail(
                node,
                f"{node.id} used behind its loop",
                "each() is written out object by object, and none of them is the last",
                "note the object in a local of another name",
            )
        return self._global(node)

    def _global(self, node: ast.Name) -> Value:
        names = self.function.__globals__
        if node.id not in names:
            self.fail(
                node,
                f"unknown name {node.id!r}",
                f"neither {self.function.__name__} nor its edition defines it",
                did_you_mean(node.id, [*names, *self.scope]),
            )
        found = names[node.id]
        if isinstance(found, bool | int) or found is None:
            return self._constant(node, found)
        if isinstance(found, GlobalName):
            value = self.build.globals.get(found.global_name)
            if value is not None:
                return value
            self.fail(
                node,
                f"the start state has no {node.id}",
                "a kernel global is an object of the start state",
                f"set machine.globals[{found.global_name!r}] where the start state is built",
            )
        self.fail(
            node,
            f"{node.id} used as a value",
            "functions and structs can be called or named, but not passed about",
            "call it, or pass an object",
        )

    # -- fields ----------------------------------------------------------------------

    def member(self, node: ast.Attribute) -> Inner | Elements | tuple[Place, Kind]:
        """What an attribute names: a struct inside, an array, or a field with its kind."""
        owner = self.operand(node.value)
        if isinstance(owner, Inner):
            struct, obj, path = owner.struct, owner.obj, f"{owner.path}.{node.attr}"
        elif isinstance(owner, Value) and isinstance(owner.kind, Pointer) and owner.kind.struct:
            struct, obj, path = owner.kind.struct, owner.expr, node.attr
        elif owner == NULL:
            self.build.emit(Bug(self.site(node), Const(1), "null_dereference"))
            self.build.take()
            return Place("", node.attr, Const(0)), Number()
        else:
            self.fail(
                node,
                f"{describe(owner)} has no field {node.attr!r}",
                "only a pointer to a struct has fields",
                "annotate the local, as in `mem: MemCgroup | None = None`",
            )
        shape = self.build.shape
        key = (struct, path)
        if key in shape.inner:
            return Inner(struct, obj, path)
        info = shape.layout.fields.get(key)
        if info is None:
            known = [field for owner_, field in shape.layout.fields if owner_ == struct]
            self.fail(
                node,
                f"{struct} has no field {path!r}",
                "a struct has the fields that its class declares",
                did_you_mean(path, known),
            )
        if info.length is not None:
            return Elements(struct, obj, path)
        return Place(struct, path, obj), self._kind(key)

    def _kind(self, key: tuple[str, str]) -> Kind:
        info = self.build.shape.layout.fields[key]
        if info.target is not None:
            return Pointer(info.target)
        if (info.lowest, info.highest) == (0, 1):
            return Truth()
        return Number(info.lowest, info.highest)

    def element(self, node: ast.Subscript) -> tuple[Place, Kind]:
        """The element of an array field that a subscript names."""
        owner = self.operand(node.value)
        if not isinstance(owner, Elements):
            self.fail(
                node,
                f"{describe(owner)} is indexed",
                "only array fields have elements",
                "declare the field with array(length, element)",
            )
        index = self.value(node.slice)
        return (
            Place(owner.struct, owner.path, owner.obj, index.expr),
            self._kind((owner.struct, owner.path)),
        )

    def _attribute(self, node: ast.Attribute) -> Operand:
        found = self.member(node)
        if isinstance(found, Inner | Elements):
            return found
        return self.load(node, *found)

    def load(self, node: ast.expr, place: Place, kind: Kind) -> Value:
        """Read a place: a shared access, unless it is a link that never changes."""
        shape = self.build.shape
        if place.key in shape.layout.links and isinstance(place.obj, Const) and place.obj.value:
            start = shape.layout.start[place.key][place.obj.value - 1]
            return Value(kind, Const(start[0]))
        local = self.build.local("", kind)
        self.build.emit(Load(self.site(node, self.source.text(node)), local, place))
        return Value(kind, Var(local))

    # -- operators -------------------------------------------------------------------

    def _binary(self, node: ast.expr, left: ast.expr, op: ast.operator, right: ast.expr) -> Value:
        name = BINARY.get(type(op))
        if name is None:
            self.fail(node, f"operator {type(op).__name__}", "it has no bounded form", ARITHMETIC)
        a, b = self.value(left), self.value(right)
        self.refuse_pointers((left, a), (right, b))
        return Value(Number(), operate(name, a.expr, b.expr))

    def refuse_pointers(self, *operands: tuple[ast.expr, Value]) -> None:
        """Fail at the first of the operands that is a pointer."""
        for node, value in operands:
            if isinstance(value.kind, Pointer):
                self.fail(
                    node,
                    f"arithmetic on {describe(value)}",
                    "pointers are compared, not computed with",
                    "use index_of(obj) for its number",
                )

    def _unary(self, node: ast.UnaryOp) -> Value:
        if isinstance(node.op, ast.Not):
            return Value(Truth(), operate("not", self._as_truth(self.value(node.operand))))
        name = {ast.USub: "neg", ast.Invert: "~"}.get(type(node.op))
        if name is None:
            self.fail(node, "unary +", "it does nothing", "leave it out")
        value = self.value(node.operand)
        self.refuse_pointers((node.operand, value))
        return Value(Number(), operate(name, value.expr))

    def _as_truth(self, value: Value) -> Expr:
        if isinstance(value.kind, Truth):
            return value.expr
        return operate("!=", value.expr, Const(0))

    def _compare(self, node: ast.Compare) -> Expr:
        if len(node.ops) > 1:
            self.fail(node, "a chained comparison", "C has none", "write `a < b and b < c`")
        name = COMPARE.get(type(node.ops[0]))
        if name is None:
            self.fail(
                node,
                f"comparison {type(node.ops[0]).__name__}",
                "there are no containers in a state",
                "compare with == and join with `or`",
            )
        a, b = self.value(node.left), self.value(node.comparators[0])
        if name not in {"==", "!="}:
            self.refuse_pointers((node.left, a), (node.comparators[0], b))
        if unify(a.kind, b.kind) is None:
            self.fail(
                node,
                f"{describe(a)} compared with {describe(b)}",
                "they can never be equal",
                "compare values of one kind",
            )
        return operate(name, a.expr, b.expr)

    # -- decisions ---------------------------------------------------------------------

    def test(self, node: ast.expr, *, as_value: bool = False) -> tuple[Ends, Ends]:
        """Compile a condition, or a truth value; the ends where it holds, and where not."""
        if isinstance(node, ast.BoolOp):
            stop_on = isinstance(node.op, ast.Or)
            stopped: Ends = []
            for operand in node.values:
                yes, no = self.test(operand, as_value=as_value)
                stopped += yes if stop_on else no
                self.build.put(no if stop_on else yes)
                if not self.build.reachable:  # decided when compiled
                    break
            rest = self.build.take()
            return (stopped, rest) if stop_on else (rest, stopped)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yes, no = self.test(node.operand)
            return no, yes
        if isinstance(node, ast.Compare):
            condition = self._compare(node)
        else:
            value = self.value(node)
            if as_value and not isinstance(value.kind, Truth):
                self.fail(
                    node,
                    f"{describe(value)} joined by `and` or `or` to a value",
                    "in C the value is 0 or 1, in Python one of the two",
                    "compare it, as in `x != 0`, or write `x if x != 0 else y`",
                )
            condition = value.expr if as_value else self._as_truth(value)
        return self.build.test(self.site(node, self.source.text(node)), condition)

    def _decide(self, node: ast.expr, *, as_value: bool = True) -> Value:
        """A condition as a value: without branches where nothing is read conditionally."""
        if isinstance(node, ast.Compare):
            return Value(Truth(), self._compare(node))
        result = self.build.local("", Truth())
        yes, no = self.test(node, as_value=as_value)
        return self._join(node, result, yes, truth(True), no, truth(False))

    def _either(self, node: ast.IfExp) -> Value:
        yes, no = self.test(node.test)
        if not yes or not no:  # decided when compiled
            self.build.put(yes or no)
            return self.value(node.body if yes else node.orelse)
        self.build.put(yes)
        a = self.value(node.body)
        after_a = self.build.take()
        self.build.put(no)
        b = self.value(node.orelse)
        after_b = self.build.take()
        kind = unify(a.kind, b.kind)
        if kind is None:
            self.fail(
                node,
                f"{describe(a)} or {describe(b)}",
                "a value has one kind",
                "use an if statement",
            )
        result = self.build.local("", kind)
        return self._join(node, result, after_a, a, after_b, b)

    def _join(
        self, node: ast.expr, result: Local, yes: Ends, a: Value, no: Ends, b: Value
    ) -> Value:
        site = self.site(node, self.source.text(node))
        arms: list[Ends] = []
        for ends, value in ((yes, a), (no, b)):
            if ends:
                self.build.put(ends)
                self.build.emit(Set(site, result, value.expr))
                arms.append(self.build.take())
        self.build.put(*arms)
        if len(arms) == 1:  # decided when compiled
            return a if yes else b
        return Value(result.kind, Var(result))
