-- The floor: what a person would write by hand for exactly the segments of segments.toml.
-- One grouped scan per fact table, the verdicts of everybody in one statement, and then the same
-- rows into the same tables and indexes. It runs unchanged on SQLite and on DuckDB.
-- Edges of windows are given as day numbers, ages as year-month-day digits.

CREATE TEMP TABLE judged AS
WITH
average AS (
  SELECT count(net_shop) AS orders, sum(net_shop) AS total
  FROM orders
  WHERE valid AND placed_at <= $now AND day > $months_12
),
orders_of AS (
  SELECT
    profile_id,
    count(*) AS orders,
    count(*) FILTER (WHERE day > $months_12) AS orders_12_months,
    count(*) FILTER (WHERE day > $months_6) AS orders_6_months,
    count(*) FILTER (WHERE day > $days_30) AS orders_30_days,
    max(day) AS last_day,
    sum(net_shop) AS total,
    max(net_shop) FILTER (WHERE day > $months_12) AS largest,
    count(*) FILTER (WHERE day > $months_24) AS orders_24_months,
    count(store_key) FILTER (WHERE day > $months_24) AS in_stores,
    count(*) FILTER (
      WHERE day > $months_24 AND store_key IN (SELECT key FROM store WHERE title_key = 'store 3')
    ) AS in_store
  FROM orders
  WHERE valid AND placed_at <= $now AND profile_id IS NOT NULL
  GROUP BY profile_id
),
worth AS (
  SELECT count(*) AS persons, sum(total) AS total FROM orders_of
),
coupons_of AS (
  SELECT
    coupon.profile_id,
    count(DISTINCT coupon.order_id) + count(*) FILTER (WHERE coupon.order_id IS NULL) AS coupons,
    max(coupon.day) AS last_day
  FROM order_coupon AS coupon
  LEFT JOIN orders ON orders.id = coupon.order_id
  WHERE (orders.valid OR coupon.order_id IS NULL) AND coupon."at" <= $now
    AND coupon.profile_id IS NOT NULL
  GROUP BY coupon.profile_id
),
lines_of AS (
  SELECT
    profile_id,
    count(*) AS lines,
    count(on_sale) AS priced,
    sum(kept) FILTER (WHERE on_sale) AS on_sale,
    count(*) FILTER (WHERE day > $months_12) AS lines_12_months,
    count(*) FILTER (WHERE day > $months_6) AS lines_6_months,
    count(*) FILTER (WHERE day > $days_30) AS lines_30_days,
    count(brand_key) FILTER (WHERE day > $months_12) AS branded,
    sum(kept) FILTER (WHERE day > $months_12 AND brand_key = 'brand 3') AS of_brand,
    count(*) FILTER (WHERE day > $months_12 AND shelf IS NOT NULL) AS shelved_12_months,
    count(*) FILTER (WHERE day > $months_6 AND shelf IS NOT NULL) AS shelved_6_months,
    count(*) FILTER (WHERE day > $days_30 AND shelf IS NOT NULL) AS shelved_30_days,
    count(DISTINCT CASE WHEN day > $months_12 AND shelf = 1 THEN order_id END) AS shelf_12_months,
    count(DISTINCT CASE WHEN day > $months_6 AND shelf = 1 THEN order_id END) AS shelf_6_months,
    count(DISTINCT CASE WHEN day > $days_30 AND shelf = 1 THEN order_id END) AS shelf_30_days
  FROM order_line
  LEFT JOIN (
    SELECT
      line_id,
      max(CASE WHEN category_id IN (
        SELECT below.category_id
        FROM category_ancestor AS below
        JOIN category ON category.id = below.ancestor_id
        WHERE category.key = 'shelf 2'
      ) THEN 1 ELSE 0 END) AS shelf
    FROM line_category
    GROUP BY line_id
  ) AS shelves ON shelves.line_id = order_line.id
  WHERE valid AND placed_at <= $now AND profile_id IS NOT NULL
  GROUP BY profile_id
),
events_of AS (
  SELECT
    profile_id,
    max(event.day) FILTER (
      WHERE event.kind = 'opened' OR (event.kind = 'clicked' AND evidence >= 2)
    ) AS opened_any,
    max(event.day) FILTER (WHERE event.kind IN ('opened', 'clicked') AND evidence >= 2) AS opened,
    max(event.day) FILTER (WHERE event.kind = 'clicked' AND evidence >= 2) AS clicked
  FROM message_event AS event
  JOIN message ON message.id = event.message_id
  WHERE event."at" <= $now AND message.kind <> 'transactional' AND profile_id IS NOT NULL
  GROUP BY profile_id
),
deliveries_of AS (
  SELECT
    profile_id,
    count(*) AS delivered,
    count(*) FILTER (WHERE mature AND day > $months_12) AS delivered_12_months,
    count(*) FILTER (WHERE mature AND day > $months_12 AND opened_any <= $now) AS opened_12_months,
    count(*) FILTER (WHERE mature AND day > $months_12 AND clicked_probable <= $now)
      AS clicked_12_months,
    count(*) FILTER (WHERE mature AND place <= 5) AS last_five,
    count(*) FILTER (WHERE mature AND place <= 5 AND opened_probable <= $now) AS last_opened,
    count(*) FILTER (WHERE mature AND place <= 5 AND clicked_probable <= $now) AS last_clicked
  FROM (
    SELECT
      delivery.profile_id, delivery.day, opened_any, opened_probable, clicked_probable,
      delivery."at" <= $mature AS mature,
      row_number() OVER (
        PARTITION BY delivery.profile_id, delivery."at" <= $mature
        ORDER BY delivery."at" DESC, delivery.id DESC
      ) AS place
    FROM delivery
    JOIN message ON message.id = delivery.message_id
    WHERE delivery."at" <= $now AND message.kind <> 'transactional'
      AND delivery.profile_id IS NOT NULL
  ) AS ranked
  GROUP BY profile_id
),
lists_of AS (
  SELECT profile_id, min(day) AS first_day
  FROM list_member
  WHERE status = 'subscribed' AND "at" <= $now AND profile_id IS NOT NULL
  GROUP BY profile_id
),
interests_of AS (
  SELECT
    profile_id,
    count(*) FILTER (WHERE topic = 'crime') AS crime,
    count(DISTINCT CASE WHEN topic <> '' THEN topic END) AS topics
  FROM interest
  WHERE source = 'stated' AND profile_id IS NOT NULL
  GROUP BY profile_id
),
children_of AS (
  SELECT
    profile_id,
    count(*) FILTER (WHERE born) AS children,
    count(gender) FILTER (WHERE born) AS with_gender,
    count(birth_date) FILTER (WHERE born) AS with_age,
    count(*) FILTER (WHERE born AND gender = 'female') AS girls,
    count(*) FILTER (WHERE born AND gender = 'male') AS boys,
    count(*) FILTER (WHERE born AND birth_date > $aged_6) AS aged_0_5,
    count(*) FILTER (WHERE born AND birth_date <= $aged_5 AND birth_date > $aged_12) AS aged_5_11,
    count(*) FILTER (WHERE born AND birth_date <= $aged_10 AND birth_date > $aged_14) AS aged_10_13,
    count(*) FILTER (WHERE born AND birth_date <= $aged_13 AND birth_date > $aged_19) AS aged_13_18
  FROM (
    SELECT
      profile_id, gender, birth_date,
      NOT none AND (birth_day_number IS NULL OR birth_day_number <= $today) AS born
    FROM child
    WHERE profile_id IS NOT NULL
  ) AS declared
  GROUP BY profile_id
),
homes_of AS (
  SELECT profile_id, max(value) AS postcode
  FROM profile_field
  WHERE field = 'postcode'
  GROUP BY profile_id
),
persons AS (
  SELECT
    *,
    birth_year * 10000 + coalesce(birth_month, 1) * 100 + coalesce(birth_day, 1) AS born_first,
    birth_year * 10000 + coalesce(birth_month, 12) * 100 + coalesce(birth_day, 31) AS born_last
  FROM profile
)
SELECT
  persons.id AS profile_id,
  orders_of.total AS total,
  coalesce(orders_12_months >= 1, FALSE) AS bought_12_months,
  coalesce(orders_6_months >= 1, FALSE) AS bought_6_months,
  coalesce(orders_30_days >= 1, FALSE) AS bought_30_days,
  coalesce(orders_6_months = 0, FALSE) AS lapsed,
  coalesce(orders_12_months >= 5, FALSE) AS regular,
  coalesce(orders_6_months >= 3, FALSE) AS loyal,
  coalesce(orders_30_days >= 2, FALSE) AS top_of_month,
  coalesce(coupons_of.last_day > $months_12, FALSE) AS coupon_12_months,
  coalesce(coupons_of.last_day > $months_6, FALSE) AS coupon_6_months,
  coalesce(coupons_of.last_day > $days_30, FALSE) AS coupon_30_days,
  CASE WHEN lines_12_months > 0 AND shelved_12_months = 0 THEN NULL
       ELSE coalesce(shelf_12_months >= 5, FALSE) END AS shelf_regular,
  CASE WHEN lines_6_months > 0 AND shelved_6_months = 0 THEN NULL
       ELSE coalesce(shelf_6_months >= 3, FALSE) END AS shelf_loyal,
  CASE WHEN lines_30_days > 0 AND shelved_30_days = 0 THEN NULL
       ELSE coalesce(shelf_30_days >= 2, FALSE) END AS shelf_top_of_month,
  coalesce(largest * average.orders * 100 >= average.total * 120, FALSE) AS big_20,
  coalesce(largest * average.orders * 100 >= average.total * 140, FALSE) AS big_40,
  coalesce(largest * average.orders * 100 >= average.total * 180, FALSE) AS big_80,
  coalesce(orders_of.total, 0) * worth.persons * 100 > worth.total * 105 AS vip_5,
  coalesce(orders_of.total, 0) * worth.persons * 100 > worth.total * 110 AS vip_10,
  coalesce(orders_of.total, 0) * worth.persons * 100 > worth.total * 115 AS vip_15,
  CASE WHEN lines > 0 AND priced = 0 THEN NULL
       ELSE coalesce(on_sale >= 50000, FALSE) END AS deals_5,
  CASE WHEN lines > 0 AND priced = 0 THEN NULL
       ELSE coalesce(on_sale >= 100000, FALSE) END AS deals_10,
  CASE WHEN lines > 0 AND priced = 0 THEN NULL
       ELSE coalesce(on_sale >= 150000, FALSE) END AS deals_15,
  coalesce(coupons >= 2, FALSE) AS coupon_twice,
  coalesce(orders_of.orders = 1 AND orders_of.last_day > $months_12, FALSE) AS once_12_months,
  coalesce(orders_of.orders = 1 AND orders_of.last_day > $months_6, FALSE) AS once_6_months,
  CASE WHEN lines_12_months > 0 AND branded = 0 THEN NULL
       ELSE coalesce(of_brand >= 30000, FALSE) END AS brand_fans,
  gender = 'female' AS women,
  gender = 'male' AS men,
  CASE WHEN orders_24_months > 0 AND in_stores = 0 THEN NULL
       ELSE coalesce(in_store >= 1, FALSE) END AS bought_in_store,
  postcode IN (SELECT postcode FROM nearby) AS lives_near_store,
  CASE WHEN (born_first <= $aged_20 AND born_first > $aged_30)
          = (born_last <= $aged_20 AND born_last > $aged_30)
       THEN born_first <= $aged_20 AND born_first > $aged_30 END AS aged_20_29,
  CASE WHEN (born_first <= $aged_30 AND born_first > $aged_40)
          = (born_last <= $aged_30 AND born_last > $aged_40)
       THEN born_first <= $aged_30 AND born_first > $aged_40 END AS aged_30_39,
  CASE WHEN (born_first <= $aged_40 AND born_first > $aged_50)
          = (born_last <= $aged_40 AND born_last > $aged_50)
       THEN born_first <= $aged_40 AND born_first > $aged_50 END AS aged_40_49,
  birth_month = $month AS birthday_this_month,
  birth_month * 100 + birth_day BETWEEN $birthday_first AND $birthday_last AS birthday_soon,
  crime > 0 AS likes_crime,
  topics = 1 AND crime > 0 AS only_crime,
  CASE WHEN children > 0 AND with_gender = 0 THEN NULL ELSE girls >= 1 END AS girls,
  CASE WHEN children > 0 AND with_gender = 0 THEN NULL ELSE boys >= 1 END AS boys,
  CASE WHEN children > 0 AND with_age = 0 THEN NULL ELSE aged_0_5 >= 1 END AS child_0_5,
  CASE WHEN children > 0 AND with_age = 0 THEN NULL ELSE aged_5_11 >= 1 END AS child_5_11,
  CASE WHEN children > 0 AND with_age = 0 THEN NULL ELSE aged_10_13 >= 1 END AS child_10_13,
  CASE WHEN children > 0 AND with_age = 0 THEN NULL ELSE aged_13_18 >= 1 END AS child_13_18,
  coalesce(lists_of.first_day > $days_30, FALSE) AS new_on_list,
  coalesce(lists_of.first_day < $months_6, FALSE) AS old_on_list,
  coalesce(lists_of.first_day < $days_90, FALSE)
    AND CASE WHEN delivered_12_months >= 5 THEN opened_12_months * 20 < delivered_12_months END
    AS inactive_by_rate,
  coalesce(lists_of.first_day < $days_90, FALSE) AND coalesce(delivered >= 1, FALSE)
    AND coalesce(opened_any <= $days_70, TRUE) AS inactive_for_70_days,
  coalesce(lists_of.first_day < $days_30, FALSE)
    AND CASE WHEN delivered_12_months >= 5 THEN
      opened_12_months * 100 > delivered_12_months AND clicked_12_months * 10 > delivered_12_months
    END AS very_active,
  coalesce(lists_of.first_day < $days_30, FALSE)
    AND CASE WHEN delivered_12_months >= 5 THEN
      opened_12_months * 100 > delivered_12_months
      AND clicked_12_months > 0 AND clicked_12_months * 10 <= delivered_12_months
    END AS little_active,
  coalesce(opened > $days_30, FALSE) AS opened_30_days,
  CASE WHEN last_five >= 5 THEN last_opened >= 3 END AS opened_of_last,
  coalesce(clicked > $days_30, FALSE) AS clicked_30_days,
  CASE WHEN last_five >= 5 THEN last_clicked >= 3 END AS clicked_of_last
