# SPDX-License-Identifier: GPL-2.0-only
"""Who acts in a scenario: each actor calls outer kernel entry points only.

So an actor runs on every edition.  One module a subject; `TASKS` says for each actor
which task is `current` on its CPU, by its name in `Start.names`.
"""

from memcharge.scenarios.actors import groups, pages, programs, swap

SUBJECTS = (pages, programs, swap, groups)
TASKS = {name: task for subject in SUBJECTS for name, task in subject.TASKS.items()}

# A modifier that only one actor ends, and that actor, which has nothing to do without it.
ENDS = {"writeback": "end_io", "pagevec": "drain"}
# An actor that has nothing to do without a modifier, which others look at, too.
NEEDS = {"splice": "unmapped"}


def meanings() -> dict[str, str]:
    """What each actor does, in a sentence."""
    doc = {name: getattr(subject, name).__doc__ for subject in SUBJECTS for name in subject.TASKS}
    return {name: text.partition("\n")[0] for name, text in doc.items()}
