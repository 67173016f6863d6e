"""Messages to phones and browsers: what is sent, and what a provider's answer means."""
