# SPDX-License-Identifier: GPL-2.0-only
"""Hand-made records: the seed's race, and the shapes that reports must survive."""

from __future__ import annotations

from dataclasses import replace

from memcharge.trace import Access, Broken, Call, Record, Result, Run, Step

MEANING = "FILE_MAPPED of a group equals the number of its charged, mapped file pages"
RMAP, MEMCONTROL = "editions/v2_6_34/rmap.py", "editions/v2_6_34/memcontrol.py"
READS = (
    "memcg.stat.count[FILE_MAPPED]",
    "page._mapcount.counter",
    "newpage._mapcount.counter",
    "newpage.page_cgroup.PCG_USED",
)

MIGRATE = Call(1, "migrate", "migrate()")
MUNMAP = Call(2, "munmap", "munmap()")
MOVE = Call(3, "unmap_and_move", "unmap_and_move(page)")
PREPARE = Call(4, "mem_cgroup_prepare_migration", "mem_cgroup_prepare_migration(page, ptr)")
UNMAP = Call(5, "try_to_unmap", "try_to_unmap(page)")
REMOVE = Call(6, "page_remove_rmap", "page_remove_rmap(page)")
RESTORE = Call(7, "remove_migration_ptes", "remove_migration_ptes(page, newpage)")
ADD = Call(8, "page_add_file_rmap", "page_add_file_rmap(newpage)")
UPDATE = Call(9, "mem_cgroup_update_file_mapped", "mem_cgroup_update_file_mapped(newpage, 1)")
END = Call(10, "mem_cgroup_end_migration", "mem_cgroup_end_migration(mem, page, newpage)")
COMMIT = Call(11, "__mem_cgroup_commit_charge", "__mem_cgroup_commit_charge(mem, pc, ctype)")
ZAP = Call(12, "zap_pte", "zap_pte(vma)")
REMOVE_NEW = Call(13, "page_remove_rmap", "page_remove_rmap(newpage)")
UPDATE_NEW = Call(14, "mem_cgroup_update_file_mapped", "mem_cgroup_update_file_mapped(newpage, -1)")
LOCK = Call(15, "lock_page", "lock_page(page)")
ATOMIC = Call(16, "atomic_add_negative", "atomic_add_negative(-1, page._mapcount)")


def write(calls: tuple[Call, ...], where: str, line: int, text: str, change: str) -> Access:
    place, old, new = change.split(" ")
    return Access("write", calls, where, line, text, place, old, new)


def read(calls: tuple[Call, ...], where: str, line: int, text: str, seen: str) -> Access:
    place, value = seen.split(" ")
    return Access("read", calls, where, line, text, place, value, value)


def test_of(calls: tuple[Call, ...], where: str, line: int, text: str, truth: str) -> Access:
    return Access("test", calls, where, line, text, "", "", truth)


def _trace() -> tuple[Step, ...]:
    top = (MIGRATE, MOVE)
    used = "newpage.page_cgroup.PCG_USED"
    mapped = "memcg.stat.count[FILE_MAPPED]"
    mapcount = "newpage._mapcount.counter"
    adding, zapping = (*top, RESTORE, ADD), (MUNMAP, ZAP, REMOVE_NEW)
    groups = [
        (0, [
            Access("wait", (*top, LOCK), "kernel/mm.py", 9, "not page.PG_locked", "page.PG_locked"),
            write((*top, LOCK), "kernel/mm.py", 10, "page.PG_locked = True",
                  "page.PG_locked False True"),
        ]),
        (0, [write((*top, PREPARE), MEMCONTROL, 31, "mem.res.usage += 1", "memcg.res.usage 1 2")]),
        (0, [write((*top, UNMAP, REMOVE, ATOMIC), RMAP, 44, "v.counter += i",
                   "page._mapcount.counter 0 -1")]),
        (0, [write((*top, UNMAP, REMOVE), RMAP, 46, "stat.count[idx] += val", f"{mapped} 1 0")]),
        (0, [write(adding, RMAP, 20, "v.counter += 1", f"{mapcount} -1 0")]),
        (0, [
            read((*adding, UPDATE), MEMCONTROL, 60, "PageCgroupUsed(pc)", f"{used} False"),
            test_of((*adding, UPDATE), MEMCONTROL, 60, "not PageCgroupUsed(pc)", "true"),
        ]),
        (0, [write((*top, END, COMMIT), MEMCONTROL, 80, "SetPageCgroupUsed(pc)",
                   f"{used} False True")]),
        (1, [write(zapping, RMAP, 44, "v.counter += i", f"{mapcount} 0 -1")]),
        (1, [
            read((*zapping, UPDATE_NEW), MEMCONTROL, 60, "PageCgroupUsed(pc)", f"{used} True"),
            test_of((*zapping, UPDATE_NEW), MEMCONTROL, 60, "not PageCgroupUsed(pc)", "false"),
        ]),
        (1, [write((*zapping, UPDATE_NEW), MEMCONTROL, 63, "__this_cpu_add(stat, idx, val)",
                   f"{mapped} 0 -1")]),
    ]  # fmt: skip
    return tuple(Step(cpu, 0, tuple(accesses)) for cpu, accesses in groups)


