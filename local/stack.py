"""The whole local cloud: starts its servers in parallel, deploys the app on them, and stops everything again."""

import os
import secrets
import shutil
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from local import cdk
from local.console.basemaps import BASEMAP_VARIABLE
from local.deploy import deploy_local, introduce_stripe, publish_console, release_local, synth_local
from local.emulators import start_cognito, start_localstack, start_stripe
from local.locks import Lock, LockedError
from local.paths import APP, StackFolder, command
from local.postgres import start_postgres
from local.processes import LOOPBACK, ServerProcess, free_ports
from local.record import STRIPE_ITSELF, StackRecord
from local.redis import BUS_OFFSET, start_redis
from local.steps import Report, step

DATABASE = "rideflow"
# The servers of a killed stack get this long to end; then they are killed themselves.
LAST_STACK_DEADLINE_S = 30


class StackError(Exception):
    """The stack cannot be started; the message says why and what to do."""


class Stack:
    """One local cloud. Only its folder's lock holder runs one; `start` and `stop` are called once each."""

    def __init__(self, folder: StackFolder, report: Report, app: Path = APP) -> None:
        self.folder = folder
        self.app = app
        self.processes: dict[str, ServerProcess] = {}
        self.record: StackRecord | None = None
        self._report = report
        self._lock: Lock | None = None
        self._redis_port = 0

    def start(self) -> StackRecord:
        """Returns when every operation answers. If a step fails, stops everything and raises its error."""
        self.folder.prepare()
        self._lock = self._take_lock()
        try:
            self._begin_logs()
            shutil.rmtree(self.folder.scratch, ignore_errors=True)
            self.folder.scratch.mkdir(mode=0o700)
            self.record = self._start()
        except BaseException:
            self.stop()
            raise
        return self.record

    def stop(self) -> None:
        """End every server. Nothing is kept: the next start deploys to empty stores."""
        self.forget()
        for process in self.processes.values():
            process.begin_stop()
        for process in self.processes.values():
            process.stop()
        self.processes.clear()
        if self._lock:
            self._lock.release()
            self._lock = None

    def forget(self) -> None:
        """Delete the record if it is this stack's: another stack of the folder may be up, and keeps its record."""
        if self._lock is not None:
            self.folder.record.unlink(missing_ok=True)

    def ended(self) -> str | None:
        """The name of a server that ended by itself, if one did."""
        return next((name for name, process in self.processes.items() if not process.running), None)

    def restart_redis(self) -> None:
        """Simulate a failure without a replica: Redis is back at its address and has forgotten everything."""
        self.processes.pop("redis").stop()
        self._start_redis()

    def _begin_logs(self) -> None:
        """Delete the logs of former runs, except the supervisor's, which is already being written."""
        for log in self.folder.logs.rglob("*.log"):
            if log != self.folder.log("supervisor"):
                log.unlink()

    def _take_lock(self) -> Lock:
        try:
            lock = Lock(self.folder.supervisor_lock)
        except LockedError:
            raise StackError(f"The stack of this checkout is up or starting; `{command('down')}` ends it.") from None
        try:
            Lock(self.folder.children_lock, LAST_STACK_DEADLINE_S).release()
        except LockedError:
            lock.release()
            raise StackError("Servers of an earlier stack are still running; end them, then try again.") from None
        return lock

    def _start(self) -> StackRecord:
        record = self._addresses()
        record.save(self.folder.record)
        starts: dict[str, Callable[[], object]] = {
            "PostgreSQL": lambda: self._start_postgres(record),
            "Redis": self._start_redis,
            "Cognito": lambda: self._start_cognito(record),
            "LocalStack": lambda: self._start_localstack(record),
            "Templates": lambda: synth_local(record, self.app, self.folder),
        }
        if record.uses_stripe_double:
            starts["Stripe double"] = lambda: self._start_stripe(record)
        self._together(starts)
        with step("Deploy", self._report) as detail:
            record = deploy_local(record, self.folder, detail)
        with step("Release", self._report) as detail:
            release_local(record, detail)
        with step("Stripe's keys and webhook", self._report):
            introduce_stripe(record)
        with step("Console", self._report):
            publish_console(record)
        return record

    def _together(self, starts: dict[str, Callable[[], object]]) -> None:
        """Run them in parallel; the first failure is raised when all have ended."""
        with ThreadPoolExecutor(len(starts)) as pool:
            running: list[Future[object]] = [pool.submit(self._step, name, run) for name, run in starts.items()]
        for one in running:
            one.result()

    def _step(self, name: str, run: Callable[[], object]) -> None:
        with step(name, self._report):
            run()

    def _addresses(self) -> StackRecord:
        """Ports are chosen before anything starts, so that everything can start at once."""
        self._redis_port = free_ports(1, also=BUS_OFFSET)[0]
        postgres, cognito, localstack, stripe = free_ports(4)
        own_key = os.environ.get("STRIPE_API_KEY")
        key = own_key or f"sk_test_{secrets.token_hex(12)}"
        return StackRecord(
            pid=os.getpid(),
            endpoint_url=f"http://{LOOPBACK}:{localstack}",
            database_url=f"postgresql://postgres@{LOOPBACK}:{postgres}/{DATABASE}",
            redis_url=f"redis://{LOOPBACK}:{self._redis_port}",
            cognito_url=f"http://{LOOPBACK}:{cognito}",
            stripe_url=STRIPE_ITSELF if own_key else f"http://{LOOPBACK}:{stripe}",
            stripe_api_key=key,
            stripe_publishable_key=os.environ.get("STRIPE_PUBLISHABLE_KEY") if own_key else f"pk_{key[3:]}",
            operator_password=f"Aa1-{secrets.token_urlsafe(24)}",
            basemap=os.environ.get(BASEMAP_VARIABLE) or None,
            stripe_webhook_secret=os.environ.get("STRIPE_WEBHOOK_SECRET") or f"whsec_{secrets.token_hex(16)}",
        )

    def _start_postgres(self, record: StackRecord) -> None:
        folder = self.folder
        server = start_postgres(
            folder.data("postgres"), folder.log("postgres"), port=_port(record.database_url), lock=folder.children_lock
        )
        self.processes["postgres"] = server.process
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute(f"create database {DATABASE}")

    def _start_redis(self) -> None:
        folder = self.folder
        server = start_redis(
            folder.data("redis"), folder.log("redis"), port=self._redis_port, lock=folder.children_lock
        )
        self.processes["redis"] = server.process

    def _start_cognito(self, record: StackRecord) -> None:
        self.processes["ministack"] = start_cognito(self.folder, _port(record.cognito_url)).process

    def _start_stripe(self, record: StackRecord) -> None:
        double = start_stripe(
            self.folder, _port(record.stripe_url), record.stripe_api_key, record.stripe_webhook_secret
        )
        self.processes["stripe"] = double.process

    def _start_localstack(self, record: StackRecord) -> None:
        localstack = start_localstack(
            self.folder,
            _port(record.endpoint_url),
            postgres=_address(record.database_url),
            redis=_address(record.redis_url),
            cognito_url=record.cognito_url,
        )
        self.processes["localstack"] = localstack.process
        cdk.bootstrap_local(record.endpoint_url)


def _address(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port
