-- What three years were made of: which customer bought when, and which messages came to whom.
-- :customers, :today and :now (microseconds) are given.

-- A few buy often and most buy seldom, ten times on average; lately more than in the beginning.
-- In fifty orders one is of nobody.
INSERT INTO planned_order
WITH bought AS MATERIALIZED (
  SELECT
    id AS customer,
    draw(id * 128 + n, 5) AS luck,
    draw(id * 128 + n, 6) AS day_luck
  FROM customer
  JOIN number ON n <= CASE
    WHEN more_luck % 100 < 5 THEN 0 WHEN more_luck % 100 < 31 THEN 1
    WHEN more_luck % 100 < 45 THEN 2 WHEN more_luck % 100 < 60 THEN 4
    WHEN more_luck % 100 < 75 THEN 8 WHEN more_luck % 100 < 90 THEN 18
    WHEN more_luck % 100 < 98 THEN 40 ELSE 85 END
  UNION ALL
  SELECT NULL, draw(id, 7), draw(id, 8) FROM customer WHERE id <= :customers / 5
)
SELECT
  row_number() OVER (ORDER BY at, luck), customer, at, luck
FROM (
  SELECT
    customer, luck,
    (:today - 719163 - min(day_luck % 1095, day_luck / 10000 % 1095)) * 86400000000
      + 21600000000 + day_luck / 100000000 % 50400 * 1000000 AS at
  FROM bought
);

-- Twenty messages each, spread over two years; a quarter of the people never open, a quarter
-- nearly always. Nobody clicks who has not opened.
INSERT INTO planned_delivery
WITH reached AS MATERIALIZED (
  SELECT
    id AS customer,
    :messages - (n - 1) * :messages / most - more_luck / 1000 % 6 AS message,
    draw(id * 32 + n, 12) AS luck,
    CASE WHEN luck / 1000000000000000 % 4 = 0 THEN 0
         WHEN luck / 1000000000000000 % 4 = 3 THEN 80 ELSE 40 END AS keen
  FROM (SELECT *, 10 + luck / 100000000000 % 21 AS most FROM customer)
  JOIN number ON n <= most
),
opening AS (
  SELECT
    customer, message, luck,
    sent_at + luck / 1000000 % 1500 * 1000000 AS at,
    sent_at + luck / 10000000000 % 3 * 86400000000
      + 5400000000 + luck / 1000000000 % 46000 * 1000000 AS opened_at,
    luck % 100 < keen AS is_read
  FROM reached
  JOIN message ON message.id = reached.message
)
SELECT
  customer, message, at,
  CASE WHEN is_opened THEN opened_at END,
  CASE WHEN is_opened THEN CASE WHEN luck / 100 % 100 < 20 THEN 1
                                WHEN luck / 100 % 100 < 85 THEN 2 ELSE 3 END END,
  CASE WHEN is_clicked THEN opened_at + 60000000 END,
  CASE WHEN is_clicked THEN CASE WHEN luck / 10000 % 100 < 5 THEN 1
                                 WHEN luck / 10000 % 100 < 80 THEN 2 ELSE 3 END END
FROM (
  SELECT
    *,
    is_read AND opened_at <= :now - 60000000 AS is_opened,
    is_read AND opened_at <= :now - 60000000 AND luck / 1000000000000 % 4 = 0 AS is_clicked
  FROM opening
);
