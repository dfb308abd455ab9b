# SPDX-License-Identifier: GPL-2.0-only
"""Assignments: to locals, which are private, and to fields, which are accesses."""

from __future__ import annotations

import ast
from typing import NoReturn

from memcharge.ir.nodes import (
    Const,
    Kind,
    Local,
    Number,
    Place,
    Pointer,
    Set,
    Store,
    Truth,
    Var,
    variables,
)
from memcharge.kernel.struct import Struct
from memcharge.lang.errors import did_you_mean
from memcharge.lang.expressions import Expressions
from memcharge.lang.values import (
    ARITHMETIC,
    BINARY,
    Elements,
    Inner,
    Many,
    Operand,
    Value,
    describe,
    operate,
    unify,
)

LANGUAGE = (
    "assign, if, while, for .. in each(), any_order() or range(), with atomic(), return, a call"
)


class Assignments(Expressions):
    """How an inlined call gives values to locals and fields."""

    # -- assignment --------------------------------------------------------------

    def assign(self, target: ast.expr, value: ast.expr) -> None:
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
            if variables(one.expr)
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
            self._bind_inner(target, operand)
            return
        if not isinstance(operand, Value):
            self.fail(
                target,
                f"{describe(operand)} given to {target.id}",
                "a local holds a number, a truth value or a pointer",
                "unpack several results into as many names",
            )
        local = self.local(target, operand.kind)
        self.build.emit(Set(self.site(target), local, operand.expr))

    def _bind_inner(self, target: ast.Name, inner: Inner) -> None:
        """Name a struct inside another: a local points to the outer one from here on."""
        found = self.scope.get(target.id)
        holder = (
            found.obj.local if isinstance(found, Inner) and isinstance(found.obj, Var) else None
        )
        if found is None and target.id not in self.ended:
            holder = self._named(target, Pointer(inner.struct))
        elif not isinstance(found, Inner) or found.place != inner.place:
            self._refuse_other_use(target)
        assert holder is not None
        self.build.emit(Set(self.site(target), holder, inner.obj))
        self.scope[target.id] = Inner(inner.struct, Var(holder), inner.path)

    def _refuse_other_use(self, target: ast.Name) -> NoReturn:
        self.fail(
            target,
            f"{target.id} stands for something else before",
            "what a struct inside another, or the variable of each(), is called is settled "
            "when compiled",
            "use another name",
        )

    def local(self, target: ast.Name, kind: Kind) -> Local:
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
        if found is not None or target.id in self.ended:
            self._refuse_other_use(target)
        made = self.scope[target.id] = self._named(target, kind)
        return made

    def _named(self, target: ast.Name, kind: Kind) -> Local:
        """A local of the text; temporaries are always set before they are read."""
        if target.id in self.source.unsure:
            self.build.unsure = True
        return self.build.local(target.id, kind)

    def annotated(self, node: ast.AnnAssign, target: ast.Name) -> None:
        kind = self._declared(node.annotation)
        local = self.local(target, kind)
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

    def augment(self, node: ast.AugAssign) -> None:
        op = BINARY.get(type(node.op))
        if op is None:
            self.fail(node, "augmented operator", "it has no bounded form", ARITHMETIC)
        if isinstance(node.target, ast.Name):
            before, change = self.value(node.target), self.value(node.value)
            self.refuse_pointers((node.target, before), (node.value, change))
            self.bind(node.target, Value(Number(), operate(op, before.expr, change.expr)))
            return
        place, kind = self._target(node.target)
        found = self.load(node.target, place, kind)
        change = self.value(node.value)
        self.refuse_pointers((node.target, found), (node.value, change))
        result = Value(Number(), operate(op, found.expr, change.expr))
        self._store(node.target, place, kind, result)
