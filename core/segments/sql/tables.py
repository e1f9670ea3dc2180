"""The tables that rules look at."""

from core.store.bulk import table_of
from core.store.tables import behaviour, people, trade

ORDERS = table_of(trade.Order)
LINES = table_of(trade.OrderLine)
LINE_CATEGORIES = table_of(trade.LineCategory)
ANCESTORS = table_of(trade.CategoryAncestor)
CATEGORIES = table_of(trade.Category)
COUPONS = table_of(trade.OrderCoupon)
REFUNDS = table_of(trade.Refund)
STORES = table_of(trade.Store)
VISITS = table_of(behaviour.Visit)
MESSAGES = table_of(behaviour.Message)
EVENTS = table_of(behaviour.MessageEvent)
DELIVERIES = table_of(behaviour.Delivery)
PLACES = table_of(behaviour.ListMember)
CHILDREN = table_of(behaviour.Child)
INTERESTS = table_of(behaviour.Interest)
ANSWERS = table_of(behaviour.Answer)
DEALS = table_of(behaviour.Deal)
SUPPORT = table_of(behaviour.Support)
COMPANIES = table_of(people.Company)
PROFILE_FIELDS = table_of(people.ProfileField)
PROFILES = table_of(people.Profile)
POSTCODES = table_of(trade.Postcode)
STORE_AREAS = table_of(trade.StorePostcode)
CONTACTS = table_of(people.Contact)
