"""The protocol complete."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_calendar_feeds_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feeds_token_hash")),
    )
    with op.batch_alter_table("calendar_feeds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calendar_feeds_user_id"), ["user_id"], unique=False)

    op.create_table(
        "deputies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("deputy_id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.String(60), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["deputy_id"], ["users.id"], name=op.f("fk_deputies_deputy_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["users.id"], name=op.f("fk_deputies_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deputies")),
    )
    with op.batch_alter_table("deputies", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deputies_deputy_id"), ["deputy_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_deputies_lead_id"), ["lead_id"], unique=False)

    op.create_table(
        "idle_warnings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("last_seen_on", sa.Date(), nullable=False),
        sa.Column("days_before", sa.Integer(), nullable=False),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_idle_warnings_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idle_warnings")),
        sa.UniqueConstraint(
            "user_id",
            "last_seen_on",
            "days_before",
            name=op.f("uq_idle_warnings_user_id_last_seen_on_days_before"),
        ),
    )
    op.create_table(
        "duty_series",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("rhythm", sa.String(60), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_duty_series_case_id")),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"], name=op.f("fk_duty_series_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_series")),
    )
    with op.batch_alter_table("duty_series", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_duty_series_case_id"), ["case_id"], unique=False)

    op.create_table(
        "meeting_passages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("audiences", sa.JSON(), nullable=False),
        sa.Column("source_consents", sa.String(60), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_meeting_passages_case_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_meeting_passages_meeting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_passages")),
    )
    with op.batch_alter_table("meeting_passages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_passages_meeting_id"), ["meeting_id"], unique=False)

    op.create_table(
        "minutes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("party", sa.String(60), nullable=False),
        sa.Column("attendee_id", sa.Uuid(), nullable=True),
        sa.Column("recipients", sa.JSON(), nullable=False),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("issued_by", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["attendee_id"], ["meeting_attendees.id"], name=op.f("fk_minutes_attendee_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_minutes_case_id")),
        sa.ForeignKeyConstraint(["issued_by"], ["users.id"], name=op.f("fk_minutes_issued_by")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_minutes_meeting_id")),
        sa.ForeignKeyConstraint(["replaces_id"], ["minutes.id"], name=op.f("fk_minutes_replaces_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes")),
    )
    with op.batch_alter_table("minutes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_minutes_meeting_id"), ["meeting_id"], unique=False)

    with op.batch_alter_table("duties", schema=None) as batch_op:
        batch_op.add_column(sa.Column("deputy_told_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("series_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("repeats_on", sa.Date(), nullable=True))

    with op.batch_alter_table("meeting_issues", schema=None) as batch_op:
        batch_op.add_column(sa.Column("for_round_table_sealed", sa.LargeBinary(), nullable=True))

    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("gathering_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("corrects_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("correction_reason_sealed", sa.LargeBinary(), nullable=True))
        batch_op.create_index(batch_op.f("ix_meetings_corrects_id"), ["corrects_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_meetings_gathering_id"), ["gathering_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_meetings_corrects_id"), "meetings", ["corrects_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_meetings_corrects_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_meetings_gathering_id"))
        batch_op.drop_index(batch_op.f("ix_meetings_corrects_id"))
        batch_op.drop_column("correction_reason_sealed")
        batch_op.drop_column("corrects_id")
        batch_op.drop_column("gathering_id")

    with op.batch_alter_table("meeting_issues", schema=None) as batch_op:
        batch_op.drop_column("for_round_table_sealed")

    with op.batch_alter_table("duties", schema=None) as batch_op:
        batch_op.drop_column("repeats_on")
        batch_op.drop_column("series_id")
        batch_op.drop_column("deputy_told_at")

    with op.batch_alter_table("minutes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_minutes_meeting_id"))

    op.drop_table("minutes")
    with op.batch_alter_table("meeting_passages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meeting_passages_meeting_id"))

    op.drop_table("meeting_passages")
    with op.batch_alter_table("duty_series", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_duty_series_case_id"))

    op.drop_table("duty_series")
    op.drop_table("idle_warnings")
    with op.batch_alter_table("deputies", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deputies_lead_id"))
        batch_op.drop_index(batch_op.f("ix_deputies_deputy_id"))

    op.drop_table("deputies")
    with op.batch_alter_table("calendar_feeds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calendar_feeds_user_id"))

    op.drop_table("calendar_feeds")
