-- Where it is written down first who buys when, and which message comes to whom.

CREATE TEMP TABLE number (n INTEGER PRIMARY KEY);

INSERT INTO number
WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 200)
SELECT n FROM counted;

CREATE TEMP TABLE planned_order (
  id INTEGER PRIMARY KEY,
  customer INTEGER,
  at INTEGER,
  luck INTEGER
);

CREATE TEMP TABLE planned_delivery (
  customer INTEGER,
  message INTEGER,
  at INTEGER,
  opened_at INTEGER,
  opened_grade INTEGER,
  clicked_at INTEGER,
  clicked_grade INTEGER
);
