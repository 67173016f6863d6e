"""One verb each: register a client, disconnect it, forget what has ended."""
