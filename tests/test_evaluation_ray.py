"""Running jobs on Ray: real clusters of several nodes on this machine, one of them killed."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from evaluation_benches import CELL, DigitSums, jobs_of, run_in, tasks_of

from orchestra_cli.errors import UsageError
from orchestra_cli.evaluation.execution.base import Job
from orchestra_cli.evaluation.execution.ray_cluster import RayExecutor
from orchestra_cli.evaluation.run_folder import read_rows

cluster_utils = pytest.importorskip("ray.cluster_utils", reason="needs the extra [ray]")


_STORE_BYTES = 100 * 2**20


@contextmanager
def in_background(action: Callable[[], None]) -> Iterator[None]:
    thread = threading.Thread(target=action)
    thread.start()
    yield
    thread.join()


@pytest.fixture(scope="module", autouse=True)
def no_process_is_left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Ray's nodes import the tests' bench, send no report, and are gone at the end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_TMPDIR", str(tmp_path_factory.mktemp("ray")))
        yield
    left = [each for each in psutil.Process().children(recursive=True) if _is_of_ray(each)]
    assert left == []


def _is_of_ray(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and "ray" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False


@pytest.fixture(scope="module")
def cluster(no_process_is_left: None) -> Iterator[cluster_utils.Cluster]:
    """A head without processors, and three nodes of one each: processes of their own."""
    head = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": _STORE_BYTES}
    cluster = cluster_utils.Cluster(initialize_head=True, head_node_args=head)
    try:
        for _ in range(3):
            cluster.add_node(num_cpus=1, object_store_memory=_STORE_BYTES)
        cluster.wait_for_nodes()
        yield cluster
    finally:
        cluster.shutdown()


def test_a_killed_node_s_tasks_run_again_elsewhere(
    tmp_path: Path, cluster: cluster_utils.Cluster, capfd: pytest.CaptureFixture[str]
) -> None:
    bench = DigitSums(tmp_path / "notes", slow_s=0.1)
    raylet = psutil.Process(cluster.list_all_nodes()[1].all_processes["raylet"][0].process.pid)
    killed: list[int] = []

    def kill_node() -> None:
        while len(bench.processes()) < 3 or len(bench.runs()) < 320:
            time.sleep(0.02)
        processes = [*raylet.children(recursive=True), raylet]
        killed.extend({each.pid for each in processes} & set(bench.processes()))
        for each in processes:
            each.kill()

    jobs = [*jobs_of("sum", count=300), *jobs_of("slow", count=60), Job("dies-1", CELL)]
    executor = RayExecutor(cluster.address)
    assert executor.workers == 3
    with in_background(kill_node):
        ran = run_in(tmp_path / "run", jobs, bench, executor=executor)
    assert len(killed) == 1
    rows = {row.task: row for row in read_rows(tmp_path / "run")}
    assert len(rows) == ran.done == len(jobs)
    assert tasks_of(rows.values()) == sorted(job.task for job in jobs)
    assert rows.pop("dies-1").stop_reason == "failed" and bench.runs()["dies-1"] == 2
    assert {row.stop_reason for row in rows.values()} == {"answered"}
    assert max(bench.runs().values()) == 2  # once more, and no more than that
    assert tuple(capfd.readouterr()) == ("", "")


def test_a_bug_in_an_actor_is_raised_here(tmp_path: Path, cluster: cluster_utils.Cluster) -> None:
    jobs = [*jobs_of("sum", count=20), Job("bug-1", CELL)]
    with pytest.raises(ZeroDivisionError, match="our bug") as raised:
        run_in(tmp_path / "run", jobs, DigitSums(), executor=RayExecutor(cluster.address, 1))
    assert "evaluation_benches.py" in raised.value.__notes__[0]
    assert tasks_of(read_rows(tmp_path / "run")) == sorted(job.task for job in jobs[:20])


def test_an_interrupt_saves_what_is_finished(
    tmp_path: Path, cluster: cluster_utils.Cluster
) -> None:
    bench = DigitSums(tmp_path / "notes", slow_s=60)

    def interrupt() -> None:
        while not (tmp_path / "notes" / "slow-1").exists():
            time.sleep(0.02)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    jobs = [*jobs_of("sum", count=50), *jobs_of("slow", count=2)]
    with in_background(interrupt), pytest.raises(KeyboardInterrupt):
        run_in(tmp_path / "run", jobs, bench, executor=RayExecutor(cluster.address, 2))
    assert tasks_of(read_rows(tmp_path / "run")) == sorted(job.task for job in jobs[:50])
    assert not any(map(psutil.pid_exists, bench.processes()))


def test_a_cluster_of_its_own(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    bench = DigitSums(tmp_path / "notes")
    jobs = jobs_of("sum", "failed", "slow", count=10)
    handler = signal.getsignal(signal.SIGTERM)
    ran = run_in(tmp_path / "run", jobs, bench, executor=RayExecutor("local", 2))
    assert (ran.done, ran.totals.failed) == (30, 10)
    assert len(bench.processes()) == len(bench.processes("closed")) == 2
    assert signal.getsignal(signal.SIGTERM) is handler
    assert tuple(capfd.readouterr()) == ("", "")


def test_an_address_where_nobody_listens_is_refused_at_once() -> None:
    with pytest.raises(UsageError, match=r"--ray 127\.0\.0\.1:1: .*refused: start a cluster"):
        RayExecutor("127.0.0.1:1")


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match=r'pip install "orchestra-cli\[ray\]"'):
        RayExecutor("local")
