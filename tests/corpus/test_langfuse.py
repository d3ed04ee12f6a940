"""What Langfuse's SDK does where it asks for what only Langfuse has, as docs/sdk-langfuse.md says it."""

import json

from tests.corpus import catalogue, rows
from tests.corpus.listening import Listening
from tests.server import Server
from tests.speaking import tenant

PROGRAM = """
import json

from langfuse import get_client
from langfuse.api import NotFoundError
from langfuse.media import LangfuseMedia

langfuse = get_client()
raised = []
for call in (
    langfuse.auth_check,
    lambda: langfuse.get_trace_url(trace_id="0" * 31 + "1"),
    lambda: langfuse.get_dataset("questions"),
    lambda: langfuse.create_prompt(name="greeting", prompt="Hi"),
    lambda: langfuse.get_prompt("greeting", max_retries=0),
):
    try:
        call()
    except NotFoundError as error:
        raised.append(error.body["detail"])
with langfuse.start_as_current_observation(as_type="generation", name="scored", input="Hi") as generation:
    generation.score(name="helpful", value=0.9)
    generation.update(output=LangfuseMedia(content_type="text/plain", content_bytes=b"Hello!"))
fallback = langfuse.get_prompt("greeting", fallback="Hi!", max_retries=0).prompt
langfuse.run_experiment(name="trial", data=[{"input": "Hi"}], task=lambda *, item, **others: "Hello!")
langfuse.shutdown()
print(json.dumps({"raised": raised, "fallback": fallback}))
"""


def test_what_only_langfuse_has_is_told_apart(server: Server, models: Listening) -> None:
    """Its other routes are 404, which the SDK raises or logs; scores are gone, media references, all spans here."""
    client = tenant(server)
    key = client.headers["authorization"].removeprefix("Bearer ")

    said = json.loads(catalogue.sdk("langfuse").run(PROGRAM, server, key, models))

    found = rows.stored(client)
    assert len(said["raised"]) == 5
    assert said["fallback"] == "Hi!"
    assert [row["span_name"] for row in found] == ["scored", "experiment-item-run", "experiment-item-task"]
    assert str(found[0]["output"]).startswith("@@@langfuseMedia:type=text/plain|")
    assert client.get("/api/scores/").json()["results"] == []
