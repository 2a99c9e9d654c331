"""A sweep on a cluster: the bytes of the local one, whatever happens to workers, scheduler and client."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from powplasma.cluster import connection
from powplasma.simulation import load_scenario
from powplasma.simulation.scattered import run_shares
from tests.certificate import write_certificate
from tests.cli.conftest import PROGRAM, Run
from tests.cluster.local import Local
from tests.waiting import PATIENCE, lines_in, wait_for_lines

SWEEP = ["simulate", "pow-only", "--set", "momentums=20", "--sweep", "lanes.slow.hashrate=5e5,1e6", "--runs", "6"]
LONG = ["simulate", "pow-only", "--sweep", "lanes.fast.rate=0.01,0.02"]
ENDLESS = [*LONG, "--set", "momentums=600", "--runs", "1000"]


def test_the_same_bytes_as_on_this_machine(program: Run, cluster: str, tmp_path: Path) -> None:
    alone = program(*SWEEP, "--json", "--workers", "1")
    assert program(*SWEEP, "--json", "--workers", "2").out == alone.out
    far = program(*SWEEP, "--json", "--cluster", cluster)
    assert (far.code, far.out, far.err) == (0, alone.out, "")
    path = tmp_path / "out.jsonl"
    *five, sixth = alone.out.splitlines()[:6]
    path.write_text("".join(line + "\n" for line in five) + sixth[:20])
    done = program(*SWEEP, "--output", path, "--cluster", cluster)
    assert done.err == f"12 runs in {path}, 5 of them from before\n"
    assert path.read_text() == alone.out
    for name, option in (("near", ["--workers", "2"]), ("far", ["--cluster", cluster])):
        program(*SWEEP, "--output", tmp_path / f"{name}.parquet", *option)
    assert (tmp_path / "near.parquet").read_bytes() == (tmp_path / "far.parquet").read_bytes()


def test_a_killed_worker_loses_nothing_and_a_killed_scheduler_is_one_line(program: Run, tmp_path: Path) -> None:
    for momentums in ("600", "6000"):  # where the first sweep is over before its scheduler is killed, a longer one
        path = tmp_path / f"{momentums}.jsonl"
        sweep = [*LONG, "--set", f"momentums={momentums}", "--runs", "20"]
        with Local() as local:
            pids = local.worker_pids()
            with subprocess.Popen(
                [PROGRAM, *sweep, "--output", path, "--cluster", local.address], stderr=subprocess.PIPE, text=True
            ) as process:
                wait_for_lines(path, 2, process)
                os.kill(pids[0], signal.SIGKILL)
                wait_for_lines(path, 8, process)
                local.kill()
                _, err = process.communicate(timeout=PATIENCE)
            kept = lines_in(path)
            assert kept >= 8
            if kept == 40:
                continue
            assert process.returncode == 3
            assert err == f"Error: cluster {local.address}: the connection to the scheduler was lost\n"
            local.start()
            done = program(*sweep, "--output", path, "--cluster", local.address)
            assert done.err == f"40 runs in {path}, {kept} of them from before\n"
            break
    program(*sweep, "--output", tmp_path / "whole.jsonl", "--workers", "2")
    assert kept < 40
    assert path.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_tls_as_dask_is_configured(program: Run, tmp_path: Path) -> None:
    name = tmp_path / "key.pem"
    write_certificate(tmp_path / "cert.pem", name)
    tls = {"DASK_DISTRIBUTED__COMM__TLS__CA_FILE": str(tmp_path / "cert.pem")}
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        tls[f"DASK_DISTRIBUTED__COMM__TLS__{role}__CERT"] = str(tmp_path / "cert.pem")
        tls[f"DASK_DISTRIBUTED__COMM__TLS__{role}__KEY"] = str(name)
    with Local(tls=True, **tls) as local:
        assert local.address.startswith("tls://")
        far = program(*SWEEP, "--json", "--cluster", local.address, **tls)
        assert (far.code, far.err) == (0, "")
        without = program(*SWEEP, "--json", "--cluster", local.address)
        assert without.code == 3
        assert "ssl" in without.problem
    assert far.out == program(*SWEEP, "--json", "--workers", "1").out


def test_an_interrupted_client_says_so(cluster: str, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with subprocess.Popen(
        [PROGRAM, *ENDLESS, "--output", path, "--cluster", cluster], stderr=subprocess.PIPE, text=True
    ) as process:
        wait_for_lines(path, 2, process)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (130, "Error: interrupted\n")


@pytest.mark.parametrize("address", ["localhost", "http://x:1", "tcp://x", "tcp://x:1/y", ""])
def test_what_is_no_address_is_refused(address: str, call: Run) -> None:
    done = call(*SWEEP, "--cluster", address)
    assert done.code == 2
    assert "--cluster: " in done.problem
    assert "is no address (tcp://HOST:PORT or tls://HOST:PORT)" in done.problem


def test_options_that_exclude_each_other(call: Run) -> None:
    done = call(*SWEEP, "--cluster", "tcp://x:1", "--workers", "2")
    assert done.problem == "Error: --workers: 2 is for this machine (--cluster has workers of its own)"
    assert call("simulate", "pow-only", "--cluster", "tcp://x:1").code == 2


def test_a_scheduler_that_does_not_answer(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 1.0)
    done = call(*SWEEP, "--cluster", "tcp://127.0.0.1:1")
    assert done.code == 3
    assert "Error: cluster tcp://127.0.0.1:1: " in done.problem


def test_another_version_is_refused(call: Run, cluster: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "own_version", lambda: "9.9")
    done = call(*SWEEP, "--cluster", cluster)
    assert done.code == 3
    assert "has powplasma 0.1.0, the client 9.9; both have to be the same" in done.problem
    with pytest.raises(connection.ClusterFailed, match=r"the client 0\.0"):
        run_shares("0.0", [[(load_scenario("pow-only"), 0)]])


def test_without_the_extra(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    done = call(*SWEEP, "--cluster", "tcp://127.0.0.1:1")
    assert done.code == 3
    assert done.problem == "Error: a cluster needs the extra `cluster`: pip install 'powplasma[cluster]'"
