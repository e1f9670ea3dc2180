"""The sandbox's WooCommerce."""
