"""The addresses below /app: files for everybody, no session."""
