# SPDX-License-Identifier: GPL-2.0-only
"""Address spaces across context switches: mm_users, mm_count, and the lazy mm.

A kernel thread has no mm and goes on with that of the task before it, which it
keeps by a reference in mm_count; the reference goes on from kernel thread to
kernel thread and is dropped behind the switch to the next task that has an mm.
All users of an mm together hold one reference in mm_count.  The page tables go
when mm_count comes to zero, the mappings when mm_users does.

CPUs schedule two threads of one program, one of another, and a kernel
thread; a thread may exit.  Somebody else looks into the first program, as /proc
does.
"""

from __future__ import annotations

from memcharge.kernel import *

PROVENANCE = "the scheme that the kernel documents in Documentation/mm/active_mm.rst"

TASKS = 7


class Mm(Struct):
    """struct mm_struct: who keeps it, and whether its mappings and page tables are still there."""

    mm_users: Atomic = embed(Atomic, counter=uint(3))
    mm_count: Atomic = embed(Atomic, counter=uint(3, 1))
    mappings: bool = flag()
    page_tables: bool = flag()


class Task(Struct):
    """struct task_struct: a thread of a program, or a kernel thread, which has no mm."""

    mm: Mm | None = ref("Mm")
    active_mm: Mm | None = ref("Mm")
    alloc_lock: SpinLock = embed(SpinLock)
    on_cpu: bool = flag()
    dead: bool = flag()
    idle: bool = flag()


class Cpu(Struct):
    """A CPU with its run queue: `loaded` is the mm whose page tables the hardware uses."""

    curr: Task | None = ref("Task")
    idle: Task = link("Task")
    prev_mm: Mm | None = ref("Mm")
    loaded: Mm | None = ref("Mm")


SCENARIOS = {
    "one_cpu": ("run_thrice(cpu0)",),
    "two_cpus": ("run_twice(cpu0)", "run_twice(cpu1)"),
    "two_cpus_thrice": ("run_thrice(cpu0)", "run_thrice(cpu1)"),
    "two_cpus_and_proc": ("run_twice(cpu0)", "run_twice(cpu1)", "look_into(thread0)"),
    "two_cpus_forever": ("run_forever(cpu0)", "run_forever(cpu1)"),
    "three_cpus_forever": ("run_forever(cpu0)", "run_forever(cpu1)", "run_forever(cpu2)"),
}
ALWAYS = ("no_cpu_uses_freed_page_tables", "no_thread_loses_its_mappings")
AT_END = ("every_reference_has_a_holder",)


def start() -> None:
    """Two CPUs run a program, one idles; a second thread and a kernel thread wait."""
    shell = Mm("shell", mappings=True, page_tables=True)
    editor = Mm("editor", mappings=True, page_tables=True)
    thread0 = Task("thread0", mm=shell, active_mm=shell, on_cpu=True)
    thread1 = Task("thread1", mm=editor, active_mm=editor, on_cpu=True)
    Task("thread2", mm=shell, active_mm=shell)
    shell.mm_users.counter = 2
    editor.mm_users.counter = 1
    Task("kworker")
    Cpu("cpu0", idle=Task("idle0", idle=True), curr=thread0, loaded=shell)
    Cpu("cpu1", idle=Task("idle1", idle=True), curr=thread1, loaded=editor)
    idle2 = Task("idle2", idle=True, on_cpu=True, active_mm=editor)
    editor.mm_count.counter = 2
    Cpu("cpu2", idle=idle2, curr=idle2, loaded=editor)


# --- references -----------------------------------------------------------------------


def mmgrab(mm: Mm) -> None:
    atomic_inc(mm.mm_count)


def put_and_test(v: Atomic) -> bool:
    """Drop a reference, of which there must be one; true if it was the last."""
    with atomic():
        BUG_ON(v.counter == 0)
        v.counter -= 1
        last = v.counter == 0
    return last


def mmdrop(mm: Mm) -> None:
    if put_and_test(mm.mm_count):
        mm.page_tables = False


def mmget(mm: Mm) -> None:
    """Only who knows that there is a user may become another."""
    with atomic():
        BUG_ON(mm.mm_users.counter == 0)
        mm.mm_users.counter += 1


