"""What a change does to those who use the package: two public surfaces compared, each difference classed."""
