"""Processes that learn together: each from its own samples, all with the mean of their gradients.

In: a network in each process. Out: the same gradients in all of them. They meet once a step, in memory that they share, on one machine.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, cast

import torch
from torch import Tensor, nn

from smallprint.errors import StoreError

PATIENCE_S = 300
"""How long one waits for the others, who may be reading pages or starting."""
_GONE = "training: a process of the team has ended; run the command again to go on from the last checkpoint"


@dataclass(frozen=True)
class Team:
    """One member's view. `shared` is (2, members, parameters): even and odd steps take turns, so that one meeting a step is enough."""

    rank: int
    shared: Tensor
    ends: tuple[Connection, ...]
    """Of pipes: the leader's to each of the others, the others' to the leader. A pipe ends with its process, so nobody waits for one that
    was killed, as they would at a `Barrier`."""

    def average(self, net: nn.Module, step: int) -> None:
        """Gives the gradients of `net` their mean over the team. Raises `StoreError` where a member has gone."""
        parameters = list(net.parameters())
        gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        buffer = self.shared[step % 2]
        torch.cat([gradient.reshape(-1) for gradient in gradients], out=buffer[self.rank])
        self._meet()
        mean = buffer.mean(0)
        for parameter, part in zip(parameters, cast(Any, mean).split([p.numel() for p in parameters]), strict=True):
            parameter.grad = part.reshape(parameter.shape)

    def _meet(self) -> None:
        """Comes back when all have come: the leader hears from each, then tells each."""
        if self.rank:
            self._tell()
            self._hear()
        else:
            self._hear()
            self._tell()

    def _tell(self) -> None:
        for end in self.ends:
            try:
                end.send_bytes(b".")
            except OSError:
                raise StoreError(_GONE) from None

    def _hear(self) -> None:
        for end in self.ends:
            try:
                if not end.poll(PATIENCE_S):
                    raise StoreError(_GONE)
                end.recv_bytes()
            except (EOFError, OSError):
                raise StoreError(_GONE) from None

    @staticmethod
    @contextmanager
    def led(
        net: nn.Module, members: int, follow: Callable[..., None], arguments: tuple[Any, ...]
    ) -> Generator[Team | None]:
        """A team of this process and `members` - 1 new ones that run `follow(team, *arguments)`; None where there is but one."""
        if members == 1:
            yield None
            return
        context = torch.multiprocessing.get_context("spawn")
        shared = torch.zeros(2, members, sum(p.numel() for p in net.parameters()))
        cast(Any, shared).share_memory_()
        ours: list[Connection] = []
        processes: list[Any] = []
        for rank in range(1, members):
            end, theirs = context.Pipe()
            arguments_of = (Team(rank, shared, (theirs,)), follow, arguments)
            processes.append(context.Process(target=_guarded, args=arguments_of, daemon=True))
            processes[-1].start()
            theirs.close()
            ours.append(end)
        try:
            yield Team(0, shared, tuple(ours))
            for process in processes:
                process.join()
        finally:
            for end, process in zip(ours, processes, strict=True):
                end.close()
                process.terminate()


def _end_with_leader() -> None:
    leader = multiprocessing.parent_process()
    assert leader is not None
    leader.join()
    os._exit(1)


def _guarded(team: Team, follow: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    threading.Thread(target=_end_with_leader, daemon=True).start()
    with suppress(KeyboardInterrupt, StoreError):  # The leader says what happened.
        follow(team, *arguments)
