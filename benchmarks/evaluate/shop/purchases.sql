-- Planned orders as rows: lines first, because an order is worth what its lines are.
-- :customers, :now, :orders and :lines (the highest numbers so far) are given.

CREATE TEMP TABLE ware AS
SELECT
  id, external_id, sku, title, brand, list_price, categories,
  json_object(
    'sku', sku, 'title', title, 'brand', brand, 'price', price, 'list_price', list_price,
    'currency', currency, 'tax_included', tax_included,
    'list_price_changed_at', list_price_changed_at,
    'gift_card', json('false'), 'brands', json(brands), 'categories', json(categories)
  ) AS snapshot
FROM product
ORDER BY external_id;

CREATE TEMP TABLE ware_shelf (
  product_id INTEGER,
  category_id INTEGER,
  PRIMARY KEY (product_id, category_id)
) WITHOUT ROWID;

INSERT INTO ware_shelf
SELECT ware.id, category.id
FROM ware
JOIN json_each(ware.categories) AS shelf
JOIN category ON category.external_id = shelf.value;

CREATE TEMP TABLE rolled_order AS
SELECT
  id, customer, at, luck, status, channel, store,
  CASE WHEN luck / 100000000 % 100 < 12 THEN luck / 10000000000 % 6 END AS code,
  status = 'paid' AND luck / 1000000000000 % 100 < 5 AND at < :now - 518400000000 AS is_refunded
FROM (
  SELECT
    *,
    CASE WHEN luck / 100 % 100 < 3 THEN 'cancelled' WHEN luck / 100 % 100 < 5 THEN 'pending'
         ELSE 'paid' END AS status,
    CASE WHEN luck / 10000 % 100 < 75 THEN 'web' ELSE 'pos' END AS channel,
    CASE WHEN luck / 10000 % 100 >= 75 THEN
      'store-' || (1 + luck / 1000000 % 12 * (luck / 100000000 % 12) / 12) END AS store
  FROM planned_order
)
ORDER BY id;

CREATE UNIQUE INDEX temp.rolled_order_id ON rolled_order (id);

CREATE TEMP TABLE planned_line (
  order_id INTEGER,
  number INTEGER,
  ware INTEGER,
  quantity INTEGER,
  list_total INTEGER,
  off INTEGER,
  coupon_part INTEGER,
  gone INTEGER,
  PRIMARY KEY (order_id, number)
) WITHOUT ROWID;

INSERT INTO planned_line
WITH rolled_line AS MATERIALIZED (
  SELECT
    rolled_order.id AS order_id, n AS number, draw(rolled_order.id * 8 + n, 11) AS luck,
    code IS NOT NULL AS has_code, is_refunded AND n = 1 AS gone
  FROM rolled_order
  JOIN number ON n <= CASE
    WHEN luck % 100 < 45 THEN 1 WHEN luck % 100 < 75 THEN 2 WHEN luck % 100 < 90 THEN 3
    WHEN luck % 100 < 95 THEN 4 ELSE 6 END
),
placed_line AS (
  SELECT
    *,
    CASE WHEN luck / 1000000 % 100 >= 3 THEN
      1 + luck % 1000 * (luck / 1000 % 1000) * :products / 1000000 END AS place,
    CASE WHEN luck / 100000000 % 100 < 80 THEN 1 WHEN luck / 100000000 % 100 < 95 THEN 2
         ELSE 3 END AS quantity
  FROM rolled_line
),
priced_line AS (
  SELECT
    order_id, number, ware.rowid AS ware, quantity, has_code, gone,
    coalesce(ware.list_price, 300000) * quantity AS list_total,
    CASE WHEN ware.id IS NOT NULL AND luck / 10000000000 % 100 < 25
         THEN 5 + luck / 1000000000000 % 6 * 9 ELSE 0 END AS percent
  FROM placed_line
  LEFT JOIN ware ON ware.rowid = place
)
SELECT
  order_id, number, ware, quantity, list_total, list_total * percent / 100,
  CASE WHEN has_code THEN (list_total - list_total * percent / 100) / 10 ELSE 0 END, gone
FROM priced_line;

