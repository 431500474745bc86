"""Clients that post each order under an idempotency key, again and again, until it is acknowledged; the server may die meanwhile."""

import collections
import http.client
import json
import threading
import time
import uuid

from lib.segments import Place

PAUSE = 0.02  # seconds between attempts of one client


def post(port, key, order, connection=None):
    """One request. Returns status and body, which is None where it is not JSON."""
    own = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        own.request("POST", "/orders", json.dumps(order), {"Content-Type": "application/json", "Idempotency-Key": key})
        response = own.getresponse()
        body = response.read()
        return response.status, json.loads(body) if body else None
    finally:
        if connection is None:
            own.close()


class RetryingClients:
    def __init__(self, port, count):
        self._port = port
        self._lock = threading.Condition()
        self._stop = threading.Event()
        self.orders = {}  # key -> what was posted
        self.receipts = {}  # key -> the body of its 201
        self.retries = 0
        self.unanswered = 0  # requests that were sent, and whose answer never came
        self.retried_answers = 0  # keys that were acknowledged on a later attempt than the first
        self.faults = []
        self._answers = []  # (when, status)
        self._threads = [threading.Thread(target=self._run, args=(i,), daemon=True) for i in range(count)]
        for t in self._threads:
            t.start()

    @property
    def answered(self):
        return len(self.receipts)

    def acknowledged(self):
        """Order id -> Place."""
        return {r["orderId"]: Place(r["receipt"]["sequence"], r["receipt"]["hash"]) for r in self.receipts.values()}

    def wait_more(self, than, seconds):
        with self._lock:
            return self._lock.wait_for(lambda: self.answered > than, seconds)

    def wait_status(self, status, since, seconds):
        """When the first answer with this status came after `since`; None where none did in time."""
        def first():
            return next((at for at, s in self._answers if s == status and at > since), None)
        with self._lock:
            self._lock.wait_for(lambda: first() is not None, seconds)
            return first()

    def wait_quiet(self, status, since, span, seconds):
        """When, after `since`, no answer with this status had come for so many seconds; None where that was not so in time."""
        deadline = since + seconds
        while True:
            with self._lock:
                last = max((at for at, s in self._answers if s == status and at > since), default=since)
            if last + span <= (now := time.monotonic()):
                return last + span
            if now > deadline:
                return None
            time.sleep(last + span - now)

    def seen(self, since, until):
        """Status -> how many answers between the two moments."""
        with self._lock:
            return dict(collections.Counter(s for at, s in self._answers if since <= at <= until))

    def finish(self, seconds):
        """No new orders; those under way are tried until they are acknowledged."""
        self._stop.set()
        deadline = time.monotonic() + seconds
        for t in self._threads:
            t.join(max(0.0, deadline - time.monotonic()))
        if left := sum(t.is_alive() for t in self._threads):
            self.faults.append(f"{left} clients have no acknowledgement {seconds} s after the last start")

    def _run(self, client):
        n = 0
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        while not self._stop.is_set():
            n += 1
            key = str(uuid.uuid4())
            order = {"customer": f"client-{client}-{n}", "sku": f"sku-{n % 1000}", "count": 1 + n % 9}
            self.orders[key] = order
            attempts = 0
            while True:
                attempts += 1
                status, body = None, None
                try:
                    status, body = post(self._port, key, order, connection)
                except (OSError, http.client.HTTPException, ValueError) as e:
                    connection.close()
                    with self._lock:
                        self.unanswered += not isinstance(e, ConnectionRefusedError)
                if status is not None:
                    with self._lock:
                        self._answers.append((time.monotonic(), status))
                        self._lock.notify_all()
                if status == 201:
                    break
                with self._lock:
                    self.retries += 1
                    if status not in (None, 503):
                        self.faults.append(f"key {key}: HTTP {status}: {body}")
                        return
                time.sleep(PAUSE)
            with self._lock:
                self.receipts[key] = body
                self.retried_answers += attempts > 1
                self._lock.notify_all()