FROM persons
CROSS JOIN average
CROSS JOIN worth
LEFT JOIN orders_of ON orders_of.profile_id = persons.id
LEFT JOIN coupons_of ON coupons_of.profile_id = persons.id
LEFT JOIN lines_of ON lines_of.profile_id = persons.id
LEFT JOIN events_of ON events_of.profile_id = persons.id
LEFT JOIN deliveries_of ON deliveries_of.profile_id = persons.id
LEFT JOIN lists_of ON lists_of.profile_id = persons.id
LEFT JOIN interests_of ON interests_of.profile_id = persons.id
LEFT JOIN children_of ON children_of.profile_id = persons.id
LEFT JOIN homes_of ON homes_of.profile_id = persons.id;

INSERT INTO membership (segment_id, profile_id, entered_day)
SELECT (SELECT id FROM segment WHERE name = 'bought_12_months'), profile_id, $today FROM judged WHERE bought_12_months
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'bought_6_months'), profile_id, $today FROM judged WHERE bought_6_months
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'bought_30_days'), profile_id, $today FROM judged WHERE bought_30_days
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'lapsed'), profile_id, $today FROM judged WHERE lapsed
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'regular'), profile_id, $today FROM judged WHERE regular
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'loyal'), profile_id, $today FROM judged WHERE loyal
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'top_of_month'), profile_id, $today FROM judged WHERE top_of_month
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'coupon_12_months'), profile_id, $today FROM judged WHERE coupon_12_months
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'coupon_6_months'), profile_id, $today FROM judged WHERE coupon_6_months
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'coupon_30_days'), profile_id, $today FROM judged WHERE coupon_30_days
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'shelf_regular'), profile_id, $today FROM judged WHERE shelf_regular
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'shelf_loyal'), profile_id, $today FROM judged WHERE shelf_loyal
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'shelf_top_of_month'), profile_id, $today FROM judged WHERE shelf_top_of_month
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'big_20'), profile_id, $today FROM judged WHERE big_20
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'big_40'), profile_id, $today FROM judged WHERE big_40
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'big_80'), profile_id, $today FROM judged WHERE big_80
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'vip_5'), profile_id, $today FROM judged WHERE vip_5
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'vip_10'), profile_id, $today FROM judged WHERE vip_10
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'vip_15'), profile_id, $today FROM judged WHERE vip_15
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'deals_5'), profile_id, $today FROM judged WHERE deals_5
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'deals_10'), profile_id, $today FROM judged WHERE deals_10
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'deals_15'), profile_id, $today FROM judged WHERE deals_15
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'coupon_twice'), profile_id, $today FROM judged WHERE coupon_twice
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'once_12_months'), profile_id, $today FROM judged WHERE once_12_months
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'once_6_months'), profile_id, $today FROM judged WHERE once_6_months
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'brand_fans'), profile_id, $today FROM judged WHERE brand_fans
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'women'), profile_id, $today FROM judged WHERE women
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'men'), profile_id, $today FROM judged WHERE men
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'bought_in_store'), profile_id, $today FROM judged WHERE bought_in_store
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'lives_near_store'), profile_id, $today FROM judged WHERE lives_near_store
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'aged_20_29'), profile_id, $today FROM judged WHERE aged_20_29
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'aged_30_39'), profile_id, $today FROM judged WHERE aged_30_39
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'aged_40_49'), profile_id, $today FROM judged WHERE aged_40_49
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'birthday_this_month'), profile_id, $today FROM judged WHERE birthday_this_month
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'birthday_soon'), profile_id, $today FROM judged WHERE birthday_soon
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'likes_crime'), profile_id, $today FROM judged WHERE likes_crime
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'only_crime'), profile_id, $today FROM judged WHERE only_crime
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'girls'), profile_id, $today FROM judged WHERE girls
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'boys'), profile_id, $today FROM judged WHERE boys
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'child_0_5'), profile_id, $today FROM judged WHERE child_0_5
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'child_5_11'), profile_id, $today FROM judged WHERE child_5_11
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'child_10_13'), profile_id, $today FROM judged WHERE child_10_13
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'child_13_18'), profile_id, $today FROM judged WHERE child_13_18
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'new_on_list'), profile_id, $today FROM judged WHERE new_on_list
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'old_on_list'), profile_id, $today FROM judged WHERE old_on_list
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'inactive_by_rate'), profile_id, $today FROM judged WHERE inactive_by_rate
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'inactive_for_70_days'), profile_id, $today FROM judged WHERE inactive_for_70_days
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'very_active'), profile_id, $today FROM judged WHERE very_active
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'little_active'), profile_id, $today FROM judged WHERE little_active
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'opened_30_days'), profile_id, $today FROM judged WHERE opened_30_days
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'opened_of_last'), profile_id, $today FROM judged WHERE opened_of_last
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'clicked_30_days'), profile_id, $today FROM judged WHERE clicked_30_days
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'clicked_of_last'), profile_id, $today FROM judged WHERE clicked_of_last;