def mmput(mm: Mm) -> None:
    if put_and_test(mm.mm_users):
        mm.mappings = False
        mmdrop(mm)


def get_task_mm(task: Task) -> Mm | None:
    spin_lock(task.alloc_lock)
    mm = task.mm
    if mm is not None:
        mmget(mm)
    spin_unlock(task.alloc_lock)
    return mm


# --- the scheduler ----------------------------------------------------------------------


def pick_next_task(cpu: Cpu) -> Task:
    """Any task that no CPU has, or this CPU's own idle task."""
    with atomic():
        task = object_at(Task, choose(TASKS) + 1)
        wait_until(task is cpu.idle or not (task.on_cpu or task.dead or task.idle))
        task.on_cpu = True
    return task


def switch_mm(cpu: Cpu, mm: Mm) -> None:
    """From here on the hardware uses these page tables."""
    cpu.loaded = mm


def enter_lazy(prev: Task, task: Task) -> None:
    """Go on with the mm of the task before, and see to it that it stays."""
    task.active_mm = prev.active_mm
    if prev.mm is not None:
        mmgrab(prev.active_mm)
    else:
        prev.active_mm = None


def context_switch(cpu: Cpu, prev: Task, task: Task) -> None:
    if task.mm is None:
        enter_lazy(prev, task)
    else:
        switch_mm(cpu, task.mm)
        if prev.mm is None:
            # The reference is dropped where the old page tables are no longer used.
            cpu.prev_mm = prev.active_mm
            prev.active_mm = None
    cpu.curr = task
    finish_task_switch(cpu, prev)


def finish_task_switch(cpu: Cpu, prev: Task) -> None:
    mm = cpu.prev_mm
    cpu.prev_mm = None
    # From here on another CPU may run it.
    prev.on_cpu = False
    if mm is not None:
        mmdrop(mm)


def schedule(cpu: Cpu) -> None:
    prev = cpu.curr
    task = pick_next_task(cpu)
    if task is not prev:
        context_switch(cpu, prev, task)


# --- the end of a thread ------------------------------------------------------------------


def exit_mm(task: Task) -> None:
    """The thread has no mm any more; the CPU goes on with its page tables until it switches."""
    mm = task.mm
    mmgrab(mm)
    spin_lock(task.alloc_lock)
    task.mm = None
    spin_unlock(task.alloc_lock)
    mmput(mm)


def do_exit(task: Task) -> None:
    exit_mm(task)
    task.dead = True


# --- who acts ------------------------------------------------------------------------------


def run(cpu: Cpu) -> None:
    """What runs on the CPU exits, or does not, and then something else runs."""
    task = cpu.curr
    if task.mm is not None:
        if choose(2) == 1:
            do_exit(task)
    schedule(cpu)


def run_twice(cpu: Cpu) -> None:
    run(cpu)
    run(cpu)


def run_thrice(cpu: Cpu) -> None:
    run_twice(cpu)
    run(cpu)


def run_forever(cpu: Cpu) -> None:
    while True:
        run(cpu)


def look_into(task: Task) -> None:
    """Somebody who is no thread of the program reads what it has mapped."""
    mm = get_task_mm(task)
    if mm is not None:
        BUG_ON(not mm.mappings)
        mmput(mm)


# --- what must hold --------------------------------------------------------------------------


def no_cpu_uses_freed_page_tables() -> bool:
    """The page tables that a CPU uses are there.

    They are somebody else's memory by now, and the CPU walks them on every miss.
    """
    for cpu in each(Cpu):
        if not cpu.loaded.page_tables:
            return False
    return True


def no_thread_loses_its_mappings() -> bool:
    """Whoever has an mm has its mappings."""
    for task in each(Task):
        mm = task.mm
        if mm is not None and not mm.mappings:
            return False
    return True


def every_reference_has_a_holder() -> bool:
    """mm_users is the number of threads, mm_count that of lazy users and one for all threads."""
    for mm in each(Mm):
        users = 0
        lazy = 0
        for task in each(Task):
            if task.mm is mm:
                users += 1
            elif task.active_mm is mm:
                lazy += 1
        if mm.mm_users.counter != users:
            return False
        if mm.mm_count.counter != lazy + (1 if users else 0):
            return False
    return True
