"""The server put together: one screen shows what is opened, in which order, and how it is closed in reverse."""

import asyncio
import contextlib
import ctypes
import faulthandler
import json
import logging
import signal
import socket
import sys
import threading
from typing import TYPE_CHECKING, NamedTuple

import uvicorn

from midspan import __version__
from midspan.control.control import Control
from midspan.control.invitations import link
from midspan.control.sessions import Lifetime
from midspan.errors import Misconfigured
from midspan.http import api, docs, ui
from midspan.http.accounts import accounts
from midspan.http.auth import Authentication
from midspan.http.bodies import Bodies, Budget
from midspan.http.changes import Changes
from midspan.http.customers import Customers
from midspan.http.deletions import Deletions
from midspan.http.demo import Demo
from midspan.http.endpoint import Endpoint
from midspan.http.export import Exports
from midspan.http.fields import Fields
from midspan.http.frame import Frame, hosts
from midspan.http.health import HealthRoutes
from midspan.http.imports import Imports
from midspan.http.ingest import Ingest
from midspan.http.limits import Limits
from midspan.http.measures import Measures
from midspan.http.metrics import Metrics
from midspan.http.operation import Operation, routes
from midspan.http.otlp import Otlp
from midspan.http.ports import GrpcPort, keep_grpc_port, listen
from midspan.http.protocol import Protocol
from midspan.http.scores import Scores
from midspan.http.spans import Spans
from midspan.http.sql import Sql
from midspan.http.streams import Streams
from midspan.http.sums import Sums
from midspan.http.tail import Tails
from midspan.http.threads import Threads
from midspan.http.trace_contents import TraceContents
from midspan.http.trace_trees import TraceTrees
from midspan.http.traces import Traces
from midspan.ingest.intake import Intake
from midspan.ingest.price import PriceBook
from midspan.search.live import Live
from midspan.settings import Reading, Settings
from midspan.store.answers import Answers
from midspan.store.doctor import Finding, answer_doctor, ask_running, examine, examine_files
from midspan.store.home import Home
from midspan.store.store import Store, open_engine

if TYPE_CHECKING:
    from midspan.http.grpc_server import GrpcServer

log = logging.getLogger("midspan")


def serve(reading: Reading) -> int:
    """Run the server until it is told to stop. Returns the exit code; raises `Misconfigured` before anything starts."""
    settings = reading.settings
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
    logging.getLogger("alembic").setLevel("WARNING")
    _return_large_memory()
    lifetime = Lifetime(settings.session_idle_seconds, settings.session_seconds_max)
    with (
        Home(settings.data_dir) as home,
        listen(settings) as listener,
        keep_grpc_port(reading) as grpc_port,
        contextlib.closing(Control(settings.data_dir, lifetime)) as control,
    ):
        store = Store.open(settings, home)
        patience = settings.drain_seconds_max
        try:
            # Not before the store is open: keys are shown once, and a start that fails would never show them.
            made = control.bootstrap(settings)
            token = control.invitations.welcome() if settings.authentication else None
            ports = Ports(listener, grpc_port)
            if _run(settings, control, store, ports, _welcome(settings, ports, made, token)):
                patience = 0  # whoever asks twice is in a hurry; what the engine has not is safe in the journal
        finally:
            store.close(patience)
    return 0


def doctor(settings: Settings, *, as_json: bool = False) -> int:
    """Report on the data directory, through the server where one runs on it. 1 when something has failed."""
    if not settings.data_dir.is_dir():
        raise Misconfigured(f"there is no data directory {settings.data_dir}. Name it with --data-dir.")
    findings = ask_running(settings.data_dir / "doctor.sock")
    if findings is None:
        with Home(settings.data_dir) as home:
            findings = _examine_stopped(settings, home)
    _print_findings(findings, as_json=as_json)
    return 1 if any(finding.status == "failed" for finding in findings) else 0


def _examine_stopped(settings: Settings, home: Home) -> list[Finding]:
    """The report on a directory that no server runs on. Nothing in it is changed: no schema, no journal."""
    try:
        engine = open_engine(settings, home)
    except Misconfigured as error:
        return [*examine_files(home), Finding("engine", "failed", str(error))]
    try:
        return list(examine(home, engine))
    finally:
        engine.close()


def _bodies(settings: Settings) -> Bodies:
    return Bodies(
        Budget(settings.inflight_bytes_max),
        body_bytes_max=settings.body_bytes_max,
        timeout_seconds=settings.body_timeout_seconds,
    )


class Ports(NamedTuple):
    """Where requests come in."""

    listener: socket.socket
    grpc: GrpcPort | None


