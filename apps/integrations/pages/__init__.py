"""Pages on which an athlete handles what they connected."""
