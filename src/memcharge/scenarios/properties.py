# SPDX-License-Identifier: GPL-2.0-only
"""What must hold: in every state, or once every actor has finished.

Written in the restricted Python, so a property is read, compiled and stepped
through like an edition.  The first sentence of each says what it means.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from memcharge.editions.v2_6_34.asked import (
    counts_file_mapped,
    counts_memsw,
    css_references_due,
    memcg_references_due,
    page_books_locked,
    page_charged,
    page_counts_as_cache,
    page_counts_as_rss,
    page_listed_for,
    page_marked_migrating,
    page_owner,
    slot_charged,
)
from memcharge.kernel import *


def charged_to(page: Page, mem: MemCgroup) -> bool:
    return page_charged(page) and page_owner(page) is mem


def mapped(page: Page) -> bool:
    return page._mapcount.counter >= 0


def file_or_shmem(page: Page) -> bool:
    mapping = page.mapping
    return mapping is not None and not mapping.anon


def slot_in_use() -> bool:
    return swap_info.swap_map[1] & ~SWAP_HAS_CACHE != 0


def recorded_for(mem: MemCgroup) -> bool:
    return swap_cgroup_ctrl.map[1] == mem.css.id


def gone(mem: MemCgroup) -> bool:
    """Whether the group's struct has been freed."""
    return object_at(CssId, index_of(mem)).css is None


def charges_go_to(mem: MemCgroup, owner: MemCgroup | None) -> bool:
    """Whether what is charged to `owner` is charged to `mem` too."""
    return owner is not None and (owner is mem or owner.res.parent is mem.res)


# --- in every state -----------------------------------------------------------------


def no_counter_below_zero() -> bool:
    """No group's CACHE, RSS or FILE_MAPPED is below zero."""
    for mem in each(MemCgroup):
        if gone(mem):
            continue
        if mem.stat.count[MEM_CGROUP_STAT_CACHE] < 0 or mem.stat.count[MEM_CGROUP_STAT_RSS] < 0:
            return False
        if mem.stat.count[MEM_CGROUP_STAT_FILE_MAPPED] < 0:
            return False
    return True


def no_freed_page_is_charged() -> bool:
    """No page is given back to the allocator while it is charged to a group.

    The charge can then never be returned, and whoever gets the page next is
    mistaken for its owner.
    """
    for page in each(Page):
        if page.PG_buddy and page_charged(page):
            return False
    return True


# --- when every actor has finished -------------------------------------------------------


def usage_matches_charged_pages() -> bool:
    """A group's usage is the number of pages charged to it or below, and in stock for that."""
    for mem in each(MemCgroup):
        if gone(mem):
            continue
        pages = 0
        for page in each(Page):
            if page_charged(page) and charges_go_to(mem, page_owner(page)):
                pages += 1
        for stock in each(MemcgStockPcp):
            if stock.charge != 0 and charges_go_to(mem, stock.cached):
                pages += stock.charge
        if not mem.is_root and mem.res.usage != pages:
            return False
    return True


def memsw_matches_usage_and_swap() -> bool:
    """A group's memory+swap usage is its usage and the swap slots in use that are recorded for it.

    SWAPOUT is the number of these slots.
    """
    if not counts_memsw():
        return True
    charged = slot_charged(swap_info.swap_map[1])
    for mem in each(MemCgroup):
        if gone(mem):
            continue
        slots = 1 if charged and recorded_for(mem) else 0
        if mem.stat.count[MEM_CGROUP_STAT_SWAPOUT] != slots:
            return False
        for other in each(MemCgroup):
            if other is not mem and not gone(other) and charges_go_to(mem, other):
                slots += 1 if charged and recorded_for(other) else 0
        if not mem.is_root and mem.memsw.usage != mem.res.usage + slots:
            return False
    return True


def every_swap_slot_in_use_is_charged_once() -> bool:
    """Every swap slot in use is charged by its record or as a page in the swap cache, not both.

    A slot that nobody is charged for is used beyond the limit.
    """
    if not slot_in_use() or not counts_memsw():
        return True
    page = swapper_space.page_tree[1]
    cached = page is not None and page_charged(page)
    recorded = swap_cgroup_ctrl.map[1] != 0
    return cached != recorded or mem_cgroup_subsys.disabled


