"""Record types: what each carries, refuses, flags, and how older apps spell it."""
