"""The authorization server of third parties: consent, exchange, revocation, discovery."""