def cache_and_rss_match_charged_pages() -> bool:
    """CACHE and RSS of a group are the numbers of pages charged to it as such."""
    for mem in each(MemCgroup):
        if gone(mem):
            continue
        cache = 0
        rss = 0
        for page in each(Page):
            if charged_to(page, mem):
                if page_counts_as_cache(page):
                    cache += 1
                elif page_counts_as_rss(page):
                    rss += 1
        if mem.stat.count[MEM_CGROUP_STAT_CACHE] != cache:
            return False
        if mem.stat.count[MEM_CGROUP_STAT_RSS] != rss:
            return False
    return True


def file_mapped_matches_mapcount() -> bool:
    """FILE_MAPPED of a group is the number of its charged file pages that are mapped.

    A count that is lost here goes below zero at the next munmap.
    """
    if not counts_file_mapped():
        return True
    for mem in each(MemCgroup):
        if gone(mem):
            continue
        pages = 0
        for page in each(Page):
            if charged_to(page, mem) and mapped(page) and file_or_shmem(page):
                pages += 1
        if mem.stat.count[MEM_CGROUP_STAT_FILE_MAPPED] != pages:
            return False
    return True


def taken_by_dying_program(page: Page) -> bool:
    """Whether a program has mapped an anonymous page that is killed, and was not charged for it."""
    for vma in each(VmAreaStruct):
        owner = vma.vm_mm.owner
        if owner is not None and owner.SIGKILL and pte_present(vma.pte):
            if pte_page(vma.pte) is page and not file_or_shmem(page):
                return True
    return False


def every_page_in_use_is_charged() -> bool:
    """Every page that is mapped or in a file's tree is charged, but for what the dying take."""
    for page in each(Page):
        if (mapped(page) or file_or_shmem(page)) and not page_charged(page):
            if not taken_by_dying_program(page):
                return mem_cgroup_subsys.disabled
    return True


def no_charge_without_user() -> bool:
    """Every charged page is mapped, in a file's tree, or in the swap cache."""
    for page in each(Page):
        used = mapped(page) or file_or_shmem(page) or page.PG_swapcache
        if page_charged(page) and not used:
            return False
    return True


def no_stale_migration_flag() -> bool:
    """No page is marked as migrating when no migration runs."""
    for page in each(Page):
        if page_marked_migrating(page):
            return False
    return True


def no_migration_entry_is_left() -> bool:
    """No pte stands for a page that moves when no migration runs.

    Whoever touches the address waits for ever, or for a page of somebody else.
    """
    for vma in each(VmAreaStruct):
        if is_migration_entry(vma.pte):
            return False
    return True


def every_css_reference_comes_back() -> bool:
    """A group is referred to by itself and by whatever its charges hold, and by no more.

    With a reference too many, rmdir of the group never ends.
    """
    for mem in each(MemCgroup):
        if gone(mem):
            continue
        pages = 0
        for page in each(Page):
            if charged_to(page, mem):
                pages += 1
        due = css_references_due(pages, 1 if recorded_for(mem) else 0, mem.css.CSS_REMOVED)
        if not mem.is_root and mem.css.refcnt.counter != due:
            return False
    return True


def every_page_reference_comes_back() -> bool:
    """A page is referred to once by each pte, by its file's tree, the swap cache and buffers."""
    for page in each(Page):
        references = page._mapcount.counter + 1
        if file_or_shmem(page):
            references += 1
        if page.PG_swapcache:
            references += 1
        if page.PG_private:
            references += 1
        if page._count.counter != references:
            return False
    return True


def every_swap_reference_comes_back() -> bool:
    """A swap slot counts the ptes or the file that name it, and its record keeps the group once.

    So does a group below that charges go up from.

    With a reference too many, neither the slot nor the group can ever be freed.
    """
    count = 0
    for vma in each(VmAreaStruct):
        if vma.pte == swp_entry_to_pte(1):
            count += 1
    for mapping in each(AddressSpace):
        if mapping.i_direct != 0:
            count = SWAP_MAP_SHMEM
    if swapper_space.page_tree[1] is not None:
        count += SWAP_HAS_CACHE
    if swap_info.swap_map[1] != count:
        return False
    for mem in each(MemCgroup):
        if gone(mem):
            if swap_cgroup_ctrl.map[1] == index_of(mem):
                return False
            continue
        due = memcg_references_due(1 if recorded_for(mem) else 0, mem.css.CSS_REMOVED)
        for other in each(MemCgroup):
            if other is not mem and not gone(other) and charges_go_to(mem, other):
                due += 1
        if mem.refcnt.counter != due:
            return False
    return True


