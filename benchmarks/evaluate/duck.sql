-- The columns that the hand-written statement reads, and the tables that it writes with the
-- indexes that the store has.

CREATE TABLE profile (id BIGINT, gender TEXT, birth_year BIGINT, birth_month BIGINT, birth_day BIGINT);
CREATE TABLE profile_field (profile_id BIGINT, field TEXT, value TEXT);
CREATE TABLE orders (id BIGINT, profile_id BIGINT, placed_at BIGINT, day BIGINT, valid BOOLEAN, store_key TEXT, net_shop BIGINT);
CREATE TABLE order_line (id BIGINT, order_id BIGINT, profile_id BIGINT, placed_at BIGINT, day BIGINT, valid BOOLEAN, kept BIGINT, on_sale BOOLEAN, brand_key TEXT);
CREATE TABLE line_category (line_id BIGINT, category_id BIGINT);
CREATE TABLE category (id BIGINT, key TEXT);
CREATE TABLE category_ancestor (category_id BIGINT, ancestor_id BIGINT);
CREATE TABLE order_coupon (order_id BIGINT, profile_id BIGINT, "at" BIGINT, day BIGINT);
CREATE TABLE store (key TEXT, title_key TEXT);
CREATE TABLE message (id BIGINT, kind TEXT);
CREATE TABLE message_event (profile_id BIGINT, message_id BIGINT, kind TEXT, "at" BIGINT, day BIGINT, evidence BIGINT);
CREATE TABLE delivery (id BIGINT, message_id BIGINT, profile_id BIGINT, "at" BIGINT, day BIGINT, opened_probable BIGINT, opened_any BIGINT, clicked_probable BIGINT);
CREATE TABLE list_member (profile_id BIGINT, status TEXT, "at" BIGINT, day BIGINT);
CREATE TABLE interest (profile_id BIGINT, topic TEXT, source TEXT);
CREATE TABLE child (profile_id BIGINT, gender TEXT, birth_date BIGINT, birth_day_number BIGINT, none BOOLEAN);
CREATE TABLE segment (id BIGINT, name TEXT);

CREATE TABLE membership (segment_id BIGINT, profile_id BIGINT, entered_day BIGINT, left_day BIGINT);
CREATE INDEX ix_membership_segment ON membership (segment_id, left_day, profile_id);
CREATE INDEX ix_membership_profile ON membership (profile_id);
CREATE TABLE verdict (segment_id BIGINT, profile_id BIGINT, PRIMARY KEY (segment_id, profile_id));
CREATE INDEX ix_verdict_profile_id ON verdict (profile_id);
CREATE TABLE trait_value (trait TEXT, profile_id BIGINT, value BIGINT, PRIMARY KEY (trait, profile_id));
CREATE INDEX ix_trait_value_value ON trait_value (trait, value);
