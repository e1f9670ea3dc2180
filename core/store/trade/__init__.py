"""Orders with their lines, coupons and refunds, products, stores, and exchange rates."""
