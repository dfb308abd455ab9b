# SPDX-License-Identifier: GPL-2.0-only
"""A program as LLVM text: for each CPU a function that makes its steps, a function a property.

`@cpu<n>(state, out)` writes the states one step later to `out`, in the order
of the interpreter, and returns how many, or -1 if a value does not fit.
Every node is one block; where a step ends, the label and the locals that are
alive there go into the bits of the CPU.
"""

from __future__ import annotations

from collections.abc import Iterable

from memcharge.engine.native.ample import ASIDE, aside_text
from memcharge.engine.native.nodetext import MOST_CHOICES, NodeText
from memcharge.engine.native.packing import CpuBits, Packing
from memcharge.engine.native.pieces import broken_text
from memcharge.engine.native.record import PER_STEP
from memcharge.engine.native.standing import STANDING, StandingText
from memcharge.engine.native.text import Text
from memcharge.engine.slots import ENDINGS
from memcharge.ir.nodes import Choose, End

BROKEN = "broken"  # the function that judges a state


def model_texts(packing: Packing, *, checked: bool = False) -> dict[str, str]:
    """A text for each function that the search calls: `cpu<n>` of every CPU, and BROKEN.

    With `checked` a value that the ranges say cannot be is refused like one that does not fit.
    """
    texts = {}
    for number in range(len(packing.program.cpus)):
        text = Text()
        GraphText(text, packing, checked=checked).cpu(number)
        texts[f"cpu{number}"] = text.whole()
    text, always = Text(), []
    for number, one in enumerate(packing.program.properties):
        if one.when == "always":
            always.append(number)
            GraphText(text, packing).property(number)
    broken_text(text, always)
    texts[BROKEN] = text.whole()
    return texts


