# SPDX-License-Identifier: GPL-2.0-only
"""What keeps groups and charges together is seen by what breaks without it.

Most of these twins are bugs that the kernel once had.
"""

from __future__ import annotations

from pathlib import Path

from memcharge.editions.chain import load
from tests.editions.twins import broken, changed, twin, written

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


def test_rmdir_sleeps_for_ever_if_nobody_says_that_a_charge_came_late(tmp_path: Path) -> None:
    """Fixed by 887032670d47."""
    name = "fault+rmdir@anon,left,swapped"
    silent = written(
        tmp_path,
        changed("cgroup_exclude_rmdir", ("    css_get(css)\n", "    return\n")),
        changed(
            "cgroup_release_and_wakeup_rmdir",
            ("    cgroup_wakeup_rmdir_waiter(css.cgroup)\n    css_put(css)\n", "    return\n"),
        ),
    )
    assert "deadlock" in broken(silent, name)


def test_a_record_needs_the_group_until_it_is_written(tmp_path: Path) -> None:
    """Fixed by a7fe942e94b2."""
    put = "    if swapout and memcg is not None:\n        css_put(memcg.css)\n"
    first = "    if do_swap_account != 0 and swapout"
    early = twin(tmp_path, "mem_cgroup_uncharge_swapcache", (put, ""), (first, put + first))
    assert broken(load("v2_6_34"), "rmdir+swap_out@anon,left") == []
    assert "use_after_free" in broken(early, "rmdir+swap_out@anon,left")


def test_the_charge_of_the_group_above_is_given_back_if_the_page_is_busy(tmp_path: Path) -> None:
    """Fixed by 40d58138f832."""
    name = "reclaim+rmdir@file,left,parent,unmapped"
    isolate = "    if isolate_lru_page(page) != 0:\n        put_page(page)\n        return -EBUSY\n"
    charge = "    ret, parent = __mem_cgroup_try_charge(None, gfp_mask, pcg.memcg, False)\n"
    leaking = twin(tmp_path, "mem_cgroup_move_parent", (isolate, ""), (charge, charge + isolate))
    assert broken(load("v2_6_34"), name) == []
    assert "usage_matches_charged_pages" in broken(leaking, name)


def test_an_uncharged_page_is_still_on_the_list_of_its_group(tmp_path: Path) -> None:
    """Fixed by fce66477578d."""
    drain = "        drain_all_stock_sync()\n"
    content = "        ret = 0\n        if mem.res.usage == 0:\n            break\n"
    hasty = twin(tmp_path, "mem_cgroup_force_empty", (drain, content + drain))
    assert "use_after_free" in broken(hasty, "munmap+rmdir@anon,left")


def test_file_mapped_moves_with_its_flag_and_not_with_the_mapcount(tmp_path: Path) -> None:
    """Fixed by 8725d5416213."""
    name = "munmap+rmdir@file,left"
    flag = "if PageCgroupFileMapped(pc):"
    mapcount = "if page_mapped(pc.page) and not PageAnon(pc.page):"
    racy = twin(tmp_path, "__mem_cgroup_move_account", (flag, mapcount))
    assert broken(load("v2_6_34"), name) == []
    assert "file_mapped_matches_mapcount" in broken(racy, name)


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
