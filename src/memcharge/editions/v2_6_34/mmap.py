# SPDX-License-Identifier: GPL-2.0-only
"""Taking areas of an address space away (mm/mmap.c)."""

from memcharge.editions.v2_6_34.memory import zap_page_range
from memcharge.kernel import *


def sys_munmap(vma: VmAreaStruct) -> None:
    """Unmap the area; it stays, as if the program mapped the same again at once."""
    mm = vma.vm_mm
    down_write(mm.mmap_sem)
    zap_page_range(vma, None)
    up_write(mm.mmap_sem)


def sys_madvise(vma: VmAreaStruct) -> None:
    """MADV_DONTNEED: unmap like munmap(), but beside faults, for no area changes (mm/madvise.c)."""
    mm = vma.vm_mm
    down_read(mm.mmap_sem)
    zap_page_range(vma, None)
    up_read(mm.mmap_sem)


def exit_mmap(mm: MmStruct) -> None:
    """Unmap all areas, without mmap_sem: nobody uses the address space any more."""
    for vma in each(VmAreaStruct):
        if vma.vm_mm is mm:
            zap_page_range(vma, None)
