"""The ground that records are stored on: page context, upsert by external id, timestamps."""
