"""The API's description: what drf-spectacular sees, plus the sync contract from its structs."""
