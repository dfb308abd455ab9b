# SPDX-License-Identifier: GPL-2.0-only
"""Small programs: restricted Python as text, written to a file and compiled from there.

The text has structs, globals named with `the`, a function `start` that makes
the globals' objects, and functions for the CPUs.  Functions called `always_..`
and `end_..` are its properties.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from memcharge.ir.nodes import Program
from memcharge.ir.passes import reduce
from memcharge.kernel.struct import Machine
from memcharge.lang import Claim, Cpu, compile_program

HEAD = "from __future__ import annotations\n\nfrom memcharge.kernel import *\n"


def module_of(folder: Path, text: str) -> ModuleType:
    """Write the text to a file of its own, and import that."""
    name = f"small_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Small:
    """A small program: its module, and which functions run on the CPUs."""

    module: ModuleType
    cpus: tuple[str, ...]

    def machine(self) -> Machine:
        """A new start state."""
        machine = Machine()
        with machine:
            machine.globals.update(self.module.start())
        return machine

    def compiled(self) -> Program:
        """The program as the compiler gives it, before any pass."""
        claims = [
            Claim(
                name=name,
                meaning=name.replace("_", " "),
                consequence="",
                when="always" if name.startswith("always_") else "at_end",
                function=function,
            )
            for name, function in vars(self.module).items()
            if name.startswith(("always_", "end_"))
        ]
        cpus = [Cpu(getattr(self.module, name)) for name in self.cpus]
        return compile_program(self.machine(), cpus, claims)

    def reduced(self, reductions: Iterable[str] = ()) -> Program:
        """The program after the named reductions."""
        return reduce(self.compiled(), reductions)


def small(folder: Path, text: str, *cpus: str) -> Small:
    """A small program from its text without the import; all functions `cpuN` if none is named."""
    module = module_of(folder, HEAD + text)
    names = cpus or tuple(sorted(name for name in vars(module) if name.startswith("cpu")))
    return Small(module, names)
