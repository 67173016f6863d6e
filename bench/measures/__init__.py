"""One module per path that is measured; each measure does one round and returns readings."""
