# SPDX-License-Identifier: GPL-2.0-only
"""Moving charges with a task (mm/memcontrol.c, from 6.11 on mm/memcontrol-v1.c).

Mapping and unmapping take no lock of the group (in v6.2).  Instead the folio is
locked while it is looked at and made over, and one that is mapped elsewhere but
not here stays.  What was charged beforehand holds no references.
"""

from memcharge.editions.v2_6_34.cgroup import css_get, css_id, css_put
from memcharge.editions.v2_6_34.filemap import find_get_page
from memcharge.editions.v2_6_34.memcontrol import mem_cgroup_is_root
from memcharge.editions.v2_6_34.memcontrol_move import (
    MC_TARGET_NONE,
    MC_TARGET_PAGE,
    MC_TARGET_SWAP,
)
from memcharge.editions.v2_6_34.page_cgroup import lookup_swap_cgroup
from memcharge.editions.v2_6_34.res_counter import res_counter_uncharge
from memcharge.editions.v2_6_34.swap import put_page
from memcharge.editions.v2_6_34.vmscan import isolate_lru_page, putback_lru_page
from memcharge.editions.v3_17.memcontrol_move import mc_handle_swap_pte, mem_cgroup_do_precharge
from memcharge.editions.v3_19.memcontrol_move import mem_cgroup_move_swap_account
from memcharge.editions.v6_6.memcontrol import (
    folio_memcg,
    mem_cgroup_id_get_many,
    mem_cgroup_id_put_many,
)
from memcharge.kernel import *
from memcharge.kernel import __this_cpu_add


def folio_memcg_lock(folio: Page) -> None:
    """Keep the owner of a folio as it is; here nobody but a task move does."""
    rcu_read_lock()
    memcg = folio_memcg(folio)
    spin_lock(memcg.move_lock)
    memcg.move_lock_task = current


def __folio_memcg_unlock(memcg: MemCgroup) -> None:
    memcg.move_lock_task = None
    spin_unlock(memcg.move_lock)
    rcu_read_unlock()


def mem_cgroup_move_state(from_: MemCgroup, to: MemCgroup, idx: int) -> None:
    """Count a folio for another group; the kernel writes it twice."""
    __this_cpu_add(from_.stat, idx, -1)
    __this_cpu_add(to.stat, idx, 1)


def mem_cgroup_move_account(folio: Page, from_: MemCgroup, to: MemCgroup) -> int:
    """Make `to` the owner of a locked folio that is off the LRU; 0 or -EINVAL.

    A folio that is not anonymous is taken for one in a file's tree.
    """
    BUG_ON(from_ is to)
    BUG_ON(not PageLocked(folio))
    BUG_ON(PageLRU(folio))
    if folio_memcg(folio) is not from_:
        return -EINVAL
    folio_memcg_lock(folio)
    if PageAnon(folio):
        if page_mapped(folio):
            mem_cgroup_move_state(from_, to, MEM_CGROUP_STAT_RSS)
    else:
        mem_cgroup_move_state(from_, to, MEM_CGROUP_STAT_CACHE)
        if page_mapped(folio):
            mem_cgroup_move_state(from_, to, MEM_CGROUP_STAT_FILE_MAPPED)
    css_get(to.css)
    css_put(from_.css)
    folio.memcg_data = to
    __folio_memcg_unlock(from_)
    return 0


def mc_handle_present_pte(ptent: int) -> Page | None:
    """The page that is mapped, with a reference, if pages of its kind come along."""
    page = vm_normal_page(ptent)
    if page is None:
        return None
    wanted = MOVE_ANON if PageAnon(page) else MOVE_FILE
    if mc.flags & wanted == 0:
        return None
    get_page(page)
    return page


def mc_handle_file_pte(vma: VmAreaStruct) -> Page | None:
    """The folio that the file has there in memory, be it in the swap cache; with a reference."""
    mapping = vma.vm_file
    if mapping is None or mc.flags & MOVE_FILE == 0:
        return None
    folio = find_get_page(mapping, vma.vm_pgoff)
    if folio is None and mapping.swap_backed:
        swp = mapping.i_direct
        if swp != 0:
            folio = find_get_page(swapper_space, swp)
    return folio