def race() -> Broken:
    """An unmap between the remap and the commit drives FILE_MAPPED below zero."""
    return Broken(
        property="file_mapped_matches_mapcount",
        meaning=MEANING,
        verdict="Sometimes",
        steps=10,
        switches=1,
        schedule="0x7 1x3",
        when="at_end",
        final_broken=1,
        reads=READS,
        observed={"memcg.stat.count[FILE_MAPPED]": "-1", "newpage._mapcount.counter": "-1"},
        trace=_trace(),
    )


def alone() -> Broken:
    """Migration alone loses the count: one CPU, no race."""
    return replace(
        race(), verdict="Always", steps=7, switches=0, schedule="0x7", trace=_trace()[:7],
        observed={"memcg.stat.count[FILE_MAPPED]": "0", "newpage._mapcount.counter": "0"},
    )  # fmt: skip


def result(
    scenario: str, verdict: str, broken: tuple[Broken, ...] = (), states: int = 26
) -> Result:
    actors, _, _ = scenario.partition("@")
    return Result(
        scenario=scenario,
        summary=f"{actors} of one page",
        verdict=verdict,
        complete=verdict != "Incomplete",
        states=states,
        transitions=states + 5,
        depth=32,
        final_states=2 if "+" in scenario else 1,
        cpus=tuple(actors.split("+")),
        broken=broken,
        properties=("file_mapped_matches_mapcount", "usage_matches_charged_pages"),
        expected=None if verdict == "Incomplete" else verdict,
        incomplete="--max-states 1000 reached" if verdict == "Incomplete" else "",
        cpu_seconds=0.5,
    )


def run(edition: str, *results: Result) -> Run:
    return Run(
        edition=edition,
        provenance='01b1ae63c227 ("memcg: simple migration handling") (in v2.6.29)',
        summary="the migration scheme of 2.6.29 to 2.6.34",
        engine="interp",
        search="bfs",
        reductions=("dead_locals", "private_steps"),
        cpu_seconds=1.25,
        results=results,
        not_modelled=("reclaim", "OOM", "hugetlb", "memory hotplug", "swap", "soft limit", "ksm"),
    )


def one_edition() -> Record:
    return Record((
        run(
            "v2_6_34",
            result("migrate@anon", "Never"),
            result("migrate@file", "Always", (alone(),), 27),
            result("migrate+munmap@file", "Sometimes", (race(),), 117),
        ),
    ), version="0.1.0")  # fmt: skip


def two_editions() -> Record:
    seed = replace(
        run(
            "mm_2010_05_07",
            result("migrate@anon", "Never", states=32),
            result("migrate@file", "Never", states=30),
            result("migrate+munmap@file", "Never", states=131),
        ),
        provenance="2010-05-07, KAMEZAWA Hiroyuki, "
        '"[RFC][BUGFIX] memcg: fix file_mapped counting at migraton"',
        summary="the new page is charged before the old one is unmapped",
    )
    return Record((*one_edition().runs, seed), version="0.1.0")


def unfinished() -> Record:
    return Record((
        run(
            "v2_6_34",
            result("migrate@anon", "Never"),
            result("migrate+munmap@anon", "Incomplete", states=1000),
        ),
    ))  # fmt: skip


def swept(*, stopped: bool = False) -> Record:
    """A sweep with two causes, one of them seen twice; if stopped, not all was begun.

    Of the second, one scenario holds a smaller one.
    """
    lost = ("page_remove_rmap(): stat -= 1", "end_migration(): SetPageCgroupUsed(pc)")
    below = replace(race(), property="no_counter_below_zero", cause=lost)
    again = replace(below, trace=(), observed={}, reads=())
    other = replace(race(), cause=("put_page(): page._count -= 1",), trace=())
    results = [
        result("migrate@file", "Always", (replace(alone(), cause=lost[:1]),)),
        result("migrate+munmap@file", "Sometimes", (below, other)),
        result("migrate+munmap@file,shared", "Sometimes", (again,)),
        result("madvise+migrate@file", "Sometimes", (again,)),
        result("munmap@anon", "Never"),
    ]
    if stopped:
        late = result("munmap+munmap@anon", "Incomplete")
        results.append(replace(late, incomplete="not started: --budget 9 reached", states=0))
    whole = run("v2_6_34", *results)
    width = {"actors": 2, "modifiers": 1, "impossible": 12, "alike": 34}
    return Record((replace(whole, swept=width),))
