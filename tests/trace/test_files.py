# SPDX-License-Identifier: GPL-2.0-only
"""A record survives the file, the schema says the same, and errors are one clear line."""

from __future__ import annotations

import dataclasses
import json
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from memcharge.trace import SCHEMA, Access, Broken, Call, Certificate, Record, Result, Run, Step
from memcharge.trace.files import RecordError, dump, load, read, write
from tests.report.records import one_edition, two_editions, unfinished

RECORDS = [Record(()), one_edition(), two_editions(), unfinished()]
SCHEMA_TEXT = resources("memcharge.trace").joinpath("run.v1.json").read_text()
# A chain of calls is written once for a witness; accesses name its last call by number.
IN_THE_FILE_ONLY = {"broken": {"calls"}, "access": {"call"}, "call": {"parent"}}
IN_MEMORY_ONLY = {"access": {"calls"}}
CLASSES = {"run": Run, "result": Result, "broken": Broken, "step": Step, "access": Access,
           "call": Call, "certificate": Certificate}  # fmt: skip


@pytest.fixture
def schema() -> Any:
    return json.loads(SCHEMA_TEXT)


@pytest.mark.parametrize("record", RECORDS)
def test_a_record_comes_back_equal(record: Record) -> None:
    assert load(dump(record)) == record


@pytest.mark.parametrize("record", RECORDS)
def test_a_dumped_record_satisfies_the_schema(record: Record, schema: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(dump(record)), schema, jsonschema.Draft202012Validator)


@pytest.mark.parametrize(("name", "cls"), [*CLASSES.items(), (None, Record)])
def test_schema_and_dataclass_have_the_same_fields(name: str | None, cls: Any, schema: Any) -> None:
    described = schema["$defs"][name] if name else schema
    fields = dataclasses.fields(cls)
    extra, missing = IN_THE_FILE_ONLY.get(name or "", set()), IN_MEMORY_ONLY.get(name or "", set())
    assert set(described["properties"]) == {field.name for field in fields} - missing | extra
    needed = {
        field.name
        for field in fields
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }
    needed = needed - missing | (extra if name != "broken" else set())
    assert set(described["required"]) == needed | ({"schema"} if cls is Record else set())


def test_the_file_is_written_whole_and_alone(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    write(path, dump(one_edition()))
    write(path, dump(two_editions()))
    assert read(path) == two_editions()
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.json"]


def test_a_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "run.json"
    write(path, dump(one_edition()))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(RecordError, match="No space left"):
        write(path, dump(two_editions()))
    assert read(path) == one_edition()
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.json"]


def test_a_field_of_a_later_version_is_skipped() -> None:
    data = json.loads(dump(one_edition()))
    data["runs"][0]["results"][0]["later"] = 1
    assert load(json.dumps(data)) == one_edition()


def damaged(change: str) -> str:
    data = json.loads(dump(one_edition()))
    result = data["runs"][0]["results"][0]
    match change:
        case "schema":
            data["schema"] = "memcharge.run.v9"
        case "missing":
            del result["states"]
        case "type":
            result["states"] = "many"
        case "truth":
            result["complete"] = 1
        case "list":
            data["runs"] = {}
        case "object":
            data["runs"] = [3]
    return json.dumps(data)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not json", "not JSON"),
        ("[]", "holds no JSON object"),
        (damaged("schema"), f"memcharge.run.v9, expected {SCHEMA}"),
        (damaged("missing"), "runs[0].results[0].states is missing"),
        (damaged("type"), "runs[0].results[0].states is not a whole number"),
        (damaged("truth"), "runs[0].results[0].complete is not true or false"),
        (damaged("list"), "runs is not a list"),
        (damaged("object"), "runs[0] is not an object"),
    ],
)
def test_a_damaged_record_is_told_in_one_line(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(text)
    with pytest.raises(RecordError) as caught:
        read(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert said in message
    assert "memcharge check" in message
    assert "\n" not in message


def test_a_missing_file_is_told() -> None:
    with pytest.raises(RecordError, match=r"nowhere\.json: cannot be read \(No such file"):
        read("nowhere.json")


def test_a_binary_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecordError, match="not UTF-8"):
        read(path)
