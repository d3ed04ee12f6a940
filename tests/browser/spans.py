"""Spans for tests of the browser, and where the page shows one."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Locator, Page

from tests.server import Server

LONG_AGO = datetime.now(UTC) - timedelta(days=20)
"""Before all that other tests count."""

GIF = (
    "data:image/gif;base64,"
    + b64encode(bytes.fromhex("47494638396101000100800000ff0000ffffff2c00000000010001000002024401003b")).decode()
)
"""A picture of one red pixel."""


def keep(server: Server, **fields: Any) -> str:
    """Store a span, long ago unless it has a time; its id."""
    answer = server.client.post("/api/request-logs/", json={"timestamp": LONG_AGO.isoformat(), **fields})
    answer.raise_for_status()
    return str(answer.json()["id"])


def panel(page: Page) -> Locator:
    """The span beside the table."""
    return page.get_by_role("complementary", name="Span")
