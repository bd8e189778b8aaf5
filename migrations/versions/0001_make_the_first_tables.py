"""Make the first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "product",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("goal", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("cadence_days", sa.Integer(), nullable=False),
        sa.Column("delegates_publish", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("next_item", sa.Integer(), nullable=False),
        sa.Column("next_column", sa.Integer(), nullable=False),
        sa.Column("next_question", sa.Integer(), nullable=False),
        sa.Column("next_update", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_product"),
        sa.UniqueConstraint("key", name="uq_product_key"),
    )
    op.create_table(
        "user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_user"),
        sa.UniqueConstraint("email", name="uq_user_email"),
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("scope IN ('read', 'write', 'admin')", name=op.f("ck_api_token_scope")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_api_token_user_id_user", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_api_token"),
        sa.UniqueConstraint("secret_hash", name="uq_api_token_secret_hash"),
    )
    op.create_index("ix_api_token_user_id", "api_token", ["user_id"])

    op.create_table(
        "column",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "backlog",
                "ready",
                "doing",
                "review",
                "done",
                name="stage",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("wip_limit", sa.Integer(), nullable=True),
        sa.Column(
            "wip_mode",
            sa.Enum(
                "off", "warn", "ask", "refuse", name="wip_mode", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("accepts", sa.Boolean(), nullable=False),
        sa.Column("was_used", sa.Boolean(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("NOT accepts OR stage = 'review'", name=op.f("ck_column_accepts")),
        sa.CheckConstraint("wip_limit IS NULL OR wip_limit > 0", name=op.f("ck_column_wip_limit")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name="fk_column_product_id_product"),
        sa.PrimaryKeyConstraint("id", name="pk_column"),
        sa.UniqueConstraint("product_id", "number", name="uq_column_product_id_number"),
    )
    op.create_index("ix_column_product_id", "column", ["product_id"])

    op.create_table(
        "command",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["user.id"], name="fk_command_person_id_user", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name="fk_command_product_id_product"),
        sa.PrimaryKeyConstraint("person_id", "id", name="pk_command"),
    )
    op.create_index("ix_command_at", "command", ["at"])
    op.create_table(
        "label",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name="fk_label_product_id_product", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_label"),
        sa.UniqueConstraint("product_id", "folded", name="uq_label_product_id_folded"),
    )
    op.create_table(
        "member",
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "owner",
                "delegate",
                "lead",
                "developer",
                "viewer",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name="fk_member_product_id_product", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_member_user_id_user"),
        sa.PrimaryKeyConstraint("product_id", "user_id", name="pk_member"),
    )
    op.create_index("ix_member_user_id", "member", ["user_id"])
    op.create_index(
        "uq_member_owner",
        "member",
        ["product_id"],
        unique=True,
        sqlite_where=sa.text("role = 'owner'"),
        postgresql_where=sa.text("role = 'owner'"),
    )

    op.create_table(
        "sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_sign_in_user_id_user", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in"),
        sa.UniqueConstraint("secret_hash", name="uq_sign_in_secret_hash"),
    )
    op.create_index("ix_sign_in_user_id", "sign_in", ["user_id"])

    op.create_table(
        "sign_in_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "setup",
                "sign_in",
                "invitation",
                "password",
                name="link_purpose",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_sign_in_link_user_id_user", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_link"),
        sa.UniqueConstraint("secret_hash", name="uq_sign_in_link_secret_hash"),
    )
    op.create_index("ix_sign_in_link_user_id", "sign_in_link", ["user_id"])

    op.create_table(
        "stakeholder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "full", "brief", "mine", "none", name="level", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("link_serial", sa.Integer(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["user.id"], name="fk_stakeholder_added_by_id_user"),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name="fk_stakeholder_product_id_product", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_stakeholder"),
        sa.UniqueConstraint("product_id", "email", name="uq_stakeholder_product_id_email"),
    )
    op.create_table(
        "status_update",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "published", name="update_state", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column(
            "health",
            sa.Enum(
                "on_track",
                "at_risk",
                "off_track",
                "unknown",
                "paused",
                "done",
                name="health",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("health_reason", sa.Text(), nullable=False),
        sa.Column("sections", sa.JSON(), nullable=False),
        sa.Column("since_version", sa.Integer(), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        sa.Column("snapshot", sa.JSON(), nullable=True),
        sa.Column("corrects_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'published') = (published_at IS NOT NULL)", name=op.f("ck_status_update_published")
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["status_update.id"], name="fk_status_update_corrects_id_status_update"
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["user.id"], name="fk_status_update_created_by_id_user"),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name="fk_status_update_product_id_product"),
        sa.ForeignKeyConstraint(["published_by_id"], ["user.id"], name="fk_status_update_published_by_id_user"),
        sa.PrimaryKeyConstraint("id", name="pk_status_update"),
        sa.UniqueConstraint("product_id", "number", name="uq_status_update_product_id_number"),
    )
    op.create_index("ix_status_update_product_id", "status_update", ["product_id"])

    op.create_table(
        "item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("column_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "feature",
                "bug",
                "chore",
                "spike",
                name="item_type",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("size", sa.Text(), nullable=False),
        sa.Column(
            "class_of_service",
            sa.Enum(
                "standard",
                "expedite",
                "fixed_date",
                "intangible",
                name="class_of_service",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "origin",
            sa.Enum(
                "planned",
                "split",
                "discovered",
                "new",
                name="origin",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("part_of_id", sa.Integer(), nullable=True),
        sa.Column("import_key", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discard_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(rank IS NULL) = (discarded_at IS NOT NULL)", name=op.f("ck_item_rank")),
        sa.CheckConstraint("finished_at IS NULL OR started_at IS NOT NULL", name=op.f("ck_item_finished")),
        sa.CheckConstraint("part_of_id IS NULL OR part_of_id <> id", name=op.f("ck_item_part_of")),
        sa.ForeignKeyConstraint(["column_id"], ["column.id"], name="fk_item_column_id_column"),
        sa.ForeignKeyConstraint(["part_of_id"], ["item.id"], name="fk_item_part_of_id_item"),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name="fk_item_product_id_product"),
        sa.PrimaryKeyConstraint("id", name="pk_item"),
        sa.UniqueConstraint("product_id", "import_key", name="uq_item_product_id_import_key"),
        sa.UniqueConstraint("product_id", "number", name="uq_item_product_id_number"),
        sa.UniqueConstraint("product_id", "rank", name="uq_item_product_id_rank"),
    )
    op.create_index("ix_item_column_id_rank", "item", ["column_id", "rank"])
    op.create_index("ix_item_part_of_id", "item", ["part_of_id"])
    op.create_index("ix_item_product_id_finished_at", "item", ["product_id", "finished_at"])

    op.create_table(
        "assignment",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_assignment_item_id_item", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_assignment_user_id_user"),
        sa.PrimaryKeyConstraint("item_id", "user_id", name="pk_assignment"),
    )
    op.create_index("ix_assignment_user_id", "assignment", ["user_id"])

    op.create_table(
        "comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["user.id"], name="fk_comment_author_id_user"),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_comment_item_id_item", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_comment"),
    )
    op.create_index("ix_comment_item_id", "comment", ["item_id"])

    op.create_table(
        "event",
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name="fk_event_actor_id_user"),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_event_item_id_item"),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name="fk_event_product_id_product"),
        sa.PrimaryKeyConstraint("product_id", "version", "seq", name="pk_event"),
    )
    op.create_index("ix_event_item_id_version", "event", ["item_id", "version"])

    op.create_table(
        "item_label",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("label_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_item_label_item_id_item", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["label_id"], ["label.id"], name="fk_item_label_label_id_label", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("item_id", "label_id", name="pk_item_label"),
    )
    op.create_index("ix_item_label_label_id", "item_label", ["label_id"])

    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("asker_id", sa.Integer(), nullable=False),
        sa.Column("addressee_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("blocking", sa.Boolean(), nullable=False),
        sa.Column("needed_by", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "answered",
                "accepted",
                "withdrawn",
                name="question_state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "turn",
            sa.Enum("addressee", "asker", "nobody", name="turn", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("waits_on_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("turned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(turn = 'nobody') = (state IN ('accepted', 'withdrawn'))", name=op.f("ck_question_nobody")),
        sa.CheckConstraint("(turn = 'nobody') = (waits_on_id IS NULL)", name=op.f("ck_question_waits_on")),
        sa.CheckConstraint("state <> 'answered' OR turn = 'asker'", name=op.f("ck_question_answered")),
        sa.ForeignKeyConstraint(["addressee_id"], ["user.id"], name="fk_question_addressee_id_user"),
        sa.ForeignKeyConstraint(["asker_id"], ["user.id"], name="fk_question_asker_id_user"),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_question_item_id_item"),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name="fk_question_product_id_product"),
        sa.ForeignKeyConstraint(["waits_on_id"], ["user.id"], name="fk_question_waits_on_id_user"),
        sa.PrimaryKeyConstraint("id", name="pk_question"),
        sa.UniqueConstraint("product_id", "number", name="uq_question_product_id_number"),
    )
    op.create_index("ix_question_asker_id", "question", ["asker_id"])
    op.create_index("ix_question_item_id", "question", ["item_id"])
    op.create_index("ix_question_waits_on_id", "question", ["waits_on_id"])

    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "answer",
                "ask_back",
                "reply",
                "return",
                name="answer_kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "becomes",
            sa.Enum("criterion", "decision", name="becomes", native_enum=False, create_constraint=True, length=20),
            nullable=True,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["user.id"], name="fk_answer_author_id_user"),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name="fk_answer_question_id_question", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_answer"),
    )
    op.create_index("ix_answer_question_id", "answer", ["question_id"])

    op.create_table(
        "block",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("waiting_for", sa.Text(), nullable=False),
        sa.Column("waiting_for_id", sa.Integer(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_block_interval")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_block_item_id_item", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name="fk_block_question_id_question"),
        sa.ForeignKeyConstraint(["waiting_for_id"], ["user.id"], name="fk_block_waiting_for_id_user"),
        sa.PrimaryKeyConstraint("id", name="pk_block"),
    )
    op.create_index("ix_block_item_id", "block", ["item_id"])
    op.create_index(
        "ix_block_open",
        "block",
        ["item_id"],
        unique=False,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )

    op.create_table(
        "criterion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("met_by_id", sa.Integer(), nullable=True),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_criterion_item_id_item", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["met_by_id"], ["user.id"], name="fk_criterion_met_by_id_user"),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name="fk_criterion_question_id_question"),
        sa.PrimaryKeyConstraint("id", name="pk_criterion"),
        sa.UniqueConstraint("item_id", "number", name="uq_criterion_item_id_number"),
    )
    op.create_index("ix_criterion_item_id", "criterion", ["item_id"])

    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["decided_by_id"], ["user.id"], name="fk_decision_decided_by_id_user"),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_decision_item_id_item"),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name="fk_decision_product_id_product"),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name="fk_decision_question_id_question"),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
    )
    op.create_index("ix_decision_product_id", "decision", ["product_id"])

    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("stakeholder_id", sa.Integer(), nullable=True),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("update_id", sa.Integer(), nullable=True),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "sending",
                "sent",
                "kept",
                "refused",
                "cancelled",
                name="delivery_state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.CheckConstraint("(user_id IS NULL) <> (stakeholder_id IS NULL)", name=op.f("ck_delivery_recipient")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name="fk_delivery_product_id_product"),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name="fk_delivery_question_id_question"),
        sa.ForeignKeyConstraint(
            ["stakeholder_id"], ["stakeholder.id"], name="fk_delivery_stakeholder_id_stakeholder", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["update_id"], ["status_update.id"], name="fk_delivery_update_id_status_update"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_delivery_user_id_user", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint("update_id", "stakeholder_id", name="uq_delivery_update_id_stakeholder_id"),
    )
    op.create_index("ix_delivery_stakeholder_id", "delivery", ["stakeholder_id"])
    op.create_index("ix_delivery_state_due_at", "delivery", ["state", "due_at"])
    op.create_index("ix_delivery_user_id", "delivery", ["user_id"])

    op.create_table(
        "response",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "acknowledged",
                "asked",
                "decided",
                "unsubscribed",
                name="response_kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name="fk_response_delivery_id_delivery", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_response"),
    )
    op.create_index("ix_response_delivery_id", "response", ["delivery_id"])
