# SPDX-License-Identifier: GPL-2.0-only
"""A program as LLVM text: for each CPU a function that makes its steps, a function a property.

`@cpu<n>(state, out)` writes the states one step later to `out`, in the order
of the interpreter, and returns how many, or -1 if a value does not fit.
Every node is one block.
"""

from __future__ import annotations

from collections.abc import Iterable

from memcharge.engine.native.nodetext import MOST_CHOICES, NodeText, signed
from memcharge.engine.native.packing import Bits, Packing
from memcharge.engine.native.pieces import broken_text
from memcharge.engine.native.text import Text
from memcharge.engine.slots import ENDINGS, FINDING, Slots, bits, offset
from memcharge.ir.nodes import Choose, End, Number, Program


def model_text(program: Program, slots: Slots, packing: Packing) -> str:
    """`@cpu<n>` of every CPU, and `@broken`, which judges a state."""
    text = Text()
    model = GraphText(text, program, slots, packing)
    always = []
    for number, one in enumerate(program.properties):
        if one.when == "always":
            always.append(number)
            model.property(number)
    for number in range(len(program.cpus)):
        model.cpu(number)
    broken_text(text, always)
    return text.whole()


class GraphText(NodeText):
    """Writes the function of one graph."""

    # -- functions -------------------------------------------------------------------

    def cpu(self, number: int) -> None:
        """Write `@cpu<number>`."""
        self.graph, self.place = self.program.cpus[number], self.slots.cpus[number]
        text, words = self.text, self.packing.words
        text.line(f"define i64 @cpu{number}(ptr %s, ptr %out) {{")
        text.line("entry:")
        self._slots_on_stack()
        text.line("%count = alloca i64")
        text.line("store i64 0, ptr %count")
        text.line(f"%digits = alloca [{MOST_CHOICES} x i64]")
        text.line(f"%limits = alloca [{MOST_CHOICES} x i64]")
        text.line("%position = alloca i64")
        text.line("%label = alloca i64")
        for index in range(MOST_CHOICES):
            text.line(f"%digit{index} = getelementptr i64, ptr %digits, i64 {index}")
            text.line(f"store i64 0, ptr %digit{index}")
        text.line("br label %again")
        text.label("again")
        for word in range(words):
            text.line(f"%in{word} = getelementptr i64, ptr %s, i64 {word}")
            value = text.value(f"load i64, ptr %in{word}")
            text.line(f"store i64 {value}, ptr %w{word}")
        text.line("store i64 0, ptr %position")
        self._dispatch()
        for index, node in enumerate(self.graph.nodes):
            text.label(f"n{index}")
            self.node(index, node)
        for index in self._ends():
            text.label(f"f{index}")
            self._finish(index)
        self._pack()
        for kind in ENDINGS[1:]:
            text.label(kind)
            self.write(self.packing.at[FINDING], str(ENDINGS.index(kind)))
            text.line("br label %emit")
        self._emit(words)
        text.line("}")

    def property(self, number: int) -> None:
        """Write `@property<number>`: 1 where it holds."""
        self.graph, self.place = self.program.properties[number].graph, None
        text = self.text
        text.line(f"define internal i64 @property{number}(ptr %s) {{")
        text.line("entry:")
        self._slots_on_stack()
        for word in range(self.packing.words):
            text.line(f"%in{word} = getelementptr i64, ptr %s, i64 {word}")
            value = text.value(f"load i64, ptr %in{word}")
            text.line(f"store i64 {value}, ptr %w{word}")
        text.line(f"br label %n{self.graph.entry}")
        for index, node in enumerate(self.graph.nodes):
            text.label(f"n{index}")
            if isinstance(node, End):
                assert self.graph.result is not None
                text.line(f"ret i64 {self.truth(self.graph.result)}")
            else:
                self.node(index, node)
        text.label("null_dereference")
        text.line("ret i64 0")
        text.label("use_after_free")
        text.line("ret i64 0")
        text.label("overflow")
        text.line("ret i64 0")
        text.line("}")

    def _slots_on_stack(self) -> None:
        for word in range(self.packing.words):
            self.text.line(f"%w{word} = alloca i64")
        for slot in self._places():
            self.text.line(f"%x{slot} = alloca i64")
        for local in self.graph.locals:
            if not self.place or local.number not in self.place.local:
                self.text.line(f"%v{local.number} = alloca i64")
                self.text.line(f"store i64 0, ptr %v{local.number}")

    def _places(self) -> range:
        """The slots of the locals that outlive a step."""
        return range(self.place.first, self.place.last) if self.place else range(0)

    def _shifts(self) -> dict[int, int]:
        """What is added to the value of each of those to store it."""
        assert self.place is not None
        return {slot: offset(self.graph.locals[n]) for n, slot in self.place.local.items()}

    def _dispatch(self) -> None:
        """Take the locals from their bits, and go to the label at which the CPU stands."""
        assert self.place is not None
        shifts = self._shifts()
        for slot in self._places():
            value = self.read(self.packing.at[slot])
            if shifts[slot]:
                value = self.text.value(f"sub i64 {value}, {shifts[slot]}")
            self.text.line(f"store i64 {value}, ptr %x{slot}")
        pc = self.read(self.packing.at[self.place.pc])
        cases = " ".join(f"i64 {n}, label %n{node}" for node, n in self.place.labels.items())
        self.text.line(f"switch i64 {pc}, label %done [{cases}]")

    def _ends(self) -> Iterable[int]:
        """The nodes before which a step may end."""
        assert self.place is not None
        ends = set(self.place.labels)
        ends |= {number for number, node in enumerate(self.graph.nodes) if isinstance(node, End)}
        return sorted(ends)

    def _finish(self, number: int) -> None:
        """The step ends before a node: its label, and nothing in the slots of dead locals."""
        assert self.place is not None
        end = isinstance(self.graph.nodes[number], End)
        label = 0 if end else self.place.labels[number]
        alive = set() if end else {self.place.local[one] for one in bits(self.place.live[number])}
        shifts = self._shifts()
        self.text.line(f"store i64 {label}, ptr %label")
        for slot in self._places():
            if slot not in alive:
                self.text.line(f"store i64 {-shifts[slot]}, ptr %x{slot}")
        self.text.line("br label %pack")

    def _pack(self) -> None:
        """Put the label and the locals back into their bits."""
        assert self.place is not None
        shifts, kinds = self._shifts(), {}
        for number, slot in self.place.local.items():
            kinds[slot] = self.graph.locals[number].kind
        self.text.label("pack")
        values = {self.place.pc: self.text.value("load i64, ptr %label")}
        for slot in self._places():
            value = self.text.value(f"load i64, ptr %x{slot}")
            if shifts[slot]:
                value = self.text.value(f"add i64 {value}, {shifts[slot]}")
            if isinstance(kinds[slot], Number):
                self._fit(value, self.packing.at[slot].mask)
            values[slot] = value
        for word in {self.packing.at[slot].word for slot in values}:
            here = [(self.packing.at[slot], value) for slot, value in values.items()]
            self._write_all(word, [(at, value) for at, value in here if at.word == word])
        self.text.line("br label %emit")

    def _write_all(self, word: int, values: list[tuple[Bits, str]]) -> None:
        """Set several groups of bits of one word."""
        hole = sum(at.mask << at.shift for at, _ in values)
        whole = self.text.value(f"load i64, ptr %w{word}")
        whole = self.text.value(f"and i64 {whole}, {signed(~hole)}")
        for at, value in values:
            moved = self.text.value(f"shl i64 {value}, {at.shift}")
            whole = self.text.value(f"or i64 {whole}, {moved}")
        self.text.line(f"store i64 {whole}, ptr %w{word}")

    def _emit(self, words: int) -> None:
        """Write the new state, then try the next of the environment's choices, if any."""
        text = self.text
        text.label("emit")
        count = text.value("load i64, ptr %count")
        first = text.value(f"mul i64 {count}, {words}")
        for word in range(words):
            value = text.value(f"load i64, ptr %w{word}")
            index = text.value(f"add i64 {first}, {word}")
            target = text.value(f"getelementptr i64, ptr %out, i64 {index}")
            text.line(f"store i64 {value}, ptr {target}")
        more = text.value(f"add i64 {count}, 1")
        text.line(f"store i64 {more}, ptr %count")
        text.line("br label %next")
        text.label("next")
        if any(isinstance(node, Choose) for node in self.graph.nodes):
            self._next_choice()
        else:
            text.line("br label %done")
        text.label("done")
        result = text.value("load i64, ptr %count")
        text.line(f"ret i64 {result}")
        text.label("overflow")
        text.line("ret i64 -1")

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
