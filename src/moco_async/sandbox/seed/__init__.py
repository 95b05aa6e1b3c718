"""The agency that a fresh sandbox holds."""
