"""The first tables."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# SQLite only numbers rows by itself in a column that is declared INTEGER.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "baseline",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("as_of_day", sa.Integer(), nullable=False),
        sa.Column("numerator", KEY, nullable=True),
        sa.Column("denominator", KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", "as_of_day"),
    )
    op.create_table(
        "connection",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "departed",
        sa.Column("id", KEY, nullable=False),
        sa.Column("segment_id", KEY, nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "evaluation",
        sa.Column("id", KEY, nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("as_of_day", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "postcode",
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("postcode", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=True),
        sa.Column("municipality", sa.String(), nullable=True),
        sa.Column("region", sa.String(), nullable=True),
        sa.Column("climate", sa.String(), nullable=True),
        sa.Column("latitude", sa.Integer(), nullable=True),
        sa.Column("longitude", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("country", "postcode"),
    )
    op.create_table(
        "rate",
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("rate", KEY, nullable=False),
        sa.PrimaryKeyConstraint("currency", "day"),
    )
    op.create_table(
        "run",
        sa.Column("id", KEY, nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "segment",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("definition", sa.String(), nullable=False),
        sa.Column("as_of_day", sa.Integer(), nullable=True),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "suppression",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "threshold",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", KEY, nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "touched",
        sa.Column("id", KEY, nullable=False),
        sa.Column("profile_id", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_touched_profile_id"), "touched", ["profile_id"])
    op.create_table(
        "trait",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("total", KEY, nullable=False),
        sa.Column("number", KEY, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "trait_value",
        sa.Column("trait", sa.String(), nullable=False),
        sa.Column("profile_id", KEY, nullable=False),
        sa.Column("value", KEY, nullable=False),
        sa.PrimaryKeyConstraint("trait", "profile_id"),
    )
    op.create_index("ix_trait_value_value", "trait_value", ["trait", "value"])
    op.create_table(
        "backfill",
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("connection_id", "stream", "since", "until"),
    )
    op.create_table(
        "category",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("parent_external_id", sa.String(), nullable=True),
        sa.Column("bare", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )
    op.create_index(op.f("ix_category_key"), "category", ["key"])
    op.create_table(
        "checkpoint",
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(), nullable=True),
        sa.Column("reads", sa.Integer(), nullable=False),
        sa.Column("completed_at", sa.BigInteger(), nullable=True),
        sa.Column("completed_rows", sa.Integer(), nullable=True),
        sa.Column("first_completed_at", sa.BigInteger(), nullable=True),
        sa.Column("suspect", sa.String(), nullable=False),
        sa.Column("suspect_origin", sa.String(), nullable=True),
        sa.Column("suspect_read", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("connection_id", "stream"),
    )
    op.create_table(
        "company",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("industry", sa.String(), nullable=True),
        sa.Column("size", sa.String(), nullable=True),
        sa.Column("country", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )
    op.create_table(
        "consent",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("list", sa.String(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("connection_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "value", "channel", "list", "connection_id"),
    )
    op.create_index("ix_consent_connection", "consent", ["connection_id"])
    op.create_table(
        "daily_orders",
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("orders", KEY, nullable=False),
        sa.Column("net_shop", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("connection_id", "day"),
    )
    op.create_table(
        "ledger_target",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "kind", "name"),
    )
    op.create_table(
        "membership",
        sa.Column("id", KEY, nullable=False),
        sa.Column("segment_id", KEY, nullable=False),
        sa.Column("profile_id", KEY, nullable=False),
        sa.Column("entered_day", sa.Integer(), nullable=False),
        sa.Column("left_day", sa.Integer(), nullable=True),
        sa.Column("left_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["segment_id"],
            ["segment.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_membership_profile", "membership", ["profile_id", "left_day", "segment_id"])
    op.create_index("ix_membership_segment", "membership", ["segment_id", "left_day", "profile_id"])
    op.create_table(
        "message",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("title_key", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("topic_key", sa.String(), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("bare", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )
    op.create_table(
        "product",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("brand", sa.String(), nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("list_price", sa.BigInteger(), nullable=True),
        sa.Column("gift_card", sa.Boolean(), nullable=False),
        sa.Column("categories", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("row", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "stream", "row", "path"),
    )
    op.create_table(
        "run_step",
        sa.Column("id", KEY, nullable=False),
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("connection_id", KEY, nullable=True),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("counts", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["run.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_run_step_connection", "run_step", ["connection_id", "stream"])
    op.create_index(op.f("ix_run_step_run_id"), "run_step", ["run_id"])
    op.create_table(
        "slot",
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("begin", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("claimed_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("run_id", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["run.id"],
        ),
        sa.PrimaryKeyConstraint("job"),
    )
    op.create_table(
        "store",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("title_key", sa.String(), nullable=True),
        sa.Column("city_key", sa.String(), nullable=True),
        sa.Column("postcode", sa.String(), nullable=True),
        sa.Column("country", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )
    op.create_table(
        "access_token",
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("stored_at", sa.BigInteger(), nullable=True),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("lease", sa.String(), nullable=False),
        sa.Column("leased_until", sa.BigInteger(), nullable=True),
        sa.Column("unanswered_at", sa.BigInteger(), nullable=True),
        sa.Column("refused", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("connection_id"),
    )
    op.create_table(
        "tombstone",
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("noun", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.PrimaryKeyConstraint("connection_id", "noun", "external_id"),
    )
    op.create_table(
        "verdict",
        sa.Column("segment_id", KEY, nullable=False),
        sa.Column("profile_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["segment_id"],
            ["segment.id"],
        ),
        sa.PrimaryKeyConstraint("segment_id", "profile_id"),
    )
    op.create_index("ix_verdict_profile", "verdict", ["profile_id", "segment_id"])
    op.create_table(
        "category_ancestor",
        sa.Column("category_id", KEY, nullable=False),
        sa.Column("ancestor_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["ancestor_id"],
            ["category.id"],
        ),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["category.id"],
        ),
        sa.PrimaryKeyConstraint("category_id", "ancestor_id"),
    )
    op.create_index(
        "ix_category_ancestor_ancestor", "category_ancestor", ["ancestor_id", "category_id"]
    )
    op.create_table(
        "ledger",
        sa.Column("target_id", KEY, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("wanted", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("handle", sa.String(), nullable=False),
        sa.Column("profile_id", KEY, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["target_id"],
            ["ledger_target.id"],
        ),
        sa.PrimaryKeyConstraint("target_id", "key"),
    )
    op.create_index("ix_ledger_state", "ledger", ["target_id", "state"])
    op.create_table(
        "profile",
        sa.Column("id", KEY, nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("first_name", sa.String(), nullable=True),
        sa.Column("last_name", sa.String(), nullable=True),
        sa.Column("gender", sa.String(), nullable=True),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("birth_month", sa.Integer(), nullable=True),
        sa.Column("birth_day", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=True),
        sa.Column("created_day", sa.Integer(), nullable=True),
        sa.Column("company_id", KEY, nullable=True),
        sa.Column("holdout", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["company.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_profile_birthday", "profile", ["birth_month", "birth_day"])
    op.create_index(op.f("ix_profile_company_id"), "profile", ["company_id"])
    op.create_index("ix_profile_created", "profile", ["created_at", "created_day"])
    op.create_index(op.f("ix_profile_email"), "profile", ["email"])
    op.create_table(
        "store_postcode",
        sa.Column("store_id", KEY, nullable=False),
        sa.Column("postcode", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["store.id"],
        ),
        sa.PrimaryKeyConstraint("store_id", "postcode"),
    )
    op.create_table(
        "contact",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("profile_id", KEY, nullable=True),
        sa.Column("bare", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=True),
        sa.Column("company_external_id", sa.String(), nullable=True),
        sa.Column("stated", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["profile.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )
    op.create_index("ix_contact_company", "contact", ["connection_id", "company_external_id"])
    op.create_index("ix_contact_profile", "contact", ["profile_id", "connection_id"])
    op.create_table(
        "profile_field",
        sa.Column("profile_id", KEY, nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("number", KEY, nullable=True),
        sa.Column("day", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["profile.id"],
        ),
        sa.PrimaryKeyConstraint("profile_id", "field"),
    )
    op.create_index("ix_profile_field_value", "profile_field", ["field", "value"])
    op.create_table(
        "answer",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("contact_id", KEY, nullable=True),
        sa.Column("profile_id", KEY, nullable=True),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )
    op.create_index(op.f("ix_answer_contact_id"), "answer", ["contact_id"])
    op.create_index("ix_answer_profile", "answer", ["profile_id"])
    op.create_table(
        "cart",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("contact_id", KEY, nullable=True),
        sa.Column("profile_id", KEY, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("order_external_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )
    op.create_index(op.f("ix_cart_contact_id"), "cart", ["contact_id"])
    op.create_table(
        "child",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("contact_id", KEY, nullable=True),
        sa.Column("profile_id", KEY, nullable=True),
        sa.Column("gender", sa.String(), nullable=True),
        sa.Column("birth_day_number", sa.Integer(), nullable=True),
        sa.Column("birth_date", sa.Integer(), nullable=True),
        sa.Column("birth_month", sa.Integer(), nullable=True),
        sa.Column("birth_day", sa.Integer(), nullable=True),
        sa.Column("none", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )
    op.create_index("ix_child_birthday", "child", ["birth_month", "birth_day"])
    op.create_index(op.f("ix_child_contact_id"), "child", ["contact_id"])
    op.create_index("ix_child_profile", "child", ["profile_id"])
    op.create_table(
        "deal",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("contact_id", KEY, nullable=True),
        sa.Column("profile_id", KEY, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("amount_shop", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )
    op.create_index("ix_deal_at", "deal", ["at", "day", "profile_id"])
    op.create_index(op.f("ix_deal_contact_id"), "deal", ["contact_id"])
    op.create_index("ix_deal_profile", "deal", ["profile_id", "day"])
    op.create_table(
        "delivery",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("contact_id", KEY, nullable=False),
        sa.Column("message_id", KEY, nullable=False),
        sa.Column("profile_id", KEY, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("opened_human", sa.BigInteger(), nullable=True),
        sa.Column("opened_probable", sa.BigInteger(), nullable=True),
        sa.Column("opened_any", sa.BigInteger(), nullable=True),
        sa.Column("clicked_human", sa.BigInteger(), nullable=True),
        sa.Column("clicked_probable", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("contact_id", "message_id"),
    )
    op.create_index("ix_delivery_at", "delivery", ["at", "day", "profile_id"])
    op.create_index(
        "ix_delivery_profile",
        "delivery",
        [
            "profile_id",
            "at",
            "day",
            "message_id",
            "connection_id",
            "opened_human",
            "opened_probable",
            "opened_any",
            "clicked_human",
            "clicked_probable",
        ],
    )
    op.create_table(
        "discount",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("contact_id", KEY, nullable=True),
        sa.Column("profile_id", KEY, nullable=True),
        sa.Column("order_external_id", sa.String(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )
    op.create_index(op.f("ix_discount_contact_id"), "discount", ["contact_id"])
    op.create_index("ix_discount_order", "discount", ["connection_id", "order_external_id"])
    op.create_table(
        "identifier",
        sa.Column("id", KEY, nullable=False),
        sa.Column("contact_id", KEY, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("contact_id", "kind", "value"),
    )
    op.create_index("ix_identifier_value", "identifier", ["kind", "value"])
    op.create_table(
        "interest",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("contact_id", KEY, nullable=True),
        sa.Column("profile_id", KEY, nullable=True),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )
    op.create_index(op.f("ix_interest_contact_id"), "interest", ["contact_id"])
    op.create_index("ix_interest_profile", "interest", ["profile_id"])
    op.create_index("ix_interest_topic", "interest", ["topic", "title"])
    op.create_table(
        "list_member",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("contact_id", KEY, nullable=True),
        sa.Column("profile_id", KEY, nullable=True),
        sa.Column("list", sa.String(), nullable=False),
        sa.Column("list_key", sa.String(), nullable=False),
        sa.Column("title_key", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.Column("day", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )
    op.create_index("ix_list_member_at", "list_member", ["at", "day", "profile_id"])
    op.create_index(op.f("ix_list_member_contact_id"), "list_member", ["contact_id"])
    op.create_index("ix_list_member_list", "list_member", ["connection_id", "list"])
    op.create_index("ix_list_member_profile", "list_member", ["profile_id", "day"])
    op.create_table(
        "message_event",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("contact_id", KEY, nullable=True),
        sa.Column("profile_id", KEY, nullable=True),
        sa.Column("message_id", KEY, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.Integer(), nullable=False),
        sa.Column("link", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )
    op.create_index("ix_message_event_at", "message_event", ["at", "day", "profile_id"])
    op.create_index(op.f("ix_message_event_contact_id"), "message_event", ["contact_id"])
    op.create_index("ix_message_event_delivery", "message_event", ["contact_id", "message_id"])
    op.create_index(
        "ix_message_event_profile",
        "message_event",
        ["profile_id", "day", "at", "message_id", "kind", "evidence", "connection_id"],
    )
    op.create_table(
        "orders",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("contact_id", KEY, nullable=True),
        sa.Column("profile_id", KEY, nullable=True),
        sa.Column("placed_at", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("valid", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("store_external_id", sa.String(), nullable=True),
        sa.Column("store_key", sa.String(), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("tax_included", sa.Boolean(), nullable=False),
        sa.Column("stated_total", sa.BigInteger(), nullable=True),
        sa.Column("stated_discount", sa.BigInteger(), nullable=False),
        sa.Column("stated_tax", sa.BigInteger(), nullable=True),
        sa.Column("stated_refunded", sa.BigInteger(), nullable=False),
        sa.Column("shipping", sa.BigInteger(), nullable=False),
        sa.Column("goods", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("net_shop", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )
    op.create_index(op.f("ix_orders_contact_id"), "orders", ["contact_id"])
    op.create_index("ix_orders_day", "orders", ["valid", "day", "net_shop"])
    op.create_index("ix_orders_net", "orders", ["net_shop", "profile_id"])
    op.create_index("ix_orders_placed_at", "orders", ["placed_at", "day", "profile_id"])
    op.create_index(
        "ix_orders_profile",
        "orders",
        [
            "profile_id",
            "valid",
            "day",
            "placed_at",
            "net_shop",
            "store_key",
            "channel",
            "currency",
            "connection_id",
        ],
    )
    op.create_index("ix_orders_store", "orders", ["store_key", "store_external_id"])
    op.create_table(
        "pending_consent",
        sa.Column("id", KEY, nullable=False),
        sa.Column("contact_id", KEY, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("list", sa.String(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("contact_id", "channel", "list"),
    )
    op.create_index(op.f("ix_pending_consent_contact_id"), "pending_consent", ["contact_id"])
    op.create_table(
        "split",
        sa.Column("contact_id", KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.PrimaryKeyConstraint("contact_id"),
    )
    op.create_table(
        "support",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("contact_id", KEY, nullable=True),
        sa.Column("profile_id", KEY, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=True),
        sa.Column("topic", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )
    op.create_index("ix_support_at", "support", ["at", "day", "profile_id"])
    op.create_index(op.f("ix_support_contact_id"), "support", ["contact_id"])
    op.create_index("ix_support_profile", "support", ["profile_id", "day"])
    op.create_table(
        "visit",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("contact_id", KEY, nullable=True),
        sa.Column("profile_id", KEY, nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("category_key", sa.String(), nullable=True),
        sa.Column("product_external_id", sa.String(), nullable=True),
        sa.Column("product_key", sa.String(), nullable=True),
        sa.Column("query", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("campaign", sa.String(), nullable=True),
        sa.Column("device", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )
    op.create_index("ix_visit_at", "visit", ["at", "day", "profile_id"])
    op.create_index(op.f("ix_visit_contact_id"), "visit", ["contact_id"])
    op.create_index("ix_visit_profile", "visit", ["profile_id", "day"])
    op.create_table(
        "order_coupon",
        sa.Column("id", KEY, nullable=False),
        sa.Column("order_id", KEY, nullable=True),
        sa.Column("discount_id", KEY, nullable=True),
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("profile_id", KEY, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["discount_id"],
            ["discount.id"],
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_order_coupon_at", "order_coupon", ["at", "day", "profile_id"])
    op.create_index(op.f("ix_order_coupon_discount_id"), "order_coupon", ["discount_id"])
    op.create_index("ix_order_coupon_order", "order_coupon", ["order_id"])
    op.create_index("ix_order_coupon_profile", "order_coupon", ["profile_id", "day"])
    op.create_table(
        "order_line",
        sa.Column("id", KEY, nullable=False),
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("profile_id", KEY, nullable=True),
        sa.Column("placed_at", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("store_key", sa.String(), nullable=True),
        sa.Column("valid", sa.Boolean(), nullable=False),
        sa.Column("product_external_id", sa.String(), nullable=True),
        sa.Column("product_key", sa.String(), nullable=True),
        sa.Column("product_id", KEY, nullable=True),
        sa.Column("sku", sa.String(), nullable=True),
        sa.Column("sku_key", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("kept", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("total_shop", sa.BigInteger(), nullable=True),
        sa.Column("stated_total", sa.BigInteger(), nullable=True),
        sa.Column("unit_price", sa.BigInteger(), nullable=True),
        sa.Column("list_price", sa.BigInteger(), nullable=True),
        sa.Column("list_total", sa.BigInteger(), nullable=True),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("coupon_discount", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=True),
        sa.Column("markdown", sa.BigInteger(), nullable=True),
        sa.Column("on_sale", sa.Boolean(), nullable=True),
        sa.Column("gift_card", sa.Boolean(), nullable=False),
        sa.Column("stated_gift_card", sa.Boolean(), nullable=True),
        sa.Column("brand", sa.String(), nullable=True),
        sa.Column("brand_key", sa.String(), nullable=True),
        sa.Column("stated_brand", sa.String(), nullable=True),
        sa.Column("stated_category", sa.String(), nullable=True),
        sa.Column("snapshot", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("order_id", "external_id"),
    )
    op.create_index("ix_order_line_brand", "order_line", ["brand_key", "brand"])
    op.create_index("ix_order_line_day", "order_line", ["day"])
    op.create_index("ix_order_line_product", "order_line", ["connection_id", "product_external_id"])
    op.create_index(
        "ix_order_line_profile",
        "order_line",
        [
            "profile_id",
            "valid",
            "day",
            "placed_at",
            "order_id",
            "kept",
            "on_sale",
            "total_shop",
            "brand_key",
            "channel",
            "connection_id",
        ],
    )
    op.create_table(
        "refund",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection_id", KEY, nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("order_external_id", sa.String(), nullable=False),
        sa.Column("order_id", KEY, nullable=True),
        sa.Column("profile_id", KEY, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("goods", sa.BigInteger(), nullable=False),
        sa.Column("goods_shop", sa.BigInteger(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("stated_goods", sa.BigInteger(), nullable=True),
        sa.Column("lines", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )
    op.create_index("ix_refund_at", "refund", ["at", "day", "profile_id"])
    op.create_index("ix_refund_order", "refund", ["connection_id", "order_external_id"])
    op.create_index(op.f("ix_refund_order_id"), "refund", ["order_id"])
    op.create_index("ix_refund_profile", "refund", ["profile_id", "day"])
    op.create_table(
        "line_category",
        sa.Column("line_id", KEY, nullable=False),
        sa.Column("category_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["category.id"],
        ),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["order_line.id"],
        ),
        sa.PrimaryKeyConstraint("line_id", "category_id"),
    )
    op.create_index("ix_line_category_category", "line_category", ["category_id", "line_id"])
