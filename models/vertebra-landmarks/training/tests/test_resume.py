"""A training that is killed goes on from what it kept and ends with the very weights of one that was never stopped."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import torch

from spinetrain.fit import Part, train
from spinetrain.landmarks import part as landmark_part
from spinetrain.trainall import claim, fingerprint

STEPS, KEEP_EVERY = 7, 2

KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from spinetrain.fit import Run
keep = Run.keep
def keep_then_die(self, path):
    keep(self, path)
    if self.step == 4:
        os.kill(os.getpid(), signal.SIGKILL)
Run.keep = keep_then_die
if __name__ == "__main__":
    from tests.test_resume import go
    go(Path(sys.argv[1]) / "stopped.pt")
"""


def small() -> Part:
    return replace(landmark_part("crushed", small=True), save_every=KEEP_EVERY)


def go(out: Path) -> None:
    train(small(), out, out.parent / "bank", steps=STEPS, shards=1, seed=5, threads=1, batch=4, workers=1)


def test_a_killed_training_ends_with_the_same_weights(tmp_path: Path) -> None:
    go(tmp_path / "whole.pt")
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    here = Path(__file__).resolve().parents[1]
    child = subprocess.run([sys.executable, str(script), str(tmp_path), str(here)], check=False, cwd=here, capture_output=True, text=True)
    assert child.returncode == -signal.SIGKILL, child.stderr
    stopped = tmp_path / "stopped.pt"
    assert stopped.with_suffix(".state").exists() and not stopped.exists()
    assert torch.load(stopped.with_suffix(".state"))["step"] == 4
    go(stopped)
    whole, resumed = torch.load(tmp_path / "whole.pt"), torch.load(stopped)
    assert all(torch.equal(whole[k], resumed[k]) for k in whole)
    assert not stopped.with_suffix(".state").exists()


def test_a_bank_is_kept_only_for_what_it_was_rendered_for(tmp_path: Path) -> None:
    claim(tmp_path, "one")
    shard = tmp_path / "00000.npz"
    shard.write_bytes(b"rendered")
    claim(tmp_path, "one")
    assert shard.exists()
    claim(tmp_path, "two")
    assert not shard.exists()
    assert fingerprint("landmarks", 1, "plain", False) != fingerprint("landmarks", 1, "crushed", False)
