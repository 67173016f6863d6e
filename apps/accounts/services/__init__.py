"""One verb each: sign up, sign in, sign out, revoke a device."""
