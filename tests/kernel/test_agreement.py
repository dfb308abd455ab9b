# SPDX-License-Identifier: GPL-2.0-only
"""Plain Python and the compiled steps come to the same end on one CPU."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from memcharge.engine.slots import ENDINGS, FINDING
from memcharge.engine.stepper import make_stepper
from memcharge.ir.passes import reduce
from memcharge.kernel import *
from memcharge.lang import Cpu, compile_program
from tests.support.explored import ALL


def read_after_free(mem: MemCgroup) -> None:
    kfree(mem)
    BUG_ON(mem.is_root)


def write_after_free(mem: MemCgroup) -> None:
    kfree(mem)
    mem.is_root = True


def read_inside_after_free(mem: MemCgroup) -> None:
    kfree(mem)
    BUG_ON(mem.css.CSS_ROOT)


def write_inside_after_free(mem: MemCgroup) -> None:
    kfree(mem)
    mem.css.CSS_ROOT = True


def operate_inside_after_free(mem: MemCgroup) -> None:
    kfree(mem)
    atomic_inc(mem.css.refcnt)


def read_element_after_free(mem: MemCgroup) -> None:
    kfree(mem)
    BUG_ON(mem.stat.count[1] != 0)


def write_element_after_free(mem: MemCgroup) -> None:
    kfree(mem)
    mem.stat.count[1] = 1


def free_twice(mem: MemCgroup) -> None:
    kfree(mem)
    kfree(mem)


def ignore(css: CgroupSubsysState) -> None:
    pass


def name_what_lies_inside(mem: MemCgroup) -> None:
    kfree(mem)
    ignore(mem.css)
    BUG_ON(mem.res is None)


def use_a_part_of_a_freed_object(mem: MemCgroup) -> None:
    kfree(mem)
    BUG_ON(mem.res.usage != 0)


def free_a_part_of_a_freed_object(mem: MemCgroup) -> None:
    kfree(mem)
    kfree(mem.memsw)


def use_before_free(mem: MemCgroup) -> None:
    mem.stat.count[1] = 1
    BUG_ON(mem.is_root)
    kfree(mem)


def break_an_assertion(mem: MemCgroup) -> None:
    BUG_ON(mem.stat.count[1] == 0)


def drop_a_reference_too_many(mem: MemCgroup) -> None:
    BUG_ON(atomic_dec_and_test(mem.css.refcnt))


def follow_number_zero(mem: MemCgroup) -> None:
    other = object_at(MemCgroup, 0)
    BUG_ON(other.is_root)


def free_null(mem: MemCgroup) -> None:
    other = object_at(MemCgroup, mem.stat.count[0])
    kfree(other)


ENDS: dict[Callable[[MemCgroup], None], str] = {
    read_after_free: "use_after_free",
    write_after_free: "use_after_free",
    read_inside_after_free: "use_after_free",
    write_inside_after_free: "use_after_free",
    operate_inside_after_free: "use_after_free",
    read_element_after_free: "use_after_free",
    write_element_after_free: "use_after_free",
    free_twice: "use_after_free",
    name_what_lies_inside: "",
    use_a_part_of_a_freed_object: "use_after_free",
    free_a_part_of_a_freed_object: "use_after_free",
    use_before_free: "",
    break_an_assertion: "bug_on",
    drop_a_reference_too_many: "bug_on",
    follow_number_zero: "null_dereference",
    free_null: "null_dereference",
}


def in_plain_python(function: Callable[[MemCgroup], None]) -> str:
    with Machine():
        mem = MemCgroup("mem")
        try:
            function(mem)
        except KernelBug as bug:
            return bug.kind
    return ""


def compiled(function: Callable[[MemCgroup], None], reductions: tuple[str, ...]) -> str:
    machine = Machine()
    with machine:
        mem = MemCgroup("mem")
    program = compile_program(machine, [Cpu(function, [mem])], [])
    stepper = make_stepper(reduce(program, reductions))
    state = stepper.start
    while not state[FINDING] and not stepper.done(state):
        after: list[bytes] = []
        step = stepper.tables[0][stepper.label(state, 0)]
        assert step is not None
        step(state, after.append)
        (state,) = after
    return ENDINGS[state[FINDING]]


@pytest.mark.parametrize("function", ENDS, ids=lambda function: function.__name__)
def test_both_come_to_the_same_end(function: Callable[[MemCgroup], None]) -> None:
    assert in_plain_python(function) == ENDS[function]
    assert compiled(function, ()) == ENDS[function]
    assert compiled(function, ALL) == ENDS[function]
