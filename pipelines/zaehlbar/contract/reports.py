"""The reports that fields are collected for (`reports.yaml`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field


class Report(BaseModel):
    """One report, who reads it, and what it shows (German)."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    key: str = Field(alias="bericht")
    name: str
    readers: str = Field(alias="leser")
    description: str = Field(alias="beschreibung")


@cache
def reports() -> dict[str, Report]:
    """Return the reports by key, in the order of the file."""
    text = (Path(__file__).parent / "reports.yaml").read_text(encoding="utf-8")
    return {item["bericht"]: Report.model_validate(item) for item in yaml.safe_load(text)["berichte"]}
