"""Files beside the feed: how records name them, how tus talks of them, how they are handed out."""
