# SPDX-License-Identifier: GPL-2.0-only
"""Calls: primitives, flag accessors, and functions inlined where they are called."""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable
from types import FunctionType
from typing import Any

from memcharge.ir.nodes import (
    Bug,
    Choose,
    Const,
    Expr,
    Frame,
    Free,
    Load,
    Local,
    Number,
    Pass,
    Place,
    Pointer,
    Store,
    Truth,
    Var,
    Wait,
    Warn,
)
from memcharge.kernel import flow, struct
from memcharge.kernel.flags import FlagAccessor
from memcharge.lang.copying import Recording, calls_any, copied, key_of
from memcharge.lang.errors import did_you_mean
from memcharge.lang.source import source_of
from memcharge.lang.statements import Statements
from memcharge.lang.values import (
    Inner,
    Many,
    Nothing,
    Operand,
    Value,
    describe,
    operate,
)


class Inlined(Statements):
    """One inlined call, whole: binds the arguments, compiles the body, joins the returns."""

    def run(self, arguments: list[Value | Inner]) -> Operand:
        """Compile the call's body; what it returns."""
        definition = self.source.definition
        self._refuse_odd_definition(definition)
        for parameter, argument in zip(definition.args.args, arguments, strict=True):
            name = parameter.arg
            if name not in self.source.assigned:
                self.scope[name] = argument
            else:
                self.bind(ast.Name(name, lineno=definition.lineno), argument)
        self.block(definition.body)
        fell_off = self.build.reachable
        self.build.put(self.returns)
        if self.results is None:
            return self.outcome
        if fell_off:
            self.fail(
                definition,
                f"{definition.name} can end without returning a value",
                "elsewhere it returns one",
                "end it with a return",
            )
        values = tuple(Value(local.kind, Var(local)) for local in self.results)
        return values[0] if len(values) == 1 else Many(values)

    def _refuse_odd_definition(self, definition: ast.FunctionDef) -> None:
        args = definition.args
        if args.vararg or args.kwarg or args.kwonlyargs or args.defaults or args.posonlyargs:
            self.fail(
                definition,
                "parameters with *, / or defaults",
                "C has none",
                "name every parameter and pass every argument",
            )
        if definition.decorator_list:
            self.fail(
                definition.decorator_list[0],
                "a decorator",
                "the text of a function must be what runs",
                "leave it out",
            )

    # -- calls ----------------------------------------------------------------------

    def call(self, node: ast.Call) -> Operand:
        callee = self._callee(node)
        primitive = PRIMITIVES.get(callee) if isinstance(callee, FunctionType) else None
        if primitive is not None:
            return primitive(self, node)
        if isinstance(callee, FlagAccessor):
            return self._flag(node, callee)
        if isinstance(callee, FunctionType):
            return self._inline(node, callee)
        self.fail(
            node,
            f"call of {ast.unparse(node.func)}",
            "only functions of the edition and of memcharge.kernel can be called",
            "call a function",
        )

    def _callee(self, node: ast.Call) -> Any:
        if node.keywords:
            self.fail(node, "a keyword argument", "C has none", "pass it by position")
        if not isinstance(node.func, ast.Name):
            self.fail(
                node,
                f"call of {ast.unparse(node.func)}",
                "methods do not exist here; kernel functions take the object first",
                "call a function by its name",
            )
        names = self.function.__globals__
        if node.func.id not in names:
            self.fail(
                node,
                f"unknown function {node.func.id!r}",
                f"neither {self.function.__name__} nor its edition defines it",
                did_you_mean(node.func.id, names),
            )
        return names[node.func.id]

    def arguments(self, node: ast.Call, count: int) -> list[Value]:
        """The arguments of a primitive, each a single value."""
        if len(node.args) != count:
            self.fail(
                node,
                f"{len(node.args)} arguments for {ast.unparse(node.func)}",
                f"it takes {count}",
                "see the language page",
            )
        return [self.value(argument) for argument in node.args]

    def condition(self, node: ast.Call) -> Value:
        """The one argument of a primitive, as a truth value."""
        if len(node.args) == 1 and isinstance(node.args[0], ast.BoolOp):
            return self._decide(node.args[0], as_value=False)
        (value,) = self.arguments(node, 1)
        if isinstance(value.kind, Truth):
            return value
        return Value(Truth(), operate("!=", value.expr, Const(0)))

    def _inline(self, node: ast.Call, callee: FunctionType) -> Operand:
        try:
            source = source_of(callee)
        except LookupError as problem:
            self.fail(node, str(problem), "its text is needed", "define it with def")
        expected = len(source.definition.args.args)
        if len(node.args) != expected:
            self.fail(
                node,
                f"{len(node.args)} arguments for {callee.__name__}",
                f"in this edition it takes {expected}: "
                f"{', '.join(arg.arg for arg in source.definition.args.args)}",
                "mend the call, or replace the caller too",
            )
        above: Frame | None = self.frame
        while above is not None:
            if above.function == callee.__name__:
                self.fail(
                    node,
                    f"{callee.__name__} calls itself",
                    "calls are inlined, so recursion has no end",
                    "use a loop",
                )
            above = above.parent
        arguments = [self._argument(argument) for argument in node.args]
        key = key_of(self.build, callee, arguments)
        frame = self.build.frame(
            callee.__name__, str(source.path), self.source.text(node), node.lineno, self.frame
        )
        call = type(self)(self.build, callee, source, frame)
        return call.run(arguments) if key is None else call.copied_or_compiled(*key, arguments)

    def copied_or_compiled(
        self, key: Hashable, given: tuple[Local, ...], arguments: list[Value | Inner]
    ) -> Operand:
        """The same as `run`, from what the graph holds already if it holds such a call."""
        piece = self.build.pieces.get(key)
        if piece is not None and not calls_any(self.build, piece, self.frame):
            return copied(self.build, piece, given)
        recording = Recording(self.build, given)
        outcome = self.run(arguments)
        piece = recording.piece(outcome)
        if piece is not None:
            self.build.pieces[key] = piece
        return outcome

    def _argument(self, node: ast.expr) -> Value | Inner:
        operand = self.operand(node)
        if isinstance(operand, Value):
            if isinstance(operand.expr, Var | Const):
                return operand
            return self.build.temporary(self.site(node), operand.kind, operand.expr)
        if isinstance(operand, Inner):
            return operand
        self.fail(
            node, f"{describe(operand)} as an argument", "it is not one value", "pass a value"
        )

    def _flag(self, node: ast.Call, accessor: FlagAccessor) -> Value | Nothing:
        (target,) = self.arguments(node, 1)
        kind = target.kind
        known = self.build.shape.layout.fields
        if not isinstance(kind, Pointer) or (kind.struct, accessor.field) not in known:
            self.fail(
                node,
                f"{accessor.name} on {describe(target)}",
                f"it has no flag {accessor.field}",
                "pass the page or page_cgroup that has it",
            )
        site = self.site(node, self.source.text(node))
        place = Place(kind.struct, accessor.field, target.expr)
        found = self.build.local("", Truth())
        reads, writes = accessor.action.startswith("test"), accessor.action != "test"
        if reads and writes:
            self.build.enter_section()
        if reads:
            self.build.emit(Load(site, found, place))
        if writes:
            value = Const(int(accessor.action.endswith("set")))
            self.build.emit(Store(site, place, value))
        if reads and writes:
            self.build.leave_section()
        return Value(Truth(), Var(found)) if reads else Nothing()


