"""Every table of the store, once as a model and once as a constant for statements."""

from collections.abc import Mapping

from sqlalchemy import Table
from sqlmodel import SQLModel

from core.store.bulk import table_of
from core.store.tables import (
    behaviour,
    coupons,
    ledger,
    messages,
    operations,
    people,
    places,
    segments,
    trade,
)

METADATA = SQLModel.metadata

CONNECTIONS = table_of(people.Connection)
CONTACTS = table_of(people.Contact)
IDENTIFIERS = table_of(people.Identifier)
SPLITS = table_of(people.Split)
PROFILES = table_of(people.Profile)
PROFILE_FIELDS = table_of(people.ProfileField)
CUSTOM_VALUES = table_of(people.CustomValue)
COMPANIES = table_of(people.Company)
CONSENTS = table_of(people.Consent)
PENDING_CONSENTS = table_of(people.PendingConsent)
SUPPRESSIONS = table_of(people.Suppression)

ORDERS = table_of(trade.Order)
LINES = table_of(trade.OrderLine)
LINE_CATEGORIES = table_of(trade.LineCategory)
LINE_BRANDS = table_of(trade.LineBrand)
COUPONS = table_of(coupons.OrderCoupon)
DISCOUNTS = table_of(coupons.Discount)
REFUNDS = table_of(trade.Refund)
DAYS = table_of(trade.DailyOrders)
PRODUCTS = table_of(trade.Product)
CATEGORIES = table_of(trade.Category)
ANCESTORS = table_of(trade.CategoryAncestor)
STORES = table_of(places.Store)
STORE_AREAS = table_of(places.StorePostcode)
POSTCODES = table_of(places.Postcode)
RATES = table_of(trade.Rate)

PLACES = table_of(behaviour.ListMember)
GROUPS = table_of(behaviour.GroupMember)
LOYALTIES = table_of(behaviour.Loyalty)
VISITS = table_of(behaviour.Visit)
CARTS = table_of(behaviour.Cart)
CART_LINES = table_of(behaviour.CartLine)
MESSAGES = table_of(messages.Message)
EVENTS = table_of(messages.MessageEvent)
DELIVERIES = table_of(messages.Delivery)
INTERESTS = table_of(behaviour.Interest)
CHILDREN = table_of(behaviour.Child)
ANSWERS = table_of(behaviour.Answer)
DEALS = table_of(behaviour.Deal)
SUPPORT = table_of(behaviour.Support)

SEGMENTS = table_of(segments.Segment)
STAYS = table_of(segments.Membership)
BRIEF_STAYS = table_of(segments.BriefStay)
UNKNOWNS = table_of(segments.Verdict)
BASELINES = table_of(segments.Baseline)
THRESHOLDS = table_of(segments.Threshold)
TRAITS = table_of(segments.Trait)
TRAIT_VALUES = table_of(segments.TraitValue)
TOUCHED = table_of(segments.Touched)
DEPARTED = table_of(segments.Departed)
EVALUATIONS = table_of(segments.Evaluation)

SETTINGS = table_of(operations.Setting)
ACCESS_TOKENS = table_of(operations.AccessToken)
QUOTAS = table_of(operations.Quota)
RUNS = table_of(operations.Run)
RUN_STEPS = table_of(operations.RunStep)
CHECKPOINTS = table_of(operations.Checkpoint)
BACKFILLS = table_of(operations.Backfill)
SLOTS = table_of(operations.Slot)
TOMBSTONES = table_of(operations.Tombstone)
QUARANTINE = table_of(operations.Quarantine)
FINDINGS = table_of(operations.Finding)
LEDGER_TARGETS = table_of(ledger.LedgerTarget)
PUSH_JOBS = table_of(ledger.PushJob)
WAITS = table_of(operations.Wait)
LEDGER = table_of(ledger.Ledger)
SENT_IDENTIFIERS = table_of(ledger.SentIdentifier)
REMOVALS = table_of(ledger.Removal)
HELD_CHANGES = table_of(ledger.HeldChange)

STORED: Mapping[str, Table] = {
    "Contact": CONTACTS, "Company": COMPANIES, "Consent": CONSENTS, "Order": ORDERS,
    "Refund": REFUNDS, "Discount": DISCOUNTS, "Product": PRODUCTS, "Category": CATEGORIES,
    "Store": STORES, "Postcode": POSTCODES, "Rate": RATES, "ListMember": PLACES,
    "GroupMember": GROUPS, "Loyalty": LOYALTIES, "Visit": VISITS, "Cart": CARTS,
    "Message": MESSAGES, "MessageEvent": EVENTS, "Interest": INTERESTS, "Child": CHILDREN,
    "Answer": ANSWERS, "Deal": DEALS, "Support": SUPPORT,
}  # fmt: skip
"""Noun of a record -> the table of its rows."""
DELETABLE: Mapping[str, Table] = {
    noun: table for noun, table in STORED.items() if "external_id" in table.c
}
"""Nouns whose rows are named by an id of the source, which can delete them."""
WITH_CONNECTION: tuple[Table, ...] = tuple(
    table for table in METADATA.sorted_tables if "connection_id" in table.c
)
"""Tables whose rows belong to a connection."""
FACTS: tuple[Table, ...] = tuple(
    table for table in METADATA.sorted_tables if {"contact_id", "profile_id"} <= {*table.c.keys()}
)
"""Tables whose rows name a contact and carry its profile."""
