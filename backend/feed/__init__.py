"""Pure rules of the sync contract: what an op does to a record, cursors, clocks."""
