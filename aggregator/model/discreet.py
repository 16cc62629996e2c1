"""How does a value that bears secrets look in a message?"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct


class Discreet(Struct, frozen=True, kw_only=True):
    """A value whose representation leaves out the fields that `hidden` names."""

    hidden: ClassVar[frozenset[str]] = frozenset()

    def __repr__(self) -> str:
        fields = (f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__ if name not in self.hidden)
        return f"{type(self).__name__}({', '.join(fields)})"
