"""Pre-rendered training samples on disk: shards that are seeded one by one, written by a second process while training reads."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

Arrays = dict[str, np.ndarray]
MakeShard = Callable[[int, torch.Generator], Arrays]


def to_bytes(image: Tensor) -> np.ndarray:
    """Normalised grey (-2..2) as signed bytes."""
    return (image.clamp(-2, 2) * 63.5).round().to(torch.int8).numpy()


def from_bytes(image: np.ndarray) -> Tensor:
    return torch.from_numpy(image).float() / 63.5


def shard_path(folder: Path, index: int) -> Path:
    return folder / f"{index:05d}.npz"


def write_shards(folder: Path, make: MakeShard, count: int, seed: int, lo: int = 0) -> None:
    torch.set_num_threads(1)
    os.nice(3)
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(lo, count):
        path = shard_path(folder, index)
        if path.exists():
            continue
        arrays = make(index, torch.Generator().manual_seed(seed * 100_003 + index))
        part = path.with_suffix(".part")
        with part.open("wb") as out:
            np.savez(out, **arrays)
        part.rename(path)


def start_writer(folder: Path, make: MakeShard, count: int, seed: int) -> multiprocessing.process.BaseProcess:
    writer = multiprocessing.get_context("spawn").Process(target=write_shards, args=(folder, make, count, seed), daemon=True)
    writer.start()
    return writer


class Bank:
    """Reads shards in order, keeping the newest `keep` in memory; waits for shards that are still being written."""

    def __init__(self, folder: Path, count: int, keep: int) -> None:
        self.folder, self.count, self.keep = folder, count, keep
        self.loaded: list[Arrays] = []
        self.next = 0

    def advance(self, want: int) -> None:
        while self.next < min(want, self.count):
            path = shard_path(self.folder, self.next)
            while not path.exists():
                time.sleep(0.5)
            with np.load(path) as data:
                self.loaded.append({k: data[k] for k in data.files})
            self.loaded = self.loaded[-self.keep :]
            self.next += 1

    def batches(self, steps: int, batch: int, per_step: float, first: int, seed: int) -> Iterator[Arrays]:
        """Yields `steps` batches; the shards open at a step depend on the step alone, so that a seed gives the same run."""
        draw = np.random.default_rng(seed)
        for step in range(steps):
            self.advance(first + int(step * per_step))
            size = len(next(iter(self.loaded[0].values())))
            shard = self.loaded[draw.integers(len(self.loaded))]
            index = draw.choice(size, batch, replace=batch > size)
            yield {k: v[index] for k, v in shard.items()}
