"""What every end-to-end test needs: the built program, running on ports and a data folder of its own, and a browser.

    python3 -m pytest Tests/EndToEnd          (needs pytest, requests, selenium; chromium and chromium-driver)
"""

import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import time

import pytest
import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
LEGS = ("kafka", "rabbitmq")
START_SECONDS = 30
STOP_SECONDS = 20


def binary():
    """WEATHER_TWEETS_BINARY, or the release build, or the debug build."""
    named = os.environ.get("WEATHER_TWEETS_BINARY")
    candidates = [pathlib.Path(named)] if named else [ROOT / ".build" / kind / "weather-tweets" for kind in ("release", "debug")]
    for path in candidates:
        if path.is_file():
            return path
    pytest.exit(f"no program to test: build it, or set WEATHER_TWEETS_BINARY (looked for {', '.join(map(str, candidates))})", 2)


def free_ports(count):
    """Ports of loopback that nobody has now, below those that the system gives to clients: a client that looks for a
    program that is just away could be given its port, and then connect to itself."""
    ports = []
    while len(ports) < count:
        port = random.randrange(20000, 32000)
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        if port not in ports:
            ports.append(port)
    return ports


def eventually(check, seconds=10.0, every=0.02):
    """Repeats `check` until what it returns is true, and returns that; AssertionErrors count as false until the end."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            value = check()
            if value or time.monotonic() >= deadline:
                assert value, f"not within {seconds} s"
                return value
        except AssertionError:
            if time.monotonic() >= deadline:
                raise
        time.sleep(every)


def weather_tweets(*words, environment=None, seconds=60, **options):
    """Runs a command to its end: `returncode`, `stdout`, `stderr` as text."""
    command = [str(word) for word in (binary(), *words)]
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds,
        env={**os.environ, **(environment or {})}, **options)


class Load:
    """`weather-tweets load` in the background, with a ledger."""

    def __init__(self, url, ledger, *words):
        self.ledger = ledger
        command = [binary(), "load", "--target", url, "--ledger", ledger, "--json", "--quiet", *words]
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True)

    def finish(self, seconds=60):
        """Its report once it is done."""
        return self._report(seconds, (0,))

    def end(self, seconds=10):
        """Ends it early and returns its report."""
        self.process.send_signal(signal.SIGINT)
        return self._report(seconds, (0, 130))

    def _report(self, seconds, codes):
        output, errors = self.process.communicate(timeout=seconds)
        assert self.process.returncode in codes, f"load ended with {self.process.returncode}: {errors}"
        return json.loads(output)


class Program:
    """`weather-tweets up`. Addresses and data stay the same when it is started again."""

    def __init__(self, data, *arguments, environment=None):
        self.data = data
        self.arguments = [str(argument) for argument in arguments]
        self.environment = environment or {}
        self.addresses = [f"127.0.0.1:{port}" for port in free_ports(3)]
        self.input, self.dashboard, self.admin = (f"http://{address}" for address in self.addresses)
        self.log = data.parent / f"{data.name}.log"
        self.process = None
        self.loads = []

    def spawn(self):
        """Starts it and waits for nothing."""
        assert self.process is None or self.process.poll() is not None, "it runs already"
        listen, dashboard, admin = self.addresses
        command = [binary(), "up", "--listen", listen, "--dashboard", dashboard, "--admin", admin, "--data", self.data]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [str(word) for word in command] + self.arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **self.environment})
        return self

    def start(self):
        """Returns when it is ready for tweets."""
        self.spawn()
        eventually(self.is_ready, START_SECONDS)
        return self

    def is_ready(self):
        if self.process.poll() is not None:
            pytest.fail(f"ended with {self.process.returncode} while starting:\n{self.words()}")
        try:
            return requests.get(f"{self.admin}/readyz", timeout=2).status_code == 200
        except requests.ConnectionError:
            return False

    def words(self):
        """The end of what it has written."""
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else ""

    def stop(self, code=0):
        """SIGTERM, and the exit code that is expected after it."""
        self.process.send_signal(signal.SIGTERM)
        try:
            ended = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            pytest.fail(f"runs {STOP_SECONDS} s after SIGTERM:\n{self.words()}")
        assert ended == code, f"exit code {ended}, not {code}:\n{self.words()}"

    def kill(self):
        """SIGKILL."""
        self.process.kill()
        self.process.wait()

    @contextlib.contextmanager
    def held(self, file):
        """Meanwhile nobody else can write to a file of the data folder."""
        with contextlib.closing(sqlite3.connect(self.data / file, isolation_level=None, timeout=10)) as store:
            store.execute("BEGIN IMMEDIATE")
            yield
            store.execute("ROLLBACK")

    def load(self, ledger, *words):
        """Begins to send tweets. What still runs when the test ends is ended."""
        self.loads.append(Load(f"{self.input}/input", self.data.parent / ledger, *words))
        return self.loads[-1]

    def audit(self, *words):
        """What `audit` says of all ledgers of this program."""
        ledgers = {str(load.ledger): None for load in self.loads}
        return weather_tweets("audit", "--data", self.data, "--ledger", ",".join(ledgers), "--quiet", *words)

    def close(self):
        """Ends whatever still runs."""
        for process in [load.process for load in self.loads] + [self.process]:
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()

    @property
    def pid(self):
        return self.process.pid

    def post(self, body, **options):
        """`POST /input`; the response, whatever it is."""
        return requests.post(f"{self.input}/input", json=body, timeout=10, **options)

    def summary(self):
        answer = requests.get(f"{self.dashboard}/api/summary", timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def metrics(self):
        """Every sample of `/metrics`: its name with labels, and its value."""
        answer = requests.get(f"{self.admin}/metrics", timeout=10)
        assert answer.status_code == 200, answer.text
        lines = [line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in lines}

    def counted(self):
        """What was counted behind each leg since the program was started: known at once, where the summary may be a look old."""
        return self._by_leg("counted_total")

    def lag(self):
        """What is durable behind each leg and not counted."""
        return self._by_leg("lag_tweets")

    def _by_leg(self, name):
        metrics = self.metrics()
        return {leg: int(metrics[f'weather_tweets_{name}{{leg="{leg}"}}']) for leg in LEGS}

    def totals(self):
        """What is counted behind each leg."""
        return {name: leg["total"] for name, leg in self.summary()["legs"].items()}


@pytest.fixture
def make_program(tmp_path):
    """Makes programs, each with a data folder of its own, not started; ends them after the test."""
    made = []

    def make(*arguments, environment=None):
        made.append(Program(tmp_path / f"data{len(made)}", *arguments, environment=environment))
        return made[-1]

    yield make
    for program in made:
        program.close()


@pytest.fixture
def program(make_program):
    """A program that runs, empty. When the test is over it must end well, if it still runs."""
    one = make_program().start()
    yield one
    if one.process.poll() is None:
        one.stop()


@pytest.fixture
def make_browser(tmp_path):
    """Makes headless browsers: a width in CSS pixels, a language, "light" or "dark"."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    driver, chromium = shutil.which("chromedriver"), shutil.which("chromium") or shutil.which("google-chrome")
    if not driver or not chromium:
        pytest.skip("no chromium or chromedriver")
    made = []

    def make(width=1280, height=800, language="en", scheme="light"):
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        # No sandbox: tests may run as root, in a container. /dev/shm may be small there.
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars",
                         f"--user-data-dir={tmp_path}/browser{len(made)}", f"--lang={language}"):
            options.add_argument(argument)
        options.add_experimental_option("prefs", {"intl.accept_languages": language})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        browser = webdriver.Chrome(options=options, service=Service(driver))
        made.append(browser)
        # The window of a headless browser is never narrower than 500 pixels; the emulated device is.
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})
        browser.execute_cdp_cmd("Emulation.setLocaleOverride", {"locale": language})
        return browser

    yield make
    for browser in made:
        browser.quit()


@pytest.fixture
def browser(make_browser):
    return make_browser()