INSERT INTO verdict (segment_id, profile_id)
SELECT (SELECT id FROM segment WHERE name = 'bought_12_months'), profile_id FROM judged WHERE bought_12_months IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'bought_6_months'), profile_id FROM judged WHERE bought_6_months IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'bought_30_days'), profile_id FROM judged WHERE bought_30_days IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'lapsed'), profile_id FROM judged WHERE lapsed IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'regular'), profile_id FROM judged WHERE regular IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'loyal'), profile_id FROM judged WHERE loyal IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'top_of_month'), profile_id FROM judged WHERE top_of_month IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'coupon_12_months'), profile_id FROM judged WHERE coupon_12_months IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'coupon_6_months'), profile_id FROM judged WHERE coupon_6_months IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'coupon_30_days'), profile_id FROM judged WHERE coupon_30_days IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'shelf_regular'), profile_id FROM judged WHERE shelf_regular IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'shelf_loyal'), profile_id FROM judged WHERE shelf_loyal IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'shelf_top_of_month'), profile_id FROM judged WHERE shelf_top_of_month IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'big_20'), profile_id FROM judged WHERE big_20 IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'big_40'), profile_id FROM judged WHERE big_40 IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'big_80'), profile_id FROM judged WHERE big_80 IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'vip_5'), profile_id FROM judged WHERE vip_5 IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'vip_10'), profile_id FROM judged WHERE vip_10 IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'vip_15'), profile_id FROM judged WHERE vip_15 IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'deals_5'), profile_id FROM judged WHERE deals_5 IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'deals_10'), profile_id FROM judged WHERE deals_10 IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'deals_15'), profile_id FROM judged WHERE deals_15 IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'coupon_twice'), profile_id FROM judged WHERE coupon_twice IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'once_12_months'), profile_id FROM judged WHERE once_12_months IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'once_6_months'), profile_id FROM judged WHERE once_6_months IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'brand_fans'), profile_id FROM judged WHERE brand_fans IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'women'), profile_id FROM judged WHERE women IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'men'), profile_id FROM judged WHERE men IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'bought_in_store'), profile_id FROM judged WHERE bought_in_store IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'lives_near_store'), profile_id FROM judged WHERE lives_near_store IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'aged_20_29'), profile_id FROM judged WHERE aged_20_29 IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'aged_30_39'), profile_id FROM judged WHERE aged_30_39 IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'aged_40_49'), profile_id FROM judged WHERE aged_40_49 IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'birthday_this_month'), profile_id FROM judged WHERE birthday_this_month IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'birthday_soon'), profile_id FROM judged WHERE birthday_soon IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'likes_crime'), profile_id FROM judged WHERE likes_crime IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'only_crime'), profile_id FROM judged WHERE only_crime IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'girls'), profile_id FROM judged WHERE girls IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'boys'), profile_id FROM judged WHERE boys IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'child_0_5'), profile_id FROM judged WHERE child_0_5 IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'child_5_11'), profile_id FROM judged WHERE child_5_11 IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'child_10_13'), profile_id FROM judged WHERE child_10_13 IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'child_13_18'), profile_id FROM judged WHERE child_13_18 IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'new_on_list'), profile_id FROM judged WHERE new_on_list IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'old_on_list'), profile_id FROM judged WHERE old_on_list IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'inactive_by_rate'), profile_id FROM judged WHERE inactive_by_rate IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'inactive_for_70_days'), profile_id FROM judged WHERE inactive_for_70_days IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'very_active'), profile_id FROM judged WHERE very_active IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'little_active'), profile_id FROM judged WHERE little_active IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'opened_30_days'), profile_id FROM judged WHERE opened_30_days IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'opened_of_last'), profile_id FROM judged WHERE opened_of_last IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'clicked_30_days'), profile_id FROM judged WHERE clicked_30_days IS NULL
UNION ALL SELECT (SELECT id FROM segment WHERE name = 'clicked_of_last'), profile_id FROM judged WHERE clicked_of_last IS NULL;

INSERT INTO trait_value (trait, profile_id, value)
SELECT $worth, profile_id, total FROM judged WHERE total IS NOT NULL;

DROP TABLE judged;
