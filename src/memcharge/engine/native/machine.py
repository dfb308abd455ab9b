# SPDX-License-Identifier: GPL-2.0-only
"""LLVM, through llvmlite: text in, callable addresses out."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import llvmlite.binding as llvm


@cache
def _target() -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple()


# Registers for stack slots make nearly all the difference, and cost little.
SOON = (("always_inliner", "sroa"), 0)
FAST = (("always_inliner", "sroa", "simplify_cfg"), 1)
CORE = (("always_inliner", "sroa", "simplify_cfg", "instruction_combine"), 2)


class Compiled:
    """A module in memory; it must live as long as its functions are called.

    `effort` is SOON, a tenth of a second for a large scenario, FAST, six times
    as long for a tenth more speed, or CORE, for the search itself.
    """

    def __init__(self, text: str, effort: tuple[tuple[str, ...], int]) -> None:
        passes, level = effort
        machine = _target().create_target_machine(opt=level)
        module = llvm.parse_assembly(text)
        manager = llvm.create_new_module_pass_manager()
        for name in passes:
            getattr(manager, f"add_{name}_pass")()
        options = llvm.create_pipeline_tuning_options(speed_level=0)
        manager.run(module, llvm.create_pass_builder(machine, options))
        self._engine = llvm.create_mcjit_compiler(module, machine)
        self._engine.finalize_object()

    def address(self, name: str) -> int:
        return int(self._engine.get_function_address(name))

    def function(self, name: str, result: Any, *arguments: Any) -> Any:
        """A function of the module as a ctypes callable."""
        return ctypes.CFUNCTYPE(result, *arguments)(self.address(name))
