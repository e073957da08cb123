"""What all benchmarks share: the resources of processes, and certificates."""

import os
import ssl
import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509

from benchmarks.rig import commands
from benchmarks.rig.certificate import certify
from benchmarks.rig.side import cores, pinned

linux = pytest.mark.skipif(bool(commands.lacks()), reason=commands.lacks() or "Linux")

BUSY = """
import subprocess, sys, time
file = None
if len(sys.argv) > 1:
    child = subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE)
    child.stdout.readline()
else:
    import os
    file = os.memfd_create("kept")
    os.write(file, b"x" * 1_000_000)
    while time.process_time() < 0.3:
        pass
print("ready", flush=True)
time.sleep(60)
"""


@linux
def test_children_count_too(tmp_path: Path) -> None:
    """Their CPU time, their memory, and their files in memory."""
    script = tmp_path / "busy.py"
    script.write_text(BUSY)
    command = [sys.executable, str(script), "parent"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        try:
            its, child = commands.family(parent.pid)
            assert its == parent.pid
            assert commands.used(child) >= 0.3
            assert commands.used(parent.pid) > commands.used(child)
            assert commands.peak(parent.pid) > commands.peak(child) > 1_000_000
            # A file in memory has whole pages.
            assert 1_000_000 <= commands.in_memory_files(parent.pid) < 1_100_000
        finally:
            os.kill(child, 9)
            parent.kill()


@linux
def test_a_program_that_does_not_start_is_reported() -> None:
    """At once, with its exit code."""
    failing = (sys.executable, "-c", "raise SystemExit(3)")
    with (
        pytest.raises(AssertionError, match="one ended at once, with 3"),
        commands.ran("one", failing, commands.free_port()),
    ):
        pass


def test_the_load_gets_its_own_cores() -> None:
    """If there are at least two; a block gives back what it took."""
    its, others = cores()
    assert not set(its) & set(others)
    affinity = getattr(os, "sched_getaffinity", lambda _: set(its))
    before = affinity(0)
    with pinned(its):
        assert affinity(0) == (set(its) or before)
    assert affinity(0) == before


def test_a_certificate_is_for_an_address_and_a_name(tmp_path: Path) -> None:
    """And a server can use it."""
    certify(tmp_path / "one.pem", "10.77.0.2")
    made = x509.load_pem_x509_certificate((tmp_path / "one.pem").read_bytes())
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.IPAddress) == [ip_address("10.77.0.2")]
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "one.pem")
