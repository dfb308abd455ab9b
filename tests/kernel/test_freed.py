# SPDX-License-Identifier: GPL-2.0-only
"""An access to a freed object is a finding; address arithmetic on one is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from memcharge.kernel import *
from memcharge.kernel import __this_cpu_add


@pytest.fixture
def machine() -> Iterator[Machine]:
    with Machine() as made:
        yield made


@pytest.fixture
def page(machine: Machine) -> Page:
    page = Page("page")
    page.page_cgroup = PageCgroup("pc", page=page)
    kfree(page)
    return page


@pytest.fixture
def memcg(machine: Machine) -> MemCgroup:
    memcg = MemCgroup("memcg")
    kfree(memcg)
    return memcg


def write_private(page: Page) -> None:
    page.private = 1


def write_count(page: Page) -> None:
    page._count.counter = 1


def move_link(page: Page) -> None:
    page.page_cgroup = page.page_cgroup


@pytest.mark.parametrize(
    ("access", "place"),
    [
        (lambda page: page.private, "page.private"),
        (lambda page: page.mapping, "page.mapping"),
        (lambda page: page._count.counter, "page._count.counter"),
        (write_private, "page.private"),
        (write_count, "page._count.counter"),
        (move_link, "page.page_cgroup"),
        (PageDirty, "page.PG_dirty"),
        (SetPageDirty, "page.PG_dirty"),
        (trylock_page, "page.PG_locked"),
        (get_page, "page._count.counter"),
        (page_mapped, "page._mapcount.counter"),
    ],
)
def test_every_access_to_a_freed_object_is_a_finding(
    page: Page, access: Callable[[Page], object], place: str
) -> None:
    with pytest.raises(KernelBug) as caught:
        access(page)
    assert caught.value.kind == "use_after_free"
    assert str(caught.value) == f"use_after_free: {place}"


def write_element(memcg: MemCgroup) -> None:
    memcg.stat.count[MEM_CGROUP_STAT_RSS] = 1


def count_one(memcg: MemCgroup) -> None:
    __this_cpu_add(memcg.stat, MEM_CGROUP_STAT_RSS, 1)


@pytest.mark.parametrize(
    ("access", "place"),
    [
        (lambda memcg: memcg.stat.count[1], "memcg.stat.count[1]"),
        (write_element, "memcg.stat.count[1]"),
        (count_one, "memcg.stat.count[1]"),
        (lambda memcg: memcg.css.CSS_ROOT, "memcg.css.CSS_ROOT"),
        (lambda memcg: memcg.res.usage, "memcg.res.usage"),
        (lambda memcg: atomic_inc(memcg.css.refcnt), "memcg.css.refcnt.counter"),
    ],
)
def test_so_is_one_deep_inside(
    memcg: MemCgroup, access: Callable[[MemCgroup], object], place: str
) -> None:
    with pytest.raises(KernelBug) as caught:
        access(memcg)
    assert str(caught.value) == f"use_after_free: {place}"


def test_what_was_found_before_the_object_was_freed_is_freed_with_it(machine: Machine) -> None:
    memcg = MemCgroup("memcg")
    refcnt, count = memcg.css.refcnt, memcg.stat.count
    kfree(memcg)
    with pytest.raises(KernelBug, match="use_after_free"):
        atomic_read(refcnt)
    with pytest.raises(KernelBug, match="use_after_free"):
        count[0]


def test_following_a_link_and_naming_what_lies_inside_is_no_access(
    page: Page, memcg: MemCgroup
) -> None:
    assert page.page_cgroup.name == "pc"
    assert page._count.name == "page._count"
    assert len(memcg.stat.count) == 5
    assert memcg.res.name == "memcg.res"


def test_a_freed_object_is_still_an_object(page: Page) -> None:
    assert page.name == "page"
    assert repr(page) == "<Page page, freed>"
    assert isinstance(page, Page)
    assert each(Page) == [page]
    assert index_of(page) == 1
    assert page.page_cgroup.page is page
    VmAreaStruct("vma")
    AddressSpace("mapping").page_tree[0] = page


def test_an_undeclared_field_is_no_use_after_free(page: Page) -> None:
    with pytest.raises(AttributeError):
        page.absent = 1
    with pytest.raises(AttributeError):
        page.absent  # type: ignore[attr-defined]  # noqa: B018


def test_only_the_one_object_is_freed(page: Page) -> None:
    other = Page("other")
    other.private = 3
    assert other.private == 3
    assert Struct.known["Page"] is Page


def test_freeing_twice_is_a_use_after_free(page: Page) -> None:
    with pytest.raises(KernelBug, match="use_after_free: page freed twice"):
        kfree(page)


def test_freeing_null_is_a_null_dereference() -> None:
    with pytest.raises(KernelBug, match="null_dereference"):
        kfree(None)  # type: ignore[arg-type]
