"""A model provider on loopback that the client libraries of OpenAI and Anthropic take for the real one."""

import json
from collections.abc import Callable
from typing import Any, Final

from tests.corpus import answers
from tests.corpus.answers import Answer, Body, Events, Refusal
from tests.corpus.listening import Handler, Listening

ROUTES: Final[dict[str, Callable[[Body], Answer]]] = {
    "/v1/chat/completions": answers.chat,
    "/v1/responses": answers.responses,
    "/v1/embeddings": answers.embeddings,
    "/v1/messages": answers.messages,
}


class _Speaking(Handler):
    def do_POST(self) -> None:  # noqa: N802 - the name that the base class calls
        body, path = self.body(), self.path.partition("?")[0]
        if path not in ROUTES:
            self._say(Refusal(404, {"error": {"message": f"{path} is no route of this provider"}}))
            return
        self._say(ROUTES[path](json.loads(body)))

    def _say(self, answer: Answer) -> None:
        if isinstance(answer, Refusal):
            # Clients try again after most errors, and wait for it; this header says that it is of no use.
            self.answer(answer.status, "application/json", _written(answer.body), x_should_retry="false")
        elif isinstance(answer, Events):
            self._stream(answer)
        else:
            self.answer(200, "application/json", _written(answer))

    def _stream(self, answer: Events) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for name, data in answer.events:
            said = data.encode() if isinstance(data, str) else _written(data)
            piece = (f"event: {name}\n".encode() if name else b"") + b"data: " + said + b"\n\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")


def _written(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def provider() -> Listening:
    """The provider: `OPENAI_BASE_URL` is its `url` with `/v1`, `ANTHROPIC_BASE_URL` the `url`. Any key will do."""
    return Listening(_Speaking)
