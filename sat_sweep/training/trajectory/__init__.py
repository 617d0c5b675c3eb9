"""The trajectory store: what every epoch of every trial came to, found again by whoever trains the same."""
