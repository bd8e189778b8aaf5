"""What all bodies share: they have known fields only, and values are not converted."""

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """An object with known fields only; values are not converted from one type to another."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


class Nothing(Body):
    """An empty body."""

    model_config = ConfigDict(extra="forbid", strict=True, openapi_extra={"required": False})  # type: ignore[typeddict-unknown-key]
