"""The framework-free core: plain data in, plain data out; no clock, no I/O."""
