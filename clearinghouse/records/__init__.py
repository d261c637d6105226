"""Tables, queries and the append-only ledger."""
