-- Planned deliveries as rows: one event for each thing that happened, and what they come to.
-- :customers, :events and :deliveries (the highest numbers so far) are given.

INSERT INTO message_event (
  id, connection_id, external_id, stream, origin, seen, content, contact_id, profile_id,
  message_id, kind, at, day, evidence, link
)
SELECT
  :events + number, 2, 'e' || printf('%09d', :events + number), 'everything', '', 1,
  printf('%024x', number), :customers + customer, customer, message, kind, at,
  at / 86400000000 + 719163, evidence,
  CASE kind WHEN 'clicked' THEN 'https://shop.example/' || message END
FROM (
  SELECT *, row_number() OVER (ORDER BY at, customer, kind) AS number
  FROM (
    SELECT customer, message, 'delivered' AS kind, at, 2 AS evidence FROM planned_delivery
    UNION ALL
    SELECT customer, message, 'opened', opened_at, opened_grade
    FROM planned_delivery WHERE opened_at IS NOT NULL
    UNION ALL
    SELECT customer, message, 'clicked', clicked_at, clicked_grade
    FROM planned_delivery WHERE clicked_at IS NOT NULL
  )
);

INSERT INTO delivery (
  id, connection_id, contact_id, message_id, profile_id, at, day, opened_human, opened_probable,
  opened_any, clicked_human, clicked_probable
)
SELECT
  :deliveries + row_number() OVER (ORDER BY at, customer), 2, :customers + customer, message,
  customer, at, at / 86400000000 + 719163,
  CASE WHEN opened_grade = 3 THEN opened_at WHEN clicked_grade = 3 THEN clicked_at END,
  CASE WHEN opened_grade >= 2 THEN opened_at WHEN clicked_grade >= 2 THEN clicked_at END,
  opened_at,
  CASE WHEN clicked_grade = 3 THEN clicked_at END,
  CASE WHEN clicked_grade >= 2 THEN clicked_at END
FROM planned_delivery
ORDER BY at, customer;
