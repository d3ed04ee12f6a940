"""What a running server says of its own data directory, over the doctor's socket."""

import re

from midspan.store.doctor import Finding, ask_running
from tests.server import Server


def findings(server: Server) -> dict[str, Finding]:
    """what was looked at → what was found."""
    found = ask_running(server.data / "doctor.sock")
    assert found is not None, "no server answers"
    return {finding.what: finding for finding in found}


def failures(server: Server) -> list[Finding]:
    """What the doctor finds broken."""
    return [finding for finding in findings(server).values() if finding.status == "failed"]


def rows_kept(server: Server, table: str = "spans") -> int:
    """Rows in the engine's parts, whether a read would show them or a newer version."""
    found = re.search(rf"\b{table}: (\d+) rows", findings(server)["tables"].detail)
    return int(found[1]) if found else 0
