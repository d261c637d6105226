"""First tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "authorities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("nice_name", sa.String(length=200), nullable=False),
        sa.Column("gss_code", sa.String(length=9), nullable=True),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("type_name", sa.String(length=80), nullable=False),
        sa.Column("region", sa.String(60), nullable=True),
        sa.Column("county_code", sa.String(length=20), nullable=True),
        sa.Column("combined_code", sa.String(length=20), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("x", sa.Double(), nullable=True),
        sa.Column("y", sa.Double(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("area_km2", sa.Double(), nullable=True),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("ruling_group", sa.String(length=60), nullable=True),
        sa.Column("ruling_group_since", sa.Date(), nullable=True),
        sa.Column("from_register", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorities")),
        sa.UniqueConstraint("code", name=op.f("uq_authorities_code")),
    )
    op.create_index("ix_authorities_name", "authorities", ["name"], unique=False)
    op.create_table(
        "clock_beats",
        sa.Column("clock", sa.String(length=120), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("clock", name=op.f("pk_clock_beats")),
    )
    op.create_table(
        "data_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("compartment", sa.String(length=200), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_keys")),
        sa.UniqueConstraint("subject_id", "compartment", name=op.f("uq_data_keys_subject_id_compartment")),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("proof_sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "ledger_events",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("stream", sa.String(length=20), nullable=False),
        sa.Column("stream_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.Column("actor", sa.String(length=50), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_events")),
        sa.UniqueConstraint("stream_id", "seq", name=op.f("uq_ledger_events_stream_id_seq")),
    )
    op.create_index("ix_ledger_events_stream_id_type", "ledger_events", ["stream_id", "type"], unique=False)
    op.create_table(
        "ledger_heads",
        sa.Column("stream_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("stream_id", name=op.f("pk_ledger_heads")),
    )
    op.create_table(
        "peers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("role", sa.String(length=200), nullable=False),
        sa.Column("seniority", sa.String(length=60), nullable=False),
        sa.Column("political_group", sa.String(length=60), nullable=True),
        sa.Column("organisation", sa.String(length=200), nullable=True),
        sa.Column("themes", sa.JSON(), nullable=False),
        sa.Column("services", sa.JSON(), nullable=False),
        sa.Column("authority_types", sa.JSON(), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False),
        sa.Column("accredited_by", sa.String(length=200), nullable=True),
        sa.Column("accredited_from", sa.Date(), nullable=True),
        sa.Column("accredited_until", sa.Date(), nullable=True),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.Column("days_offered", sa.Integer(), nullable=False),
        sa.Column("days_used", sa.Integer(), nullable=False),
        sa.Column("led_reviews", sa.Integer(), nullable=False),
        sa.Column("contact_sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peers")),
        sa.UniqueConstraint("code", name=op.f("uq_peers_code")),
    )
    op.create_index("ix_peers_name_id", "peers", ["name", "id"], unique=False)
    op.create_table(
        "throttles",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttles")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(60), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=False),
        sa.Column("last_seen_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "authority_lineage",
        sa.Column("predecessor_id", sa.Uuid(), nullable=False),
        sa.Column("successor_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["predecessor_id"], ["authorities.id"], name=op.f("fk_authority_lineage_predecessor_id")
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"], ["authorities.id"], name=op.f("fk_authority_lineage_successor_id")
        ),
        sa.PrimaryKeyConstraint("predecessor_id", "successor_id", name=op.f("pk_authority_lineage")),
    )
    op.create_table(
        "authority_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("declared_by", sa.Uuid(), nullable=True),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_authority_links_authority_id")
        ),
        sa.ForeignKeyConstraint(["declared_by"], ["users.id"], name=op.f("fk_authority_links_declared_by")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_authority_links_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authority_links")),
    )
    op.create_index(op.f("ix_authority_links_user_id"), "authority_links", ["user_id"], unique=False)
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("nature", sa.String(60), nullable=False),
        sa.Column("standing", sa.String(60), nullable=False),
        sa.Column("route", sa.String(60), nullable=True),
        sa.Column("people_at_risk", sa.Boolean(), nullable=False),
        sa.Column("escalated", sa.Boolean(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("logged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_cases_owner_id")),
        sa.ForeignKeyConstraint(["updated_by"], ["users.id"], name=op.f("fk_cases_updated_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("reference", name=op.f("uq_cases_reference")),
    )
    op.create_index("ix_cases_due_on_id", "cases", ["due_on", "id"], unique=False)
    op.create_index("ix_cases_route_due_on_id", "cases", ["route", "due_on", "id"], unique=False)
    op.create_table(
        "drafts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(length=120), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answers_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_drafts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    op.create_index("uq_drafts_user_id_form", "drafts", ["user_id", "form"], unique=True)
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_invitations_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    op.create_index(op.f("ix_invitations_user_id"), "invitations", ["user_id"], unique=False)
    op.create_table(
        "peer_absences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("peer_id", sa.Uuid(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_peer_absences_peer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_absences")),
    )
    op.create_index(op.f("ix_peer_absences_peer_id"), "peer_absences", ["peer_id"], unique=False)
    op.create_table(
        "peer_affiliations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("peer_id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_peer_affiliations_authority_id")
        ),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_peer_affiliations_peer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_affiliations")),
    )
    op.create_index(
        op.f("ix_peer_affiliations_authority_id"), "peer_affiliations", ["authority_id"], unique=False
    )
    op.create_index(op.f("ix_peer_affiliations_peer_id"), "peer_affiliations", ["peer_id"], unique=False)
    op.create_table(
        "peer_interests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("peer_id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Uuid(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("interest_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_peer_interests_authority_id")
        ),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_peer_interests_peer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_interests")),
    )
    op.create_index(op.f("ix_peer_interests_peer_id"), "peer_interests", ["peer_id"], unique=False)
    op.create_table(
        "posts",
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("location", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_posts_user_id")),
        sa.PrimaryKeyConstraint("key", "user_id", name=op.f("pk_posts")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("user_id", "code_hash", name=op.f("uq_recovery_codes_user_id_code_hash")),
    )
    op.create_index(op.f("ix_recovery_codes_user_id"), "recovery_codes", ["user_id"], unique=False)
    op.create_table(
        "role_grants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(60), nullable=False),
        sa.Column("region", sa.String(60), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["confirmed_by"], ["users.id"], name=op.f("fk_role_grants_confirmed_by")),
        sa.ForeignKeyConstraint(["proposed_by"], ["users.id"], name=op.f("fk_role_grants_proposed_by")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_role_grants_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grants")),
    )
    op.create_index("ix_role_grants_user_id", "role_grants", ["user_id"], unique=False)
    op.create_table(
        "web_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_web_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_web_sessions_token_hash")),
    )
    op.create_index(op.f("ix_web_sessions_user_id"), "web_sessions", ["user_id"], unique=False)
    op.create_table(
        "case_authorities",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Uuid(), nullable=False),
        sa.Column("is_lead", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_case_authorities_authority_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_authorities_case_id")),
        sa.PrimaryKeyConstraint("case_id", "authority_id", name=op.f("pk_case_authorities")),
    )
    op.create_index(
        op.f("ix_case_authorities_authority_id"), "case_authorities", ["authority_id"], unique=False
    )
    op.create_table(
        "case_members",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("membership", sa.String(60), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_members_case_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_case_members_user_id")),
        sa.PrimaryKeyConstraint("case_id", "user_id", "membership", name=op.f("pk_case_members")),
    )
    op.create_index(
        "ix_case_members_user_id_due_on_case_id",
        "case_members",
        ["user_id", "due_on", "case_id"],
        unique=False,
    )
    op.create_table(
        "case_regions",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.String(60), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_regions_case_id")),
        sa.PrimaryKeyConstraint("case_id", "region", name=op.f("pk_case_regions")),
    )
    op.create_index(
        "ix_case_regions_region_due_on_case_id", "case_regions", ["region", "due_on", "case_id"], unique=False
    )
    op.create_table(
        "closings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(60), nullable=True),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_closings_case_id")),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_closings_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closings")),
    )
    op.create_index(op.f("ix_closings_case_id"), "closings", ["case_id"], unique=False)
    op.create_table(
        "concerns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("nature", sa.String(60), nullable=False),
        sa.Column("noticed_on", sa.Date(), nullable=True),
        sa.Column("logged_by", sa.Uuid(), nullable=False),
        sa.Column("logged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("how_known_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("service_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_concerns_case_id")),
        sa.ForeignKeyConstraint(["logged_by"], ["users.id"], name=op.f("fk_concerns_logged_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concerns")),
    )
    op.create_index(op.f("ix_concerns_case_id"), "concerns", ["case_id"], unique=False)
    op.create_table(
        "conversations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("with_whom_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_conversations_case_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_conversations_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
    )
    op.create_index(op.f("ix_conversations_case_id"), "conversations", ["case_id"], unique=False)
    op.create_table(
        "corrections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wrong_authority_id", sa.Uuid(), nullable=False),
        sa.Column("right_authority_id", sa.Uuid(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_corrections_case_id")),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_corrections_made_by")),
        sa.ForeignKeyConstraint(
            ["right_authority_id"], ["authorities.id"], name=op.f("fk_corrections_right_authority_id")
        ),
        sa.ForeignKeyConstraint(
            ["wrong_authority_id"], ["authorities.id"], name=op.f("fk_corrections_wrong_authority_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index(op.f("ix_corrections_case_id"), "corrections", ["case_id"], unique=False)
    op.create_table(
        "duties",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(60), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("outcome_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_duties_case_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_duties_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duties")),
    )
    op.create_index(
        "ix_duties_case_id_state_due_on_id", "duties", ["case_id", "state", "due_on", "id"], unique=False
    )
    op.create_index(
        "ix_duties_owner_id_state_due_on", "duties", ["owner_id", "state", "due_on"], unique=False
    )
    op.create_index("ix_duties_state_due_on", "duties", ["state", "due_on"], unique=False)
    op.create_table(
        "letters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("token_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_letters_case_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_letters_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
    )
    op.create_index("ix_letters_sent_at_due_at", "letters", ["sent_at", "due_at"], unique=False)
    op.create_table(
        "meetings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("sector_led_feasible", sa.Boolean(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_meetings_case_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_meetings_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings")),
    )
    op.create_index(op.f("ix_meetings_case_id"), "meetings", ["case_id"], unique=False)
    op.create_table(
        "offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("answer", sa.String(60), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("made_event_id", sa.Uuid(), nullable=True),
        sa.Column("answer_event_id", sa.Uuid(), nullable=True),
        sa.Column("terms_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("answer_note_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_offers_case_id")),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_offers_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
    )
    op.create_index(op.f("ix_offers_case_id"), "offers", ["case_id"], unique=False)
    op.create_table(
        "reviews",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("adequate_progress", sa.Boolean(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_reviews_case_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_reviews_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
    )
    op.create_index(op.f("ix_reviews_case_id"), "reviews", ["case_id"], unique=False)
    op.create_table(
        "teams",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Uuid(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("needs", sa.JSON(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_by", sa.Uuid(), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["assigned_by"], ["users.id"], name=op.f("fk_teams_assigned_by")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_teams_authority_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_teams_case_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["users.id"], name=op.f("fk_teams_proposed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
    )
    op.create_index(op.f("ix_teams_case_id"), "teams", ["case_id"], unique=False)
    op.create_table(
        "triages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("suggested", sa.String(60), nullable=False),
        sa.Column("decided", sa.String(60), nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("rationale_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_triages_case_id")),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_triages_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_triages")),
    )
    op.create_index(op.f("ix_triages_case_id"), "triages", ["case_id"], unique=False)
    op.create_table(
        "conversation_capacities",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("capacity", sa.String(60), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_conversation_capacities_conversation_id")
        ),
        sa.PrimaryKeyConstraint("conversation_id", "capacity", name=op.f("pk_conversation_capacities")),
    )
    op.create_table(
        "duty_moves",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("duty_id", sa.Uuid(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("moved_by", sa.Uuid(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_duty_moves_case_id")),
        sa.ForeignKeyConstraint(["duty_id"], ["duties.id"], name=op.f("fk_duty_moves_duty_id")),
        sa.ForeignKeyConstraint(["moved_by"], ["users.id"], name=op.f("fk_duty_moves_moved_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_moves")),
    )
    op.create_index(op.f("ix_duty_moves_duty_id"), "duty_moves", ["duty_id"], unique=False)
    op.create_table(
        "meeting_attendees",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.String(60), nullable=False),
        sa.Column("capacity", sa.String(60), nullable=True),
        sa.Column("attendance", sa.String(60), nullable=False),
        sa.Column("dissents", sa.Boolean(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("position_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_meeting_attendees_case_id")),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meetings.id"], name=op.f("fk_meeting_attendees_meeting_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_attendees")),
    )
    op.create_index(
        op.f("ix_meeting_attendees_meeting_id"), "meeting_attendees", ["meeting_id"], unique=False
    )
    op.create_table(
        "meeting_issues",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("regulators_satisfied", sa.Boolean(), nullable=False),
        sa.Column("locality_agrees", sa.Boolean(), nullable=True),
        sa.Column("outcome", sa.String(60), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("title_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("plan_or_person_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_meeting_issues_case_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_meeting_issues_meeting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_issues")),
    )
    op.create_index(op.f("ix_meeting_issues_meeting_id"), "meeting_issues", ["meeting_id"], unique=False)
    op.create_table(
        "passages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("audiences", sa.JSON(), nullable=False),
        sa.Column("source_consents", sa.String(60), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_passages_case_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_passages_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passages")),
    )
    op.create_index(op.f("ix_passages_conversation_id"), "passages", ["conversation_id"], unique=False)
    op.create_table(
        "sources",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("concern_id", sa.Uuid(), nullable=False),
        sa.Column("may_be_named", sa.Boolean(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("contact_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("position_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["concern_id"], ["concerns.id"], name=op.f("fk_sources_concern_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint("concern_id", name=op.f("uq_sources_concern_id")),
    )
    op.create_table(
        "team_members",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("peer_id", sa.Uuid(), nullable=False),
        sa.Column("leads", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_team_members_peer_id")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_team_members_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_members")),
    )
    op.create_index(op.f("ix_team_members_peer_id"), "team_members", ["peer_id"], unique=False)
    op.create_index("uq_team_members_team_id_peer_id", "team_members", ["team_id", "peer_id"], unique=True)
    op.create_table(
        "warnings_accepted",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("peer_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("accepted_by", sa.Uuid(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["accepted_by"], ["users.id"], name=op.f("fk_warnings_accepted_accepted_by")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_warnings_accepted_case_id")),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_warnings_accepted_peer_id")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_warnings_accepted_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warnings_accepted")),
    )
    op.create_index(op.f("ix_warnings_accepted_team_id"), "warnings_accepted", ["team_id"], unique=False)
    op.create_table(
        "escalations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("issue_id", sa.Uuid(), nullable=True),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.Column("at_once", sa.Boolean(), nullable=False),
        sa.Column("body", sa.String(60), nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("finding", sa.String(60), nullable=False),
        sa.Column("gate", sa.String(60), nullable=True),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("why_not", sa.String(60), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("authority_told_on", sa.Date(), nullable=True),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("questioned", sa.Boolean(), nullable=True),
        sa.Column("reviewed_on", sa.Date(), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("recipient_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("agreed_by_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("authority_told_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("why_not_family_first_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("second_view_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("review_note_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_escalations_case_id")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["users.id"], name=op.f("fk_escalations_confirmed_by")),
        sa.ForeignKeyConstraint(["corrects_id"], ["escalations.id"], name=op.f("fk_escalations_corrects_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_escalations_decided_by")),
        sa.ForeignKeyConstraint(["issue_id"], ["meeting_issues.id"], name=op.f("fk_escalations_issue_id")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["users.id"], name=op.f("fk_escalations_reviewed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalations")),
    )
    op.create_index(op.f("ix_escalations_case_id"), "escalations", ["case_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_escalations_case_id"), table_name="escalations")
    op.drop_table("escalations")
    op.drop_index(op.f("ix_warnings_accepted_team_id"), table_name="warnings_accepted")
    op.drop_table("warnings_accepted")
    op.drop_index("uq_team_members_team_id_peer_id", table_name="team_members")
    op.drop_index(op.f("ix_team_members_peer_id"), table_name="team_members")
    op.drop_table("team_members")
    op.drop_table("sources")
    op.drop_index(op.f("ix_passages_conversation_id"), table_name="passages")
    op.drop_table("passages")
    op.drop_index(op.f("ix_meeting_issues_meeting_id"), table_name="meeting_issues")
    op.drop_table("meeting_issues")
    op.drop_index(op.f("ix_meeting_attendees_meeting_id"), table_name="meeting_attendees")
    op.drop_table("meeting_attendees")
    op.drop_index(op.f("ix_duty_moves_duty_id"), table_name="duty_moves")
    op.drop_table("duty_moves")
    op.drop_table("conversation_capacities")
    op.drop_index(op.f("ix_triages_case_id"), table_name="triages")
    op.drop_table("triages")
    op.drop_index(op.f("ix_teams_case_id"), table_name="teams")
    op.drop_table("teams")
    op.drop_index(op.f("ix_reviews_case_id"), table_name="reviews")
    op.drop_table("reviews")
    op.drop_index(op.f("ix_offers_case_id"), table_name="offers")
    op.drop_table("offers")
    op.drop_index(op.f("ix_meetings_case_id"), table_name="meetings")
    op.drop_table("meetings")
    op.drop_index("ix_letters_sent_at_due_at", table_name="letters")
    op.drop_table("letters")
    op.drop_index("ix_duties_state_due_on", table_name="duties")
    op.drop_index("ix_duties_owner_id_state_due_on", table_name="duties")
    op.drop_index("ix_duties_case_id_state_due_on_id", table_name="duties")
    op.drop_table("duties")
    op.drop_index(op.f("ix_corrections_case_id"), table_name="corrections")
    op.drop_table("corrections")
    op.drop_index(op.f("ix_conversations_case_id"), table_name="conversations")
    op.drop_table("conversations")
    op.drop_index(op.f("ix_concerns_case_id"), table_name="concerns")
    op.drop_table("concerns")
    op.drop_index(op.f("ix_closings_case_id"), table_name="closings")
    op.drop_table("closings")
    op.drop_index("ix_case_regions_region_due_on_case_id", table_name="case_regions")
    op.drop_table("case_regions")
    op.drop_index("ix_case_members_user_id_due_on_case_id", table_name="case_members")
    op.drop_table("case_members")
    op.drop_index(op.f("ix_case_authorities_authority_id"), table_name="case_authorities")
    op.drop_table("case_authorities")
    op.drop_index(op.f("ix_web_sessions_user_id"), table_name="web_sessions")
    op.drop_table("web_sessions")
    op.drop_index("ix_role_grants_user_id", table_name="role_grants")
    op.drop_table("role_grants")
    op.drop_index(op.f("ix_recovery_codes_user_id"), table_name="recovery_codes")
    op.drop_table("recovery_codes")
    op.drop_table("posts")
    op.drop_index(op.f("ix_peer_interests_peer_id"), table_name="peer_interests")
    op.drop_table("peer_interests")
    op.drop_index(op.f("ix_peer_affiliations_peer_id"), table_name="peer_affiliations")
    op.drop_index(op.f("ix_peer_affiliations_authority_id"), table_name="peer_affiliations")
    op.drop_table("peer_affiliations")
    op.drop_index(op.f("ix_peer_absences_peer_id"), table_name="peer_absences")
    op.drop_table("peer_absences")
    op.drop_index(op.f("ix_invitations_user_id"), table_name="invitations")
    op.drop_table("invitations")
    op.drop_index("uq_drafts_user_id_form", table_name="drafts")
    op.drop_table("drafts")
    op.drop_index("ix_cases_route_due_on_id", table_name="cases")
    op.drop_index("ix_cases_due_on_id", table_name="cases")
    op.drop_table("cases")
    op.drop_index(op.f("ix_authority_links_user_id"), table_name="authority_links")
    op.drop_table("authority_links")
    op.drop_table("authority_lineage")
    op.drop_table("users")
    op.drop_table("throttles")
    op.drop_index("ix_peers_name_id", table_name="peers")
    op.drop_table("peers")
    op.drop_table("ledger_heads")
    op.drop_index("ix_ledger_events_stream_id_type", table_name="ledger_events")
    op.drop_table("ledger_events")
    op.drop_table("installation")
    op.drop_table("data_keys")
    op.drop_table("clock_beats")
    op.drop_index("ix_authorities_name", table_name="authorities")
    op.drop_table("authorities")
