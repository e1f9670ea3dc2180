"""Mailchimp as the sandbox speaks it."""
