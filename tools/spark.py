"""A throw-away Spark cluster on loopback for tests and measurements: a master, two workers, a Thrift server.

Needs the packages of requirements-spark.txt and a Java runtime (Debian: default-jre-headless).
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.postgres import free_port, stop

HERE = "127.0.0.1"
WORKERS = 2
START_WITHIN_S = 120
MASTER = "org.apache.spark.deploy.master.Master"
WORKER = "org.apache.spark.deploy.worker.Worker"
THRIFT = "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"


class SparkUnavailable(RuntimeError):
    """The cluster cannot be started on this machine; the message says why."""


@dataclass(frozen=True)
class Cluster:
    """A running cluster: the address of its Thrift server, its workers and all of its processes."""

    url: str
    workers: list[subprocess.Popen[bytes]]
    processes: list[subprocess.Popen[bytes]]

    def kill_worker(self, number: int) -> None:
        """End a worker and its executor at once, as a machine that loses power."""
        os.killpg(self.workers[number].pid, signal.SIGKILL)
        self.workers[number].wait()

    def resident_mb(self) -> float:
        """Memory that all processes of the cluster hold, executors too."""
        return self._sum("statm", lambda said: int(said.split()[1])) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def processor_s(self) -> float:
        """Processor seconds that the processes which now run have used so far."""
        return self._sum(
            "stat", lambda said: sum(map(int, said.rpartition(")")[2].split()[11:13]))
        ) / os.sysconf("SC_CLK_TCK")

    def _sum(self, file: str, value: Callable[[str], int]) -> int:
        groups = {process.pid for process in self.processes if process.poll() is None}
        total = 0
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if os.getpgid(int(entry.name)) in groups:
                        total += value((entry / file).read_text())
                except (OSError, IndexError):
                    continue  # ended meanwhile
        return total


def home() -> Path:
    """Where pyspark lies.

    Raises:
        SparkUnavailable: a package, or Java, is not installed.
    """
    for package in ("pyspark", "pyhive", "thrift_sasl"):
        if importlib.util.find_spec(package) is None:
            raise SparkUnavailable(f"{package} is not installed (requirements-spark.txt)")
    if shutil.which("java") is None:
        raise SparkUnavailable("no Java runtime (Debian package default-jre-headless)")
    found = importlib.util.find_spec("pyspark")
    assert found is not None and found.origin is not None
    return Path(found.origin).parent


@contextmanager
def cluster(*, worker_mb: int = 1400, executor_mb: int = 1000) -> Iterator[Cluster]:
    """Run a cluster for the length of the `with` block, on free ports of 127.0.0.1; its files are removed at the end.

    Raises:
        SparkUnavailable: it cannot be started here.
    """
    spark, master, thrift = home(), free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="ieum-spark-") as name, ExitStack() as running:
        folder = Path(name)
        environment = os.environ | {
            "SPARK_LOCAL_IP": HERE,
            "SPARK_NO_DAEMONIZE": "1",
            "SPARK_LOCAL_DIRS": str(folder / "scratch"),
            "SPARK_WORKER_DIR": str(folder / "work"),
            "SPARK_DAEMON_MEMORY": "700m",
            "SPARK_HOME": str(spark),
        }
        processes: list[subprocess.Popen[bytes]] = []

        def start(program: str, *arguments: str) -> subprocess.Popen[bytes]:
            log = running.enter_context((folder / f"log-{len(processes)}").open("wb"))
            process = subprocess.Popen(
                [str(spark / "bin" / program), *arguments],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a group of its own, executors included
            )
            processes.append(process)
            running.callback(_end, process)
            return process

        at = f"spark://{HERE}:{master}"
        ui = ("--webui-port", "0")
        start("spark-class", MASTER, "--host", HERE, "--port", str(master), *ui)
        _listens(master, processes, folder)
        workers = [
            start("spark-class", WORKER, "--host", HERE, "-c", "1", "-m", f"{worker_mb}M", *ui, at)
            for _ in range(WORKERS)
        ]
        settings = {
            "spark.driver.bindAddress": HERE,
            "spark.driver.host": HERE,
            "spark.ui.enabled": "false",
            "spark.executor.memory": f"{executor_mb}m",
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.sql.shuffle.partitions": "16",
        }
        derby = f"-Dderby.system.home={folder / 'derby'}"
        start(
            "spark-submit", "--class", THRIFT, "--master", at, "--driver-java-options", derby,
            *(part for key, value in settings.items() for part in ("--conf", f"{key}={value}")),
            "spark-internal",
            "--hiveconf", f"hive.server2.thrift.port={thrift}", "--hiveconf", f"hive.server2.thrift.bind.host={HERE}",
        )  # fmt: skip
        _listens(thrift, processes, folder)
        yield Cluster(f"hive://{HERE}:{thrift}/default", workers, processes)


def _listens(port: int, processes: list[subprocess.Popen[bytes]], folder: Path) -> None:
    """Returns once somebody listens there."""
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline and all(process.poll() is None for process in processes):
        try:
            socket.create_connection((HERE, port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    said = "\n".join(file.read_text(errors="replace")[-1500:] for file in sorted(folder.glob("log-*")))
    raise SparkUnavailable(f"the cluster did not start:\n{said}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it started."""
    stop(process)
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
