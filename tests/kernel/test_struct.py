# SPDX-License-Identifier: GPL-2.0-only
"""Declared fields: what they hold, what they refuse, and the machine that holds the objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from memcharge.kernel import *
from memcharge.kernel.struct import FixedArray


class Inside(Struct):
    count: int = uint(8)
    spare: bool = flag()


class Slot(Struct):
    used: bool = flag()


class Everything(Struct):
    small: int = uint(3)
    signed: int = sint(3, -1)
    yes: bool = flag()
    other: Everything | None = ref("Everything")
    fixed: Slot = link("Slot")
    inside: Inside = embed(Inside, count=uint(2, 1))
    apart: Slot = part(Slot)
    numbers: list[int] = array(3, sint(2), "A", "B", "C")
    others: list[Everything | None] = array(2, ref("Everything"))


@pytest.fixture
def machine() -> Iterator[Machine]:
    with Machine() as made:
        yield made


@pytest.fixture
def thing(machine: Machine) -> Everything:
    return Everything("thing")


# --- fields ---------------------------------------------------------------------------


def test_a_new_object_holds_its_start_values(thing: Everything) -> None:
    start = {name: value for name, value in vars(thing).items() if name in Everything.fields}
    assert start["small"] == 0
    assert start["signed"] == -1
    assert start["yes"] is False
    assert start["other"] is start["fixed"] is None
    assert thing.inside.count == 1
    assert list(thing.numbers) == [0, 0, 0]
    assert list(thing.others) == [None, None]


@pytest.mark.parametrize(
    ("field", "lowest", "highest"), [("small", 0, 7), ("signed", -4, 3), ("yes", 0, 1)]
)
def test_a_field_holds_what_fits_and_refuses_the_next_value(
    thing: Everything, field: str, lowest: int, highest: int
) -> None:
    for value in range(lowest, highest + 1):
        setattr(thing, field, value)
        assert getattr(thing, field) == value
    for value in (lowest - 1, highest + 1):
        with pytest.raises(WidthError, match=rf"thing\.{field}: {value} does not fit"):
            setattr(thing, field, value)
        assert getattr(thing, field) == highest


@pytest.mark.parametrize("declare", [uint, sint])
@pytest.mark.parametrize("bits", [0, 9, 26])
def test_a_field_is_a_byte_at_most(declare: Callable[[int], Any], bits: int) -> None:
    declare(8)
    with pytest.raises(WidthError, match=f"a field has 1 to 8 bits, not {bits}"):
        declare(bits)


@pytest.mark.parametrize("value", ["1", None, 1.0])
def test_a_number_field_refuses_what_is_no_number(thing: Everything, value: Any) -> None:
    with pytest.raises(TypeError, match=r"thing\.small: a number, not"):
        thing.small = value


def test_an_embedded_struct_has_the_width_that_its_owner_declares(thing: Everything) -> None:
    thing.inside.count = 3
    with pytest.raises(WidthError, match=r"thing\.inside\.count: 4 does not fit 2 bits"):
        thing.inside.count = 4
    Inside("alone").count = 4


def test_a_pointer_refuses_another_struct(thing: Everything) -> None:
    thing.other = thing
    assert thing.other is thing
    with pytest.raises(TypeError, match=r"thing\.other: a Everything or None, not <Slot "):
        setattr(thing, "other", thing.apart)  # noqa: B010 - mypy would see it


@pytest.mark.parametrize("field", ["absent", "inside", "apart", "numbers"])
def test_only_declared_plain_fields_are_assigned(thing: Everything, field: str) -> None:
    with pytest.raises(AttributeError, match=f"Everything has no field '{field}' to assign"):
        setattr(thing, field, 1)


def test_a_part_is_an_object_of_its_own(machine: Machine, thing: Everything) -> None:
    assert each(Slot) == [thing.apart]
    assert thing.apart.name == "thing.apart"
    thing.fixed = thing.apart
    assert thing.fixed is thing.apart


# --- arrays ----------------------------------------------------------------------------


def test_an_array_element_keeps_its_width(thing: Everything) -> None:
    thing.numbers[2] -= 2
    assert list(thing.numbers) == [0, 0, -2]
    with pytest.raises(WidthError, match=r"thing\.numbers\[2\]: -3 does not fit"):
        thing.numbers[2] -= 1


def test_an_array_of_pointers_refuses_another_struct(thing: Everything) -> None:
    thing.others[1] = thing
    with pytest.raises(TypeError, match=r"thing\.others\[0\]: a Everything or None"):
        thing.others[0] = thing.apart  # type: ignore[call-overload]


@pytest.mark.parametrize("index", [-1, 3, "0", slice(0, 2)])
def test_an_array_has_no_elements_outside_its_length(thing: Everything, index: Any) -> None:
    assert isinstance(thing.numbers, FixedArray)
    with pytest.raises(IndexError, match=r"thing\.numbers\[.*\]: it has 0\.\.2"):
        thing.numbers[index]
    with pytest.raises(IndexError, match=r"it has 0\.\.2"):
        thing.numbers[index] = 1


# --- declarations -----------------------------------------------------------------------


@pytest.mark.parametrize(("bits", "start"), [(3, 8), (3, -1)])
def test_a_start_value_must_fit(bits: int, start: int) -> None:
    with pytest.raises(WidthError, match=f"its start value: {start} does not fit"):
        uint(bits, start)


def test_an_override_must_name_a_field() -> None:
    with pytest.raises(TypeError, match="Inside has no field 'cuont'"):
        embed(Inside, cuont=uint(2))


@pytest.mark.parametrize(("element", "labels"), [(part(Slot), ()), (uint(1), ("A",))])
def test_an_array_is_of_plain_fields_with_a_label_each(
    element: Any, labels: tuple[str, ...]
) -> None:
    with pytest.raises(TypeError, match="array of 2"):
        array(2, element, *labels)


def test_a_field_may_not_hide_what_every_object_has() -> None:
    with pytest.raises(TypeError, match="Wrong: no field can be called 'name'"):
        type("Wrong", (Struct,), {"name": uint(1)})


def test_every_struct_of_the_kernel_can_be_made(machine: Machine) -> None:
    known = [s for s in Struct.known.values() if s.__module__.startswith("memcharge.kernel.")]
    assert len(known) > 10
    for struct in known:
        struct()


# --- the machine ------------------------------------------------------------------------


def test_an_object_needs_a_machine() -> None:
    with pytest.raises(RuntimeError, match="no machine"):
        Slot()


def test_objects_are_numbered_from_one_in_their_machine(machine: Machine) -> None:
    made = [Slot() for _ in range(3)]
    assert [slot.name for slot in made] == ["slot0", "slot1", "slot2"]
    assert [index_of(slot) for slot in made] == [1, 2, 3]
    assert [object_at(Slot, number) for number in (1, 2, 3)] == made
    with Machine():
        assert each(Slot) == []
        with pytest.raises(LookupError, match="<Slot slot0> is not in the pool"):
            index_of(made[0])


def test_number_zero_is_null(machine: Machine) -> None:
    Slot()
    with pytest.raises(KernelBug, match="null_dereference: Slot number 0"):
        object_at(Slot, 0)
    with pytest.raises(KernelBug, match="null_dereference"):
        index_of(None)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [-1, 2])
def test_a_number_that_no_object_has_is_an_error(machine: Machine, number: int) -> None:
    Slot()
    with pytest.raises(IndexError, match=rf"Slot number {number}: there are 1\.\.1"):
        object_at(Slot, number)


def test_a_global_is_the_current_machine_s_object() -> None:
    one, two = Machine(), Machine()
    for number, machine in enumerate((one, two)):
        with machine:
            machine.globals["current"] = TaskStruct(f"task{number}")
    with one:
        current.SIGKILL = True
        assert current.name == "task0"
        with two:
            assert current.name == "task1"
            assert not current.SIGKILL
    assert one.pools["TaskStruct"][0].__dict__["SIGKILL"] is True


def test_a_global_stands_for_its_object_where_pointers_are_stored(machine: Machine) -> None:
    root = MemCgroup("root", is_root=True)
    machine.globals["root_mem_cgroup"] = root
    task = TaskStruct("task", mem_cgroup=root_mem_cgroup)
    assert task.mem_cgroup is root
    assert index_of(root_mem_cgroup) == 1
    kfree(root_mem_cgroup)
    with pytest.raises(KernelBug, match=r"use_after_free: root\.is_root"):
        root_mem_cgroup.is_root  # noqa: B018


def test_a_missing_global_says_how_to_supply_it(machine: Machine) -> None:
    with pytest.raises(LookupError, match=r"no TaskStruct current: set machine\.globals"):
        current.SIGKILL  # noqa: B018


def test_running_gives_back_the_task_before(machine: Machine) -> None:
    one, two = TaskStruct("one"), TaskStruct("two")
    with machine.running(one):
        with machine.running(two):
            assert current.name == "two"
        with pytest.raises(WouldBlock), machine.running(two):
            wait_until(False)
        assert current.name == "one"
    assert machine.globals == {}


def test_a_switch_is_set_in_the_start_state_only() -> None:
    class Switches(Struct):
        """What of the machine is on."""

        on: bool = switch()

    assert Switches.fields["on"] == Int(1, False, False, fixed=True)
