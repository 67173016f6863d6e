"""One verb each: create, receive, finish, terminate, note what records name, sweep, erase."""
