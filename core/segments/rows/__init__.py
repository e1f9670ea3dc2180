"""The rows that rules count: where each subject stands, and what can be asked of a row."""
