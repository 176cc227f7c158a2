"""What an answer shows beside its words."""

from __future__ import annotations

from typing import Any


def labels(answer: Any) -> list[str]:
    """What is on its buttons."""
    return [item["label"] for row in answer.response.components for item in row["components"]]
