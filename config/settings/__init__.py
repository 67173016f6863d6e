"""All environment reading is here."""
