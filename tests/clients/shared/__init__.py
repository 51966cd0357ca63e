"""What the clients have in common; the standard library is all it needs."""
