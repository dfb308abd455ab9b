# SPDX-License-Identifier: GPL-2.0-only
"""What an expression is while it is being compiled."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from memcharge.ir.nodes import Const, Expr, Kind, Number, Op, Pointer, Truth
from memcharge.ir.operators import FOLD


@dataclass(frozen=True, slots=True)
class Value:
    """A number, a truth value or a pointer."""

    kind: Kind
    expr: Expr


@dataclass(frozen=True, slots=True)
class Inner:
    """A struct that lies in another: `path` leads from object `obj` to it."""

    struct: str
    obj: Expr
    path: str

    @property
    def place(self) -> tuple[str, str]:
        return (self.struct, self.path)


@dataclass(frozen=True, slots=True)
class Elements:
    """An array field of object `obj`, to be indexed."""

    struct: str
    obj: Expr
    path: str


@dataclass(frozen=True, slots=True)
class Many:
    """Several results of one call."""

    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Nothing:
    """The result of a function that returns none."""


Operand = Value | Inner | Elements | Many | Nothing

NULL = Value(Pointer(""), Const(0))


def number(value: int) -> Value:
    return Value(Number(), Const(value))


def truth(value: bool) -> Value:
    return Value(Truth(), Const(int(value)))


def unify(one: Kind, other: Kind) -> Kind | None:
    """The kind that holds both, or None if there is none."""
    if one == other:
        return one
    match one, other:
        case Pointer(""), Pointer():
            return other
        case Pointer(), Pointer(""):
            return one
        case ((Number() | Truth()), (Number() | Truth())):
            return Number()
    return None


BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
}
COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "==",
    ast.IsNot: "!=",
}
ARITHMETIC = "use + - * & | ^ ~ << >> and comparisons"


def operate(op: str, *args: Expr) -> Expr:
    """An operator applied, at once where all arguments are constants."""
    values = [arg.value for arg in args if isinstance(arg, Const)]
    if len(values) == len(args):
        return Const(FOLD[op](*values))
    if op == "not" and isinstance(args[0], Op) and args[0].op in _OPPOSITE:
        return Op(_OPPOSITE[args[0].op], args[0].args)
    return Op(op, args)


_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def describe(operand: Operand) -> str:
    """A kind in words, for messages."""
    match operand:
        case Value(Number()):
            return "a number"
        case Value(Truth()):
            return "a truth value"
        case Value(Pointer("")):
            return "None"
        case Value(Pointer(struct)):
            return f"a pointer to {struct}"
        case Inner():
            return "a struct inside another"
        case Elements():
            return "an array"
        case Many(values):
            return f"{len(values)} results"
    return "no result"
