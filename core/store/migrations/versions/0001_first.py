"""The first tables."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

Column = sa.Column[Any]
# SQLite only numbers rows by itself in a column that is declared INTEGER.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _columns(kind: sa.types.TypeEngine[Any], names: Sequence[str], *, null: bool) -> list[Column]:
    return [sa.Column(name, kind, nullable=null) for name in names]


def _text(*names: str, null: bool = False) -> list[Column]:
    return _columns(sa.String(), names, null=null)


def _key(*names: str, null: bool = False) -> list[Column]:
    return _columns(KEY, names, null=null)


def _integer(*names: str, null: bool = False) -> list[Column]:
    return _columns(sa.Integer(), names, null=null)


def _big(*names: str, null: bool = False) -> list[Column]:
    return _columns(sa.BigInteger(), names, null=null)


def _flag(*names: str, null: bool = False) -> list[Column]:
    return _columns(sa.Boolean(), names, null=null)


def _to(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target])


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "baseline", *_text("key"), *_integer("as_of_day"), *_key("numerator", null=True),
        *_key("denominator"), *_big("at"), sa.PrimaryKeyConstraint("key", "as_of_day"),
    )  # fmt: skip
    op.create_table(
        "connection", *_key("id"), *_text("name", "kind"), *_text("said", null=True),
        sa.PrimaryKeyConstraint("id"), sa.UniqueConstraint("name"),
    )  # fmt: skip
    op.create_table(
        "departed", *_key("id", "segment_id"), *_integer("members", "unknown"),
        sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_table(
        "evaluation", *_key("id"), *_big("as_of"), *_integer("as_of_day"), *_text("fingerprint"),
        *_big("at"), sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_table(
        "postcode", *_text("country", "postcode"),
        *_text("city", "city_key", "municipality", "region", "climate", null=True),
        *_integer("latitude", "longitude", null=True),
        sa.PrimaryKeyConstraint("country", "postcode"),
    )  # fmt: skip
    op.create_index("ix_postcode_city", "postcode", ["city_key", "country"])
    op.create_table(
        "rate", *_text("currency"), *_integer("day"), *_key("rate"),
        sa.PrimaryKeyConstraint("currency", "day"),
    )  # fmt: skip
    op.create_table(
        "run", *_key("id"), *_text("command"), *_big("started_at"), *_big("ended_at", null=True),
        *_text("result", "message"), sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_table(
        "segment", *_key("id"), *_text("name", "title", "definition"),
        *_integer("as_of_day", null=True), *_integer("members", "unknown"), *_flag("retired"),
        sa.PrimaryKeyConstraint("id"), sa.UniqueConstraint("name"),
    )  # fmt: skip
    op.create_table(
        "setting", *_text("name", "value"), sa.PrimaryKeyConstraint("name"),
    )  # fmt: skip
    op.create_table(
        "suppression", *_text("digest", "reason"), *_big("at"), sa.PrimaryKeyConstraint("digest"),
    )  # fmt: skip
    op.create_table(
        "threshold", *_text("key"), *_key("value", null=True), sa.PrimaryKeyConstraint("key"),
    )  # fmt: skip
    op.create_table(
        "touched", *_key("id", "profile_id"), *_flag("new_rows"), sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_index(op.f("ix_touched_profile_id"), "touched", ["profile_id"])
    op.create_table(
        "trait", *_text("key"), *_key("total", "number"), sa.PrimaryKeyConstraint("key"),
    )  # fmt: skip
    op.create_table(
        "trait_value", *_text("trait"), *_key("profile_id", "value"),
        sa.PrimaryKeyConstraint("trait", "profile_id"),
    )  # fmt: skip
    op.create_index("ix_trait_value_value", "trait_value", ["trait", "value"])
    op.create_table(
        "backfill", *_key("connection_id"), *_text("stream"), *_big("since", "until", "done_at"),
        _to("connection_id", "connection.id"),
        sa.PrimaryKeyConstraint("connection_id", "stream", "since", "until"),
    )  # fmt: skip
    op.create_table(
        "category", *_key("id", "connection_id"), *_text("external_id", "stream", "origin"),
        *_integer("seen"), *_big("updated_at", null=True), *_text("content", "title", "key"),
        *_text("parent_external_id", null=True), *_flag("bare"),
        _to("connection_id", "connection.id"), sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )  # fmt: skip
    op.create_index(op.f("ix_category_key"), "category", ["key"])
    op.create_table(
        "checkpoint", *_key("connection_id"), *_text("stream"), *_integer("version"),
        *_big("cursor", null=True), *_text("state", null=True), *_integer("reads"),
        *_integer("missing"),
        *_big("completed_at", null=True), *_integer("completed_rows", null=True),
        *_big("first_completed_at", null=True), *_text("suspect"),
        *_text("suspect_origin", null=True), *_integer("suspect_read"), *_text("questions"),
        _to("connection_id", "connection.id"), sa.PrimaryKeyConstraint("connection_id", "stream"),
    )  # fmt: skip
    op.create_table(
        "company", *_key("id", "connection_id"), *_text("external_id", "stream", "origin"),
        *_integer("seen"), *_big("updated_at", null=True), *_text("content"),
        *_text("name", "name_key", "number", "number_key", null=True),
        *_text("industry", "industry_key", "size", "size_key", null=True),
        *_integer("employees", "founded", null=True), *_big("revenue", null=True),
        *_text("country", "region", "region_key", "city", "city_key", null=True),
        *_text("postcode", "postcode_key", "custom", null=True),
        _to("connection_id", "connection.id"), sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )  # fmt: skip
    op.create_table(
        "consent", *_key("id"), *_text("kind", "value", "channel", "list"), *_flag("granted"),
        *_flag("permission", null=True), *_text("reason"),
        *_text("method", "origin", null=True), *_big("at"), *_key("connection_id"),
        _to("connection_id", "connection.id"), sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "value", "channel", "list", "connection_id"),
    )  # fmt: skip
    op.create_index("ix_consent_connection", "consent", ["connection_id"])
    tracking = sa.text("channel = 'tracking'")
    op.create_index(
        "ix_consent_tracking", "consent", ["value"],
        sqlite_where=tracking, postgresql_where=tracking,
    )  # fmt: skip
    op.create_table(
        "daily_orders", *_key("connection_id"), *_integer("day"), *_key("orders"),
        *_big("net_shop"), _to("connection_id", "connection.id"),
        sa.PrimaryKeyConstraint("connection_id", "day"),
    )  # fmt: skip
    op.create_table(
        "ledger_target", *_key("id", "connection_id"), *_text("kind", "name"),
        *_big("read_at", null=True), *_integer("pushed_day", null=True),
        _to("connection_id", "connection.id"),
        sa.PrimaryKeyConstraint("id"), sa.UniqueConstraint("connection_id", "kind", "name"),
    )  # fmt: skip
    op.create_table(
        "brief_stay", *_key("segment_id", "profile_id"), *_integer("left_day"),
        *_text("left_reason"), _to("segment_id", "segment.id"),
        sa.PrimaryKeyConstraint("segment_id", "profile_id"),
    )  # fmt: skip
    op.create_table(
        "membership", *_key("id", "segment_id", "profile_id"), *_integer("entered_day"),
        *_text("entered_reason", null=True), *_integer("left_day", null=True),
        *_text("left_reason", null=True),
        _to("segment_id", "segment.id"), sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_index(
        "ix_membership_profile", "membership", ["profile_id", "left_day", "segment_id"],
    )  # fmt: skip
    op.create_index(
        "ix_membership_segment", "membership", ["segment_id", "left_day", "profile_id"],
    )  # fmt: skip
    op.create_table(
        "message", *_key("id", "connection_id"), *_text("external_id", "stream", "origin"),
        *_integer("seen"), *_big("updated_at", null=True), *_text("content", "key"),
        *_text("title", "title_key", null=True), *_text("kind", "channel"),
        *_text("variant_key", "topic_key", null=True), *_big("sent_at", null=True),
        *_flag("bare"), _to("connection_id", "connection.id"),
        sa.PrimaryKeyConstraint("id"), sa.UniqueConstraint("connection_id", "external_id"),
    )  # fmt: skip
    op.create_table(
        "product", *_key("id", "connection_id"), *_text("external_id", "stream", "origin"),
        *_integer("seen"), *_big("updated_at", null=True), *_text("content"),
        *_text("parent_external_id", "sku", "title", "brand", null=True), *_text("brands"),
        *_big("price", "list_price", "list_price_changed_at", null=True),
        *_text("currency", null=True), *_flag("tax_included", "gift_card", null=True),
        *_text("categories"), *_text("custom", null=True), _to("connection_id", "connection.id"),
        sa.PrimaryKeyConstraint("id"), sa.UniqueConstraint("connection_id", "external_id"),
    )  # fmt: skip
    op.create_index("ix_product_parent", "product", ["connection_id", "parent_external_id"])
    op.create_table(
        "finding", *_key("id", "connection_id"), *_text("place", "kind", "path", "origin"),
        *_integer("number", "earlier", "total"), *_text("example", "shape", "reason"),
        *_flag("fails"), *_big("first_at", "last_at"),
        _to("connection_id", "connection.id"), sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "place", "kind", "path", "origin"),
    )  # fmt: skip
    op.create_table(
        "quarantine", *_key("id", "connection_id"), *_text("stream", "row", "path", "reason"),
        *_text("key", "shape"), *_big("first_at", "last_at"), *_integer("attempts"),
        _to("connection_id", "connection.id"), sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "stream", "row", "path"),
    )  # fmt: skip
    op.create_index("ix_quarantine_key", "quarantine", ["connection_id", "stream", "key"])
    op.create_table(
        "run_step", *_key("id", "run_id"), *_text("step"), *_key("connection_id", null=True),
        *_text("stream"), *_big("started_at"), *_big("ended_at", null=True),
        *_text("result", "message", "counts"), _to("connection_id", "connection.id"),
        _to("run_id", "run.id"), sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_index("ix_run_step_connection", "run_step", ["connection_id", "stream"])
    op.create_index(op.f("ix_run_step_run_id"), "run_step", ["run_id"])
    op.create_table(
        "slot", *_text("job"), *_big("begin"), *_integer("token"), *_text("holder"),
        *_big("claimed_at", "expires_at"), *_big("finished_at", null=True), *_text("result"),
        *_integer("missed"), *_key("run_id", null=True), _to("run_id", "run.id"),
        sa.PrimaryKeyConstraint("job"),
    )  # fmt: skip
    op.create_table(
        "store", *_key("id", "connection_id"), *_text("external_id", "stream", "origin"),
        *_integer("seen"), *_big("updated_at", null=True), *_text("content", "key"),
        *_text("title", "title_key", "city_key", "postcode", "country", null=True),
        _to("connection_id", "connection.id"), sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )  # fmt: skip
    op.create_table(
        "access_token", *_key("connection_id"), *_integer("version"), *_text("sealed"),
        *_big("stored_at", "ends_at", null=True), *_text("lease"),
        *_big("leased_until", "unanswered_at", null=True), *_text("refused"),
        _to("connection_id", "connection.id"), sa.PrimaryKeyConstraint("connection_id"),
    )  # fmt: skip
    op.create_table("quota", *_text("name", "spent"), sa.PrimaryKeyConstraint("name"))
    op.create_table(
        "tombstone", *_key("connection_id"), *_text("noun", "external_id"), *_big("at"),
        _to("connection_id", "connection.id"),
        sa.PrimaryKeyConstraint("connection_id", "noun", "external_id"),
    )  # fmt: skip
    op.create_table(
        "verdict", *_key("segment_id", "profile_id"), _to("segment_id", "segment.id"),
        sa.PrimaryKeyConstraint("segment_id", "profile_id"),
    )  # fmt: skip
    op.create_index("ix_verdict_profile", "verdict", ["profile_id", "segment_id"])
    op.create_table(
        "category_ancestor", *_key("category_id", "ancestor_id"),
        _to("ancestor_id", "category.id"), _to("category_id", "category.id"),
        sa.PrimaryKeyConstraint("category_id", "ancestor_id"),
    )  # fmt: skip
    op.create_index(
        "ix_category_ancestor_ancestor", "category_ancestor", ["ancestor_id", "category_id"],
    )  # fmt: skip
    op.create_table(
        "ledger", *_key("target_id"), *_text("key", "state"),
        *_text("value", "wanted", null=True), *_text("reason", "handle"),
        *_integer("tries"), *_big("due_at", null=True),
        *_key("profile_id", null=True), *_big("at"), *_big("seen_at", null=True),
        _to("target_id", "ledger_target.id"), sa.PrimaryKeyConstraint("target_id", "key"),
    )  # fmt: skip
    op.create_index("ix_ledger_state", "ledger", ["target_id", "state"])
    in_a_job = sa.text("handle <> ''")
    op.create_index(
        "ix_ledger_handle", "ledger", ["handle"], sqlite_where=in_a_job, postgresql_where=in_a_job,
    )  # fmt: skip
    op.create_table(
        "wait", *_key("connection_id"), *_big("not_before"), *_integer("failures"),
        _to("connection_id", "connection.id"), sa.PrimaryKeyConstraint("connection_id"),
    )  # fmt: skip
    op.create_table(
        "push_job", *_key("connection_id"), *_text("handle"), *_big("handed_in_at", "due_at"),
        *_integer("tries"), _to("connection_id", "connection.id"),
        sa.PrimaryKeyConstraint("connection_id", "handle"),
    )  # fmt: skip
    op.create_table(
        "held_change", *_key("connection_id"), *_text("kind", "target", "key", "action"),
        *_text("value", null=True), _to("connection_id", "connection.id"),
        sa.PrimaryKeyConstraint("connection_id", "kind", "target", "key"),
    )  # fmt: skip
    op.create_table(
        "removal", *_key("target_id"), *_text("segment", "key"), *_big("at"),
        sa.PrimaryKeyConstraint("target_id", "segment", "key"),
    )  # fmt: skip
    op.create_table(
        "sent_identifier", *_key("target_id"), *_text("key", "identifier"), *_flag("stale"),
        _to("target_id", "ledger_target.id"),
        sa.PrimaryKeyConstraint("target_id", "key", "identifier"),
    )  # fmt: skip
    op.create_index(
        "ix_sent_identifier_identifier", "sent_identifier", ["target_id", "identifier"],
    )  # fmt: skip
    op.create_table(
        "profile", *_key("id"),
        *_text("email", "phone", "first_name", "last_name", "gender", null=True),
        *_integer("birth_year", "birth_month", "birth_day", null=True),
        *_text("language", "country", null=True), *_big("created_at", null=True),
        *_integer("created_day", null=True), *_key("company_id", null=True), *_integer("holdout"),
        _to("company_id", "company.id"), sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_index("ix_profile_birthday", "profile", ["birth_month", "birth_day"])
    op.create_index(op.f("ix_profile_company_id"), "profile", ["company_id"])
    op.create_index("ix_profile_created", "profile", ["created_at", "created_day"])
    op.create_index(op.f("ix_profile_email"), "profile", ["email"])
    op.create_table(
        "store_postcode", *_key("store_id"), *_text("postcode"), _to("store_id", "store.id"),
        sa.PrimaryKeyConstraint("store_id", "postcode"),
    )  # fmt: skip
    op.create_table(
        "contact", *_key("id", "connection_id"), *_text("external_id", "stream", "origin"),
        *_integer("seen"), *_big("updated_at", null=True), *_text("content"),
        *_key("profile_id", null=True), *_flag("bare", "guest"),
        *_big("created_at", null=True), *_text("company_external_id", "merged_into", null=True),
        *_text("stated"),
        _to("connection_id", "connection.id"), _to("profile_id", "profile.id"),
        sa.PrimaryKeyConstraint("id"), sa.UniqueConstraint("connection_id", "external_id"),
    )  # fmt: skip
    op.create_index("ix_contact_company", "contact", ["connection_id", "company_external_id"])
    op.create_index("ix_contact_profile", "contact", ["profile_id", "connection_id"])
    op.create_index(
        "ix_contact_merged", "contact", ["merged_into"],
        sqlite_where=sa.text("merged_into IS NOT NULL"),
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )  # fmt: skip
    op.create_table(
        "profile_field", *_key("profile_id"), *_text("field", "text", "value"),
        *_key("number", null=True), *_integer("day", null=True), _to("profile_id", "profile.id"),
        sa.PrimaryKeyConstraint("profile_id", "field", "value"),
    )  # fmt: skip
    op.create_index("ix_profile_field_value", "profile_field", ["field", "value"])
    op.create_table(
        "custom_value", *_text("owner"), *_key("owner_id"), *_text("field", "value", "text"),
        *_key("number", null=True), *_integer("day", null=True),
        sa.PrimaryKeyConstraint("owner", "owner_id", "field", "value"),
    )  # fmt: skip
    op.create_table(
        "answer", *_key("id", "connection_id"), *_text("external_id", "stream", "origin"),
        *_integer("seen"), *_big("updated_at", null=True), *_text("content"),
        *_key("contact_id", "profile_id", null=True), *_text("question"),
        *_text("text", "value", null=True), *_big("at", null=True),
        _to("connection_id", "connection.id"), _to("contact_id", "contact.id"),
        sa.PrimaryKeyConstraint("id"), sa.UniqueConstraint("connection_id", "external_id"),
    )  # fmt: skip
    op.create_index(op.f("ix_answer_contact_id"), "answer", ["contact_id"])
    op.create_index("ix_answer_profile", "answer", ["profile_id"])
    op.create_table(
        "cart", *_key("id", "connection_id"), *_text("external_id", "stream", "origin"),
        *_integer("seen"), *_big("updated_at", null=True), *_text("content"),
        *_key("contact_id", "profile_id", null=True), *_big("at"), *_integer("day"),
        *_text("status"), *_text("url", "url_key", null=True),
        *_big("total", "total_shop", null=True),
        *_text("currency", "order_external_id", null=True),
        _to("connection_id", "connection.id"), _to("contact_id", "contact.id"),
        sa.PrimaryKeyConstraint("id"), sa.UniqueConstraint("connection_id", "external_id"),
    )  # fmt: skip
    op.create_index("ix_cart_at", "cart", ["at", "day", "profile_id"])
    op.create_index(op.f("ix_cart_contact_id"), "cart", ["contact_id"])
    op.create_index("ix_cart_profile", "cart", ["profile_id", "day"])
    op.create_table(
        "cart_line", *_key("cart_id"), *_integer("place"),
        *_text("product_key", "category_key", "brand", "brand_key", null=True),
        _to("cart_id", "cart.id"), sa.PrimaryKeyConstraint("cart_id", "place"),
    )  # fmt: skip
    op.create_table(
        "child", *_key("id", "connection_id"), *_text("external_id", "stream", "origin"),
        *_integer("seen"), *_big("updated_at", null=True), *_text("content"),
        *_key("contact_id", "profile_id", null=True), *_text("gender", null=True),
        *_integer("birth_day_number", "birth_date", "birth_month", "birth_day", null=True),
        *_flag("none"), _to("connection_id", "connection.id"), _to("contact_id", "contact.id"),
        sa.PrimaryKeyConstraint("id"), sa.UniqueConstraint("connection_id", "external_id"),
    )  # fmt: skip
    op.create_index("ix_child_birthday", "child", ["birth_month", "birth_day"])
    op.create_index(op.f("ix_child_contact_id"), "child", ["contact_id"])
    op.create_index("ix_child_profile", "child", ["profile_id"])
    op.create_table(
        "deal", *_key("id", "connection_id"), *_text("external_id", "stream", "origin"),
        *_integer("seen"), *_big("updated_at", null=True), *_text("content"),
        *_key("contact_id", "profile_id", null=True), *_big("at"), *_integer("day"),
        *_big("closed_at", "expected_at", null=True),
        *_integer("closed_day", "expected_day", null=True),
        *_text("owner", "stage", "status", null=True), *_big("amount", "amount_shop", null=True),
        *_text("currency", "company_external_id", null=True), _to("connection_id", "connection.id"),
        _to("contact_id", "contact.id"), sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )  # fmt: skip
    op.create_index("ix_deal_at", "deal", ["at", "day", "profile_id"])
    op.create_index(op.f("ix_deal_contact_id"), "deal", ["contact_id"])
    op.create_index("ix_deal_profile", "deal", ["profile_id", "day"])
    op.create_table(
        "delivery", *_key("id", "connection_id", "contact_id", "message_id"),
        *_key("profile_id", null=True), *_big("at"), *_integer("day"),
        *_big(
            "opened_human", "opened_probable", "opened_any", "clicked_human", "clicked_probable",
            null=True,
        ),
        _to("connection_id", "connection.id"), _to("contact_id", "contact.id"),
        _to("message_id", "message.id"), sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("contact_id", "message_id"),
    )  # fmt: skip
    op.create_index("ix_delivery_at", "delivery", ["at", "day", "profile_id"])
    op.create_index(
        "ix_delivery_profile", "delivery", ["profile_id", "at", "day", "message_id",
        "connection_id", "opened_human", "opened_probable", "opened_any", "clicked_human",
        "clicked_probable"],
    )  # fmt: skip
    op.create_table(
        "discount", *_key("id", "connection_id"), *_text("external_id", "stream", "origin"),
        *_integer("seen"), *_big("updated_at", null=True), *_text("content"),
        *_key("contact_id", "profile_id", null=True), *_text("order_external_id", null=True),
        *_text("code"), *_big("at"), *_integer("day"), _to("connection_id", "connection.id"),
        _to("contact_id", "contact.id"), sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )  # fmt: skip
    op.create_index(op.f("ix_discount_contact_id"), "discount", ["contact_id"])
    op.create_index("ix_discount_order", "discount", ["connection_id", "order_external_id"])
    op.create_table(
        "identifier", *_key("id", "contact_id"), *_text("kind", "value", "names"), *_flag("main"),
        _to("contact_id", "contact.id"), sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("contact_id", "kind", "value"),
    )  # fmt: skip
    op.create_index("ix_identifier_value", "identifier", ["kind", "value"])
    op.create_table(
        "group_member", *_key("id", "connection_id"), *_text("external_id", "stream", "origin"),
        *_integer("seen"), *_big("updated_at", null=True), *_text("content"),
        *_key("contact_id", "profile_id", null=True),
        *_text("group", "group_key", "title", "title_key"), *_big("at", null=True),
        *_integer("day", null=True), _to("connection_id", "connection.id"),
        _to("contact_id", "contact.id"), sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )  # fmt: skip
    op.create_index("ix_group_member_at", "group_member", ["at", "day", "profile_id"])
    op.create_index(op.f("ix_group_member_contact_id"), "group_member", ["contact_id"])
    op.create_index("ix_group_member_profile", "group_member", ["profile_id"])
    op.create_index("ix_group_member_title", "group_member", ["title_key", "title"])
    op.create_table(
        "interest", *_key("id", "connection_id"), *_text("external_id", "stream", "origin"),
        *_integer("seen"), *_big("updated_at", null=True), *_text("content"),
        *_key("contact_id", "profile_id", null=True), *_text("topic"), *_text("title", null=True),
        *_text("source"), _to("connection_id", "connection.id"), _to("contact_id", "contact.id"),
        sa.PrimaryKeyConstraint("id"), sa.UniqueConstraint("connection_id", "external_id"),
    )  # fmt: skip
    op.create_index(op.f("ix_interest_contact_id"), "interest", ["contact_id"])
    op.create_index("ix_interest_profile", "interest", ["profile_id"])
    op.create_index("ix_interest_topic", "interest", ["topic", "title"])
    op.create_table(
        "list_member", *_key("id", "connection_id"), *_text("external_id", "stream", "origin"),
        *_integer("seen"), *_big("updated_at", null=True), *_text("content"),
        *_key("contact_id", "profile_id", null=True), *_text("list", "list_key"),
        *_text("title_key", null=True), *_text("status"), *_big("at", null=True),
        *_integer("day", null=True), _to("connection_id", "connection.id"),
        _to("contact_id", "contact.id"), sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )  # fmt: skip
    op.create_index("ix_list_member_at", "list_member", ["at", "day", "profile_id"])
    op.create_index(op.f("ix_list_member_contact_id"), "list_member", ["contact_id"])
    op.create_index("ix_list_member_list", "list_member", ["connection_id", "list"])
    op.create_index("ix_list_member_profile", "list_member", ["profile_id", "day"])
    op.create_table(
        "loyalty", *_key("id", "connection_id"), *_text("external_id", "stream", "origin"),
        *_integer("seen"), *_big("updated_at", null=True), *_text("content"),
        *_key("contact_id", "profile_id", null=True), *_text("programme"),
        *_big("points", null=True), *_text("tier", "tier_key", null=True), *_big("at", null=True),
        *_integer("day", null=True), _to("connection_id", "connection.id"),
        _to("contact_id", "contact.id"), sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )  # fmt: skip
    op.create_index("ix_loyalty_at", "loyalty", ["at", "day", "profile_id"])
    op.create_index(op.f("ix_loyalty_contact_id"), "loyalty", ["contact_id"])
    op.create_index("ix_loyalty_profile", "loyalty", ["profile_id"])
    op.create_index("ix_loyalty_tier", "loyalty", ["tier_key", "tier"])
    op.create_table(
        "message_event", *_key("id", "connection_id"), *_text("external_id", "stream", "origin"),
        *_integer("seen"), *_big("updated_at", null=True), *_text("content"),
        *_key("contact_id", "profile_id", null=True), *_key("message_id"), *_text("kind"),
        *_big("at"), *_integer("day", "evidence"), *_flag("hard", null=True),
        *_text("link", null=True),
        _to("connection_id", "connection.id"), _to("contact_id", "contact.id"),
        _to("message_id", "message.id"), sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )  # fmt: skip
    op.create_index("ix_message_event_at", "message_event", ["at", "day", "profile_id"])
    op.create_index(op.f("ix_message_event_contact_id"), "message_event", ["contact_id"])
    op.create_index("ix_message_event_delivery", "message_event", ["contact_id", "message_id"])
    op.create_index(
        "ix_message_event_profile", "message_event", ["profile_id", "day", "at", "message_id",
        "kind", "evidence", "connection_id"],
    )  # fmt: skip
    op.create_table(
        "orders", *_key("id", "connection_id"), *_text("external_id", "stream", "origin"),
        *_integer("seen"), *_big("updated_at", null=True), *_text("content"),
        *_key("contact_id", "profile_id", null=True), *_text("buyer", null=True), *_flag("guest"),
        *_big("placed_at"), *_integer("day"), *_text("status"), *_flag("valid"),
        *_text("parent_external_id", null=True), *_flag("is_part"),
        *_text(
            "channel", "store_external_id", "store_key", "ship_country", "source_key",
            "campaign_key", "subscription", null=True,
        ),
        *_big("gift_card_paid", null=True), *_text("currency"),
        *_flag("tax_included"), *_big("stated_total", null=True), *_big("stated_discount"),
        *_big("stated_tax", null=True),
        *_big("stated_refunded", "shipping", "goods", "tax", "discount", "refunded", "net"),
        *_big("net_shop", null=True), *_text("custom", null=True),
        _to("connection_id", "connection.id"),
        _to("contact_id", "contact.id"), sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )  # fmt: skip
    op.create_index(op.f("ix_orders_contact_id"), "orders", ["contact_id"])
    op.create_index("ix_orders_day", "orders", ["valid", "day", "net_shop"])
    op.create_index("ix_orders_net", "orders", ["net_shop", "profile_id"])
    op.create_index("ix_orders_parent", "orders", ["parent_external_id", "connection_id"])
    op.create_index("ix_orders_placed_at", "orders", ["placed_at", "day", "profile_id"])
    op.create_index(
        "ix_orders_profile", "orders", ["profile_id", "valid", "day", "placed_at", "net_shop",
        "store_key", "channel", "currency", "connection_id"],
    )  # fmt: skip
    op.create_index("ix_orders_store", "orders", ["store_key", "store_external_id"])
    op.create_table(
        "pending_consent", *_key("id", "contact_id"), *_text("channel", "list"),
        *_flag("granted"), *_flag("permission", null=True), *_text("reason"),
        *_text("method", "origin", null=True), *_big("at"),
        _to("contact_id", "contact.id"), sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("contact_id", "channel", "list"),
    )  # fmt: skip
    op.create_index(op.f("ix_pending_consent_contact_id"), "pending_consent", ["contact_id"])
    op.create_index(
        "ix_pending_consent_tracking", "pending_consent", ["contact_id"],
        sqlite_where=tracking, postgresql_where=tracking,
    )  # fmt: skip
    op.create_table(
        "split", *_key("contact_id"), *_big("at"), _to("contact_id", "contact.id"),
        sa.PrimaryKeyConstraint("contact_id"),
    )  # fmt: skip
    op.create_table(
        "support", *_key("id", "connection_id"), *_text("external_id", "stream", "origin"),
        *_integer("seen"), *_big("updated_at", null=True), *_text("content"),
        *_key("contact_id", "profile_id", null=True), *_big("at"), *_integer("day"),
        *_text("status", "topic", null=True), _to("connection_id", "connection.id"),
        _to("contact_id", "contact.id"), sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection_id", "external_id"),
    )  # fmt: skip
    op.create_index("ix_support_at", "support", ["at", "day", "profile_id"])
    op.create_index(op.f("ix_support_contact_id"), "support", ["contact_id"])
    op.create_index("ix_support_profile", "support", ["profile_id", "day"])
    op.create_table(
        "visit", *_key("id", "connection_id"), *_text("external_id", "stream", "origin"),
        *_integer("seen"), *_big("updated_at", null=True), *_text("content"),
        *_key("contact_id", "profile_id", null=True), *_text("kind"),
        *_big("value", null=True), *_big("at"), *_integer("day"),
        *_text(
            "event", "url", "category_key", "product_external_id", "product_key", "query", "source",
            "campaign", "device", null=True,
        ),
        _to("connection_id", "connection.id"), _to("contact_id", "contact.id"),
        sa.PrimaryKeyConstraint("id"), sa.UniqueConstraint("connection_id", "external_id"),
    )  # fmt: skip
    op.create_index("ix_visit_at", "visit", ["at", "day", "profile_id"])
    op.create_index(
        "ix_visit_event", "visit", ["event"], sqlite_where=sa.text("event IS NOT NULL"),
        postgresql_where=sa.text("event IS NOT NULL"),
    )  # fmt: skip
    op.create_index(op.f("ix_visit_contact_id"), "visit", ["contact_id"])
    op.create_index("ix_visit_profile", "visit", ["profile_id", "day"])
    op.create_table(
        "order_coupon", *_key("id"), *_key("order_id", "discount_id", null=True),
        *_key("connection_id"), *_key("profile_id", null=True), *_big("at"), *_integer("day"),
        *_text("code"), _to("connection_id", "connection.id"), _to("discount_id", "discount.id"),
        _to("order_id", "orders.id"), sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_index("ix_order_coupon_at", "order_coupon", ["at", "day", "profile_id"])
    op.create_index(op.f("ix_order_coupon_discount_id"), "order_coupon", ["discount_id"])
    op.create_index("ix_order_coupon_order", "order_coupon", ["order_id"])
    op.create_index("ix_order_coupon_profile", "order_coupon", ["profile_id", "day"])
    op.create_table(
        "order_line", *_key("id", "order_id", "connection_id"), *_text("external_id"),
        *_key("profile_id", null=True), *_big("placed_at"), *_integer("day"),
        *_text("channel", "store_key", null=True), *_flag("valid"),
        *_text(
            "parent_external_id", "product_external_id", "product_key", "variant_external_id",
            "variant_key", null=True,
        ),
        *_key("product_id", null=True),
        *_text("sku", "sku_key", "title", null=True),
        *_big("quantity", "returned", "kept", "total"),
        *_big("total_shop", "stated_total", "unit_price", "list_price", null=True),
        *_big("stated_list_price", "list_total", null=True),
        *_big("discount", "coupon_discount"), *_big("tax", "markdown", null=True),
        *_flag("on_sale", "stated_on_sale", null=True), *_flag("gift_card"),
        *_flag("stated_gift_card", null=True),
        *_text("brand", "brand_key", null=True), *_flag("several_brands"),
        *_text("stated_brand", "stated_category", null=True), *_text("snapshot"),
        *_text("custom", null=True),
        _to("connection_id", "connection.id"), _to("order_id", "orders.id"),
        sa.PrimaryKeyConstraint("id"), sa.UniqueConstraint("order_id", "external_id"),
    )  # fmt: skip
    op.create_index("ix_order_line_brand", "order_line", ["brand_key", "brand"])
    op.create_index("ix_order_line_day", "order_line", ["day"])
    op.create_index(
        "ix_order_line_product", "order_line", ["connection_id", "product_external_id"],
    )  # fmt: skip
    op.create_index(
        "ix_order_line_profile", "order_line", ["profile_id", "valid", "day", "placed_at",
        "order_id", "kept", "on_sale", "total_shop", "brand_key", "channel", "connection_id",
        "several_brands"],
    )  # fmt: skip
    op.create_table(
        "line_brand", *_key("line_id"), *_text("key", "brand"), _to("line_id", "order_line.id"),
        sa.PrimaryKeyConstraint("line_id", "key"),
    )  # fmt: skip
    op.create_index("ix_line_brand_key", "line_brand", ["key", "brand"])
    op.create_table(
        "refund", *_key("id", "connection_id"), *_text("external_id", "stream", "origin"),
        *_integer("seen"), *_big("updated_at", null=True), *_text("content"),
        *_text("order_external_id", "buyer", "currency", "reason", "channel", null=True),
        *_text("stated_channel", "store_key", "stated_store", null=True), *_flag("guest"),
        *_key("order_id", "contact_id", "profile_id", null=True), *_big("at"), *_integer("day"),
        *_big("goods"), *_big("goods_shop", null=True), *_big("total"),
        *_big("stated_goods", null=True), *_text("lines"), _to("connection_id", "connection.id"),
        _to("order_id", "orders.id"), _to("contact_id", "contact.id"),
        sa.PrimaryKeyConstraint("id"), sa.UniqueConstraint("connection_id", "external_id"),
    )  # fmt: skip
    op.create_index("ix_refund_at", "refund", ["at", "day", "profile_id"])
    op.create_index(op.f("ix_refund_contact_id"), "refund", ["contact_id"])
    op.create_index("ix_refund_order", "refund", ["connection_id", "order_external_id"])
    op.create_index(op.f("ix_refund_order_id"), "refund", ["order_id"])
    op.create_index("ix_refund_profile", "refund", ["profile_id", "day"])
    op.create_table(
        "line_category", *_key("line_id", "category_id"), _to("category_id", "category.id"),
        _to("line_id", "order_line.id"), sa.PrimaryKeyConstraint("line_id", "category_id"),
    )  # fmt: skip
    op.create_index("ix_line_category_category", "line_category", ["category_id", "line_id"])