# -- primitives ---------------------------------------------------------------------


def _wait_until(call: Inlined, node: ast.Call) -> Operand:
    if call.build.section == 0:
        call.fail(
            node,
            "wait_until outside of an indivisible section",
            "another CPU could change the condition before what follows",
            "write it in `with atomic():` together with what it guards",
        )
    condition = call.condition(node)
    call.build.emit(Wait(call.site(node), condition.expr))
    return Nothing()


def _choose(call: Inlined, node: ast.Call) -> Operand:
    (options,) = call.arguments(node, 1)
    if not isinstance(options.expr, Const) or options.expr.value < 1:
        call.fail(
            node,
            "choose() of a number not known when compiled",
            "the alternatives are explored one by one",
            "pass a constant above zero",
        )
    local = call.build.local("", Number(0, options.expr.value - 1))
    call.build.emit(Choose(call.site(node), local, options.expr.value))
    return Value(local.kind, Var(local))


def _bug_on(call: Inlined, node: ast.Call) -> Operand:
    condition = call.condition(node)
    if condition.expr == Const(0):
        call.build.emit(Pass(call.site(node)))
        return Nothing()
    call.build.emit(Bug(call.site(node), condition.expr, "bug_on"))
    if condition.expr == Const(1):
        call.build.take()
    return Nothing()


def _warn_on(call: Inlined, node: ast.Call) -> Operand:
    condition = call.condition(node)
    call.build.emit(Warn(call.site(node), condition.expr))
    return condition


def _kfree(call: Inlined, node: ast.Call) -> Operand:
    (target,) = call.arguments(node, 1)
    if not isinstance(target.kind, Pointer) or not target.kind.struct:
        call.fail(node, f"kfree of {describe(target)}", "only objects are freed", "pass one")
    call.build.enter_section()
    _free(call, node, target.kind.struct, target.expr)
    call.build.leave_section()
    return Nothing()


def _free(call: Inlined, node: ast.Call, struct: str, obj: Expr) -> None:
    """Free an object, and before it the structs that lie inside and have numbers of their own."""
    shape = call.build.shape
    for key in sorted(shape.parts):
        if key[0] == struct:
            inner = call.load(node, Place(*key, obj), Pointer(shape.parts[key]))
            _free(call, node, shape.parts[key], inner.expr)
    shape.layout.freeable.add(struct)
    call.build.emit(Free(call.site(node), struct, obj))


def _index_of(call: Inlined, node: ast.Call) -> Operand:
    (target,) = call.arguments(node, 1)
    return Value(Number(0, 127), target.expr)


def _object_at(call: Inlined, node: ast.Call) -> Operand:
    if len(node.args) != 2:
        call.arguments(node, 2)
    name = call.struct(node.args[0])
    return Value(Pointer(name), call.value(node.args[1]).expr)


def _each(call: Inlined, node: ast.Call) -> Operand:
    name = ast.unparse(node.func)
    call.fail(node, f"{name}() outside of a for loop", "there are no lists", f"for x in {name}(S):")


PRIMITIVES: dict[Callable[..., Any], Callable[[Inlined, ast.Call], Operand]] = {
    flow.wait_until: _wait_until,
    flow.choose: _choose,
    flow.BUG_ON: _bug_on,
    flow.WARN_ON: _warn_on,
    flow.kfree: _kfree,
    struct.index_of: _index_of,
    struct.object_at: _object_at,
    struct.each: _each,
    flow.any_order: _each,
}
