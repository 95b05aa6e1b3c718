"""The difference between two revisions for those who use the package."""
