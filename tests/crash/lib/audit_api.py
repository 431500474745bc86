"""Runs a published AuditApi as a process of its own, and clients that post orders to it."""

import http.client
import json
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from lib.segments import Place

START_LIMIT = 60  # seconds
STOP_LIMIT = 60


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def app_command(app):
    """The command that runs the published application in the folder `app`."""
    dll = Path(app).resolve() / "AuditApi.dll"
    if not dll.exists():
        sys.exit(f"{dll} is missing. Publish first: dotnet publish samples/AuditApi -c Release -o DIR")
    return ["dotnet", str(dll)]


class Server:
    def __init__(self, app, directory, console, settings=(), port=None):
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.console = Path(console)
        with open(self.console, "wb") as out:
            self.process = subprocess.Popen(
                [*app_command(app), f"--urls={self.url}", f"--contentRoot={Path(app).resolve()}",
                 f"--DurableAudit:orders:Directory={Path(directory).resolve()}",
                 f"--Logging:DurableFile:Directory={Path(directory).resolve()}-app", *settings],
                stdout=out, stderr=subprocess.STDOUT)

    def wait_ready(self):
        """Returns when the server answers; ends the run with the server's console when it does not."""
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.get("/healthz")
                return
            except OSError:
                time.sleep(0.02)
        self.kill()
        sys.exit(f"The server did not start. Its console:\n{self.console.read_text(errors='replace')}")

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
            if response.status != 200:
                raise RuntimeError(f"GET {path}: HTTP {response.status}: {body[:300]!r}")
            return json.loads(body)
        finally:
            connection.close()

    def kill(self):
        """kill -9. Returns the exit status, which is -9 unless the process had ended before."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        return self.process.wait()

    def stop(self):
        """Asks the server to stop, and returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.kill()
            return None


class Clients:
    """Threads that post orders until they are told to stop or the server is gone; every request names a customer of its own."""

    def __init__(self, server, count, label, acknowledged):
        self._server = server
        self._label = label
        self._acknowledged = acknowledged  # order id -> Place; shared over all rounds
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.first = threading.Event()  # set at the first acknowledgement
        self.new = 0
        self.unanswered = 0
        self.faults = []
        self._threads = [threading.Thread(target=self._run, args=(i,), daemon=True) for i in range(count)]
        for t in self._threads:
            t.start()

    def stop(self):
        self._stop.set()
        self.join()

    def join(self):
        for t in self._threads:
            t.join()

    def _run(self, client):
        connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=30)
        n = 0
        try:
            while not self._stop.is_set():
                n += 1
                order = {"customer": f"{self._label}-{client}-{n}", "sku": f"sku-{random.randrange(1000)}", "count": 1 + n % 9}
                connection.request("POST", "/orders", json.dumps(order), {"Content-Type": "application/json"})
                response = connection.getresponse()
                self._take(response.status, response.read())
        except (OSError, http.client.HTTPException):
            with self._lock:
                self.unanswered += 1  # in flight at the kill
        finally:
            connection.close()

    def _take(self, status, body):
        if status != 201:
            with self._lock:
                self.faults.append(f"POST /orders: HTTP {status}: {body[:200]!r}")
            return
        receipt = json.loads(body)
        with self._lock:
            if receipt["orderId"] in self._acknowledged:
                self.faults.append(f"order id {receipt['orderId']} was given to two clients")
            self._acknowledged[receipt["orderId"]] = Place(receipt["receipt"]["sequence"], receipt["receipt"]["hash"])
            self.new += 1
        self.first.set()
