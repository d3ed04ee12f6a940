"""The commands of the page on sums, run as they are printed."""

import re

import pytest

from tests.environments import ROOT
from tests.server import Server
from tests.speaking import create
from tests.test_readme import run

pytestmark = pytest.mark.debian("curl")


def commands() -> list[str]:
    """Every command of the page, in order."""
    return re.findall(r"```sh\n(curl .*?)```", (ROOT / "docs" / "sums.md").read_text(), flags=re.DOTALL)


def test_from_the_question_to_its_answer(server: Server) -> None:
    """Which customer cost most, why its calls failed, and what the other routes say of the same spans."""
    key = {"MIDSPAN_API_KEY": server.key}
    for day in (10, 17, 20):
        create(
            server.client,
            customer_identifier="user-42",
            timestamp=f"2026-11-{day}T12:00:00Z",
            cost="1000000",
            status_code=429,
            error_code="rate_limit_exceeded",
        )
    by_customer, failures, summary, groups, customers, profile = (run(command, server, **key) for command in commands())

    first = by_customer["series"][0]
    assert first["group"] == {"customer_identifier": "user-42"}
    assert first["totals"]["sum_cost"] == 2_000_000
    assert first["values"]["count"] == [0, 1, 0, 0, 1, 0, 0]
    assert by_customer["previous"]["series"][0]["totals"]["sum_cost"] == 1_000_000
    assert failures["series"][0]["group"] == {"status_code": 429, "error_code": "rate_limit_exceeded"}
    assert summary["total_cost"] >= 2_000_000
    assert groups["results"][0]["total_cost"] >= 2_000_000
    assert customers["results"][0]["customer_identifier"] == "user-42"
    assert (profile["name"], profile["budget_duration"]) == ("Ada", "monthly")
