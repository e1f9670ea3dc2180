-- What an hour of new facts is made of: each of some customers buys once and reads one message.
-- :chosen (how many), :apart, :round, :now (when it begins) and the numbers of the rows so far are given.

INSERT INTO planned_order
SELECT :orders + id, customer, :now + luck % 1200 * 1000000, luck
FROM (
  SELECT n AS id, 1 + (n * :apart + :round * 7) % :customers AS customer, draw(n, 100 + :round) AS luck
  FROM (
    WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < :chosen)
    SELECT n FROM counted
  )
);

INSERT INTO planned_delivery
SELECT customer, (SELECT max(id) FROM message), at + 1200000000, at + 1800000000, 2,
  at + 2100000000, 2
FROM planned_order;

INSERT INTO touched (profile_id, new_rows) SELECT DISTINCT customer, 1 FROM planned_order;
