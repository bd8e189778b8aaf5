"""What bodies share: known fields only, none turned from one kind into another."""

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """An object of known fields, none of which is turned from one kind into another."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


class Nothing(Body):
    """Nothing needs to be said."""

    model_config = ConfigDict(extra="forbid", strict=True, openapi_extra={"required": False})  # type: ignore[typeddict-unknown-key]
