"""Counts of the requests that a large WooCommerce shop is asked."""
