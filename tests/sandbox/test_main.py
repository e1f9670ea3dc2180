"""The sandbox as a program."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_addresses_and_runs_until_a_signal(stop: signal.Signals) -> None:
    command = [sys.executable, "-m", "sandbox", "--people", "30", "--start", "2026-03-02T08:00"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        try:
            assert process.stdout is not None
            lines = "".join(iter(process.stdout.readline, "Stop with Ctrl-C.\n"))
            shop, news, *_ = re.findall(r"http://127\.0\.0\.1:\d+\S*", lines)
            orders = httpx.get(
                f"{shop}/wp-json/wc/v3/orders", auth=("ck_sandbox", "cs_sandbox"), trust_env=False
            )
            assert orders.json()
            ping = httpx.get(f"{news}/ping", auth=("any", "sandbox-us1"), trust_env=False)
            assert ping.status_code == 200
            process.send_signal(stop)
            assert process.wait(10) == 0
        finally:
            process.kill()