def private_lrus_hold_their_pages() -> bool:
    """A page on the LRU list of a group is charged to it, or was last, and is counted there.

    A page that is left behind on another group's list outlives that group.
    """
    if not config.private_lru:
        return True
    for pc in each(PageCgroup):
        if pc.lru is not None and pc.lru is not page_listed_for(pc.page):
            return False
    for mem in each(MemCgroup):
        if gone(mem):
            continue
        counted = 0
        linked = 0
        for pc in each(PageCgroup):
            if page_listed_for(pc.page) is mem:
                counted += 1
            if pc.lru is mem:
                linked += 1
        if mem.lru_size != counted or mem.lru_linked != linked:
            return False
    return True


def every_lock_is_free() -> bool:
    """No page, record of a charge, pte or tree is left locked, nor swap or the groups."""
    if swap_lock.locked or cgroup_mutex.locked:
        return False
    for page in each(Page):
        if page.PG_locked or page_books_locked(page):
            return False
    for vma in each(VmAreaStruct):
        if vma.ptl.locked or vma.vm_mm.mmap_sem.readers != 0 or vma.vm_mm.mmap_sem.writer:
            return False
    if mc.lock.locked:
        return False
    for mem in each(MemCgroup):
        if not gone(mem) and mem.move_lock.locked:
            return False
    for mapping in each(AddressSpace):
        if mapping.tree_lock.locked or mapping.i_mmap_lock.locked or mapping.info_lock.locked:
            return False
    return True


def migration_causes_no_limit_failure() -> bool:
    """No charge fails for lack of room where nobody asks for more memory than before."""
    for mem in each(MemCgroup):
        if not gone(mem) and (mem.res.failcnt != 0 or mem.memsw.failcnt != 0):
            return False
    return True


@dataclass(frozen=True, slots=True)
class Property:
    """A property by name: `meaning` in words, `when` it must hold, the function itself.

    It is claimed of scenarios without the actors in `unless`.
    """

    function: Callable[[], bool]
    when: Literal["always", "at_end"]
    unless: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def meaning(self) -> str:
        """The first sentence of its docstring, on one line."""
        text = " ".join((self.function.__doc__ or "").split("\n\n")[0].split())
        return text.rstrip(".")

    @property
    def consequence(self) -> str:
        """What follows if it does not hold; may be empty."""
        return " ".join(" ".join((self.function.__doc__ or "").split("\n\n")[1:]).split())


# Who asks for memory that a full group has not got: a page more, or one back from swap.
MORE_MEMORY = frozenset({"fault", "cow", "swap_in", "swapoff", "rmdir", "force_empty", "attach"})

PROPERTIES = (
    Property(no_counter_below_zero, "always"),
    Property(no_freed_page_is_charged, "always"),
    Property(file_mapped_matches_mapcount, "at_end"),
    Property(usage_matches_charged_pages, "at_end"),
    Property(memsw_matches_usage_and_swap, "at_end"),
    Property(every_swap_slot_in_use_is_charged_once, "at_end"),
    Property(cache_and_rss_match_charged_pages, "at_end"),
    Property(every_page_in_use_is_charged, "at_end"),
    Property(no_charge_without_user, "at_end"),
    Property(no_stale_migration_flag, "at_end"),
    Property(no_migration_entry_is_left, "at_end"),
    Property(every_css_reference_comes_back, "at_end"),
    Property(every_page_reference_comes_back, "at_end"),
    Property(every_swap_reference_comes_back, "at_end"),
    Property(private_lrus_hold_their_pages, "at_end"),
    Property(every_lock_is_free, "at_end"),
    Property(migration_causes_no_limit_failure, "at_end", MORE_MEMORY),
)
