"""What is told of a work server while it runs: figures for Prometheus, and a line of JSON for each request."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from powplasma.errors import ExtraMissing


class ServeUnavailable(ExtraMissing):
    """The libraries of the work server are not installed."""

    need = "the work server needs"
    extra = "serve"


try:
    from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
    from prometheus_client.core import GaugeMetricFamily, Metric
except ImportError as error:
    raise ServeUnavailable from error

if TYPE_CHECKING:
    from powplasma.serve.scheduler import Scheduler

LOG = logging.getLogger("powplasma.serve")

_BUCKETS = (0.001, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)


class Watch:
    """The figures of one server.

    Args:
        scheduler: whose queue is told of.
        workers: how many search, as of now.
    """

    def __init__(self, scheduler: Scheduler, workers: Any) -> None:
        self._scheduler = scheduler
        self._workers = workers
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "powplasma_requests", "Requests by action and outcome.", ["action", "outcome"], registry=self._registry
        )
        self._seconds = Histogram(
            "powplasma_request_seconds",
            "Time from a request to its answer.",
            ["action"],
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._hashes = Counter("powplasma_hashes", "Hashes that were spent.", registry=self._registry)
        self._registry.register(self)

    def request(self, action: str, client: str, outcome: str, seconds: float) -> None:
        """Takes notice of an answer.

        Args:
            action: one that there is, or ``unknown``.
            client: who asked.
            outcome: ``ok`` or the kind of fault; ``gone`` if the client did not wait for it.
            seconds: that it took.
        """
        self._requests.labels(action, outcome).inc()
        self._seconds.labels(action).observe(seconds)
        fields = {"action": action, "client": client, "outcome": outcome, "seconds": round(seconds, 6)}
        LOG.info("request", extra={"fields": fields})

    def spent(self, hashes: int) -> None:
        """Counts hashes."""
        self._hashes.inc(hashes)

    def collect(self) -> Iterator[Metric]:
        """What is as it is, for Prometheus's client."""
        scheduler = self._scheduler
        for name, meaning, value in (
            ("queue", "Searches that wait or are under way.", scheduler.depth),
            ("waiters", "Requests that wait for them.", scheduler.waiters),
            ("queue_limit", "Places for requests.", scheduler.most),
            ("hashrate", "Hashes per second.", scheduler.expectation.hashrate),
            ("workers", "Workers that search.", self._workers()),
            ("draining", "1 if the server is about to end.", scheduler.draining),
        ):
            yield GaugeMetricFamily(f"powplasma_{name}", meaning, value=float(value))

    def exposition(self) -> bytes:
        """All figures in the text format of Prometheus."""
        return generate_latest(self._registry)


class JsonLines(logging.Formatter):
    """One JSON object per line: time, level, event, and the fields of the event."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        line: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info is not None:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line)