INSERT INTO orders (
  id, connection_id, external_id, stream, origin, seen, content, contact_id, profile_id, guest,
  placed_at, day, status, valid, is_part, channel, store_external_id, store_key, currency, tax_included,
  stated_discount, stated_refunded, shipping, goods, tax, discount, refunded, net, net_shop
)
SELECT
  id, 1, 'o' || printf('%09d', id), 'everything', '', 1, printf('%024x', luck), customer, customer, 0,
  at, at / 86400000000 + 719163, status, status = 'paid' AND charged > given_back, 0, channel,
  store, store, 'DKK', 1, 0, 0, 0, charged, 0, 0, given_back, charged - given_back, charged - given_back
FROM rolled_order
JOIN (
  SELECT
    order_id,
    sum(list_total - off - coupon_part) AS charged,
    sum(CASE WHEN gone THEN list_total - off - coupon_part ELSE 0 END) AS given_back
  FROM planned_line
  GROUP BY order_id
) AS sums ON sums.order_id = rolled_order.id
ORDER BY id;

INSERT INTO order_line (
  id, order_id, connection_id, external_id, profile_id, placed_at, day, channel, store_key, valid,
  product_external_id, product_id, sku, title, quantity, returned, kept, total, total_shop,
  stated_total, list_price, list_total, discount, coupon_discount, markdown, on_sale, gift_card,
  brand, brand_key, several_brands, snapshot
)
SELECT
  :lines + row_number() OVER (ORDER BY line.order_id, line.number), line.order_id, 1,
  CAST(number AS TEXT), orders.profile_id, orders.placed_at, orders.day, orders.channel,
  orders.store_key, orders.valid AND NOT gone, ware.external_id, ware.id, ware.sku, ware.title,
  quantity * 10000, CASE WHEN gone THEN quantity * 10000 ELSE 0 END,
  CASE WHEN gone THEN 0 ELSE quantity * 10000 END,
  line.list_total - off - coupon_part, line.list_total - off - coupon_part,
  line.list_total - off - coupon_part, ware.list_price,
  CASE WHEN ware IS NOT NULL THEN line.list_total END, off, coupon_part,
  CASE WHEN ware IS NOT NULL THEN off * 10000 / line.list_total END,
  CASE WHEN ware IS NOT NULL THEN off * 10000 / line.list_total >= 100 END, 0,
  ware.brand, lower(ware.brand), 0, coalesce(ware.snapshot, '')
FROM planned_line AS line
JOIN orders ON orders.id = line.order_id
LEFT JOIN ware ON ware.rowid = line.ware
ORDER BY line.order_id, line.number;

INSERT INTO line_category (line_id, category_id)
SELECT order_line.id, category_id
FROM order_line
JOIN ware_shelf ON ware_shelf.product_id = order_line.product_id
WHERE order_line.id > :lines
ORDER BY 1, 2;

INSERT INTO order_coupon (order_id, connection_id, profile_id, at, day, code)
SELECT id, 1, customer, at, at / 86400000000 + 719163, 'code' || code
FROM rolled_order
WHERE code IS NOT NULL
ORDER BY id;

INSERT INTO refund (
  connection_id, external_id, stream, origin, seen, content, order_external_id, order_id,
  profile_id, at, day, goods, goods_shop, total, lines
)
SELECT
  1, 'r' || printf('%09d', rolled_order.id), 'everything', '', 1, printf('%024x', luck),
  'o' || printf('%09d', rolled_order.id), rolled_order.id, customer, at + 432000000000,
  (at + 432000000000) / 86400000000 + 719163, total, total, total,
  '[{"line":"1","quantity":' || quantity || ',"total":' || total || ',"tax":0}]'
FROM rolled_order
JOIN order_line ON order_line.order_id = rolled_order.id AND order_line.external_id = '1'
WHERE is_refunded
ORDER BY rolled_order.id;

INSERT INTO daily_orders (connection_id, day, orders, net_shop)
SELECT 1, day, count(*), sum(net_shop)
FROM orders
WHERE id > :orders AND valid
GROUP BY day
ON CONFLICT DO UPDATE SET orders = orders + excluded.orders, net_shop = net_shop + excluded.net_shop;
