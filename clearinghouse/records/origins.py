"""From what a session was begun, as coarsely as its person needs to know their own from a stranger's."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.records.base import Base


class Browser(StrEnum):
    """The kind of browser; no version, which would help to tell people apart."""

    CHROME = "Chrome"
    EDGE = "Edge"
    FIREFOX = "Firefox"
    SAFARI = "Safari"
    OTHER = "Another browser"


class System(StrEnum):
    """The kind of system that the browser runs on."""

    WINDOWS = "Windows"
    MACOS = "macOS"
    LINUX = "Linux"
    ANDROID = "Android"
    IOS = "iPhone or iPad"
    CHROMEOS = "ChromeOS"
    OTHER = "another system"


class SessionOrigin(Base):
    """What a session was begun with, for as long as it is open. `network` is a keyed hash of this session alone."""

    __tablename__ = "session_origins"

    session_id: Mapped[UUID] = mapped_column(ForeignKey("web_sessions.id"), primary_key=True)
    browser: Mapped[Browser]
    system: Mapped[System]
    network: Mapped[bytes]
