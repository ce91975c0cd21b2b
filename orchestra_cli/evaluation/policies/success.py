"""The seam to what predicts each expert's chance to be right, and the plainest of these models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from orchestra_cli.policy import Task


class SuccessModel(Protocol):
    """What is expected of each expert on a task that nobody has answered yet."""

    def predict(self, tasks: Sequence[Task]) -> Sequence[Sequence[float]]:
        """For each task each expert's chance to be right, in the order of the experts."""
        ...


@dataclass(frozen=True, slots=True)
class DomainAverage:
    """How often the expert was right in the task's domain. It is told the domain."""

    by_domain: Mapping[str, tuple[float, ...]]
    overall: tuple[float, ...]
    """For a domain that no expert was measured in."""

    @classmethod
    def of(
        cls, overall: Mapping[str, float], domain_success: Mapping[str, Mapping[str, float]]
    ) -> DomainAverage:
        """By expert, overall and in each domain that any of them was measured in."""
        domains = {domain for name in overall for domain in domain_success.get(name, {})}
        return cls(
            {
                domain: tuple(
                    domain_success.get(name, {}).get(domain, rate) for name, rate in overall.items()
                )
                for domain in sorted(domains)
            },
            tuple(overall.values()),
        )

    def predict(self, tasks: Sequence[Task]) -> Sequence[Sequence[float]]:
        """By the domain alone."""
        return [self.by_domain.get(task.domain, self.overall) for task in tasks]
