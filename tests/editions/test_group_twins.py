# SPDX-License-Identifier: GPL-2.0-only
"""What keeps groups and charges together is seen by what breaks without it.

Most of these twins are bugs that the kernel once had.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from memcharge.editions.chain import load
from tests.editions.twins import broken, twin

RECORD = "        swap_cgroup_record(ent, css_id(memcg.css))\n"
GET = "        mem_cgroup_get(memcg)\n"
RES = (
    "    if current.memcg_batch.bytes != 0:\n"
    "        res_counter_uncharge(mem.res, current.memcg_batch.bytes)\n"
)
MEMSW = (
    "    if current.memcg_batch.memsw_bytes != 0:\n"
    "        res_counter_uncharge(mem.memsw, current.memcg_batch.memsw_bytes)\n"
)


FIXES = {
    "887032670d47": ("fault+rmdir@anon,left,swapped", "deadlock"),
    "a7fe942e94b2": ("rmdir+swap_out@anon,left", "use_after_free"),
    "40d58138f832": ("reclaim+rmdir@file,left,parent,unmapped", "usage_matches_charged_pages"),
    "fce66477578d": ("munmap+rmdir@anon,left", "use_after_free"),
}


@pytest.mark.parametrize("fix", FIXES)
def test_a_bug_comes_back_when_its_fix_is_taken_out(fix: str) -> None:
    name, shown = FIXES[fix]
    assert broken(load("v2_6_34"), name) == []
    assert shown in broken(load(f"without/{fix}"), name)


def test_a_task_move_frees_the_old_group_before_the_record_keeps_it(tmp_path: Path) -> None:
    """The record is there before its reference, and the move gives that back: open in 2.6.34."""
    name = "attach+swap_out@anon"
    assert broken(load("v2_6_34"), name) == ["bug_on"]
    fixed = twin(tmp_path, "mem_cgroup_uncharge_swapcache", (RECORD + GET, GET + RECORD))
    assert broken(fixed, name) == []


def test_a_batch_that_returns_memory_first_has_nothing_to_keep_the_group(tmp_path: Path) -> None:
    """Without memory charged, rmdir need not wait for memory+swap: open in 2.6.34."""
    name = "munmap+rmdir@anon,batch,left"
    assert broken(load("v2_6_34"), name) == ["use_after_free"]
    clear = "    current.memcg_batch.memcg = None\n"
    fixed = twin(tmp_path, "mem_cgroup_uncharge_end", (RES + MEMSW + clear, clear + MEMSW + RES))
    assert broken(fixed, name) == []


def test_a_group_without_references_is_kept_by_neither_counter_alone() -> None:
    """What a batch does, every uncharge does since f75ca962037f."""
    assert broken(load("v2_6_37"), "munmap+rmdir@anon,left") == ["use_after_free"]


def test_an_open_file_keeps_the_struct_of_a_removed_group(tmp_path: Path) -> None:
    """rmdir has no eye for open files, so only the directory's dentry can keep the struct."""
    name = "force_empty+rmdir@file,left"
    assert broken(load("v2_6_34"), name) == ["warn_on"]
    assert broken(load("v3_6"), name) == []
    change = ("    dput(cgrp)\n", "    cgroup_diput(cgrp)\n")
    careless = twin(tmp_path, "cgroup_rmdir", change, base="v3_6")
    assert broken(careless, name) == ["use_after_free"]
