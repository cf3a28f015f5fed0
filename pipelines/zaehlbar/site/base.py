"""The base of every site model."""

from pydantic import BaseModel, ConfigDict


class SiteModel(BaseModel):
    """Immutable, unknown keys forbidden: a typing error in a site must never be ignored silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
