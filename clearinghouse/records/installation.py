"""The installation itself: one row that says what this database is, and proves that the keys are its keys."""

from datetime import datetime

from sqlalchemy.orm import Mapped

from clearinghouse.records.base import Row
from clearinghouse.records.sealed import Compartment, Sealed


class Installation(Row):
    """The one row of its table; its id is the installation's id in the key file."""

    __tablename__ = "installation"

    made_at: Mapped[datetime]
    demo: Mapped[bool]
    proof_sealed: Mapped[bytes | None]
    proof = Sealed(Compartment.INSTALLATION, subject="id")