class GraphText(NodeText):
    """Writes the function of one graph."""

    own: CpuBits

    # -- functions -------------------------------------------------------------------

    def cpu(self, number: int) -> None:
        """Write `@cpu<number>`."""
        self.graph, self.place = self.program.cpus[number], self.packing.slots.cpus[number]
        self.own, self.which = self.packing.cpus[number], number
        chooses = any(isinstance(node, Choose) for node in self.graph.nodes)
        text = self.text
        text.line(f"define i64 @cpu{number}(ptr %s, ptr %out) {{")
        text.line("entry:")
        self._slots_on_stack()
        if chooses:
            self._digits()
        if self.program.alone:
            text.branch(text.value(f"call i1 @{ASIDE}(ptr %s)"), "aside", "again")
            text.label("aside")
            text.line("ret i64 0")
        else:
            text.line("br label %again")
        text.label("again")
        self._take_words()
        if chooses:
            text.line("store i64 0, ptr %position")
        self._dispatch()
        self._nodes()
        for index in self._ends():
            text.label(f"f{index}")
            self._finish(index)
        for kind in ENDINGS[1:]:
            text.label(kind)
            self.write(self.packing.finding, str(ENDINGS.index(kind)))
            text.line("br label %emit")
        text.label("emit")
        if chooses:
            self._emit_one_of_several()
        else:
            self._emit("%out")
            text.line("ret i64 1")
            text.label("next")
            text.line("ret i64 0")
        text.label("overflow")
        text.line("ret i64 -1")
        text.line("}")
        if self.program.alone:
            aside_text(text, self.packing, number)
        if self.program.symmetry:
            StandingText(text, self.packing).write()

    def property(self, number: int) -> None:
        """Write `@property<number>`: 1 where it holds."""
        self.graph, self.place = self.program.properties[number].graph, None
        self.which = len(self.program.cpus) + number
        text = self.text
        text.line(f"define internal i64 @property{number}(ptr %s) {{")
        text.line("entry:")
        self._slots_on_stack()
        for local in self.graph.locals:
            text.line(f"store i64 0, ptr %v{local.number}")
        self._take_words()
        text.line(f"br label %n{self.graph.entry}")
        self._nodes()
        for end in (*ENDINGS[1:], "overflow"):
            text.label(end)
            text.line("ret i64 0")
        text.line("}")

    def _nodes(self) -> None:
        """A block for each node that is ever reached."""
        table = self.packing.ranges.at[self.which]
        for index, node in enumerate(self.graph.nodes):
            if index not in table:
                continue
            self.known = table[index]
            self.text.label(f"n{index}")
            if self.place is None and isinstance(node, End):
                assert self.graph.result is not None
                self.text.line(f"ret i64 {self.truth(self.graph.result)}")
                continue
            if self.place is not None and index in self.place.labels:
                self._take_locals(self.place.labels[index])
            self.node(index, node)

    # -- the state, taken apart and put together ------------------------------------------

    def _slots_on_stack(self) -> None:
        for word in range(self.packing.words):
            self.text.line(f"%w{word} = alloca i64")
        for local in self.graph.locals:
            self.text.line(f"%v{local.number} = alloca i64")

    def _take_words(self) -> None:
        for word in range(self.packing.words):
            address = self.text.value(f"getelementptr i64, ptr %s, i64 {word}")
            value = self.text.value(f"load i64, ptr {address}")
            self.text.line(f"store i64 {value}, ptr %w{word}")

    def _put_words(self, target: str) -> None:
        for word in range(self.packing.words):
            value = self.text.value(f"load i64, ptr %w{word}")
            address = self.text.value(f"getelementptr i64, ptr {target}, i64 {word}")
            self.text.line(f"store i64 {value}, ptr {address}")

    def _dispatch(self) -> None:
        """Go to the label at which the CPU stands."""
        assert self.place is not None
        code = self.read(self.own.pc)
        cases = " ".join(
            f"i64 {self.own.codes[label]}, label %n{node}"
            for node, label in self.place.labels.items()
            if label in self.own.codes
        )
        self.text.line(f"switch i64 {code}, label %next [{cases}]")

    def _take_locals(self, label: int) -> None:
        """Take the locals that are alive at a label from their bits."""
        for one in self.own.locals[label]:
            value = self.read(one.at)
            if one.lowest:
                value = self.text.value(f"add i64 {value}, {one.lowest}")
            self.text.line(f"store i64 {value}, ptr %v{one.local}")

    def _ends(self) -> Iterable[int]:
        """The nodes before which a step may end."""
        assert self.place is not None
        ends = set(self.place.labels)
        ends |= {number for number, node in enumerate(self.graph.nodes) if isinstance(node, End)}
        return sorted(ends)

    def _finish(self, number: int) -> None:
        """The step ends before a node: put its label and what is alive there into their bits."""
        assert self.place is not None
        end = isinstance(self.graph.nodes[number], End)
        label = 0 if end else self.place.labels[number]
        if label not in self.own.codes:
            self.text.line("br label %overflow")
            return
        values = []
        for one in self.own.locals[label]:
            value = self.text.value(f"load i64, ptr %v{one.local}")
            value = self.above(value, one.lowest)
            if self.checked or (self.which, number, one.local) in self.packing.ranges.clipped:
                self.fit(value, one.most - one.lowest)
            values.append((one.at, value))
        pc = self.own.pc
        for word, hole in self.own.own.items():
            fixed = self.own.codes[label] << pc.shift if word == pc.word else 0
            here = [(at, value) for at, value in values if at.word == word and at.width]
            self.write_all(word, hole, fixed, here)
        self.text.line("br label %emit")

    # -- the environment's choices ----------------------------------------------------------

    def _digits(self) -> None:
        """Room for the choices of a step, as digits that are counted up."""
        text = self.text
        text.line("%count = alloca i64")
        text.line("store i64 0, ptr %count")
        text.line(f"%digits = alloca [{MOST_CHOICES} x i64]")
        text.line(f"%limits = alloca [{MOST_CHOICES} x i64]")
        text.line("%position = alloca i64")
        for index in range(MOST_CHOICES):
            text.line(f"%digit{index} = getelementptr i64, ptr %digits, i64 {index}")
            text.line(f"store i64 0, ptr %digit{index}")

    def _emit(self, target: str) -> None:
        """Write the new state, or the one that stands for it."""
        self._put_words(target)
        if self.program.symmetry:
            self.text.line(f"call void @{STANDING}(ptr {target})")

    def _emit_one_of_several(self) -> None:
        """Write the new state, then try the next of the environment's choices, if any."""
        text = self.text
        count = text.value("load i64, ptr %count")
        room = text.value(f"icmp ult i64 {count}, {PER_STEP}")
        text.branch(room, "room", "overflow")
        text.label("room")
        first = text.value(f"mul i64 {count}, {self.packing.words}")
        self._emit(text.value(f"getelementptr i64, ptr %out, i64 {first}"))
        more = text.value(f"add i64 {count}, 1")
        text.line(f"store i64 {more}, ptr %count")
        text.line("br label %next")
        text.label("next")
        self._next_choice()
        text.label("done")
        text.line(f"ret i64 {text.value('load i64, ptr %count')}")

    def _next_choice(self) -> None:
        """Count the last digit that can go up; run the step again from its start."""
        text = self.text
        text.line("br label %look")
        text.label("look")
        position = text.value("load i64, ptr %position")
        none = text.value(f"icmp eq i64 {position}, 0")
        text.branch(none, "done", "above")
        text.label("above")
        last = text.value(f"sub i64 {position}, 1")
        text.line(f"store i64 {last}, ptr %position")
        digit = text.value(f"getelementptr i64, ptr %digits, i64 {last}")
        limit = text.value(f"getelementptr i64, ptr %limits, i64 {last}")
        value = text.value(f"load i64, ptr {digit}")
        most = text.value(f"load i64, ptr {limit}")
        up = text.value(f"add i64 {value}, 1")
        room = text.value(f"icmp slt i64 {up}, {most}")
        text.branch(room, "raise", "lower")
        text.label("raise")
        text.line(f"store i64 {up}, ptr {digit}")
        text.line("br label %again")
        text.label("lower")
        text.line(f"store i64 0, ptr {digit}")
        text.line("br label %look")
