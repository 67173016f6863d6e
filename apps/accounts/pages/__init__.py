"""Pages to open an account and to sign in with a browser session."""
