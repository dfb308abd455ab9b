# SPDX-License-Identifier: GPL-2.0-only
"""What editions are written in: structs, flags, atomics, locks, choices.

An edition starts with ``from memcharge.kernel import *``, as a C file starts
with its includes.
"""

from memcharge.kernel.atomics import *
from memcharge.kernel.atomics import __this_cpu_add as __this_cpu_add
from memcharge.kernel.bug import *
from memcharge.kernel.flags import *
from memcharge.kernel.flow import *
from memcharge.kernel.locks import *
from memcharge.kernel.mm import *
from memcharge.kernel.rcu import *
from memcharge.kernel.struct import *
from memcharge.kernel.structs import *
