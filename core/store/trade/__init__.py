"""Orders and what belongs to them: what they are worth, and what their lines say."""
