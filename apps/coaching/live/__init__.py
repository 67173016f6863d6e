"""What the live process serves for coaches: feeds shared with them, and news of their pages."""
