# SPDX-License-Identifier: GPL-2.0-only
"""Every known bug is found in the editions that have it, and in no edition that mended it."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING

import jsonschema
import pytest

from memcharge.analysis.corpus import Finder, bugs
from memcharge.editions.chain import known, without
from memcharge.engine import Options
from memcharge.engine.verdict import FINDING_MEANINGS
from memcharge.scenarios import parse, properties
from memcharge.trace.corpus import Corpus, Entry, dump_corpus
from tests.report.bugs import checked_bugs, known_bugs

if TYPE_CHECKING:
    from memcharge.trace.corpus import Bug

TO_BE_FOUND = [bug for bug in bugs() if not bug.excused]
DEAR = ("B-11",)  # a scenario of millions of states


@pytest.fixture(scope="module")
def finder() -> Finder:
    return Finder(Options(), lambda _edition, _scenario: None)


def ends(bug: Bug) -> Bug:
    """The first and the last edition that have it, and the next that does not."""
    return replace(
        bug,
        editions=tuple(dict.fromkeys((bug.editions[0], bug.editions[-1]))),
        fixed_in=bug.fixed_in[:1],
    )


@pytest.mark.parametrize(
    "bug", [ends(bug) for bug in TO_BE_FOUND if bug.id not in DEAR], ids=lambda bug: bug.id
)
def test_a_known_bug_begins_and_ends_where_it_is_said_to(bug: Bug, finder: Finder) -> None:
    assert_as_expected(finder.look(bug))


@pytest.mark.long
@pytest.mark.parametrize("bug", TO_BE_FOUND, ids=lambda bug: bug.id)
def test_a_known_bug_is_found_where_it_is_and_nowhere_else(bug: Bug, finder: Finder) -> None:
    assert_as_expected(finder.look(bug))


def assert_as_expected(entry: Entry) -> None:
    assert [one.edition for one in entry.affected if not one.broken] == []
    assert [one.edition for one in entry.mended if one.broken or not one.complete] == []
    assert entry.as_expected


def test_an_edition_without_the_bug_is_not_said_to_have_it(finder: Finder) -> None:
    lost = next(bug for bug in bugs() if bug.id == "B-01")
    seen = [one for edition in lost.fixed_in for one in [finder._looked(lost, edition)]]
    entry = Entry(lost, tuple(seen))
    assert seen
    assert not entry.found
    assert not entry.as_expected


@pytest.mark.parametrize("bug", bugs(), ids=lambda bug: bug.id)
def test_an_entry_names_what_there_is(bug: Bug) -> None:
    assert bug.title
    assert bug.fix
    assert bug.grade in "ABCD"
    assert set(bug.editions + bug.fixed_in) <= {*known(), *without()}
    if bug.excused:
        return
    assert bug.editions
    assert parse(bug.scenario).name == bug.scenario
    assert bug.property in {one.name for one in properties()} | FINDING_MEANINGS.keys()


def test_ids_stand_in_order() -> None:
    assert [bug.id for bug in bugs()] == sorted({bug.id for bug in bugs()})


def test_most_bugs_of_the_two_best_grades_are_found() -> None:
    assert [bug.id for bug in TO_BE_FOUND if bug.grade not in "AB"] == []
    assert len(TO_BE_FOUND) > 30


@pytest.mark.parametrize("corpus", [known_bugs(), checked_bugs(), Corpus(())])
def test_the_record_satisfies_its_schema(corpus: Corpus) -> None:
    schema = json.loads(files("memcharge.trace").joinpath("corpus.v1.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    data = json.loads(dump_corpus(corpus))
    jsonschema.validate(data, schema, jsonschema.Draft202012Validator)
    described = set(schema["$defs"]["bug"]["properties"])
    assert all(set(bug) == described for bug in data["bugs"])
