# SPDX-License-Identifier: GPL-2.0-only
"""Charging ahead on each CPU, and uncharging many pages at once (mm/memcontrol.c).

Both are there to touch the counters less often, and only where the start state
has them: `config.stock`, `config.batch`.  A stock is of one group and holds no
reference to it: the usage, which counts what is in stock, keeps the group.
"""

from typing import TYPE_CHECKING

from memcharge.editions.v2_6_34.res_counter import res_counter_uncharge
from memcharge.kernel import *

if TYPE_CHECKING:
    from memcharge.editions.v2_6_34.memcontrol import do_swap_account

# How many pages a charge takes at first; the kernel's is 32.
CHARGE_SIZE = 2


def mem_cgroup_charge_size() -> int:
    """How many pages to charge at first: more than one only where there is a stock for the rest."""
    if config.stock:
        return CHARGE_SIZE
    return 1


def consume_stock(mem: MemCgroup) -> bool:
    """Take a page from this CPU's stock, if it is the group's; nothing interrupts that."""
    if not config.stock:
        return False
    stock = memcg_stock
    with atomic():
        ret = stock.cached is mem and stock.charge != 0
        if ret:
            stock.charge -= 1
    return ret


def drain_stock(stock: MemcgStockPcp) -> None:
    """Return what is in stock to the group.

    On the CPU whose stock it is nothing else runs meanwhile, so whether it is
    emptied before or after is all the same.
    """
    with atomic():
        old = stock.cached
        charge = stock.charge
        stock.cached = None
        stock.charge = 0
    if charge != 0:
        res_counter_uncharge(old.res, charge)
        if do_swap_account != 0:
            res_counter_uncharge(old.memsw, charge)


def refill_stock(mem: MemCgroup, val: int) -> None:
    """Put charged pages into this CPU's stock, which another group may have to leave."""
    if not config.stock:
        return
    stock = memcg_stock
    if stock.cached is not mem:
        drain_stock(stock)
    with atomic():
        stock.cached = mem
        stock.charge += val


def drain_all_stock_sync() -> None:
    """Empty the stock of each CPU, one after another."""
    if config.stock:
        for stock in each(MemcgStockPcp):
            drain_stock(stock)


def drain_all_stock_async() -> None:
    """The same; the kernel does not wait for it."""
    drain_all_stock_sync()


def mem_cgroup_has_stock(mem: MemCgroup) -> bool:
    """Whether there is something in stock for the group; within one step."""
    stocked = False
    if config.stock:
        for stock in each(MemcgStockPcp):
            if stock.cached is mem and stock.charge != 0:
                stocked = True
    return stocked


def mem_cgroup_batch_uncharge(mem: MemCgroup, uncharge_memsw: bool) -> bool:
    """Note an uncharged page for later, if this task collects for its group; true if noted."""
    if not config.batch or current.memcg_batch.do_batch == 0 or current.TIF_MEMDIE:
        return False
    if current.memcg_batch.memcg is None:
        current.memcg_batch.memcg = mem
    if current.memcg_batch.memcg is not mem:
        return False
    current.memcg_batch.bytes += 1
    if uncharge_memsw:
        current.memcg_batch.memsw_bytes += 1
    return True


def mem_cgroup_uncharge_start() -> None:
    """Collect what this task uncharges from here on; may be nested."""
    if not config.batch:
        return
    current.memcg_batch.do_batch += 1
    if current.memcg_batch.do_batch == 1:
        current.memcg_batch.memcg = None
        current.memcg_batch.bytes = 0
        current.memcg_batch.memsw_bytes = 0


def mem_cgroup_uncharge_end() -> None:
    """Uncharge what was collected; until here the usage has kept the group."""
    if not config.batch or current.memcg_batch.do_batch == 0:
        return
    current.memcg_batch.do_batch -= 1
    if current.memcg_batch.do_batch != 0:
        return
    mem = current.memcg_batch.memcg
    if mem is None:
        return
    if current.memcg_batch.bytes != 0:
        res_counter_uncharge(mem.res, current.memcg_batch.bytes)
    if current.memcg_batch.memsw_bytes != 0:
        res_counter_uncharge(mem.memsw, current.memcg_batch.memsw_bytes)
    current.memcg_batch.memcg = None
