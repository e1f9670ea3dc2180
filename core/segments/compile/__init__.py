"""Rules to aggregate queries: which traits each rule needs, and the condition over them."""
