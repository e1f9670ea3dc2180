"""From rules to SQL: which traits each rule asks for, and the expression over them."""
