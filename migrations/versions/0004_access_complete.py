"""Access complete."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_in_questions",
        sa.Column("holder", sa.LargeBinary(), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("holder", name=op.f("pk_sign_in_questions")),
    )
    with op.batch_alter_table("sign_in_questions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_questions_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "passkeys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("credential", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("key_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_passkeys_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential", name=op.f("uq_passkeys_credential")),
    )
    with op.batch_alter_table("passkeys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passkeys_user_id"), ["user_id"], unique=False)

    op.create_table(
        "provider_subjects",
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("issuer", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_provider_subjects_user_id")),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_provider_subjects")),
        sa.UniqueConstraint("user_id", "issuer", name=op.f("uq_provider_subjects_user_id_issuer")),
    )
    op.create_table(
        "role_uses",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(60), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_role_uses_user_id")),
        sa.PrimaryKeyConstraint("user_id", "role", name=op.f("pk_role_uses")),
    )
    op.create_table(
        "break_glass",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("justified", sa.Boolean(), nullable=True),
        sa.Column("finding_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_break_glass_case_id")),
        sa.ForeignKeyConstraint(["ended_by"], ["users.id"], name=op.f("fk_break_glass_ended_by")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["users.id"], name=op.f("fk_break_glass_reviewed_by")),
        sa.ForeignKeyConstraint(["session_id"], ["web_sessions.id"], name=op.f("fk_break_glass_session_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_break_glass_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_break_glass")),
    )
    with op.batch_alter_table("break_glass", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_break_glass_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_break_glass_user_id_until", ["user_id", "until"], unique=False)

    op.create_table(
        "factor_resets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(60), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard", sa.String(60), nullable=True),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("invitation_id", sa.Uuid(), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["confirmed_by"], ["users.id"], name=op.f("fk_factor_resets_confirmed_by")),
        sa.ForeignKeyConstraint(["ended_by"], ["users.id"], name=op.f("fk_factor_resets_ended_by")),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_factor_resets_invitation_id")
        ),
        sa.ForeignKeyConstraint(["proposed_by"], ["users.id"], name=op.f("fk_factor_resets_proposed_by")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_factor_resets_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_factor_resets")),
    )
    with op.batch_alter_table("factor_resets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_factor_resets_invitation_id"), ["invitation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_factor_resets_user_id"), ["user_id"], unique=False)

    op.create_table(
        "grant_reviews",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("reviewed_by", sa.Uuid(), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("needed", sa.Boolean(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["grant_id"], ["role_grants.id"], name=op.f("fk_grant_reviews_grant_id")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["users.id"], name=op.f("fk_grant_reviews_reviewed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant_reviews")),
    )
    with op.batch_alter_table("grant_reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grant_reviews_grant_id"), ["grant_id"], unique=False)

    op.create_table(
        "provider_waits",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("issuer", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["web_sessions.id"], name=op.f("fk_provider_waits_session_id")
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_provider_waits")),
    )
    op.create_table(
        "session_origins",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("browser", sa.String(60), nullable=False),
        sa.Column("system", sa.String(60), nullable=False),
        sa.Column("network", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["web_sessions.id"], name=op.f("fk_session_origins_session_id")
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_session_origins")),
    )
    op.create_table(
        "wall_liftings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("length", sa.String(60), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["answered_by"], ["users.id"], name=op.f("fk_wall_liftings_answered_by")),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_wall_liftings_asked_by")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_wall_liftings_case_id")),
        sa.ForeignKeyConstraint(["ended_by"], ["users.id"], name=op.f("fk_wall_liftings_ended_by")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_wall_liftings_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wall_liftings")),
    )
    with op.batch_alter_table("wall_liftings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wall_liftings_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_wall_liftings_user_id_until", ["user_id", "until"], unique=False)

    op.create_table(
        "lifted_authorities",
        sa.Column("lifting_id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authorities.id"], name=op.f("fk_lifted_authorities_authority_id")
        ),
        sa.ForeignKeyConstraint(
            ["lifting_id"], ["wall_liftings.id"], name=op.f("fk_lifted_authorities_lifting_id")
        ),
        sa.PrimaryKeyConstraint("lifting_id", "authority_id", name=op.f("pk_lifted_authorities")),
    )
    op.create_table(
        "reset_notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("reset_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["reset_id"], ["factor_resets.id"], name=op.f("fk_reset_notices_reset_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_reset_notices_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reset_notices")),
        sa.UniqueConstraint("user_id", "reset_id", name=op.f("uq_reset_notices_user_id_reset_id")),
    )
    with op.batch_alter_table("web_sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        # What the planner samples would outlive a destroyed key. A change of type, even to the same, drops the sample.
        op.execute("ALTER TABLE data_keys ALTER wrapped TYPE bytea, ALTER commitment TYPE bytea")
        op.execute("ALTER TABLE data_keys ALTER wrapped SET STATISTICS 0, ALTER commitment SET STATISTICS 0")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "ALTER TABLE data_keys ALTER wrapped SET STATISTICS -1, ALTER commitment SET STATISTICS -1"
        )
    with op.batch_alter_table("web_sessions", schema=None) as batch_op:
        batch_op.drop_column("proved_at")

    op.drop_table("reset_notices")
    op.drop_table("lifted_authorities")
    with op.batch_alter_table("wall_liftings", schema=None) as batch_op:
        batch_op.drop_index("ix_wall_liftings_user_id_until")
        batch_op.drop_index(batch_op.f("ix_wall_liftings_case_id"))

    op.drop_table("wall_liftings")
    op.drop_table("session_origins")
    op.drop_table("provider_waits")
    with op.batch_alter_table("grant_reviews", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_grant_reviews_grant_id"))

    op.drop_table("grant_reviews")
    with op.batch_alter_table("factor_resets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_factor_resets_user_id"))
        batch_op.drop_index(batch_op.f("ix_factor_resets_invitation_id"))

    op.drop_table("factor_resets")
    with op.batch_alter_table("break_glass", schema=None) as batch_op:
        batch_op.drop_index("ix_break_glass_user_id_until")
        batch_op.drop_index(batch_op.f("ix_break_glass_case_id"))

    op.drop_table("break_glass")
    op.drop_table("role_uses")
    op.drop_table("provider_subjects")
    with op.batch_alter_table("passkeys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_passkeys_user_id"))

    op.drop_table("passkeys")
    with op.batch_alter_table("sign_in_questions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_questions_expires_at"))

    op.drop_table("sign_in_questions")
