# SPDX-License-Identifier: GPL-2.0-only
"""Which editions a name or a range means, and what separates two of them."""

from __future__ import annotations

import pytest

from memcharge.analysis.lineage import changed, chosen
from memcharge.editions.chain import EditionError, known, load


def names(*given: str) -> list[str]:
    return [edition.name for edition in chosen(given)]


def test_without_a_name_all_editions_are_meant_in_order() -> None:
    assert names() == known()


def test_a_range_is_all_from_one_to_the_other() -> None:
    order = known()
    first, last = order.index("mm_2010_04_14"), order.index("mm_2010_05_07")
    assert names("mm_2010_04_14..mm_2010_05_07") == order[first : last + 1]
    assert names("..mm_2010_04_14") == order[: first + 1]
    assert names("mm_2010_05_07..") == order[last:]
    assert names("v2_6_34", "v2_6_34..v2_6_34") == ["v2_6_34"]


@pytest.mark.parametrize("name", ["v2_6_35..v2_6_34", "v2_6_34..v9", "nothing"])
def test_what_is_no_range_is_refused(name: str) -> None:
    with pytest.raises(EditionError):
        chosen([name])


def test_the_text_between_two_editions_is_named() -> None:
    before, after = load("v2_6_34"), load("mm_2010_05_07")
    assert "mem_cgroup_end_migration" in changed(before, after)
    assert changed(after, after) == []
