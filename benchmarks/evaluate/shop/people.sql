-- Customers with a contact at the shop and one at the email tool, which an address joins.
-- :customers, :today (day number) and :hash (any text) are given; draw(n, salt) is chance.

CREATE TEMP TABLE customer (
  id INTEGER PRIMARY KEY,
  luck INTEGER,
  more_luck INTEGER,
  first_day INTEGER
);

INSERT INTO customer
WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < :customers)
SELECT n, draw(n, 1), draw(n, 2), :today - draw(n, 3) % 1095 FROM counted;

CREATE TEMP TABLE person AS
SELECT
  id,
  'customer' || printf('%07d', id) || '@shop.example' AS email,
  CASE WHEN luck % 100 < 65 THEN 'female' WHEN luck % 100 < 90 THEN 'male'
       WHEN luck % 100 < 92 THEN 'other' END AS gender,
  CASE WHEN luck / 100 % 100 < 80
       THEN date('1940-01-01', '+' || (more_luck % 24000) || ' days') END AS birthday,
  CASE WHEN luck / 100 % 100 BETWEEN 80 AND 84 THEN 1940 + more_luck % 66 END AS birth_year,
  CASE WHEN luck / 10000 % 100 < 90
       THEN CAST(1001 + more_luck / 100000 % 60 AS TEXT) END AS postcode,
  CASE WHEN luck / 10000 % 100 < 95 THEN 'Town ' || (1 + more_luck / 100000 % 24) END AS city,
  CASE WHEN luck / 1000000 % 100 < 30
       THEN 'store-' || (1 + more_luck / 10000000 % 12) END AS store,
  first_day,
  (first_day - 719163) * 86400000000 + 32400000000 AS first_at,
  CASE WHEN luck / 100000000 % 100 < 80 THEN 'subscribed' ELSE 'unsubscribed' END AS status,
  luck,
  more_luck
FROM customer;

INSERT INTO profile (
  id, email, first_name, last_name, gender, birth_year, birth_month, birth_day, language, country,
  created_at, created_day, holdout
)
SELECT
  id, email, 'First ' || id, 'Last ' || id, gender,
  coalesce(CAST(substr(birthday, 1, 4) AS INTEGER), birth_year),
  CAST(substr(birthday, 6, 2) AS INTEGER), CAST(substr(birthday, 9, 2) AS INTEGER),
  'da', 'DK', first_at, first_day, more_luck % 1000000
FROM person;

INSERT INTO profile_field (profile_id, field, text, value, number)
SELECT id, 'city', city, lower(city), NULL FROM person WHERE city IS NOT NULL
UNION ALL
SELECT id, 'postcode', postcode, postcode, CAST(postcode AS INTEGER) * 10000
FROM person WHERE postcode IS NOT NULL
UNION ALL SELECT id, 'store', store, store, NULL FROM person WHERE store IS NOT NULL
ORDER BY 1, 2;

INSERT INTO contact (
  id, connection_id, external_id, stream, origin, seen, content, profile_id, bare, guest,
  created_at, stated
)
SELECT
  id, 1, 'c' || printf('%08d', id), 'everything', '', 1, printf('%024x', luck), id, 0, 0,
  first_at,
  json_patch('{}', json_object(
    'birth_year', birth_year,
    'birthday', json(CASE WHEN birthday IS NOT NULL THEN json_object('date', birthday) END),
    'city', city, 'country', 'DK', 'created_day', first_day, 'email', email,
    'first_name', 'First ' || id, 'gender', gender, 'language', 'da', 'last_name', 'Last ' || id,
    'postcode', postcode, 'store', store
  ))
FROM person
UNION ALL
SELECT
  :customers + id, 2, 'm' || printf('%08d', id), 'everything', '', 1, printf('%024x', more_luck),
  id, 0, 0, NULL, json_object('email', email)
FROM person;

INSERT INTO identifier (contact_id, kind, value, names, main)
SELECT id, 'email', email, '', 1 FROM person
UNION ALL SELECT :customers + id, 'email', email, '', 1 FROM person;

INSERT INTO list_member (
  connection_id, external_id, stream, origin, seen, content, contact_id, profile_id,
  list, list_key, title_key, status, at, day
)
SELECT
  2, 'm' || printf('%08d', id) || char(31) || 'L1', 'everything', '', 1, printf('%024x', luck),
  :customers + id, id, 'L1', 'l1', 'newsletter', status,
  CASE status WHEN 'subscribed' THEN first_at END, CASE status WHEN 'subscribed' THEN first_day END
FROM person;

INSERT INTO interest (
  connection_id, external_id, stream, origin, seen, content, contact_id, profile_id,
  topic, title, source
)
SELECT
  2, 'm' || printf('%08d', person.id) || char(31) || source || char(31) || topic, 'everything', '',
  1, printf('%024x', luck), :customers + person.id, person.id, lower(topic), topic, source
FROM person
JOIN (
  SELECT 0 AS place, 'Crime' AS topic, 'stated' AS source
  UNION ALL SELECT 1, 'Cooking', 'stated'
  UNION ALL SELECT 2, 'Travel', 'stated'
  UNION ALL SELECT 3, 'Crime', 'inferred'
) AS wish ON luck / 10000000000 % 100 BETWEEN place * 10 AND place * 10 + 14;

INSERT INTO child (
  connection_id, external_id, stream, origin, seen, content, contact_id, profile_id,
  gender, birth_day_number, birth_date, birth_month, birth_day, none
)
SELECT
  2, 'k' || printf('%08d', id) || '-' || n, 'everything', '', 1, printf('%024x', luck),
  :customers + id, id,
  CASE none WHEN 0 THEN gender END,
  CASE none WHEN 0 THEN born END,
  CASE none WHEN 0 THEN CAST(strftime('%Y%m%d', born + 1721424.5) AS INTEGER) END,
  CASE none WHEN 0 THEN CAST(strftime('%m', born + 1721424.5) AS INTEGER) END,
  CASE none WHEN 0 THEN CAST(strftime('%d', born + 1721424.5) AS INTEGER) END,
  none
FROM (
  SELECT
    id, n, luck,
    luck / 1000000000000 % 100 >= 30 AS none,
    CASE luck / 100000000000000 % 10 + n WHEN 1 THEN NULL ELSE
      CASE (luck / 100000000000000 + n) % 2 WHEN 0 THEN 'female' ELSE 'male' END END AS gender,
    CASE luck / 100000000000000 % 7 + n WHEN 1 THEN NULL ELSE
      :today - draw(id * 4 + n, 4) % 6500 END AS born
  FROM person
  JOIN number ON n <= CASE WHEN luck / 1000000000000 % 100 < 10 THEN 2
                           WHEN luck / 1000000000000 % 100 < 35 THEN 1 ELSE 0 END
);
