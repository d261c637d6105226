"""The demo: fictional people, councils and cases, made with the same verbs as real ones."""