class Traffic(NamedTuple):
    """What is on its way in, and what is on its way out."""

    bodies: Bodies
    streams: Streams


class Application(NamedTuple):
    """What answers over HTTP, and what of it answers over gRPC, too."""

    frame: Frame
    otlp: Otlp
    authentication: Authentication
    health: HealthRoutes


def application(settings: Settings, control: Control, store: Store, answers: Answers, traffic: Traffic) -> Application:
    """Everything that answers, put together."""
    bodies, streams = traffic
    metrics = Metrics(store, lambda: bodies.budget.used)
    limits = Limits()
    intake = Intake(PriceBook().apply, settings.span_bytes_max)
    ingest = Ingest(
        store=store, answers=answers, intake=intake, control=control, bodies=bodies, limits=limits, metrics=metrics
    )
    otlp = Otlp(ingest=ingest)
    spans = Spans(store=store, control=control, bodies=bodies)
    traces = Traces(store=store, control=control, bodies=bodies)
    trees = TraceTrees(
        store=store, control=control, bodies=bodies, limits=limits, traces=traces, public_url=settings.public_url
    )
    deletions = Deletions(store=store, control=control, spans=spans, traces=traces, bodies=bodies)
    people = accounts(settings, control, bodies, store)
    authentication = people.authentication
    operations = api.operations(
        api.Handlers(
            ingest=ingest,
            otlp=otlp,
            spans=spans,
            changes=Changes(store=store, spans=spans, bodies=bodies, span_bytes_max=settings.span_bytes_max),
            deletions=deletions,
            scores=Scores(store=store, spans=spans, bodies=bodies),
            traces=traces,
            trace_trees=trees,
            trace_contents=TraceContents(store=store, bodies=bodies, trees=trees),
            threads=Threads(store=store, bodies=bodies),
            exports=Exports(store=store, spans=spans, bodies=bodies, streams=streams),
            imports=Imports(store=store, bodies=bodies, limits=limits, span_bytes_max=settings.span_bytes_max),
            tails=Tails(store=store, spans=spans, authentication=authentication, streams=streams, live=Live(store)),
            sums=Sums(store=store, bodies=bodies),
            measures=Measures(store=store, bodies=bodies),
            customers=Customers(store=store, profiles=control.customers, bodies=bodies),
            sql=Sql(store=store, bodies=bodies),
            fields=Fields(store=store, bodies=bodies),
            accounts=people,
            demo=Demo(
                ingest=ingest,
                control=control,
                deletions=deletions,
                bodies=bodies,
                span_bytes_max=settings.span_bytes_max,
            ),
        )
    )

    def endpoint(methods: dict[str, Operation]) -> Endpoint:
        return Endpoint(methods, authentication, limits, metrics)

    health = HealthRoutes(store=store, metrics=metrics)
    pages = ui.Ui(ui.built())
    frame = Frame(
        [*routes(operations, endpoint), *health.routes(), *docs.routes(operations, __version__), *ui.routes(pages)],
        hosts(settings),
        pages.nowhere,
        settings.public_url,
    )
    return Application(frame, otlp, authentication, health)


async def _grpc(settings: Settings, port: GrpcPort | None, application: Application) -> "GrpcServer | None":
    """The server of gRPC, which listens; None where it is off, and then nothing of gRPC is loaded."""
    if port is None:
        return None
    from midspan.http.grpc_server import GrpcServer  # noqa: PLC0415

    grpc = GrpcServer(
        application.otlp, application.authentication, application.health, message_bytes_max=settings.body_bytes_max
    )
    await grpc.start(port)
    return grpc


def _run(settings: Settings, control: Control, store: Store, ports: Ports, welcome: str) -> bool:
    """Answer requests until a signal says to stop. Returns whether it was said twice."""
    servers: list[uvicorn.Server] = []
    stopping, served = threading.Event(), threading.Event()

    def asked(number: int, _frame: object) -> None:
        stopping.set()
        for server in servers:
            server.should_exit = True
        if served.is_set() and number == signal.SIGINT:
            store.drain.hurry()

    async def main() -> bool:
        store.start()
        answers = Answers(store)
        bodies = _bodies(settings)
        streams = Streams()
        background = [
            asyncio.create_task(work) for work in (control.watch(), answers.rebuild(), bodies.patience.keep())
        ]
        clinic = await answer_doctor(store.home, store.engine)
        answering = application(settings, control, store, answers, Traffic(bodies, streams))
        server = _Server(
            streams,
            uvicorn.Config(
                answering.frame,
                http=Protocol,
                lifespan="off",
                ws="none",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=round(settings.drain_seconds_max),
            ),
        )
        servers.append(server)
        server.should_exit = stopping.is_set()  # the signal may have come while all this was put together
        try:
            server.grpc = await _grpc(settings, ports.grpc, answering)
            print(welcome, flush=True)  # noqa: T201
            await server.serve(sockets=[ports.listener])
        finally:
            served.set()
            clinic.close()
            store.home.socket.unlink(missing_ok=True)
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
        return server.force_exit

    _die_of_crashes()
    # uvicorn stops on these signals and raises them once more when it is done: what follows is ours to finish.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, asked)
    with asyncio.Runner(loop_factory=_loop) as runner:
        return runner.run(main())


