"""WooCommerce as the sandbox speaks it."""