def mc_find_folio(vma: VmAreaStruct, ptent: int) -> tuple[Page | None, int]:
    """The folio at a pte, with a reference, and the swap slot; the start of get_mctgt_type()."""
    if pte_present(ptent):
        return mc_handle_present_pte(ptent), 0
    if pte_none(ptent):
        return mc_handle_file_pte(vma), 0
    folio, ent = mc_handle_swap_pte(ptent)
    return folio, ent


def get_mctgt_type(vma: VmAreaStruct, ptent: int, target: bool) -> tuple[int, Page | None, int]:
    """What there is to move at a pte whose lock is held.

    For a `target`, a folio is locked and has a reference; else it is only looked at.  Under
    its lock an unmapped folio is not mapped.  One that others map could be unmapped, so it
    is left alone where it is not mapped here.
    """
    folio, ent = mc_find_folio(vma, ptent)
    if folio is not None:
        if target:
            if not trylock_page(folio):
                put_page(folio)
                return MC_TARGET_NONE, None, 0
            if not pte_present(ptent) and page_mapped(folio):
                unlock_page(folio)
                put_page(folio)
                return MC_TARGET_NONE, None, 0
        found = folio_memcg(folio) is mc.from_
        if found and target:
            return MC_TARGET_PAGE, folio, 0
        if target:
            unlock_page(folio)
        put_page(folio)
        if found:
            return MC_TARGET_PAGE, None, 0
    if ent != 0 and css_id(mc.from_.css) == lookup_swap_cgroup(ent):
        return MC_TARGET_SWAP, None, ent
    return MC_TARGET_NONE, None, 0


def mem_cgroup_count_precharge_pte_range(vma: VmAreaStruct) -> None:
    """Count in `mc.precharge` what there is to move in an area."""
    spin_lock(vma.ptl)
    target, _folio, _entry = get_mctgt_type(vma, vma.pte, False)
    if target != MC_TARGET_NONE:
        mc.precharge += 1
    spin_unlock(vma.ptl)


def mem_cgroup_settle_moved_swap(count: int) -> None:
    """Take the slots off the old group; the new one was charged for pages, and got slots."""
    if not mem_cgroup_is_root(mc.from_):
        res_counter_uncharge(mc.from_.memsw, count)
    mem_cgroup_id_put_many(mc.from_, count)
    if not mem_cgroup_is_root(mc.to):
        res_counter_uncharge(mc.to.res, count)


def mem_cgroup_move_charge_page(folio: Page) -> None:
    """Make a locked folio over, unlock it, and drop the reference with which it was found."""
    if isolate_lru_page(folio) == 0:
        if mem_cgroup_move_account(folio, mc.from_, mc.to) == 0:
            mc.precharge -= 1
            mc.moved_charge += 1
        putback_lru_page(folio)
    unlock_page(folio)
    put_page(folio)


def mem_cgroup_move_charge_pte_range(vma: VmAreaStruct) -> int:
    """Make over what is at the area's pte; 0, or why no more can be charged for that.

    A slot's id is kept as soon as the slot is made over (8d22a9351035).
    """
    while True:
        spin_lock(vma.ptl)
        left = mc.precharge != 0
        if left:
            target, folio, entry = get_mctgt_type(vma, vma.pte, True)
            if target == MC_TARGET_PAGE:
                mem_cgroup_move_charge_page(folio)
            elif target == MC_TARGET_SWAP:
                if mem_cgroup_move_swap_account(entry, mc.from_, mc.to) == 0:
                    mc.precharge -= 1
                    mem_cgroup_id_get_many(mc.to, 1)
                    mc.moved_swap += 1
        spin_unlock(vma.ptl)
        if left:
            return 0
        ret = mem_cgroup_do_precharge(1)
        if ret != 0:
            return ret
