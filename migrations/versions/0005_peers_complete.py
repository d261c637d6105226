"""Peers complete."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accreditation_duties",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("peer_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["ended_by"], ["users.id"], name=op.f("fk_accreditation_duties_ended_by")),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_accreditation_duties_peer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accreditation_duties")),
        sa.UniqueConstraint("peer_id", "until", name=op.f("uq_accreditation_duties_peer_id_until")),
    )
    op.create_table(
        "peer_groups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("peer_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_peer_groups_peer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_groups")),
    )
    with op.batch_alter_table("peer_groups", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_peer_groups_peer_id"), ["peer_id"], unique=False)

    op.create_table(
        "peer_training",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("peer_id", sa.Uuid(), nullable=False),
        sa.Column("course", sa.String(60), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_peer_training_peer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_training")),
    )
    with op.batch_alter_table("peer_training", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_peer_training_peer_id"), ["peer_id"], unique=False)

    op.create_table(
        "peer_days",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("peer_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_peer_days_peer_id")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_peer_days_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_days")),
        sa.UniqueConstraint("team_id", "peer_id", "year", name=op.f("uq_peer_days_team_id_peer_id_year")),
    )
    with op.batch_alter_table("peer_days", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_peer_days_peer_id"), ["peer_id"], unique=False)

    op.create_table(
        "peer_feedback",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("peer_id", sa.Uuid(), nullable=False),
        sa.Column("given_by", sa.String(60), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("rating", sa.String(60), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_peer_feedback_case_id")),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_peer_feedback_peer_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_peer_feedback_recorded_by")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_peer_feedback_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_feedback")),
    )
    with op.batch_alter_table("peer_feedback", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_peer_feedback_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_peer_feedback_peer_id"), ["peer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_peer_feedback_team_id"), ["team_id"], unique=False)

    op.create_table(
        "peer_invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("peer_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(60), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("how", sa.String(60), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("decline_reason", sa.String(60), nullable=True),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("feedback_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_peer_invitations_asked_by")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_peer_invitations_case_id")),
        sa.ForeignKeyConstraint(
            ["confirmed_by"], ["users.id"], name=op.f("fk_peer_invitations_confirmed_by")
        ),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_peer_invitations_peer_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_peer_invitations_recorded_by")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_peer_invitations_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_invitations")),
    )
    with op.batch_alter_table("peer_invitations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_peer_invitations_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_peer_invitations_peer_id"), ["peer_id"], unique=False)
        batch_op.create_index("ix_peer_invitations_state_answer_by", ["state", "answer_by"], unique=False)
        batch_op.create_index("ix_peer_invitations_team_id_peer_id", ["team_id", "peer_id"], unique=False)

    op.create_table(
        "questionnaires",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("typed", sa.Boolean(), nullable=False),
        sa.Column("shown_people", sa.Integer(), nullable=False),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("title_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("intro_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("results_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("waiting_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_questionnaires_case_id")),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_questionnaires_made_by")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_questionnaires_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaires")),
    )
    with op.batch_alter_table("questionnaires", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_questionnaires_case_id"), ["case_id"], unique=False)

    op.create_table(
        "team_contacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("contact_on", sa.Date(), nullable=False),
        sa.Column("means", sa.String(60), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("peer_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_team_contacts_case_id")),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_team_contacts_peer_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_team_contacts_recorded_by")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_team_contacts_team_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_team_contacts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_contacts")),
    )
    with op.batch_alter_table("team_contacts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_contacts_team_id"), ["team_id"], unique=False)

    op.create_table(
        "team_managers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("peer_id", sa.Uuid(), nullable=True),
        sa.Column("named_by", sa.Uuid(), nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_team_managers_case_id")),
        sa.ForeignKeyConstraint(["named_by"], ["users.id"], name=op.f("fk_team_managers_named_by")),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_team_managers_peer_id")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_team_managers_team_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_team_managers_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_managers")),
    )
    with op.batch_alter_table("team_managers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_managers_team_id"), ["team_id"], unique=False)

    op.create_table(
        "team_visits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("activities", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(60), nullable=False),
        sa.Column("chair_user_id", sa.Uuid(), nullable=True),
        sa.Column("chair_peer_id", sa.Uuid(), nullable=True),
        sa.Column("planned_by", sa.Uuid(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why_cancelled", sa.String(60), nullable=True),
        sa.Column("purpose_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_team_visits_case_id")),
        sa.ForeignKeyConstraint(["chair_peer_id"], ["peers.id"], name=op.f("fk_team_visits_chair_peer_id")),
        sa.ForeignKeyConstraint(["chair_user_id"], ["users.id"], name=op.f("fk_team_visits_chair_user_id")),
        sa.ForeignKeyConstraint(["ended_by"], ["users.id"], name=op.f("fk_team_visits_ended_by")),
        sa.ForeignKeyConstraint(["planned_by"], ["users.id"], name=op.f("fk_team_visits_planned_by")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_team_visits_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_visits")),
    )
    with op.batch_alter_table("team_visits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_visits_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_team_visits_team_id"), ["team_id"], unique=False)

    op.create_table(
        "peer_conflicts_raised",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.String(60), nullable=False),
        sa.Column("about", sa.Uuid(), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["peer_invitations.id"], name=op.f("fk_peer_conflicts_raised_invitation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_conflicts_raised")),
    )
    with op.batch_alter_table("peer_conflicts_raised", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_peer_conflicts_raised_invitation_id"), ["invitation_id"], unique=False
        )

    op.create_table(
        "peer_declarations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("peer_id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(60), nullable=True),
        sa.Column("interest_id", sa.Uuid(), nullable=True),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("how", sa.String(60), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_peer_declarations_authority_id")
        ),
        sa.ForeignKeyConstraint(
            ["interest_id"], ["peer_interests.id"], name=op.f("fk_peer_declarations_interest_id")
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["peer_invitations.id"], name=op.f("fk_peer_declarations_invitation_id")
        ),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_peer_declarations_peer_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_peer_declarations_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_declarations")),
    )
    with op.batch_alter_table("peer_declarations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_peer_declarations_invitation_id"), ["invitation_id"], unique=False
        )

    op.create_table(
        "peer_letters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("peer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("token_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["peer_invitations.id"], name=op.f("fk_peer_letters_invitation_id")
        ),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_peer_letters_peer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_letters")),
    )
    with op.batch_alter_table("peer_letters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_peer_letters_invitation_id"), ["invitation_id"], unique=False)
        batch_op.create_index("ix_peer_letters_sent_at_due_at", ["sent_at", "due_at"], unique=False)

    op.create_table(
        "peer_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["peer_invitations.id"], name=op.f("fk_peer_links_invitation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_peer_links_token_hash")),
    )
    with op.batch_alter_table("peer_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_peer_links_invitation_id"), ["invitation_id"], unique=False)

    op.create_table(
        "peer_visits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["peer_invitations.id"], name=op.f("fk_peer_visits_invitation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_visits")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_peer_visits_token_hash")),
    )
    with op.batch_alter_table("peer_visits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_peer_visits_invitation_id"), ["invitation_id"], unique=False)

    op.create_table(
        "questionnaire_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("questionnaire_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_questionnaire_links_case_id")),
        sa.ForeignKeyConstraint(
            ["questionnaire_id"], ["questionnaires.id"], name=op.f("fk_questionnaire_links_questionnaire_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaire_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_questionnaire_links_token_hash")),
    )
    with op.batch_alter_table("questionnaire_links", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_questionnaire_links_questionnaire_id"), ["questionnaire_id"], unique=False
        )

    op.create_table(
        "questionnaire_questions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("questionnaire_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("options_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_questionnaire_questions_case_id")),
        sa.ForeignKeyConstraint(
            ["questionnaire_id"],
            ["questionnaires.id"],
            name=op.f("fk_questionnaire_questions_questionnaire_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaire_questions")),
    )
    with op.batch_alter_table("questionnaire_questions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_questionnaire_questions_questionnaire_id"), ["questionnaire_id"], unique=False
        )

    op.create_table(
        "questionnaire_rounds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("questionnaire_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sent_by", sa.Uuid(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("chased_on", sa.Date(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_questionnaire_rounds_case_id")),
        sa.ForeignKeyConstraint(
            ["questionnaire_id"], ["questionnaires.id"], name=op.f("fk_questionnaire_rounds_questionnaire_id")
        ),
        sa.ForeignKeyConstraint(["sent_by"], ["users.id"], name=op.f("fk_questionnaire_rounds_sent_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaire_rounds")),
    )
    with op.batch_alter_table("questionnaire_rounds", schema=None) as batch_op:
        batch_op.create_index(
            "ix_questionnaire_rounds_closed_at_closes_on", ["closed_at", "closes_on"], unique=False
        )
        batch_op.create_index(
            "uq_questionnaire_rounds_questionnaire_id_number", ["questionnaire_id", "number"], unique=True
        )

    op.create_table(
        "team_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("area", sa.String(length=60), nullable=False),
        sa.Column("presented", sa.Boolean(), nullable=True),
        sa.Column("presenter_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_team_sessions_case_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["team_visits.id"], name=op.f("fk_team_sessions_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_sessions")),
    )
    with op.batch_alter_table("team_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_sessions_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "team_visit_moves",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("from_first", sa.Date(), nullable=False),
        sa.Column("from_last", sa.Date(), nullable=False),
        sa.Column("to_first", sa.Date(), nullable=False),
        sa.Column("to_last", sa.Date(), nullable=False),
        sa.Column("why", sa.String(60), nullable=False),
        sa.Column("moved_by", sa.Uuid(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["moved_by"], ["users.id"], name=op.f("fk_team_visit_moves_moved_by")),
        sa.ForeignKeyConstraint(["visit_id"], ["team_visits.id"], name=op.f("fk_team_visit_moves_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_visit_moves")),
    )
    with op.batch_alter_table("team_visit_moves", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_visit_moves_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "team_visitors",
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("peer_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_team_visitors_peer_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["team_visits.id"], name=op.f("fk_team_visitors_visit_id")),
        sa.PrimaryKeyConstraint("visit_id", "peer_id", name=op.f("pk_team_visitors")),
    )
    op.create_table(
        "questionnaire_letters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("reminds", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["link_id"], ["questionnaire_links.id"], name=op.f("fk_questionnaire_letters_link_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaire_letters")),
    )
    with op.batch_alter_table("questionnaire_letters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_questionnaire_letters_link_id"), ["link_id"], unique=False)
        batch_op.create_index("ix_questionnaire_letters_sent_at_due_at", ["sent_at", "due_at"], unique=False)

    op.create_table(
        "team_findings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_team_findings_case_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_team_findings_recorded_by")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["team_sessions.id"], name=op.f("fk_team_findings_session_id")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["team_visits.id"], name=op.f("fk_team_findings_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_findings")),
    )
    with op.batch_alter_table("team_findings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_findings_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_team_findings_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "team_outputs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("delivered_on", sa.Date(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_team_outputs_case_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_team_outputs_plan_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_team_outputs_recorded_by")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["team_sessions.id"], name=op.f("fk_team_outputs_session_id")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_team_outputs_team_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["team_visits.id"], name=op.f("fk_team_outputs_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_outputs")),
    )
    with op.batch_alter_table("team_outputs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_outputs_team_id"), ["team_id"], unique=False)

    op.create_table(
        "team_specialists",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("peer_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_team_specialists_peer_id")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["team_sessions.id"], name=op.f("fk_team_specialists_session_id")
        ),
        sa.PrimaryKeyConstraint("session_id", "peer_id", name=op.f("pk_team_specialists")),
    )
    with op.batch_alter_table("peers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("accreditation_level", sa.String(60), nullable=True))
        batch_op.add_column(sa.Column("political_group_since", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("days_used_of", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("peers", schema=None) as batch_op:
        batch_op.drop_column("days_used_of")
        batch_op.drop_column("political_group_since")
        batch_op.drop_column("accreditation_level")

    op.drop_table("team_specialists")
    with op.batch_alter_table("team_outputs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_outputs_team_id"))

    op.drop_table("team_outputs")
    with op.batch_alter_table("team_findings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_findings_visit_id"))
        batch_op.drop_index(batch_op.f("ix_team_findings_case_id"))

    op.drop_table("team_findings")
    with op.batch_alter_table("questionnaire_letters", schema=None) as batch_op:
        batch_op.drop_index("ix_questionnaire_letters_sent_at_due_at")
        batch_op.drop_index(batch_op.f("ix_questionnaire_letters_link_id"))

    op.drop_table("questionnaire_letters")
    op.drop_table("team_visitors")
    with op.batch_alter_table("team_visit_moves", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_visit_moves_visit_id"))

    op.drop_table("team_visit_moves")
    with op.batch_alter_table("team_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_sessions_visit_id"))

    op.drop_table("team_sessions")
    with op.batch_alter_table("questionnaire_rounds", schema=None) as batch_op:
        batch_op.drop_index("uq_questionnaire_rounds_questionnaire_id_number")
        batch_op.drop_index("ix_questionnaire_rounds_closed_at_closes_on")

    op.drop_table("questionnaire_rounds")
    with op.batch_alter_table("questionnaire_questions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_questionnaire_questions_questionnaire_id"))

    op.drop_table("questionnaire_questions")
    with op.batch_alter_table("questionnaire_links", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_questionnaire_links_questionnaire_id"))

    op.drop_table("questionnaire_links")
    with op.batch_alter_table("peer_visits", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_peer_visits_invitation_id"))

    op.drop_table("peer_visits")
    with op.batch_alter_table("peer_links", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_peer_links_invitation_id"))

    op.drop_table("peer_links")
    with op.batch_alter_table("peer_letters", schema=None) as batch_op:
        batch_op.drop_index("ix_peer_letters_sent_at_due_at")
        batch_op.drop_index(batch_op.f("ix_peer_letters_invitation_id"))

    op.drop_table("peer_letters")
    with op.batch_alter_table("peer_declarations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_peer_declarations_invitation_id"))

    op.drop_table("peer_declarations")
    with op.batch_alter_table("peer_conflicts_raised", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_peer_conflicts_raised_invitation_id"))

    op.drop_table("peer_conflicts_raised")
    with op.batch_alter_table("team_visits", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_visits_team_id"))
        batch_op.drop_index(batch_op.f("ix_team_visits_case_id"))

    op.drop_table("team_visits")
    with op.batch_alter_table("team_managers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_managers_team_id"))

    op.drop_table("team_managers")
    with op.batch_alter_table("team_contacts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_contacts_team_id"))

    op.drop_table("team_contacts")
    with op.batch_alter_table("questionnaires", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_questionnaires_case_id"))

    op.drop_table("questionnaires")
    with op.batch_alter_table("peer_invitations", schema=None) as batch_op:
        batch_op.drop_index("ix_peer_invitations_team_id_peer_id")
        batch_op.drop_index("ix_peer_invitations_state_answer_by")
        batch_op.drop_index(batch_op.f("ix_peer_invitations_peer_id"))
        batch_op.drop_index(batch_op.f("ix_peer_invitations_case_id"))

    op.drop_table("peer_invitations")
    with op.batch_alter_table("peer_feedback", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_peer_feedback_team_id"))
        batch_op.drop_index(batch_op.f("ix_peer_feedback_peer_id"))
        batch_op.drop_index(batch_op.f("ix_peer_feedback_case_id"))

    op.drop_table("peer_feedback")
    with op.batch_alter_table("peer_days", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_peer_days_peer_id"))

    op.drop_table("peer_days")
    with op.batch_alter_table("peer_training", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_peer_training_peer_id"))

    op.drop_table("peer_training")
    with op.batch_alter_table("peer_groups", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_peer_groups_peer_id"))

    op.drop_table("peer_groups")
    op.drop_table("accreditation_duties")
