"""What every SDK really sent, sent again: the rows that come of it, and that nothing is lost on the way."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.corpus import pages, requests, rows, spans
from tests.corpus.catalogue import SDKS, sdk, sdks
from tests.corpus.losses import lost
from tests.server import Server
from tests.speaking import tenant

RECORDINGS = [pytest.param(folder, id=f"{sdk.name} {folder.name}") for sdk in sdks() for folder in sdk.recordings]
every_recording = pytest.mark.parametrize("folder", RECORDINGS)


@pytest.fixture(scope="module")
def replayed(server: Server) -> Callable[..., list[rows.Row]]:
    """What is stored after a recording was sent to where the SDK sent it; an organization of its own for each."""

    @cache
    def replay(folder: Path) -> list[rows.Row]:
        client = tenant(server)
        recorded = requests.read(folder)
        for request, answer in zip(recorded, requests.send(client, server.grpc, recorded), strict=True):
            assert answer.status_code == 200, f"{request.path}: {answer.status_code} {answer.text}"
            known = sdk(folder.parent.name).warned
            is_accepted = answer.content in (b"", b"{}") or (known and f"repairs: {known} (" in answer.text)
            assert not spans.is_traces(request) or is_accepted, answer.text
        return rows.stored(client)

    return replay


@every_recording
def test_the_rows_are_as_expected(folder: Path, replayed: Callable[..., list[rows.Row]]) -> None:
    """Names, kinds, models, messages, tools, tokens, cost, customers, threads, and what is left, span by span."""
    found = rows.expected(replayed(folder))

    assert (difference := rows.difference(json.loads((folder / "rows.json").read_text()), found)) == "", difference


@every_recording
def test_nothing_is_lost(folder: Path, replayed: Callable[..., list[rows.Row]]) -> None:
    """Every attribute of every span, resource and scope, every event and link is somewhere in what is stored."""
    assert lost(spans.readable(requests.read(folder)), replayed(folder)) == []


@every_recording
def test_no_tokens_are_counted_twice(folder: Path, replayed: Callable[..., list[rows.Row]]) -> None:
    """Many SDKs repeat a call's tokens on the spans around it: of those above each other one has tokens and cost."""
    known = {row["span_unique_id"]: row for row in replayed(folder)}
    counted = [row for row in known.values() if row["total_request_tokens"] or row["cost"]]

    assert counted != []
    for row in counted:
        above = row
        while above["span_parent_id"] in known:
            above = known[above["span_parent_id"]]
            assert above not in counted, (above["span_name"], row["span_name"])


@every_recording
def test_nothing_had_to_be_repaired(folder: Path, replayed: Callable[..., list[rows.Row]]) -> None:
    """What SDKs send is read without a warning, but for what an SDK is known to get wrong."""
    known = sdk(folder.parent.name).warned
    said = [(row["span_name"], row["warnings"]) for row in replayed(folder) if row["warnings"]]
    assert [one for one in said if one[1] != known] == []


@every_recording
def test_what_a_reader_sees_is_what_was_sent(folder: Path) -> None:
    """`spans.json` is made of the bodies beside it."""
    assert json.loads((folder / "spans.json").read_text()) == spans.readable(requests.read(folder))


def test_every_sdk_has_a_recording_of_its_pinned_version() -> None:
    """An environment that moves on brings a new recording; the older one stays."""
    assert [sdk.name for sdk in sdks() if sdk.version not in [folder.name for folder in sdk.recordings]] == []
    assert {sdk.name for sdk in sdks()} == {folder.name for folder in SDKS.iterdir()}


def test_a_loss_is_found(replayed: Callable[..., list[rows.Row]]) -> None:
    """An attribute that is gone, one that is another, and a lost event are each named."""
    folder = next(sdks()).recordings[-1]
    sent, stored = spans.readable(requests.read(folder)), replayed(folder)
    first = sent[0]["spans"][0]
    first["attributes"] |= {"shop.shelf": 7, "gen_ai.request.model": "another"}
    first.setdefault("events", []).append({"name": "bell", "attributes": {"tone": "high"}})

    said = lost(sent, stored)

    assert {sentence.partition(": ")[2] for sentence in said} == {
        "no rule knows shop.shelf, and it is no property",
        "gen_ai.request.model lost ['another']",
        "event bell lost ['bell', 'high']",
    }


def test_the_documentation_shows_the_corpus() -> None:
    """The table of SDKs and the index are made of the expected rows: `python -m tests.corpus.pages` writes them."""
    assert [file.name for file, text in pages.written() if file.read_text() != text] == []