class _Server(uvicorn.Server):
    """uvicorn, which does not wait for answers that would go on; and gRPC's server, which stops with it."""

    def __init__(self, streams: Streams, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._streams = streams
        self.grpc: GrpcServer | None = None

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._streams.close()
        if self.grpc is None:
            await super().shutdown(sockets)
            return
        stopping = asyncio.create_task(self.grpc.stop(self.config.timeout_graceful_shutdown or 0))
        await super().shutdown(sockets)
        while not (await asyncio.wait({stopping}, timeout=0.1))[0]:
            if self.force_exit:
                await self.grpc.stop(0)
        await stopping


_CRASHES = (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP, signal.SIGSYS)


def _die_of_crashes() -> None:
    """Have a crash of the engine end the process at once, with what each thread was at in the log.

    chDB's own handlers hold the thread that crashed for five minutes. The others live on, and every question to the
    engine fails, for nothing: what was acknowledged is in the journal, and a fresh process has it all.
    """
    for number in (*_CRASHES, signal.SIGTSTP):  # theirs keeps Ctrl-Z from stopping the server, too
        signal.signal(number, signal.SIG_DFL)
    faulthandler.enable()


def _return_large_memory() -> None:
    """Have the C library give large blocks back to the system when they are freed.

    glibc learns from the first large bodies to keep such blocks in its heap, which then never shrinks again.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 4 << 20)
        mallopt(_M_TRIM_THRESHOLD, 64 << 20)


# malloc.h
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3


def _loop() -> asyncio.AbstractEventLoop:
    import uvloop  # noqa: PLC0415

    return uvloop.new_event_loop()


def _welcome(settings: Settings, ports: Ports, made: list[tuple[str, str]], token: str | None) -> str:
    """What the server says when it is up: where it is, and what to do next. Fresh keys are shown this once, and a link
    by which the first admin signs in until there is one.
    """
    host, port = ports.listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    base = f"http://{shown}:{port}"
    lines = [f"Midspan {__version__} listens on {base}", f"  data      {settings.data_dir}", f"  docs      {base}/docs"]
    if ports.grpc is not None:
        lines.append(f"  gRPC      {ports.grpc.address}, for OpenTelemetry's exporters")
    elif settings.otlp_grpc_port:
        lines.append(f"  gRPC      off: port {settings.otlp_grpc_port} is in use; --otlp-grpc-port gives another")
    if not settings.authentication:
        lines.append("  keys      not needed: authentication is off")
    given = {settings.bootstrap_api_key, settings.bootstrap_test_api_key}
    fresh = [(environment, secret) for environment, secret in made if secret not in given]
    if fresh:
        lines += ["", "API keys, shown this once:"]
        lines += [f"  {environment:<5} {secret}" for environment, secret in fresh]
        body = json.dumps(
            {
                "model": "gpt-4o-mini",
                "input": [{"role": "user", "content": "What is a span?"}],
                "output": {"role": "assistant", "content": "One timed operation."},
                "prompt_tokens": 12,
                "completion_tokens": 5,
            }
        )
        lines += [
            "",
            "Send a first span:",
            f"  curl {base}/api/request-logs/ \\",
            f"    -H 'Authorization: Bearer {fresh[0][1]}' \\",
            "    -H 'Content-Type: application/json' \\",
            f"    -d '{body}'",
        ]
    elif settings.authentication:
        lines.append("  keys      `midspan keys create` makes one, `midspan keys list` shows what there is")
    if token is not None:
        lines += ["", "Open this link to make the first account. It works once, until tomorrow:"]
        lines.append(f"  {link(settings.public_url or base, token)}")
    return "\n".join(lines)


def _print_findings(findings: list[Finding], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([{"what": f.what, "status": f.status, "detail": f.detail} for f in findings], indent=2))  # noqa: T201
        return
    for finding in findings:
        print(f"{finding.status:<8} {finding.what}: {finding.detail}")  # noqa: T201
