# SPDX-License-Identifier: GPL-2.0-only
"""The primitives under plain Python, with one CPU."""

from __future__ import annotations

import pytest

from memcharge.kernel import *


def test_an_indivisible_section_lets_errors_through() -> None:
    with pytest.raises(KernelBug, match="bug_on"), atomic():
        BUG_ON(True)


def test_waiting_for_what_nobody_can_make_true_says_so() -> None:
    wait_until(True)
    with pytest.raises(WouldBlock, match="no other CPU runs"):
        wait_until(False)


def test_choices_are_taken_in_order_then_zero() -> None:
    with Machine() as machine:
        machine.choices = [2, 1]
        assert [choose(3), choose(2), choose(3)] == [2, 1, 0]
        assert machine.choices == []


@pytest.mark.parametrize("choice", [-1, 2, 3])
def test_a_choice_out_of_range_is_an_error(choice: int) -> None:
    with Machine() as machine:
        machine.choices = [choice]
        with pytest.raises(ValueError, match=rf"choose\(2\): {choice} from Machine\.choices"):
            choose(2)


def test_there_is_nothing_to_choose_from_none() -> None:
    with Machine(), pytest.raises(ValueError, match=r"choose\(0\)"):
        choose(0)


def test_bug_on_stops_where_its_condition_holds() -> None:
    BUG_ON(False)
    with pytest.raises(KernelBug) as caught:
        BUG_ON(True)
    assert caught.value.kind == "bug_on"


def test_warn_on_notes_a_warning_and_goes_on() -> None:
    with Machine() as machine:
        assert WARN_ON(True) is True
        assert WARN_ON(False) is False
        assert machine.warnings == ["warn_on"]
