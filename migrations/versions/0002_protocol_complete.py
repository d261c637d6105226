"""The protocol complete."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "convergence_looks",
        sa.Column("look", sa.String(length=40), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("look", name=op.f("pk_convergence_looks")),
    )
    op.create_table(
        "log_checkpoints",
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_log_checkpoints")),
    )
    op.create_table(
        "log_leaves",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.String(length=36), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_log_leaves")),
        sa.UniqueConstraint("event_id", name=op.f("uq_log_leaves_event_id")),
    )
    op.create_table(
        "log_streams",
        sa.Column("stream_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("stream_id", name=op.f("pk_log_streams")),
    )
    op.create_table(
        "log_tree",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("roots", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_tree")),
    )
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
        "commitments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("why_withdrawn_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_commitments_authority_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_commitments_recorded_by")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["users.id"], name=op.f("fk_commitments_withdrawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitments")),
    )
    with op.batch_alter_table("commitments", schema=None) as batch_op:
        batch_op.create_index(
            "ix_commitments_authority_id_done_on", ["authority_id", "done_on"], unique=False
        )

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
        "good_practices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Uuid(), nullable=False),
        sa.Column("theme", sa.String(60), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_good_practices_authority_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_good_practices_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_good_practices")),
    )
    with op.batch_alter_table("good_practices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_good_practices_authority_id"), ["authority_id"], unique=False)

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
        "packs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(60), nullable=False),
        sa.Column("body", sa.String(60), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("subjects", sa.JSON(), nullable=False),
        sa.Column("prepared_by", sa.Uuid(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("built", sa.Integer(), nullable=False),
        sa.Column("built_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("collected", sa.Integer(), nullable=False),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["approved_by"], ["users.id"], name=op.f("fk_packs_approved_by")),
        sa.ForeignKeyConstraint(["ended_by"], ["users.id"], name=op.f("fk_packs_ended_by")),
        sa.ForeignKeyConstraint(["prepared_by"], ["users.id"], name=op.f("fk_packs_prepared_by")),
        sa.ForeignKeyConstraint(["recipient_id"], ["users.id"], name=op.f("fk_packs_recipient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_packs")),
        sa.UniqueConstraint("reference", name=op.f("uq_packs_reference")),
    )
    with op.batch_alter_table("packs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_packs_recipient_id"), ["recipient_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_packs_state"), ["state"], unique=False)

    op.create_table(
        "round_tables",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.String(60), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(60), nullable=False),
        sa.Column("planned_by", sa.Uuid(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("parties", sa.JSON(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["planned_by"], ["users.id"], name=op.f("fk_round_tables_planned_by")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_round_tables_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_tables")),
    )
    with op.batch_alter_table("round_tables", schema=None) as batch_op:
        batch_op.create_index("ix_round_tables_region_planned_on", ["region", "planned_on"], unique=False)

    op.create_table(
        "signals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("theme", sa.String(60), nullable=False),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.Column("direction", sa.String(60), nullable=True),
        sa.Column("observed_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(60), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("why_withdrawn_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_signals_authority_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_signals_recorded_by")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["users.id"], name=op.f("fk_signals_withdrawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signals")),
    )
    with op.batch_alter_table("signals", schema=None) as batch_op:
        batch_op.create_index(
            "ix_signals_authority_id_observed_on", ["authority_id", "observed_on"], unique=False
        )

    op.create_table(
        "support_offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Uuid(), nullable=False),
        sa.Column("theme", sa.String(60), nullable=False),
        sa.Column("helpers", sa.String(60), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_by_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_support_offers_authority_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_support_offers_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_offers")),
    )
    with op.batch_alter_table("support_offers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_support_offers_authority_id"), ["authority_id"], unique=False)

    op.create_table(
        "advocacies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.String(60), nullable=False),
        sa.Column("peer_review", sa.String(60), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("agreed_with", sa.String(60), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("which_body_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("priority_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("position_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("agreed_by_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_advocacies_case_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_advocacies_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advocacies")),
    )
    with op.batch_alter_table("advocacies", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_advocacies_case_id"), ["case_id"], unique=False)

    op.create_table(
        "brokerage_asks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("political_lead_id", sa.Uuid(), nullable=False),
        sa.Column("by_on", sa.Date(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("asked_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_brokerage_asks_asked_by")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_brokerage_asks_case_id")),
        sa.ForeignKeyConstraint(
            ["political_lead_id"], ["users.id"], name=op.f("fk_brokerage_asks_political_lead_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brokerage_asks")),
    )
    with op.batch_alter_table("brokerage_asks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_brokerage_asks_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_brokerage_asks_political_lead_id"), ["political_lead_id"], unique=False
        )

    op.create_table(
        "brokerage_talks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("brokered_with", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.String(60), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("names_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_brokerage_talks_case_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_brokerage_talks_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brokerage_talks")),
    )
    with op.batch_alter_table("brokerage_talks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_brokerage_talks_case_id"), ["case_id"], unique=False)

    op.create_table(
        "case_joins",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("joined_id", sa.Uuid(), nullable=False),
        sa.Column("joined_by", sa.Uuid(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_joins_case_id")),
        sa.ForeignKeyConstraint(["joined_by"], ["users.id"], name=op.f("fk_case_joins_joined_by")),
        sa.ForeignKeyConstraint(["joined_id"], ["cases.id"], name=op.f("fk_case_joins_joined_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_joins")),
    )
    with op.batch_alter_table("case_joins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_joins_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_joins_joined_id"), ["joined_id"], unique=False)

    op.create_table(
        "convergences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column("second_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(60), nullable=False),
        sa.Column("same_nature", sa.Boolean(), nullable=False),
        sa.Column("same_service", sa.Boolean(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["first_id"], ["cases.id"], name=op.f("fk_convergences_first_id")),
        sa.ForeignKeyConstraint(["second_id"], ["cases.id"], name=op.f("fk_convergences_second_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_convergences")),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_convergences_first_id_second_id")),
    )
    with op.batch_alter_table("convergences", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_convergences_second_id"), ["second_id"], unique=False)
        batch_op.create_index("ix_convergences_state_found_at", ["state", "found_at"], unique=False)

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
        "pack_cases",
        sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("shown_to", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_pack_cases_case_id")),
        sa.ForeignKeyConstraint(["pack_id"], ["packs.id"], name=op.f("fk_pack_cases_pack_id")),
        sa.PrimaryKeyConstraint("pack_id", "case_id", name=op.f("pk_pack_cases")),
    )
    with op.batch_alter_table("pack_cases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pack_cases_case_id"), ["case_id"], unique=False)

    op.create_table(
        "pack_parts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["pack_id"], ["packs.id"], name=op.f("fk_pack_parts_pack_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack_parts")),
        sa.UniqueConstraint("pack_id", "number", name=op.f("uq_pack_parts_pack_id_number")),
    )
    op.create_table(
        "plans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_plans_case_id")),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_plans_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("case_id", name=op.f("uq_plans_case_id")),
    )
    op.create_table(
        "riep_handovers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column("agree_by", sa.Date(), nullable=False),
        sa.Column("handed_by", sa.Uuid(), nullable=False),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("outside_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_riep_handovers_case_id")),
        sa.ForeignKeyConstraint(["handed_by"], ["users.id"], name=op.f("fk_riep_handovers_handed_by")),
        sa.ForeignKeyConstraint(["officer_id"], ["users.id"], name=op.f("fk_riep_handovers_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_riep_handovers")),
    )
    with op.batch_alter_table("riep_handovers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_riep_handovers_case_id"), ["case_id"], unique=False)

    op.create_table(
        "succession_answers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Uuid(), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ask_again_on", sa.Date(), nullable=True),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["users.id"], name=op.f("fk_succession_answers_answered_by")
        ),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_succession_answers_authority_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_succession_answers_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_succession_answers")),
    )
    with op.batch_alter_table("succession_answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_succession_answers_case_id"), ["case_id"], unique=False)

    op.create_table(
        "advocacy_endings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("advocacy_id", sa.Uuid(), nullable=False),
        sa.Column("end", sa.String(60), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["advocacy_id"], ["advocacies.id"], name=op.f("fk_advocacy_endings_advocacy_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_advocacy_endings_case_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_advocacy_endings_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advocacy_endings")),
        sa.UniqueConstraint("advocacy_id", name=op.f("uq_advocacy_endings_advocacy_id")),
    )
    with op.batch_alter_table("advocacy_endings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_advocacy_endings_case_id"), ["case_id"], unique=False)

    op.create_table(
        "convergence_answers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("convergence_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined", sa.Boolean(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["users.id"], name=op.f("fk_convergence_answers_answered_by")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_convergence_answers_case_id")),
        sa.ForeignKeyConstraint(
            ["convergence_id"], ["convergences.id"], name=op.f("fk_convergence_answers_convergence_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_convergence_answers")),
    )
    with op.batch_alter_table("convergence_answers", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_convergence_answers_convergence_id"), ["convergence_id"], unique=False
        )

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
        "offer_letters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("capacity", sa.String(60), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("addressee_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("reply_to_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_offer_letters_case_id")),
        sa.ForeignKeyConstraint(["issued_by"], ["users.id"], name=op.f("fk_offer_letters_issued_by")),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_offer_letters_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_letters")),
    )
    with op.batch_alter_table("offer_letters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offer_letters_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_offer_letters_offer_id"), ["offer_id"], unique=False)

    op.create_table(
        "plan_actions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(60), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_plan_actions_case_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_actions_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_actions")),
    )
    with op.batch_alter_table("plan_actions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_actions_case_id"), ["case_id"], unique=False)

    op.create_table(
        "plan_terms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("riep_funded", sa.Boolean(), nullable=False),
        sa.Column("pounds", sa.Integer(), nullable=True),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_with_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("outcomes_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_plan_terms_case_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_terms_plan_id")),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"], name=op.f("fk_plan_terms_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_terms")),
    )
    with op.batch_alter_table("plan_terms", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_terms_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "riep_agreements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("handover_id", sa.Uuid(), nullable=True),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("support_begins", sa.Boolean(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("agreed_with_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("way_forward_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("support_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_riep_agreements_case_id")),
        sa.ForeignKeyConstraint(
            ["handover_id"], ["riep_handovers.id"], name=op.f("fk_riep_agreements_handover_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_riep_agreements_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_riep_agreements")),
    )
    with op.batch_alter_table("riep_agreements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_riep_agreements_case_id"), ["case_id"], unique=False)

    op.create_table(
        "round_table_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_table_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("theme", sa.String(60), nullable=True),
        sa.Column("decision", sa.String(60), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duty_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_round_table_items_case_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_round_table_items_decided_by")),
        sa.ForeignKeyConstraint(["duty_id"], ["duties.id"], name=op.f("fk_round_table_items_duty_id")),
        sa.ForeignKeyConstraint(
            ["round_table_id"], ["round_tables.id"], name=op.f("fk_round_table_items_round_table_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_table_items")),
    )
    with op.batch_alter_table("round_table_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_round_table_items_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_round_table_items_key", ["key"], unique=False)
        batch_op.create_index(
            "uq_round_table_items_round_table_id_key", ["round_table_id", "key"], unique=True
        )

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

    op.create_table(
        "plan_action_terms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("action_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("owner_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("measure_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("target_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["action_id"], ["plan_actions.id"], name=op.f("fk_plan_action_terms_action_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_plan_action_terms_case_id")),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"], name=op.f("fk_plan_action_terms_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_action_terms")),
    )
    with op.batch_alter_table("plan_action_terms", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_action_terms_action_id"), ["action_id"], unique=False)

    op.create_table(
        "plan_progress",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("action_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(60), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["action_id"], ["plan_actions.id"], name=op.f("fk_plan_progress_action_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_plan_progress_case_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_plan_progress_recorded_by")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_plan_progress_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_progress")),
    )
    with op.batch_alter_table("plan_progress", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_progress_action_id"), ["action_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_progress_review_id"), ["review_id"], unique=False)

    op.create_table(
        "regional_actions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(60), nullable=False),
        sa.Column("round_table_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(60), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("what_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("outcome_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["ended_by"], ["users.id"], name=op.f("fk_regional_actions_ended_by")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["round_table_items.id"], name=op.f("fk_regional_actions_item_id")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_regional_actions_owner_id")),
        sa.ForeignKeyConstraint(
            ["round_table_id"], ["round_tables.id"], name=op.f("fk_regional_actions_round_table_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regional_actions")),
        sa.UniqueConstraint("reference", name=op.f("uq_regional_actions_reference")),
    )
    with op.batch_alter_table("regional_actions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_regional_actions_item_id"), ["item_id"], unique=False)
        batch_op.create_index(
            "ix_regional_actions_owner_id_state_due_on", ["owner_id", "state", "due_on"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_regional_actions_round_table_id"), ["round_table_id"], unique=False
        )
        batch_op.create_index("ix_regional_actions_state_due_on", ["state", "due_on"], unique=False)

    op.create_table(
        "round_table_item_authorities",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_round_table_item_authorities_authority_id")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["round_table_items.id"], name=op.f("fk_round_table_item_authorities_item_id")
        ),
        sa.PrimaryKeyConstraint("item_id", "authority_id", name=op.f("pk_round_table_item_authorities")),
    )
    op.create_table(
        "source_tellings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("how", sa.String(60), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("sayings", sa.JSON(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_source_tellings_case_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_source_tellings_recorded_by")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_source_tellings_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_tellings")),
    )
    with op.batch_alter_table("source_tellings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_source_tellings_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_source_tellings_source_id"), ["source_id"], unique=False)

    op.create_table(
        "authority_tellings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("escalation_id", sa.Uuid(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("capacity", sa.String(60), nullable=False),
        sa.Column("how", sa.String(60), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_authority_tellings_case_id")),
        sa.ForeignKeyConstraint(
            ["escalation_id"], ["escalations.id"], name=op.f("fk_authority_tellings_escalation_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["users.id"], name=op.f("fk_authority_tellings_recorded_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authority_tellings")),
    )
    with op.batch_alter_table("authority_tellings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_authority_tellings_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_authority_tellings_escalation_id"), ["escalation_id"], unique=False
        )

    with op.batch_alter_table("case_authorities", schema=None) as batch_op:
        batch_op.add_column(sa.Column("former_since", sa.Date(), nullable=True))

    with op.batch_alter_table("closings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("share_good_practice", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("learning_sealed", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("good_practice_sealed", sa.LargeBinary(), nullable=True))

    with op.batch_alter_table("duties", schema=None) as batch_op:
        batch_op.add_column(sa.Column("deputy_told_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("series_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("repeats_on", sa.Date(), nullable=True))

    with op.batch_alter_table("ledger_events", schema=None) as batch_op:
        batch_op.add_column(sa.Column("disclosed", sa.LargeBinary(), nullable=True))

    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.add_column(sa.Column("action_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_letters_action_id"), "regional_actions", ["action_id"], ["id"]
        )

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

    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("starts_by", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("from_whom_sealed", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("cost_sealed", sa.LargeBinary(), nullable=True))

    with op.batch_alter_table("sources", schema=None) as batch_op:
        batch_op.add_column(sa.Column("may_be_contacted", sa.Boolean(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("sources", schema=None) as batch_op:
        batch_op.drop_column("may_be_contacted")

    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.drop_column("cost_sealed")
        batch_op.drop_column("from_whom_sealed")
        batch_op.drop_column("starts_by")

    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_meetings_corrects_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_meetings_gathering_id"))
        batch_op.drop_index(batch_op.f("ix_meetings_corrects_id"))
        batch_op.drop_column("correction_reason_sealed")
        batch_op.drop_column("corrects_id")
        batch_op.drop_column("gathering_id")

    with op.batch_alter_table("meeting_issues", schema=None) as batch_op:
        batch_op.drop_column("for_round_table_sealed")

    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_letters_action_id"), type_="foreignkey")
        batch_op.drop_column("action_id")

    with op.batch_alter_table("ledger_events", schema=None) as batch_op:
        batch_op.drop_column("disclosed")

    with op.batch_alter_table("duties", schema=None) as batch_op:
        batch_op.drop_column("repeats_on")
        batch_op.drop_column("series_id")
        batch_op.drop_column("deputy_told_at")

    with op.batch_alter_table("closings", schema=None) as batch_op:
        batch_op.drop_column("good_practice_sealed")
        batch_op.drop_column("learning_sealed")
        batch_op.drop_column("share_good_practice")

    with op.batch_alter_table("case_authorities", schema=None) as batch_op:
        batch_op.drop_column("former_since")

    with op.batch_alter_table("authority_tellings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_authority_tellings_escalation_id"))
        batch_op.drop_index(batch_op.f("ix_authority_tellings_case_id"))

    op.drop_table("authority_tellings")
    with op.batch_alter_table("source_tellings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_source_tellings_source_id"))
        batch_op.drop_index(batch_op.f("ix_source_tellings_case_id"))

    op.drop_table("source_tellings")
    op.drop_table("round_table_item_authorities")
    with op.batch_alter_table("regional_actions", schema=None) as batch_op:
        batch_op.drop_index("ix_regional_actions_state_due_on")
        batch_op.drop_index(batch_op.f("ix_regional_actions_round_table_id"))
        batch_op.drop_index("ix_regional_actions_owner_id_state_due_on")
        batch_op.drop_index(batch_op.f("ix_regional_actions_item_id"))

    op.drop_table("regional_actions")
    with op.batch_alter_table("plan_progress", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_progress_review_id"))
        batch_op.drop_index(batch_op.f("ix_plan_progress_action_id"))

    op.drop_table("plan_progress")
    with op.batch_alter_table("plan_action_terms", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_action_terms_action_id"))

    op.drop_table("plan_action_terms")
    with op.batch_alter_table("minutes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_minutes_meeting_id"))

    op.drop_table("minutes")
    with op.batch_alter_table("round_table_items", schema=None) as batch_op:
        batch_op.drop_index("uq_round_table_items_round_table_id_key")
        batch_op.drop_index("ix_round_table_items_key")
        batch_op.drop_index(batch_op.f("ix_round_table_items_case_id"))

    op.drop_table("round_table_items")
    with op.batch_alter_table("riep_agreements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_riep_agreements_case_id"))

    op.drop_table("riep_agreements")
    with op.batch_alter_table("plan_terms", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_terms_plan_id"))

    op.drop_table("plan_terms")
    with op.batch_alter_table("plan_actions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_actions_case_id"))

    op.drop_table("plan_actions")
    with op.batch_alter_table("offer_letters", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_offer_letters_offer_id"))
        batch_op.drop_index(batch_op.f("ix_offer_letters_case_id"))

    op.drop_table("offer_letters")
    with op.batch_alter_table("meeting_passages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meeting_passages_meeting_id"))

    op.drop_table("meeting_passages")
    with op.batch_alter_table("convergence_answers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_convergence_answers_convergence_id"))

    op.drop_table("convergence_answers")
    with op.batch_alter_table("advocacy_endings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_advocacy_endings_case_id"))

    op.drop_table("advocacy_endings")
    with op.batch_alter_table("succession_answers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_succession_answers_case_id"))

    op.drop_table("succession_answers")
    with op.batch_alter_table("riep_handovers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_riep_handovers_case_id"))

    op.drop_table("riep_handovers")
    op.drop_table("plans")
    op.drop_table("pack_parts")
    with op.batch_alter_table("pack_cases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pack_cases_case_id"))

    op.drop_table("pack_cases")
    with op.batch_alter_table("duty_series", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_duty_series_case_id"))

    op.drop_table("duty_series")
    with op.batch_alter_table("convergences", schema=None) as batch_op:
        batch_op.drop_index("ix_convergences_state_found_at")
        batch_op.drop_index(batch_op.f("ix_convergences_second_id"))

    op.drop_table("convergences")
    with op.batch_alter_table("case_joins", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_joins_joined_id"))
        batch_op.drop_index(batch_op.f("ix_case_joins_case_id"))

    op.drop_table("case_joins")
    with op.batch_alter_table("brokerage_talks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_brokerage_talks_case_id"))

    op.drop_table("brokerage_talks")
    with op.batch_alter_table("brokerage_asks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_brokerage_asks_political_lead_id"))
        batch_op.drop_index(batch_op.f("ix_brokerage_asks_case_id"))

    op.drop_table("brokerage_asks")
    with op.batch_alter_table("advocacies", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_advocacies_case_id"))

    op.drop_table("advocacies")
    with op.batch_alter_table("support_offers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_support_offers_authority_id"))

    op.drop_table("support_offers")
    with op.batch_alter_table("signals", schema=None) as batch_op:
        batch_op.drop_index("ix_signals_authority_id_observed_on")

    op.drop_table("signals")
    with op.batch_alter_table("round_tables", schema=None) as batch_op:
        batch_op.drop_index("ix_round_tables_region_planned_on")

    op.drop_table("round_tables")
    with op.batch_alter_table("packs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_packs_state"))
        batch_op.drop_index(batch_op.f("ix_packs_recipient_id"))

    op.drop_table("packs")
    op.drop_table("idle_warnings")
    with op.batch_alter_table("good_practices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_good_practices_authority_id"))

    op.drop_table("good_practices")
    with op.batch_alter_table("deputies", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deputies_lead_id"))
        batch_op.drop_index(batch_op.f("ix_deputies_deputy_id"))

    op.drop_table("deputies")
    with op.batch_alter_table("commitments", schema=None) as batch_op:
        batch_op.drop_index("ix_commitments_authority_id_done_on")

    op.drop_table("commitments")
    with op.batch_alter_table("calendar_feeds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calendar_feeds_user_id"))

    op.drop_table("calendar_feeds")
    op.drop_table("log_tree")
    op.drop_table("log_streams")
    op.drop_table("log_leaves")
    op.drop_table("log_checkpoints")
    op.drop_table("convergence_looks")
