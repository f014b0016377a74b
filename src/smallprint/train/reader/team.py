"""Processes that learn together: each from its own samples, all with the mean of their gradients.

In: a network in each process. Out: the same gradients in all of them. They meet once a step, in memory that they share, on one machine.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from threading import BrokenBarrierError
from typing import Any, cast

import torch
from torch import Tensor, nn

from smallprint.errors import StoreError

PATIENCE_S = 300
"""How long one waits for the others, who may be reading pages or starting."""


@dataclass(frozen=True)
class Team:
    """One member's view. `shared` is (2, members, parameters): even and odd steps take turns, so that one meeting a step is enough."""

    rank: int
    shared: Tensor
    barrier: Barrier

    def average(self, net: nn.Module, step: int) -> None:
        """Gives the gradients of `net` their mean over the team. Raises `StoreError` where a member has gone."""
        parameters = list(net.parameters())
        gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        buffer = self.shared[step % 2]
        torch.cat([gradient.reshape(-1) for gradient in gradients], out=buffer[self.rank])
        try:
            self.barrier.wait(PATIENCE_S)
        except BrokenBarrierError:
            raise StoreError(
                "training: a process of the team has ended; run the command again to go on from the last checkpoint"
            ) from None
        mean = buffer.mean(0)
        for parameter, part in zip(parameters, cast(Any, mean).split([p.numel() for p in parameters]), strict=True):
            parameter.grad = part.reshape(parameter.shape)

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
        barrier = context.Barrier(members)
        processes = [
            context.Process(target=_guarded, args=(Team(rank, shared, barrier), follow, arguments), daemon=True)
            for rank in range(1, members)
        ]
        for process in processes:
            process.start()
        try:
            yield Team(0, shared, barrier)
            for process in processes:
                process.join()
        finally:
            barrier.abort()
            for process in processes:
                process.terminate()


def _guarded(team: Team, follow: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    try:
        follow(team, *arguments)
    except (KeyboardInterrupt, StoreError):
        pass  # The leader says what happened.
    except BaseException:
        team.barrier.abort()
        raise
