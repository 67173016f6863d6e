"""The coach's and the athlete's pages about sharing."""
