"""A simulator and a service under test, both real HTTP servers in threads of the test process."""

import asyncio
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qsl
from urllib.request import Request, urlopen

from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from yesfirst.simulator.config import ACCOUNT_SID, AUTH_TOKEN, Config
from yesfirst.simulator.server import listening

SHOP = "+15005550006"
PERSON = "+15555550101"
SERVICE = "MG" + "5" * 32


# The SDK is typed in part only.
_HOSTS = re.compile(r"https://(api|messaging)\.twilio\.com")
_Http: Any = TwilioHttpClient
_Client: Any = Client
_Validator: Any = RequestValidator


@contextmanager
def sdk(address: str, account: str = ACCOUNT_SID, token: str = AUTH_TOKEN) -> Iterator[Any]:
    """Open Twilio's own client, pointed at another address."""
    http = _Http()
    request = http.request
    http.request = lambda method, url, *args, **kwargs: request(
        method, _HOSTS.sub(address, url), *args, **kwargs
    )
    try:
        yield _Client(account, token, http_client=http)
    finally:
        http.session.close()


@dataclass(frozen=True)
class Running:
    """A simulator that listens, with the SDK's client for it."""

    address: str
    journal: Path
    client: Any

    def call(self, path: str, body: object = None) -> tuple[int, Any]:
        """GET, or POST a JSON body; answers status and JSON."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.address + path, data, {"Content-Type": "application/json"})
        try:
            with urlopen(request, timeout=10) as response:
                return response.status, json.load(response)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """Read the journal's entries of one kind."""
        lines = [json.loads(line) for line in self.journal.read_text().splitlines()]
        return [line for line in lines if line["kind"] == kind]


@contextmanager
def simulator(folder: Path, **settings: Any) -> Iterator[Running]:
    """Run a simulator with the given settings of Config."""
    config = Config(journal=folder / "journal.jsonl", **settings)
    ready: list[str] = []
    started = threading.Event()
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()

    async def run() -> None:
        async with listening(config) as address:
            ready.append(address)
            started.set()
            await ended.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    try:
        assert started.wait(5), "the simulator did not start"
        with sdk(ready[0], config.account_sid, config.auth_token) as client:
            yield Running(ready[0], config.journal, client)
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
        loop.close()


@dataclass(frozen=True)
class Hook:
    """A webhook request as the service got it."""

    url: str
    form: dict[str, str]
    signature: str
    event: str

    def is_signed(self, token: str = AUTH_TOKEN, **changes: str) -> bool:
        """Ask the SDK's validator whether the signature fits, to the form with changes."""
        return bool(_Validator(token).validate(self.url, {**self.form, **changes}, self.signature))


@dataclass
class Service:
    """A service under test: keeps what it gets, answers what it is told, the last answer for ever."""

    address: str
    answers: list[tuple[int, str]] = field(default_factory=lambda: [(204, "")])
    hooks: list[Hook] = field(default_factory=list)

    def answer(self) -> tuple[int, str]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def statuses(self, sid: str) -> list[str]:
        """List the statuses told of one message, in the order of arrival."""
        return [hook.form["MessageStatus"] for hook in self.hooks if hook.form["MessageSid"] == sid]


@contextmanager
def service(*answers: tuple[int, str]) -> Iterator[Service]:
    """Run a service with the given answers: status and body."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            running.hooks.append(
                Hook(
                    f"{running.address}{self.path}",
                    dict(parse_qsl(body, keep_blank_values=True, strict_parsing=True)),
                    self.headers["X-Twilio-Signature"],
                    self.headers["I-Twilio-Idempotency-Token"],
                )
            )
            status, text = running.answer()
            self.send_response(status)
            if status == 307:
                self.send_header("Location", "/elsewhere")
            if status != 204:
                self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running = Service(f"http://127.0.0.1:{server.server_port}")
    if answers:
        running.answers = list(answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def wait_until(holds: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something holds, or fail."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
