# SPDX-License-Identifier: GPL-2.0-only
"""Migration says itself whether it worked, and a refused charge leaves nothing behind.

end_migration() is told the outcome; before, it took a page without a mapping
for one that was moved away, which a shmem page on its way to swap is as well.

Not included: huge pages, and migration that does not wait.
"""

from memcharge.editions.v2_6_34.cgroup import (
    cgroup_exclude_rmdir,
    cgroup_release_and_wakeup_rmdir,
)
from memcharge.editions.v2_6_34.memcontrol import (
    MEM_CGROUP_CHARGE_TYPE_FORCE,
    do_swap_account,
    lookup_page_cgroup,
    mem_cgroup_uncharge_page,
)
from memcharge.editions.v2_6_34.memcontrol_reclaim import (
    mem_cgroup_check_under_limit,
    mem_cgroup_handle_oom,
    mem_cgroup_hierarchical_reclaim,
)
from memcharge.editions.v2_6_34.migrate import remove_migration_ptes
from memcharge.editions.v2_6_34.res_counter import res_counter_charge, res_counter_uncharge
from memcharge.editions.v2_6_34.rmap import TTU_MIGRATION, try_to_unmap
from memcharge.editions.v2_6_35 import mem_cgroup_prepare_migration, move_to_new_page
from memcharge.editions.v2_6_37 import (
    CHARGE_NOMEM,
    CHARGE_OK,
    CHARGE_OOM_DIE,
    CHARGE_RETRY,
    CHARGE_WOULDBLOCK,
    __mem_cgroup_uncharge_common,
)
from memcharge.kernel import *

BASE = "v2_6_37"
PROVENANCE = (
    '50de1dd967d4 ("memcg: fix memory migration of shmem swapcache") and '
    '01c88e2d6b73 ("memcg: fix account leak at failure of memsw acconting") (in v2.6.38)'
)


def __mem_cgroup_do_charge(mem: MemCgroup, gfp_mask: int, oom_check: bool) -> int:
    """Try once: whether it worked, or what the caller may do about it."""
    noswap = False
    _ret, fail_res = res_counter_charge(mem.res, 1)
    if fail_res is None:
        if do_swap_account == 0:
            return CHARGE_OK
        _ret, fail_res = res_counter_charge(mem.memsw, 1)
        if fail_res is None:
            return CHARGE_OK
        res_counter_uncharge(mem.res, 1)
        noswap = True
    mem_over_limit = fail_res.memcg
    if gfp_mask & GFP_WAIT == 0:
        return CHARGE_WOULDBLOCK
    if mem_cgroup_hierarchical_reclaim(mem_over_limit, gfp_mask, noswap) != 0:
        return CHARGE_RETRY
    if mem_cgroup_check_under_limit(mem_over_limit):
        return CHARGE_RETRY
    if not oom_check:
        return CHARGE_NOMEM
    if not mem_cgroup_handle_oom(mem_over_limit, gfp_mask):
        return CHARGE_OOM_DIE
    return CHARGE_RETRY


def mem_cgroup_end_migration(
    mem: MemCgroup | None, oldpage: Page, newpage: Page, migration_ok: bool
) -> None:
    """Clear the mark and uncharge what is not used or not mapped any more."""
    if mem is None:
        return
    cgroup_exclude_rmdir(mem.css)
    if not migration_ok:
        used = oldpage
        unused = newpage
    else:
        used = newpage
        unused = oldpage
    pc = lookup_page_cgroup(oldpage)
    lock_page_cgroup(pc)
    ClearPageCgroupMigration(pc)
    unlock_page_cgroup(pc)
    __mem_cgroup_uncharge_common(unused, MEM_CGROUP_CHARGE_TYPE_FORCE)
    # Mapped nowhere by now, an anonymous page has no other chance.
    if PageAnon(used):
        mem_cgroup_uncharge_page(used)
    cgroup_release_and_wakeup_rmdir(mem.css)


def __unmap_and_move(page: Page, newpage: Page, force: bool) -> int:
    """The part of unmap_and_move() that has the page locked; later kernels call it so."""
    charge, mem = mem_cgroup_prepare_migration(page, newpage)
    if charge == -ENOMEM:
        return -ENOMEM
    BUG_ON(charge != 0)
    rc = -EAGAIN
    remap_swapcache = True
    writeback = PageWriteback(page)
    if writeback and force:
        wait_on_page_writeback(page)
    leave = writeback and not force
    if not leave and PageAnon(page) and not page_mapped(page):
        # Nothing keeps the anon_vma of an unmapped page alive (3f6c82728f4e).
        if PageSwapCache(page):
            remap_swapcache = False
        else:
            leave = True
    if not leave:
        if page.mapping is not None:
            try_to_unmap(page, TTU_MIGRATION)
        if not page_mapped(page):
            rc = move_to_new_page(newpage, page, remap_swapcache)
        if rc != 0 and remap_swapcache:
            remove_migration_ptes(page, page)
    if charge == 0:
        mem_cgroup_end_migration(mem, page, newpage, rc == 0)
    return rc
