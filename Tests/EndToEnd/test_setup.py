"""dev/setup against a fake of swift.org on loopback: what is signed is installed, what is not is refused."""

import functools
import http.server
import pathlib
import shutil
import subprocess
import tarfile
import tempfile
import threading

import pytest

ROOT = pathlib.Path(__file__).parents[2]
VERSION = "6.3.1"
# What dev/setup may use of the machine; swift is not among it.
TOOLS = """bash cat chmod comm curl cut dirname env gpg gpgconf grep gzip head id mkdir mktemp mv paste rm sed sort tail tar
    uname""".split()


def script(path, body):
    # Never through a link, which would end in a tool of the real machine.
    path.unlink(missing_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


@pytest.fixture(scope="module")
def key():
    """Throw-away keys: a folder with a keyring, in a short path because gpg-agent's socket lies in it."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="key", dir="/tmp"))
    gpg(folder, "--passphrase", "", "--quick-generate-key", "Swift <swift@localhost>", "ed25519", "sign", "1d")
    yield folder
    subprocess.run(["gpgconf", "--homedir", folder, "--kill", "all"], check=True)
    shutil.rmtree(folder)


def gpg(folder, *arguments):
    command = ["gpg", "--homedir", folder, "--batch", "--quiet", "--pinentry-mode", "loopback", *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout


class Machine:
    """A fresh machine: its PATH, its home, and what swift.org serves. Nothing in it is a link to the real one."""

    def __init__(self, folder, key):
        self.bin, self.home, self.site = folder / "bin", folder / "home", folder / "site"
        for place in (self.bin, self.home, self.site):
            place.mkdir()
        for tool in TOOLS:
            real = shutil.which(tool)
            assert real, f"{tool} is needed here"
            script(self.bin / tool, f'exec {real} "$@"')
        script(self.bin / "dpkg-query", "shift 3; for name; do echo $name installed; done")
        self.apt_log = folder / "apt.log"
        script(self.bin / "apt-get", f'echo "$*" >>{self.apt_log}')
        self.os_release = folder / "os-release"
        self.os_release.write_text('ID=debian\nVERSION_ID="12"\n')
        (self.site / "keys.asc").write_bytes(gpg(key, "--armor", "--export"))
        self.key = key
        self.requests = []

    def publish(self, platform="debian12", suffix=""):
        """Puts a toolchain where swift.org would have it; answers the tarball."""
        name = f"swift-{VERSION}-RELEASE"
        folder = self.site / f"swift-{VERSION}-release" / (platform.replace(".", "") + suffix) / name
        folder.mkdir(parents=True)
        tarball = folder / f"{name}-{platform}{suffix}.tar.gz"
        tree = self.site / "tree"
        (tree / "usr/bin").mkdir(parents=True)
        script(tree / "usr/bin/swift", f"echo 'Swift version {VERSION} (swift-{VERSION}-RELEASE)'")
        with tarfile.open(tarball, "w:gz") as archive:
            archive.add(tree, arcname=f"{name}-{platform}{suffix}")
        self.sign(tarball)
        return tarball

    def sign(self, tarball):
        signature = tarball.with_name(tarball.name + ".sig")
        signature.unlink(missing_ok=True)
        gpg(self.key, "--output", str(signature), "--detach-sign", str(tarball))

    def setup(self, url=None, **variables):
        environment = {
            "PATH": str(self.bin),
            "HOME": str(self.home),
            "OS_RELEASE": str(self.os_release),
            "SWIFT_DOWNLOAD_URL": url or self.url,
            "SWIFT_KEYS_URL": f"{url or self.url}/keys.asc",
            **variables,
        }
        return subprocess.run(
            [ROOT / "dev/setup"], env=environment, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
        )

    @property
    def swift(self):
        return self.home / ".local/share/weather-tweets/swift/usr/bin/swift"

    def has_nothing(self):
        return not (self.home / ".local").exists() or not list((self.home / ".local").rglob("swift*"))


@pytest.fixture
def machine(tmp_path, key):
    machine = Machine(tmp_path, key)

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            machine.requests.append(self.path)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=machine.site))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    machine.url = f"http://127.0.0.1:{server.server_port}"
    yield machine
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("os_release", "arch", "platform", "suffix"),
    [
        ('ID=debian\nVERSION_ID="12"', "x86_64", "debian12", ""),
        ('ID=debian\nVERSION_ID="13"', "aarch64", "debian12", "-aarch64"),
        ("ID=debian", "x86_64", "debian12", ""),
        ('ID=ubuntu\nVERSION_ID="22.04"', "x86_64", "ubuntu22.04", ""),
        ('ID=ubuntu\nVERSION_ID="24.04"', "aarch64", "ubuntu24.04", "-aarch64"),
    ],
)
def test_a_signed_toolchain_is_installed(machine, os_release, arch, platform, suffix):
    machine.os_release.write_text(os_release + "\n")
    script(machine.bin / "uname", f"echo {arch}")
    machine.publish(platform, suffix)
    result = machine.setup()
    assert result.returncode == 0, result.stderr
    assert str(machine.swift.parent) in result.stdout
    assert VERSION in subprocess.run([machine.swift], capture_output=True, text=True, check=True).stdout
    asked = len(machine.requests)

    again = machine.setup()
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert len(machine.requests) == asked, "nothing is downloaded twice"


def test_a_tampered_toolchain_is_refused(machine):
    tarball = machine.publish()
    data = bytearray(tarball.read_bytes())
    data[len(data) // 2] ^= 1
    tarball.write_bytes(data)
    result = machine.setup()
    assert result.returncode != 0 and "signature" in result.stderr and "nothing was installed" in result.stderr
    assert machine.has_nothing()


def test_a_key_that_swift_org_does_not_publish_is_refused(machine, tmp_path):
    machine.publish()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="key", dir="/tmp"))
    try:
        gpg(folder, "--passphrase", "", "--quick-generate-key", "Other <other@localhost>", "ed25519", "sign", "1d")
        (machine.site / "keys.asc").write_bytes(gpg(folder, "--armor", "--export"))
    finally:
        subprocess.run(["gpgconf", "--homedir", folder, "--kill", "all"], check=True)
        shutil.rmtree(folder)
    result = machine.setup()
    assert result.returncode != 0 and "signature" in result.stderr
    assert machine.has_nothing()


def test_without_keys_nothing_is_trusted(machine):
    machine.publish()
    (machine.site / "keys.asc").write_text("<html>sorry</html>")
    result = machine.setup()
    assert result.returncode != 0 and "holds no keys" in result.stderr
    assert machine.has_nothing()


def test_without_network_it_says_what_it_could_not_get(machine):
    result = machine.setup(url="http://127.0.0.1:1")
    assert result.returncode != 0
    assert "setup: cannot download http://127.0.0.1:1/swift-6.3.1-release/debian12/" in result.stderr
    assert machine.has_nothing()


@pytest.mark.parametrize(("version", "installs"), [("5.10.1", True), ("6.1", True), ("6.2", False), ("6.10", False)])
def test_a_swift_that_is_there_is_used_when_it_is_new_enough(machine, version, installs):
    script(machine.bin / "swift", f"echo 'swift-driver version: 1.2 Swift version {version} (swift-{version}-RELEASE)'")
    machine.publish()
    result = machine.setup()
    assert result.returncode == 0, result.stderr
    assert machine.swift.exists() == installs


def test_an_unknown_system_is_told_what_to_do(machine):
    machine.os_release.write_text("ID=fedora\nVERSION_ID=44\n")
    result = machine.setup()
    assert result.returncode != 0 and "no Swift toolchain is known for fedora 44" in result.stderr


def test_missing_packages_are_installed_once(machine):
    script(machine.bin / "dpkg-query", "echo git installed; echo make installed; exit 1")
    script(machine.bin / "swift", "echo 'Swift version 6.3.1'")
    script(machine.bin / "id", "echo 0")
    result = machine.setup()
    assert result.returncode == 0, result.stderr
    assert result.stdout == "setup: installing libhiredis-dev libmicrohttpd-dev libsqlite3-dev\n"
    calls = machine.apt_log.read_text().splitlines()
    assert calls[0].startswith("update")
    assert calls[1].endswith(" libmicrohttpd-dev libsqlite3-dev") and len(calls) == 2


def test_neither_root_nor_sudo(machine):
    script(machine.bin / "dpkg-query", "exit 1")
    script(machine.bin / "id", "echo 1000")
    result = machine.setup()
    assert result.returncode != 0
    assert "Neither root nor sudo" in result.stderr and "apt-get install -y git" in result.stderr
    assert not machine.apt_log.exists()

    script(machine.bin / "sudo", f'echo sudo >>{machine.apt_log}; exec "$@"')
    script(machine.bin / "swift", "echo 'Swift version 6.3.1'")
    assert machine.setup().returncode == 0
    assert machine.apt_log.read_text().startswith("sudo\nupdate")


def test_without_apt(machine):
    (machine.bin / "apt-get").unlink()
    result = machine.setup()
    assert result.returncode != 0 and "no apt-get here" in result.stderr and "libmicrohttpd-dev" in result.stderr
