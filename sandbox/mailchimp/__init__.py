"""The sandbox's Mailchimp."""
